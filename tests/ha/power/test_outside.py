"""Sensors of Home Assistant as a server's source of power, good and bad."""

from typing import Any

import pytest

from .bench import PLUG, PowerBench

OTHER = "sensor.other_plug"


async def plugged(bench: PowerBench, share: float = 100, **other: Any) -> None:
    await bench.source("sensor", entity_id=PLUG, share=share, **other)


async def test_a_plug_s_power_is_the_server_s(bench: PowerBench) -> None:
    await bench.plug(80)
    await plugged(bench)
    await bench.quiet(60)
    assert bench.watts() == "80"
    assert bench.sensor("power").attributes["source"] == "sensor"
    assert bench.sensor("power").attributes["sensor"] == PLUG
    # That the server says nothing is no matter: the plug does.
    assert await bench.kwh() == pytest.approx(0.08, abs=0.0015)


async def test_a_change_between_two_looks_counts_from_its_moment(
    bench: PowerBench,
) -> None:
    await bench.plug(0)
    await plugged(bench)
    for _ in range(60):
        await bench.lab.wait(29)
        await bench.plug(1000)
        await bench.lab.wait(1)
        await bench.plug(1000.0)
        await bench.lab.wait(29)
        await bench.plug(0)
        await bench.lab.wait(1)
    # 30 s at 1000 W and two ramps: one of 29 s to look at, one of 29 s back.
    assert await bench.kwh() == pytest.approx(60 * 1000 * 30 / 3.6e6, rel=0.07)


async def test_a_plug_in_kilowatts_is_understood(bench: PowerBench) -> None:
    await bench.plug(0.08, "kW")
    await plugged(bench)
    await bench.quiet(60)
    assert bench.watts() == "80"
    await bench.plug(80, "W")
    await bench.quiet(60)
    assert await bench.kwh() == pytest.approx(0.16, abs=0.0015)


async def test_two_servers_share_a_plug(bench: PowerBench) -> None:
    await bench.plug(100)
    await bench.source("sensor", entity_id=PLUG, share=70)
    await bench.source("sensor", "pi", entity_id=PLUG, share=30)
    await bench.quiet(60)
    assert (bench.watts(), bench.watts("pi")) == ("70", "30")
    assert await bench.kwh() == pytest.approx(0.07, abs=0.0015)
    assert await bench.kwh("pi") == pytest.approx(0.03, abs=0.0015)


@pytest.mark.parametrize(("unit", "factor"), [("kWh", 1), ("Wh", 1000), ("MWh", 0.001)])
async def test_a_counter_of_energy_is_the_server_s(
    bench: PowerBench, unit: str, factor: float
) -> None:
    await bench.plug(120 * factor, unit)
    await plugged(bench)
    for step in range(1, 11):
        await bench.quiet(6)
        await bench.plug(round((120 + 0.01 * step) * factor, 8), unit)
    await bench.quiet(1)
    assert bench.watts() == "100"
    assert await bench.kwh() == pytest.approx(0.1, abs=0.001)


async def test_a_counter_that_resets_counts_on(bench: PowerBench) -> None:
    await bench.plug(120, "kWh")
    await plugged(bench)
    for kwh in (120.05, 0, 0.05, 0.1):
        await bench.quiet(60)
        await bench.plug(kwh, "kWh")
    assert await bench.kwh() == pytest.approx(0.15, abs=0.001)


async def test_a_counter_counts_while_home_assistant_is_away(
    bench: PowerBench,
) -> None:
    await bench.plug(120, "kWh")
    await plugged(bench)
    await bench.quiet(2)
    await bench.lab.stop()
    bench.lab.freezer.tick(7200)
    await bench.plug(120.3, "kWh")
    await bench.lab.start()
    assert await bench.kwh() == pytest.approx(0.3, abs=0.001)


