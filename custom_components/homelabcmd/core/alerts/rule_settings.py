"""The settings of the rules: defaults, then the hub's options, then the server's own.

A layer is sparse: `{"disk_warning": {"threshold": 70}}`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
import math
from typing import Any

from ..servers.heat import HeatTerms
from .rules import (
    FLAPPING,
    LEVELS,
    MAX_DURATION,
    RULES,
    AlertType,
    Level,
    RuleSettings,
    Severity,
)

type Layer = Mapping[str, Mapping[str, Any]]


class Mistake(StrEnum):
    """What is wrong with a setting."""

    UNKNOWN_RULE = "unknown_rule"
    UNKNOWN_SETTING = "unknown_setting"
    NOT_A_NUMBER = "not_a_number"
    NOT_A_SWITCH = "not_a_switch"
    NOT_A_SEVERITY = "not_a_severity"
    OUT_OF_RANGE = "out_of_range"
    NEGATIVE_DURATION = "negative_duration"
    DURATION_TOO_LONG = "duration_too_long"
    CLEAR_ABOVE_THRESHOLD = "clear_above_threshold"
    WARNING_ABOVE_CRITICAL = "warning_above_critical"


@dataclass(frozen=True, kw_only=True, slots=True)
class Bound:
    """A level as it applies to a server."""

    alert_type: AlertType
    severity: Severity
    threshold: float
    clear: float
    duration: float
    shown: float | None
    """The threshold, where there is one that a person would know."""

    def at(self, threshold: float) -> Bound:
        """Return the level with another threshold and a band as wide."""
        clear = threshold - (self.threshold - self.clear)
        return replace(self, threshold=threshold, clear=clear, shown=threshold)


@dataclass(frozen=True, kw_only=True)
class Policy:
    """All settings as they apply to a server; made once and kept."""

    rules: Mapping[str, tuple[Bound | None, ...]]
    """The levels of each rule that is on; None is a level that is off."""
    floors: Mapping[str, float]
    """The value below which a rule finds everything well."""
    flapping: Bound | None
    heat: HeatTerms


def policy(*layers: Layer) -> Policy:
    """Return what applies; a stored value that is not valid counts as not set."""
    settings = _effective(*layers)
    rules = {
        key: bounds
        for key, rule in RULES.items()
        if any(
            bounds := tuple(
                _bound(level, settings[level.name], number)
                for number, level in enumerate(rule.levels, 1)
            )
        )
    }
    return Policy(
        rules=rules,
        floors={
            key: min(bound.threshold for bound in bounds if bound is not None)
            for key, bounds in rules.items()
        },
        flapping=_bound(FLAPPING, settings[FLAPPING.name], 1),
        heat=_heat(settings, layers),
    )


def _heat(settings: Mapping[str, RuleSettings], layers: Iterable[Layer]) -> HeatTerms:
    level = LEVELS[AlertType.TEMPERATURE_HIGH]
    set_by_hand = (
        changes["threshold"]
        for layer in layers
        if isinstance(changes := layer.get(level.name), Mapping)
        and "threshold" in changes
    )
    return HeatTerms(
        all_sensors=settings[level.name].all_sensors,
        same_for_all=any(
            _mistake(level, "threshold", value) is None for value in set_by_hand
        ),
    )


def settings_of(*layers: Layer) -> dict[str, RuleSettings]:
    """Return the settings of every level by its key, as a dialog shows them."""
    return _effective(*layers)


def _bound(level: Level, settings: RuleSettings, number: int) -> Bound | None:
    if not settings.enabled:
        return None
    threshold, clear = settings.threshold, settings.cleared_at
    return Bound(
        alert_type=level.alert_type,
        severity=settings.severity,
        # A fact's value is the number of the level that it reaches.
        threshold=number if threshold is None else threshold,
        clear=number - 1 if clear is None else clear,
        duration=settings.duration,
        shown=threshold,
    )


def _effective(*layers: Layer) -> dict[str, RuleSettings]:
    settings = {key: level.default for key, level in LEVELS.items()}
    for layer in layers:
        for key, level in LEVELS.items():
            settings[key] = _laid_over(level, settings[key], layer.get(key))
    return settings


def _laid_over(
    level: Level, below: RuleSettings, changes: Mapping[str, Any] | None
) -> RuleSettings:
    if not isinstance(changes, Mapping):
        return below
    valid: dict[str, Any] = {
        name: Severity(value) if name == "severity" else value
        for name, value in changes.items()
        if _mistake(level, name, value) is None
    }
    if "threshold" in valid:
        # A clear threshold belongs to its threshold and follows when it moves.
        valid.setdefault("clear", None)
    above = replace(below, **valid)
    if _clears_too_high(above):
        above = replace(above, clear=None)
    return above


def mistakes(edited: Layer, *below: Layer) -> dict[str, Mistake]:
    """Return what is wrong with a layer, by `level.setting`; empty if nothing is.

    `below` are the layers under it: a server's warning must also lie below the
    critical threshold that it has from the hub.
    """
    found = {
        f"{key}.{name}": mistake
        for key, changes in edited.items()
        if key in LEVELS and isinstance(changes, Mapping)
        for name, value in changes.items()
        if (mistake := _mistake(LEVELS[key], name, value)) is not None
    }
    found |= {
        key: Mistake.UNKNOWN_RULE
        for key, changes in edited.items()
        if key not in LEVELS or not isinstance(changes, Mapping)
    }
    if not found:
        found |= _contradictions(edited, _effective(*below))
    return found


def _contradictions(
    edited: Layer, below: Mapping[str, RuleSettings]
) -> dict[str, Mistake]:
    found: dict[str, Mistake] = {}
    settings = dict(below)
    for key, changes in edited.items():
        changed = dict(changes)
        if "threshold" in changed:
            changed.setdefault("clear", None)
        settings[key] = replace(below[key], **changed)
        if _clears_too_high(settings[key]):
            found[f"{key}.clear"] = Mistake.CLEAR_ABOVE_THRESHOLD
    for rule in RULES.values():
        for mild, severe in zip(rule.levels, rule.levels[1:], strict=False):
            if {mild.name, severe.name} & edited.keys() and not _rising(
                settings[mild.name], settings[severe.name]
            ):
                at = mild if "threshold" in edited.get(mild.name, ()) else severe
                found[f"{at.name}.threshold"] = Mistake.WARNING_ABOVE_CRITICAL
    return found


def _clears_too_high(settings: RuleSettings) -> bool:
    return (
        settings.clear is not None
        and settings.threshold is not None
        and settings.clear > settings.threshold
    )


def _rising(mild: RuleSettings, severe: RuleSettings) -> bool:
    return (
        mild.threshold is None
        or severe.threshold is None
        or not (mild.enabled and severe.enabled)
        or mild.threshold < severe.threshold
    )


def _mistake(level: Level, name: str, value: object) -> Mistake | None:
    """Return what is wrong with one setting by itself."""
    if name not in level.settable:
        return Mistake.UNKNOWN_SETTING
    return _CHECKS[name](level, value)


def _check_switch(_level: Level, value: object) -> Mistake | None:
    return None if isinstance(value, bool) else Mistake.NOT_A_SWITCH


def _check_severity(_level: Level, value: object) -> Mistake | None:
    known = isinstance(value, str) and value in list(Severity)
    return None if known else Mistake.NOT_A_SEVERITY


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return value if math.isfinite(value) else None


def _check_threshold(level: Level, value: object) -> Mistake | None:
    if (number := _number(value)) is None:
        return Mistake.NOT_A_NUMBER
    return None if level.lowest <= number <= level.highest else Mistake.OUT_OF_RANGE


def _check_clear(level: Level, value: object) -> Mistake | None:
    if value is None:
        return None
    if (number := _number(value)) is None:
        return Mistake.NOT_A_NUMBER
    return None if 0 <= number <= level.highest else Mistake.OUT_OF_RANGE


def _check_duration(level: Level, value: object) -> Mistake | None:
    if (number := _number(value)) is None:
        return Mistake.NOT_A_NUMBER
    if number < 0:
        return Mistake.NEGATIVE_DURATION
    if level is FLAPPING and number == 0:
        return Mistake.OUT_OF_RANGE
    return None if number <= MAX_DURATION else Mistake.DURATION_TOO_LONG


_CHECKS: dict[str, Callable[[Level, object], Mistake | None]] = {
    "enabled": _check_switch,
    "all_sensors": _check_switch,
    "severity": _check_severity,
    "threshold": _check_threshold,
    "clear": _check_clear,
    "duration": _check_duration,
}
