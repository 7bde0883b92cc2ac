"""Which alerts there are: a table with a row for each, and its defaults.

A rule watches one thing of a server (its disks, its services ...) and has one or more
levels that rise; each level is an alert type with settings of its own.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

BAND = 5
"""How far below its threshold a figure must fall to be well again, by default."""
_SMALL = 2 * BAND
MAX_DURATION = 86400


class Severity(StrEnum):
    """How much an alert matters; compare by `rank`."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """The higher, the worse."""
        return _RANKS[self]


_RANKS = {severity: rank for rank, severity in enumerate(Severity)}


class AlertType(StrEnum):
    """What users, automations and translations know an alert by."""

    SERVICE_DOWN = "service_down"
    CONTAINER_DOWN = "container_down"
    CONTAINER_UNHEALTHY = "container_unhealthy"
    SERVER_OFFLINE = "server_offline"
    DISK_WARNING = "disk_warning"
    DISK_CRITICAL = "disk_critical"
    MEMORY_WARNING = "memory_warning"
    CPU_WARNING = "cpu_warning"
    TEMPERATURE_HIGH = "temperature_high"
    UPDATE_AVAILABLE = "update_available"
    REBOOT_REQUIRED = "reboot_required"
    AGENT_OUTDATED = "agent_outdated"
    COLLECTOR_FAILED = "collector_failed"
    FLAPPING = "flapping"
    REMEDIATION_FAILED = "remediation_failed"


@dataclass(frozen=True, kw_only=True)
class RuleSettings:
    """What a user can set of a level."""

    severity: Severity
    enabled: bool = True
    threshold: float | None = None
    """Bad from here on; None where there is only well and not well."""
    clear: float | None = None
    """Well again from here down; None follows the threshold."""
    duration: float = 0
    """Seconds for which it must be bad."""
    all_sensors: bool = False
    """Whether also those temperatures are judged that speak for no certain part."""

    @property
    def cleared_at(self) -> float | None:
        """The clear threshold that applies."""
        if self.clear is not None or self.threshold is None:
            return self.clear
        if self.threshold >= _SMALL:
            return self.threshold - BAND
        # Five below would be out of reach for a figure that is never negative.
        return self.threshold / 2


@dataclass(frozen=True, kw_only=True)
class Level:
    """One row of the table."""

    name: str
    """Names its settings."""
    alert_type: AlertType
    default: RuleSettings
    settable: tuple[str, ...] = ("enabled", "severity", "duration")
    lowest: float = 1
    highest: float = 100
    """The range of the threshold."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One thing that is watched, with its levels from mild to severe."""

    name: str
    levels: tuple[Level, ...]
    restless: bool = False
    """Whether turning bad and well counts as flapping even where its duration never
    passed: a crash loop is never down for a minute."""
    lasting: bool = True
    """Whether it tells a condition that lasts, and not events: one that was resolved
    by hand then stays quiet while the same condition goes on."""


def _figure(
    alert_type: AlertType,
    severity: Severity,
    threshold: float,
    duration: float = 0,
    highest: float = 100,
    more: tuple[str, ...] = (),
) -> Level:
    return Level(
        name=alert_type,
        alert_type=alert_type,
        default=RuleSettings(severity=severity, threshold=threshold, duration=duration),
        settable=("enabled", "threshold", "clear", "duration", *more, "severity"),
        highest=highest,
    )


def _yes_or_no(
    alert_type: AlertType,
    severity: Severity,
    duration: float = 0,
    name: str | None = None,
) -> Level:
    return Level(
        name=name or alert_type,
        alert_type=alert_type,
        default=RuleSettings(severity=severity, duration=duration),
    )


def _waited_for(alert_type: AlertType, severity: Severity) -> Level:
    """Return a level that someone else has waited for already."""
    return Level(
        name=alert_type,
        alert_type=alert_type,
        default=RuleSettings(severity=severity),
        settable=("enabled", "severity"),
    )


SERVICE = "service"
CONTAINER = "container"
HEALTH = "container_health"
PRESENCE = "presence"
DISK = "disk"
MEMORY = "memory"
CPU = "cpu"
TEMPERATURE = "temperature"
UPDATES = "updates"
REBOOT = "reboot"
AGENT = "agent"
COLLECTOR = "collector"
REMEDIATION = "remediation"

_LOW, _MEDIUM, _HIGH, _CRITICAL = Severity

RULES: dict[str, Rule] = {
    rule.name: rule
    for rule in (
        Rule(
            name=SERVICE,
            levels=(_yes_or_no(AlertType.SERVICE_DOWN, _CRITICAL, 60),),
            restless=True,
        ),
        Rule(
            name=CONTAINER,
            levels=(_yes_or_no(AlertType.CONTAINER_DOWN, _CRITICAL, 60),),
            restless=True,
        ),
        Rule(
            name=HEALTH,
            levels=(_yes_or_no(AlertType.CONTAINER_UNHEALTHY, _HIGH, 120),),
        ),
        # The silence that is too long is an option of the hub.
        Rule(name=PRESENCE, levels=(_waited_for(AlertType.SERVER_OFFLINE, _CRITICAL),)),
        Rule(
            name=DISK,
            levels=(
                _figure(AlertType.DISK_WARNING, _HIGH, 80),
                _figure(AlertType.DISK_CRITICAL, _CRITICAL, 90),
            ),
        ),
        Rule(
            name=MEMORY, levels=(_figure(AlertType.MEMORY_WARNING, _MEDIUM, 85, 300),)
        ),
        Rule(name=CPU, levels=(_figure(AlertType.CPU_WARNING, _MEDIUM, 90, 300),)),
        Rule(
            name=TEMPERATURE,
            levels=(
                _figure(
                    *(AlertType.TEMPERATURE_HIGH, _HIGH, 80, 300, 150),
                    more=("all_sensors",),
                ),
            ),
        ),
        Rule(
            name=UPDATES,
            levels=(
                _yes_or_no(AlertType.UPDATE_AVAILABLE, _LOW),
                _yes_or_no(AlertType.UPDATE_AVAILABLE, _MEDIUM, name="security_update"),
            ),
        ),
        Rule(name=REBOOT, levels=(_yes_or_no(AlertType.REBOOT_REQUIRED, _LOW),)),
        Rule(name=AGENT, levels=(_yes_or_no(AlertType.AGENT_OUTDATED, _LOW),)),
        Rule(name=COLLECTOR, levels=(_yes_or_no(AlertType.COLLECTOR_FAILED, _LOW),)),
        Rule(
            name=REMEDIATION,
            levels=(_waited_for(AlertType.REMEDIATION_FAILED, _CRITICAL),),
            lasting=False,
        ),
    )
}

FLAPPING = Level(
    name=AlertType.FLAPPING,
    alert_type=AlertType.FLAPPING,
    default=RuleSettings(severity=_MEDIUM, threshold=5, duration=1800),
    settable=("enabled", "threshold", "duration", "severity"),
    lowest=3,
    highest=50,
)
"""Not a rule of its own: it holds the alerts of the others. Its threshold counts
changes, its duration is the time in which they are counted."""


def _levels() -> Iterator[Level]:
    for rule in RULES.values():
        yield from rule.levels
    yield FLAPPING


LEVELS: dict[str, Level] = {level.name: level for level in _levels()}
"""Everything that has settings."""
