"""What a server's sensors of power, energy and money say."""

from collections import Counter
from typing import Any

from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, HomeAssistant, State
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    async_capture_events,
    mock_restore_cache_with_extra_data,
)

from ..setup_hub import hub_entry, set_up
from .bench import PowerBench


async def test_a_server_goes_by_its_typical_draw_unless_told_otherwise(
    bench: PowerBench,
) -> None:
    await bench.online(61)
    assert bench.watts() == "50"
    assert bench.sensor("power").attributes["source"] == "tdp"
    # From the first heartbeat on; the minute before it half.
    assert await bench.kwh() == pytest.approx(0.05, abs=0.001)
    assert await bench.cost() == pytest.approx(0.012, abs=0.0003)


async def test_energy_and_money_are_what_the_energy_dashboard_takes(
    bench: PowerBench,
) -> None:
    await bench.online(2)
    await bench.shown()
    energy = bench.sensor("energy").attributes
    assert energy["device_class"] == "energy"
    assert energy["state_class"] == "total_increasing"
    assert energy["unit_of_measurement"] == "kWh"
    power = bench.sensor("power").attributes
    assert (power["device_class"], power["state_class"]) == ("power", "measurement")
    cost = bench.sensor("cost_this_month").attributes
    assert (cost["device_class"], cost["state_class"]) == ("monetary", "total")
    assert cost["unit_of_measurement"] == "EUR"
    assert cost["last_reset"] == "2026-03-01T00:00:00+01:00"


async def test_a_server_that_is_offline_draws_nothing(bench: PowerBench) -> None:
    await bench.online(5)
    await bench.quiet(10)
    assert bench.watts() == "0"
    before = await bench.kwh()
    await bench.quiet(60)
    assert await bench.kwh() == before


async def test_a_server_that_is_offline_draws_its_typical_power_if_so_chosen(
    bench: PowerBench,
) -> None:
    await bench.lab.set_options(offline_draws_tdp=True)
    await bench.online(5)
    before = await bench.kwh()
    await bench.quiet(60)
    assert bench.watts() == "50"
    assert await bench.kwh() == pytest.approx(before + 0.05, abs=0.001)


async def test_the_typical_draw_counts_from_its_change_on(bench: PowerBench) -> None:
    await bench.online(30)
    await bench.lab.act("update_server", server="nas", tdp_watts=200)
    assert bench.watts() == "200"
    before = await bench.kwh()
    await bench.online(60)
    assert await bench.kwh() == pytest.approx(before + 0.2, abs=0.0015)


async def test_by_cpu_load_a_server_draws_between_idle_and_full(
    bench: PowerBench,
) -> None:
    await bench.source("cpu", idle_watts=20, full_watts=120)
    await bench.online(2, cpu=0)
    assert bench.watts() == "20"
    await bench.online(1, cpu=60)
    before = await bench.kwh()
    await bench.online(60, cpu=60)
    assert bench.watts() == "80"
    assert bench.sensor("power").attributes["source"] == "cpu"
    assert await bench.kwh() == pytest.approx(before + 0.08, abs=0.0015)


async def test_what_processors_measure_counts_with_the_rest_of_the_machine(
    bench: PowerBench,
) -> None:
    await bench.source("rapl", rest_watts=18)
    await bench.online(1, power_watts=12)
    before = await bench.kwh()
    await bench.online(60, power_watts=12)
    assert bench.watts() == "30"
    assert await bench.kwh() == pytest.approx(before + 0.03, abs=0.0015)


async def test_an_agent_that_measures_nothing_is_said_and_not_guessed(
    bench: PowerBench,
) -> None:
    await bench.source("rapl", rest_watts=18)
    await bench.online(2, power_watts=12)
    await bench.online(14)
    assert bench.problem() == "not_measured"
    assert bench.watts() == "unknown"
    before = await bench.kwh()
    await bench.online(4)
    assert bench.repairs() == {"power_not_measured"}
    assert await bench.kwh() == before
    await bench.online(1, power_watts=12)
    assert (bench.watts(), bench.problem(), bench.repairs()) == ("30", None, set())


async def test_estimates_are_the_contract_s_arithmetic(
    hass: HomeAssistant, bench: PowerBench
) -> None:
    await bench.lab.act("update_server", server="nas", tdp_watts=65)
    assert await enabled(hass, bench, "estimated_cost_per_day") == 0.37
    assert await enabled(hass, bench, "estimated_cost_per_month") == 11.23
    assert await enabled(hass, bench, "estimated_cost_per_year") == 134.78


async def enabled(hass: HomeAssistant, bench: PowerBench, key: str) -> float:
    """Enable a sensor and return what it says."""
    entity_id = bench.lab.entity_id("sensor", key)
    er.async_get(hass).async_update_entity(entity_id, disabled_by=None)
    await bench.lab.restart()
    return bench.number(key)


async def test_totals_are_of_all_servers(bench: PowerBench) -> None:
    await bench.lab.act("update_server", server="pi", tdp_watts=15)
    for _ in range(60):
        await bench.online(1)
        await bench.lab.report("pi")
    await bench.shown()
    await bench.lab.wait(5)
    assert bench.number("fleet_power", "hub") == 65
    assert bench.number("cost_per_day", "hub") == 0.37
    assert bench.number("cost_per_month", "hub") == 11.23
    assert bench.number("cost_per_year", "hub") == 134.78
    assert bench.number("fleet_cost_this_month", "hub") == pytest.approx(
        await bench.cost() + await bench.cost("pi"), abs=0.0001
    )


