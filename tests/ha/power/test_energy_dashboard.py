"""Servers on the Energy dashboard, and their statistics in the recorder."""

from itertools import pairwise
from typing import Any

from homeassistant.components.recorder import Recorder, get_instance
from homeassistant.components.recorder.statistics import statistics_during_period
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
    do_adhoc_statistics,
)

from .bench import PLUG, PowerBench


@pytest.fixture(autouse=True)
async def _custom_integrations(
    recorder_mock: Recorder, enable_custom_integrations: None, hass: HomeAssistant
) -> None:
    """Let Home Assistant load the integration; the recorder has to be there first."""
    # Once somebody asks over HTTP, it can't be added any more.
    assert await async_setup_component(hass, "energy", {})


async def preferences(hass: HomeAssistant, ws: Any) -> dict[str, Any]:
    await ws.send_json_auto_id({"type": "energy/get_prefs"})
    answer = await ws.receive_json()
    found: dict[str, Any] = answer["result"]
    return found


async def test_servers_are_added_once_and_nothing_is_taken_away(
    hass: HomeAssistant,
    bench: PowerBench,
    hass_ws_client: Any,
) -> None:
    ws = await hass_ws_client(hass)
    mine = {"stat_consumption": "sensor.fridge", "name": "Fridge"}
    grid = {
        "type": "solar",
        "stat_energy_from": "sensor.roof",
        "config_entry_solar_forecast": None,
    }
    await ws.send_json_auto_id(
        {
            "type": "energy/save_prefs",
            "device_consumption": [mine],
            "energy_sources": [grid],
        }
    )
    assert (await ws.receive_json())["success"]
    added = (await bench.ask("add_to_energy_dashboard"))["added"]
    assert [server["server_id"] for server in added] == ["nas", "pi"]
    after = await preferences(hass, ws)
    assert after["device_consumption"] == [
        mine,
        {
            "stat_consumption": "sensor.nas_energy",
            "stat_rate": "sensor.nas_power",
            "name": "NAS",
        },
        {
            "stat_consumption": "sensor.pi_energy",
            "stat_rate": "sensor.pi_power",
            "name": "PI",
        },
    ]
    assert after["energy_sources"][0]["stat_energy_from"] == "sensor.roof"
    assert await bench.ask("add_to_energy_dashboard") == {"added": []}
    assert await preferences(hass, ws) == after


async def test_what_is_added_is_valid(
    hass: HomeAssistant,
    bench: PowerBench,
    hass_ws_client: Any,
) -> None:
    await run(hass, bench, 15)
    ws = await hass_ws_client(hass)
    await bench.ask("add_to_energy_dashboard")
    await ws.send_json_auto_id({"type": "energy/validate"})
    answer = await ws.receive_json()
    assert answer["result"]["device_consumption"] == [[], []]


async def run(hass: HomeAssistant, bench: PowerBench, minutes: int) -> None:
    """Let a server report, and Home Assistant compile its statistics meanwhile."""
    for _ in range(minutes // 5):
        start = dt_util.utcnow()
        await bench.online(5)
        await async_wait_recording_done(hass)
        do_adhoc_statistics(hass, start=start)
        await async_wait_recording_done(hass)


async def statistics(
    hass: HomeAssistant, bench: PowerBench, key: str
) -> list[dict[str, Any]]:
    """Return the hours that Home Assistant has of a sensor."""
    entity_id = bench.lab.entity_id("sensor", key)
    found: Any = await get_instance(hass).async_add_executor_job(
        statistics_during_period,
        hass,
        dt_util.parse_datetime("2026-01-01T00:00:00+00:00"),
        None,
        {entity_id},
        "hour",
        None,
        {"state", "sum", "mean"},
    )
    hours: list[dict[str, Any]] = found[entity_id]
    return hours


async def test_statistics_are_the_integral_hour_by_hour(
    hass: HomeAssistant, bench: PowerBench
) -> None:
    await bench.online(60)  # Until 13:00.
    await run(hass, bench, 180)
    hours = await statistics(hass, bench, "energy")
    sums = [hour["sum"] for hour in hours]
    grown = [after - before for before, after in pairwise(sums)]
    # 50 W for an hour; the last 20 seconds are in the next.
    assert grown == pytest.approx([0.05] * len(grown), rel=0.02)
    # The sum is what the meter counted from its first state on.
    first = hours[0]["state"] - hours[0]["sum"]
    assert sums[-1] == pytest.approx(bench.number("energy") - first, abs=1e-9)
    [nas] = (await bench.ask("get_costs", server="nas"))["servers"]
    assert sums[-1] == pytest.approx(nas["energy_kwh"] - first, abs=0.001)
    costs = await statistics(hass, bench, "cost_this_month")
    assert costs[-1]["sum"] - costs[0]["sum"] == pytest.approx(0.024, rel=0.02)
    powers = await statistics(hass, bench, "power")
    assert powers[-1]["mean"] == 50


async def test_the_month_s_end_is_in_no_gap_of_the_statistics(
    hass: HomeAssistant, bench: PowerBench
) -> None:
    bench.lab.freezer.move_to("2026-03-31T19:55:00+00:00")  # 21:55 in Berlin
    await run(hass, bench, 245)
    hours = await statistics(hass, bench, "cost_this_month")
    grown = [after["sum"] - before["sum"] for before, after in pairwise(hours)]
    assert len(grown) == 4
    assert grown == pytest.approx([0.012] * 4, rel=0.02)


async def _show_plug(ws: Any, bench: PowerBench) -> None:
    """Have the plug on the Energy dashboard already, and have it say something."""
    await ws.send_json_auto_id(
        {
            "type": "energy/save_prefs",
            "device_consumption": [{"stat_consumption": PLUG}],
        }
    )
    assert (await ws.receive_json())["success"]
    await bench.plug(5, "kWh")


async def test_a_plug_that_is_there_is_not_counted_twice(
    hass: HomeAssistant,
    bench: PowerBench,
    hass_ws_client: Any,
) -> None:
    ws = await hass_ws_client(hass)
    await _show_plug(ws, bench)
    await bench.source("sensor", entity_id=PLUG, share=100)
    added = (await bench.ask("add_to_energy_dashboard"))["added"]
    assert [server["server_id"] for server in added] == ["pi"]


async def test_servers_that_share_a_plug_are_put_behind_it(
    hass: HomeAssistant,
    bench: PowerBench,
    hass_ws_client: Any,
) -> None:
    ws = await hass_ws_client(hass)
    await _show_plug(ws, bench)
    await bench.source("sensor", entity_id=PLUG, share=40)
    await bench.ask("add_to_energy_dashboard", server="nas")
    _, nas = (await preferences(hass, ws))["device_consumption"]
    assert nas["included_in_stat"] == PLUG
