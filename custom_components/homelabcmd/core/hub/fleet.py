"""Totals over all servers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ...protocol.inventory import Metrics
from ..alerts.rules import Severity
from ..servers.server import Presence, ServerState


@dataclass(frozen=True, kw_only=True)
class Fleet:
    """The fleet at one moment; figures are of the servers online that report them."""

    online: int = 0
    offline: int = 0
    cpu_percent: float | None = None
    memory_percent: float | None = None
    disk_used_gb: float | None = None
    disk_total_gb: float | None = None
    power_watts: float = 0
    """What the servers draw whose draw is known."""
    cost_per_day: float = 0
    cost_per_month: float = 0
    cost_per_year: float = 0
    alerts: Mapping[Severity, int] = field(default_factory=dict)
    """How many of each severity are not resolved."""
    servers_with_alert: int = 0
    pending_actions: int = 0
    """How many wait for a person."""
    devices: int = 0
    """How many machines of the home network are no servers."""
    complete: bool = True
    """Whether every server that is online has reported since Home Assistant started;
    if not, there are no figures: a sum of some would be wrong."""


def fleet(states: Iterable[ServerState], cost_per_day: float) -> Fleet:
    """Sum up the servers."""
    states = tuple(states)
    online = [state for state in states if state.presence is Presence.ONLINE]
    complete = all(state.heartbeat is not None for state in online)
    reports = [
        state.heartbeat.metrics
        for state in online
        if complete and state.heartbeat is not None
    ]
    return Fleet(
        online=len(online),
        offline=sum(state.presence is Presence.OFFLINE for state in states),
        cpu_percent=_mean(_known(reports, "cpu_percent")),
        memory_percent=_mean(_known(reports, "memory_percent")),
        disk_used_gb=_sum(_known(reports, "disk_used_gb")),
        disk_total_gb=_sum(_known(reports, "disk_total_gb")),
        cost_per_day=cost_per_day,
        complete=complete,
    )


def _known(reports: list[Metrics], name: str) -> list[float]:
    return [value for report in reports if (value := getattr(report, name)) is not None]


def _mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _sum(values: list[float]) -> float | None:
    return sum(values) if values else None