async def test_what_a_removed_server_has_cost_it_has_cost(bench: PowerBench) -> None:
    await bench.online(60)
    await bench.shown()
    before = bench.number("fleet_cost_this_month", "hub")
    assert before > 0.01
    await bench.lab.act("remove_server", server="nas")
    await bench.shown()
    assert bench.number("fleet_cost_this_month", "hub") == pytest.approx(before)


async def test_a_server_that_comes_back_begins_anew(bench: PowerBench) -> None:
    await bench.online(60)
    await bench.shown()
    before = bench.number("fleet_cost_this_month", "hub")
    await bench.lab.act("remove_server", server="nas")
    await bench.lab.act("add_server", server_id="nas", tdp_watts=50)
    await bench.shown()
    assert bench.number("energy") == 0
    assert bench.number("fleet_cost_this_month", "hub") == pytest.approx(before)


# The month's end.


async def test_the_month_s_cost_begins_anew_with_what_it_came_to_before(
    hass: HomeAssistant, bench: PowerBench
) -> None:
    bench.lab.freezer.move_to("2026-03-31T21:30:00+00:00")  # 23:30 in Berlin
    await bench.online(10)
    before = await bench.cost()
    changes: list[Event[Any]] = async_capture_events(hass, EVENT_STATE_CHANGED)
    await bench.online(40)
    entity_id = bench.lab.entity_id("sensor", "cost_this_month")
    seen = [
        (float(event.data["new_state"].state), event.data["new_state"])
        for event in changes
        if event.data["entity_id"] == entity_id
    ]
    resets = [state.attributes["last_reset"] for _, state in seen]
    march, april = "2026-03-01T00:00:00+01:00", "2026-04-01T00:00:00+02:00"
    assert resets == [march] * (len(resets) - 1) + [april]
    # The last figure of March has its last minute: 20 minutes at 50 W and 0.24.
    assert seen[-2][0] == pytest.approx(before + 0.012 / 3, abs=0.0002)
    # The first of April is that of its first quarter of an hour.
    assert seen[-1][0] == pytest.approx(0.012 / 4, abs=0.0003)


async def test_a_month_that_ends_while_home_assistant_is_away_ends_all_the_same(
    bench: PowerBench,
) -> None:
    bench.lab.freezer.move_to("2026-03-31T21:30:00+00:00")
    await bench.online(20)
    await bench.lab.stop()
    bench.lab.freezer.move_to("2026-04-01T06:00:00+00:00")
    await bench.lab.start()
    await bench.online(20)
    [nas] = (await bench.ask("get_costs", server="nas"))["servers"]
    assert nas["cost_last_month"] == pytest.approx(0.004, abs=0.0003)
    assert nas["cost_this_month"] == pytest.approx(0.004, abs=0.0003)
    assert (
        bench.sensor("cost_this_month")
        .attributes["last_reset"]
        .startswith("2026-04-01")
    )


# What lasts.


async def test_energy_and_money_last(bench: PowerBench) -> None:
    await bench.online(60)
    energy, cost = await bench.kwh(), await bench.cost()
    await bench.lab.restart(away=3600)
    assert bench.number("energy") == energy
    assert bench.number("cost_this_month") == cost
    await bench.online(61)
    assert await bench.kwh() == pytest.approx(energy + 0.05, abs=0.0015)


async def test_after_a_crash_nothing_goes_back(
    bench: PowerBench, hass_storage: dict[str, Any]
) -> None:
    seen = []
    for _ in range(40):
        await bench.online(1)
        seen.append(bench.number("energy"))
    assert seen == sorted(seen)
    assert seen[-1] > seen[0]
    await bench.lab.crash(hass_storage)
    assert bench.number("energy") >= seen[-1]


@pytest.mark.parametrize("damage", [None, "rubbish", {"meters": {"nas": {}}}])
async def test_a_file_that_is_lost_costs_no_energy_that_was_shown(
    hass: HomeAssistant, address: str, hass_storage: dict[str, Any], damage: Any
) -> None:
    await hass.config.async_update(currency="EUR", time_zone="UTC")
    if damage is not None:
        hass_storage["homelabcmd.power"] = {
            "version": 1,
            "minor_version": 1,
            "key": "homelabcmd.power",
            "data": damage,
        }
    month = dt_util.utcnow().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    mock_restore_cache_with_extra_data(
        hass,
        [
            (
                State("sensor.nas_energy", "12.345"),
                {"native_value": 12.345, "native_unit_of_measurement": "kWh"},
            ),
            (
                State(
                    "sensor.nas_cost_this_month",
                    "1.5",
                    {"last_reset": month.isoformat()},
                ),
                {"native_value": 1.5, "native_unit_of_measurement": "EUR"},
            ),
        ],
    )
    hub = await set_up(hass, hub_entry())
    states = [
        hass.states.get(f"sensor.nas_{key}") for key in ("energy", "cost_this_month")
    ]
    assert [state and state.state for state in states] == ["12.345", "1.5"]
    await hass.config_entries.async_unload(hub.entry.entry_id)


# What it costs the recorder.


async def test_a_day_of_a_server_is_at_most_200_rows_more(
    hass: HomeAssistant, bench: PowerBench
) -> None:
    await bench.online(2)
    changes: list[Event[Any]] = async_capture_events(hass, EVENT_STATE_CHANGED)
    await bench.online(24 * 60)
    keys = ("power", "energy", "cost_this_month")
    ours = {bench.lab.entity_id("sensor", key): key for key in keys}
    rows = Counter(
        ours[event.data["entity_id"]]
        for event in changes
        if event.data["entity_id"] in ours
    )
    print(f"\n{rows.total()} rows of power, energy and money in a day: {rows}")  # noqa: T201
    assert rows["energy"] > 90
    assert rows.total() <= 200
