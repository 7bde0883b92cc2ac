"""What is too hot, and what only looks like it."""

from typing import Any

import pytest

from custom_components.homelabcmd.core.alerts.evidence import Evidence, evidence_of
from custom_components.homelabcmd.core.alerts.rule_settings import policy
from custom_components.homelabcmd.core.servers import heat, inventory_snapshot, server
from custom_components.homelabcmd.core.servers.heat import HeatTerms
from custom_components.homelabcmd.core.servers.server import ServerState
from custom_components.homelabcmd.protocol.inventory import Temperature

from ..alerts.make import Story, evidence, told
from ..make import START, added, heartbeat

ALL = HeatTerms(all_sensors=True)


def _state(*turns: dict[str, float]) -> ServerState:
    """Return the state after heartbeats with these temperatures."""
    state = added()
    for number, turn in enumerate(turns):
        sensors = tuple(Temperature(name=n, celsius=c) for n, c in turn.items())
        told_now = heartbeat(temperatures=sensors)
        state = server.receive(state, told_now, START, 60.0 * number)
    return state


def _judged(*turns: dict[str, float], terms: HeatTerms = heat.DEFAULTS) -> set[str]:
    readings = _seen(*turns, terms=terms).readings
    return {subject for rule, subject in readings if rule == "temperature"}


def _seen(*turns: dict[str, float], terms: HeatTerms) -> Evidence:
    return evidence_of(_state(*turns), heat_terms=terms)


@pytest.mark.parametrize(
    "name",
    [
        *("coretemp Package id 0", "k10temp Tctl", "zenpower Tdie", "cpu_thermal"),
        *("cpu-thermal", "soc_thermal", "x86_pkg_temp", "Package", "cpu"),
        *("drivetemp", "nvme Composite 2", "amdgpu edge", "nouveau", "radeon"),
        *("i915", "xe pkg", "nvidia"),
    ],
)
def test_processors_drives_and_graphics_are_judged(name: str) -> None:
    assert _judged({name: 90}) == {name}


@pytest.mark.parametrize(
    "name",
    ["nct6775 AUXTIN2", "it87 temp1", "ath10k_hwmon", "iwlwifi_1", "pch_cannonlake"],
)
def test_what_boards_and_cards_say_is_judged_only_if_the_user_wants_it(
    name: str,
) -> None:
    turns: tuple[dict[str, float], ...] = ({name: 90}, {name: 91})
    assert _judged(*turns) == set()
    assert _judged(*turns, terms=ALL) == {name}
    # Never moved: nothing is plugged in.
    assert _judged({name: 90}, {name: 90}, terms=ALL) == set()


def test_where_there_is_nothing_else_the_machine_s_own_is_judged_if_it_moves() -> None:
    assert _judged({"acpitz": 119}, {"acpitz": 119}) == set()
    assert _judged({"acpitz": 88}, {"acpitz": 89}, {"acpitz": 89}) == {"acpitz"}
    both = {"acpitz": 88.0, "coretemp Core 0": 50.0}
    assert _judged(both, both | {"acpitz": 89}) == {"coretemp Core 0"}


@pytest.mark.parametrize("celsius", [-128, -127, -62, 0, 127, 127.5, 128, 255])
def test_a_placeholder_is_no_temperature(celsius: float) -> None:
    name = "nct6775 AUXTIN2"
    assert _judged({name: 40}, {name: 41}, {name: celsius}, terms=ALL) == set()
    assert _judged({name: 41}, {name: celsius}, {name: 41}, terms=ALL) == set()
    assert _judged({"coretemp Core 0": celsius}) == set()


def test_that_it_moved_is_remembered_as_long_as_the_sensor() -> None:
    state = _state({"acpitz": 60, "x": 1}, {"acpitz": 61, "x": 1})
    saved = inventory_snapshot.dump(state.inventory)
    assert saved["moved"] == ["acpitz"]
    damaged: list[str] = []
    assert inventory_snapshot.load(saved, "", damaged).moved == {"acpitz"}
    assert not damaged


