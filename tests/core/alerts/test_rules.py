"""The table of rules, and the settings that users lay over it."""

from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.homelabcmd.core.alerts.rule_settings import (
    Layer,
    mistakes,
    policy,
    settings_of,
)
from custom_components.homelabcmd.core.alerts.rules import (
    LEVELS,
    RULES,
    AlertType,
    RuleSettings,
    Severity,
)


@pytest.mark.parametrize(
    ("key", "severity", "threshold", "clear", "duration"),
    [
        ("service_down", "critical", None, None, 60),
        ("container_down", "critical", None, None, 60),
        ("container_unhealthy", "high", None, None, 120),
        ("server_offline", "critical", None, None, 0),
        ("disk_warning", "high", 80, 75, 0),
        ("disk_critical", "critical", 90, 85, 0),
        ("memory_warning", "medium", 85, 80, 300),
        ("cpu_warning", "medium", 90, 85, 300),
        ("temperature_high", "high", 80, 75, 300),
        ("update_available", "low", None, None, 0),
        ("security_update", "medium", None, None, 0),
        ("reboot_required", "low", None, None, 0),
        ("agent_outdated", "low", None, None, 0),
        ("collector_failed", "low", None, None, 0),
        ("flapping", "medium", 5, None, 1800),
        ("remediation_failed", "critical", None, None, 0),
    ],
)
def test_defaults_are_those_that_are_promised(
    key: str,
    severity: str,
    threshold: float | None,
    clear: float | None,
    duration: float,
) -> None:
    settings = settings_of()[key]
    assert settings.enabled
    assert (settings.severity, settings.threshold) == (severity, threshold)
    assert settings.duration == duration
    if clear is not None:
        assert settings.cleared_at == clear


def test_every_alert_type_has_a_row() -> None:
    assert {level.alert_type for level in LEVELS.values()} == set(AlertType)
    assert len(LEVELS) == sum(len(rule.levels) for rule in RULES.values()) + 1


def test_severities_rise_in_rank() -> None:
    assert [severity.rank for severity in Severity] == [0, 1, 2, 3]


def test_a_server_lays_its_own_over_the_hub_s() -> None:
    hub = {"disk_warning": {"threshold": 70}, "cpu_warning": {"duration": 30}}
    own = {"disk_warning": {"threshold": 60, "clear": 40}}
    settings = settings_of(hub, own)
    assert settings["disk_warning"].threshold == 60
    assert settings["disk_warning"].cleared_at == 40
    assert settings["cpu_warning"].duration == 30
    assert settings["memory_warning"].threshold == 85


def test_a_clear_threshold_follows_a_threshold_that_moves() -> None:
    hub = {"disk_warning": {"threshold": 80, "clear": 78}}
    assert settings_of(hub)["disk_warning"].cleared_at == 78
    for threshold in (60, 88):
        own = {"disk_warning": {"threshold": threshold}}
        assert settings_of(hub, own)["disk_warning"].cleared_at == threshold - 5


def test_a_very_low_threshold_can_still_be_cleared() -> None:
    assert RuleSettings(severity=Severity.LOW, threshold=3).cleared_at == 1.5


@pytest.mark.parametrize(
    ("edited", "found"),
    [
        ({}, {}),
        ({"disk_warning": {"threshold": 85, "clear": 85}}, {}),
        (
            {"disk_warning": {"clear": 81}},
            {"disk_warning.clear": "clear_above_threshold"},
        ),
        (
            {"disk_warning": {"threshold": 90}},
            {"disk_warning.threshold": "warning_above_critical"},
        ),
        (
            {"disk_critical": {"threshold": 70}},
            {"disk_critical.threshold": "warning_above_critical"},
        ),
        ({"disk_critical": {"enabled": False}, "disk_warning": {"threshold": 95}}, {}),
        (
            {"cpu_warning": {"duration": -1}},
            {"cpu_warning.duration": "negative_duration"},
        ),
        (
            {"cpu_warning": {"duration": 86401}},
            {"cpu_warning.duration": "duration_too_long"},
        ),
        (
            {"cpu_warning": {"threshold": 101}},
            {"cpu_warning.threshold": "out_of_range"},
        ),
        ({"cpu_warning": {"threshold": 0}}, {"cpu_warning.threshold": "out_of_range"}),
        ({"cpu_warning": {"clear": -1}}, {"cpu_warning.clear": "out_of_range"}),
        ({"cpu_warning": {"clear": True}}, {"cpu_warning.clear": "not_a_number"}),
        (
            {"cpu_warning": {"threshold": float("nan")}},
            {"cpu_warning.threshold": "not_a_number"},
        ),
        ({"cpu_warning": {"duration": "5"}}, {"cpu_warning.duration": "not_a_number"}),
        ({"cpu_warning": {"enabled": 1}}, {"cpu_warning.enabled": "not_a_switch"}),
        (
            {"cpu_warning": {"severity": "worst"}},
            {"cpu_warning.severity": "not_a_severity"},
        ),
        (
            {"server_offline": {"duration": 5}},
            {"server_offline.duration": "unknown_setting"},
        ),
        ({"flapping": {"duration": 0}}, {"flapping.duration": "out_of_range"}),
        ({"temperature_high": {"threshold": 110}}, {}),
        ({"nothing": {}}, {"nothing": "unknown_rule"}),
    ],
)
def test_what_is_wrong_is_named(edited: Layer, found: dict[str, str]) -> None:
    assert mistakes(edited) == found


def test_a_server_s_warning_must_lie_below_the_hub_s_critical() -> None:
    hub = {"disk_critical": {"threshold": 85}}
    own = {"disk_warning": {"threshold": 86}}
    assert mistakes(own, hub) == {"disk_warning.threshold": "warning_above_critical"}
    assert mistakes(own) == {}


def test_a_stored_value_that_is_not_valid_counts_as_not_set() -> None:
    broken: Any = {
        "cpu_warning": {"threshold": "high", "duration": 10},
        "disk_warning": 5,
        "memory_warning": {"clear": 99},
    }
    settings = settings_of(broken)
    assert (settings["cpu_warning"].threshold, settings["cpu_warning"].duration) == (
        90,
        10,
    )
    assert settings["disk_warning"].threshold == 80
    assert settings["memory_warning"].cleared_at == 80


def test_a_rule_with_all_levels_off_is_off() -> None:
    off = {"enabled": False}
    made = policy({"disk_warning": off, "disk_critical": off, "flapping": off})
    assert "disk" not in made.rules
    assert made.flapping is None
    half = policy({"disk_warning": off})
    assert half.rules["disk"][0] is None
    assert half.floors["disk"] == 90


anything = st.none() | st.booleans() | st.floats() | st.text(max_size=5)
layers = st.dictionaries(
    st.sampled_from([*LEVELS, "nothing"]),
    st.dictionaries(
        st.sampled_from(["enabled", "severity", "threshold", "clear", "duration", "x"]),
        anything | st.integers(-10, 200) | st.sampled_from(list(Severity)),
        max_size=3,
    ),
    max_size=4,
)


@given(layers, layers)
def test_no_settings_whatever_stop_the_rules(hub: Any, own: Any) -> None:
    made = policy(hub, own)
    mistakes(own, hub)
    for bounds in made.rules.values():
        for bound in bounds:
            assert bound is None or bound.clear <= bound.threshold


@given(layers)
def test_a_layer_without_a_mistake_applies_as_it_is(layer: Any) -> None:
    if mistakes(layer):
        return
    settings = settings_of(layer)
    for key, changes in layer.items():
        for name, value in changes.items():
            assert getattr(settings[key], name) == value