@pytest.mark.parametrize(
    ("state", "unit", "problem"),
    [
        ("unavailable", "W", "unavailable"),
        ("unknown", "W", "unavailable"),
        ("on", "W", "not_a_number"),
        ("nan", "W", "not_a_number"),
        ("inf", "W", "not_a_number"),
        ("-5", "W", "negative"),
        ("-1", "kWh", "negative"),
        ("10001", "W", "absurd"),
        ("1e9", "GW", "absurd"),
        ("21", "°C", "unit"),
        ("21", "", "unit"),
    ],
)
async def test_what_is_no_power_is_said_and_not_counted(
    bench: PowerBench, state: str, unit: str, problem: str
) -> None:
    await bench.plug(80)
    await plugged(bench)
    await bench.quiet(10)
    await bench.plug(state, unit)
    await bench.quiet(1)
    assert bench.problem() == problem
    before = await bench.kwh()
    await bench.quiet(6)
    assert bench.watts() == "unknown"
    assert bench.repairs() == set()
    await bench.quiet(12)
    assert bench.repairs() == {f"power_{problem}"}
    # Not more than from the last good figure to the first bad one.
    assert await bench.kwh() == pytest.approx(before, abs=0.0015)
    await bench.plug(80)
    await bench.quiet(61)
    assert (bench.watts(), bench.problem(), bench.repairs()) == ("80", None, set())
    assert await bench.kwh() == pytest.approx(before + 0.08, abs=0.003)


async def test_a_plug_that_is_gone_for_a_moment_is_bridged(bench: PowerBench) -> None:
    await bench.plug(60)
    await plugged(bench)
    await bench.quiet(10)
    await bench.plug("unavailable")
    await bench.quiet(3)
    assert (bench.watts(), bench.problem()) == ("60", "unavailable")
    await bench.plug(60)
    await bench.quiet(47)
    assert await bench.kwh() == pytest.approx(0.06, abs=0.0015)


async def test_a_plug_that_is_removed_is_said(bench: PowerBench) -> None:
    await bench.plug(60)
    await plugged(bench)
    await bench.quiet(10)
    before = await bench.kwh()
    bench.lab.hass.states.async_remove(PLUG)
    await bench.quiet(17)
    assert bench.problem() == "missing"
    assert bench.repairs() == {"power_missing"}
    assert await bench.kwh() == pytest.approx(before, abs=0.0015)


async def test_a_plug_that_is_not_there_yet_is_waited_for(bench: PowerBench) -> None:
    await plugged(bench)
    await bench.quiet(5)
    assert (bench.watts(), bench.problem()) == ("unknown", "missing")
    assert bench.repairs() == set()
    await bench.plug(60)
    await bench.quiet(1)
    assert (bench.watts(), bench.problem()) == ("60", None)


async def test_one_that_says_nonsense_once_counts_on(bench: PowerBench) -> None:
    await bench.plug(1200, "kWh")
    await plugged(bench)
    for kwh in (1200.05, 0, 1200.05, 4_000_000, 1200.1, 1200.15):
        await bench.quiet(30)
        await bench.plug(kwh, "kWh")
    assert await bench.kwh() == pytest.approx(0.1, abs=0.001)


async def test_another_plug_changes_nothing_that_was_counted(
    bench: PowerBench,
) -> None:
    await bench.plug(5000, "kWh")
    await plugged(bench)
    await bench.quiet(10)
    await bench.plug(5000.1, "kWh")
    await bench.plug(7, "kWh", OTHER)
    await bench.source("sensor", entity_id=OTHER, share=100)
    await bench.quiet(10)
    await bench.plug(7.1, "kWh", OTHER)
    assert await bench.kwh() == pytest.approx(0.2, abs=0.001)


async def test_a_removed_server_leaves_no_repair(bench: PowerBench) -> None:
    await plugged(bench)
    await bench.quiet(17)
    assert bench.repairs() == {"power_missing"}
    await bench.lab.act("remove_server", server="nas")
    assert bench.repairs() == set()


async def test_a_plug_that_talks_each_second_makes_few_rows(
    bench: PowerBench,
) -> None:
    await bench.plug(100)
    await plugged(bench)
    changes = []
    entity_id = bench.lab.entity_id("sensor", "power")
    bench.lab.hass.bus.async_listen(
        "state_changed",
        lambda event: changes.append(event.data["entity_id"] == entity_id),
    )
    for second in range(600):
        bench.lab.freezer.tick(1)
        bench.lab.hass.states.async_set(
            PLUG, str(100 + 20 * (second % 2)), {"unit_of_measurement": "W"}
        )
        if second % 5 == 0:
            bench.lab.hub.tick()
    await bench.lab.hass.async_block_till_done()
    assert sum(changes) <= 11
    assert await bench.kwh() == pytest.approx(110 * 600 / 3.6e6, abs=0.001)