@pytest.mark.parametrize(
    ("name", "highest", "critical", "limit"),
    [
        ("coretemp Package id 0", 82, 100, 82),
        ("coretemp Package id 0", 100, 100, 95),
        ("coretemp Package id 0", None, 105, 100),
        ("k10temp Tctl", 70, None, 80),
        ("amdgpu edge", None, 100, 95),
        ("nvme Composite", 81.85, 84.85, 79.85),
        ("nvme Composite", 65261.85, 84.85, 79.85),
        ("nvme Composite", None, None, None),
        ("drivetemp", 60, 70, 60),
        ("drivetemp", 55, 60, 55),
        ("drivetemp", 41, 45, 50),
        ("drivetemp", 0, 70, 65),
        ("drivetemp", 70, 60, None),
        ("drivetemp", 127, 127, None),
        ("nct6775 SYSTIN", 60, None, 80),
    ],
)
def test_a_driver_s_own_limit_counts_where_it_is_sane(
    name: str, highest: float | None, critical: float | None, limit: float | None
) -> None:
    sensor = Temperature(
        name=name, celsius=50, max_celsius=highest, crit_celsius=critical
    )
    found = heat.limit(sensor, heat.DEFAULTS)
    assert found == pytest.approx(limit) if limit else found is None
    assert heat.limit(sensor, HeatTerms(same_for_all=True)) is None


@pytest.mark.parametrize(
    ("layers", "terms"),
    [
        ((), HeatTerms()),
        (({"temperature_high": {"threshold": 70}}, {}), HeatTerms(same_for_all=True)),
        (({}, {"temperature_high": {"threshold": 80}}), HeatTerms(same_for_all=True)),
        (({"temperature_high": {"threshold": 999}},), HeatTerms()),
        (({"temperature_high": {"duration": 60}},), HeatTerms()),
        (({"temperature_high": {"all_sensors": True}}, {}), ALL),
        (
            (
                {"temperature_high": {"all_sensors": True}},
                {"temperature_high": {"all_sensors": False}},
            ),
            HeatTerms(),
        ),
    ],
)
def test_a_threshold_that_somebody_has_set_holds_for_all(
    layers: tuple[Any, ...], terms: HeatTerms
) -> None:
    assert policy(*layers).heat == terms


DRIVE = ("temperature", "drivetemp")


def _hot(celsius: float) -> Evidence:
    sensor = Temperature(
        name="drivetemp", celsius=celsius, max_celsius=60, crit_celsius=70
    )
    state = server.receive(added(), heartbeat(temperatures=(sensor,)), START, 0.0)
    return evidence_of(state)


def test_a_drive_that_is_hot_by_its_own_account_raises_an_alert_and_cools_down() -> (
    None
):
    story = Story()
    for _ in range(6):
        assert story.records == []
        story.wait(60).judge(_hot(62), server.Presence.ONLINE)
    assert told(story.records) == [("opened", "temperature_high")]
    assert (story.alert.metric_value, story.alert.threshold_value) == (62, 60)
    assert story.wait(60).judge(_hot(56), server.Presence.ONLINE) == []
    (record,) = story.wait(60).judge(_hot(55), server.Presence.ONLINE)
    assert record.kind == "resolved"


def test_an_alert_on_what_is_not_judged_ends() -> None:
    story = Story()
    hot = ("temperature", "nct6775 AUXTIN2")
    for _ in range(6):
        story.wait(60).see({hot: 127.5})
    assert story.alert.type == "temperature_high"
    seen = evidence({("cpu", ""): 1}, unjudged={hot})
    (record,) = story.wait(60).judge(seen, server.Presence.ONLINE)
    assert record.alert.resolution == "gone"
    names = {"nct6775 AUXTIN2": 127.5, "coretemp Core 0": 40.0}
    assert _seen(names, terms=heat.DEFAULTS).unjudged == {hot}
