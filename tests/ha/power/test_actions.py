"""The actions about costs, savings and the Energy dashboard."""

from pathlib import Path

from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import ServiceValidationError, Unauthorized
import pytest
from pytest_homeassistant_custom_component.common import (
    MockUser,
    async_capture_events,
)

from ..notifications.test_blueprints import RAN, TELL, use_blueprint
from .bench import PLUG, PowerBench

INVENTORY = {
    "omv-homeserver": 50,
    "omv-backupserver": 40,
    "omv-documentserver": 40,
    "omv-mediaserver": 65,
    "omv-cloudserver1": 50,
    "omv-webserver1": 45,
    "omv-webserver2": 45,
    "omv-homeautoserver": 50,
    "omv-aiserver1": 100,
    "pihole-master": 5,
    "pihole-backup": 5,
}
"""Section 15 of the specification."""


async def test_costs_are_to_the_penny_what_the_specification_says(
    bench: PowerBench,
) -> None:
    for server_id, watts in INVENTORY.items():
        await bench.lab.act("add_server", server_id=server_id, tdp_watts=watts)
    for server_id in ("nas", "pi"):
        await bench.lab.act("remove_server", server=server_id)
    found = await bench.ask("get_costs")
    assert (found["currency"], found["price"]) == ("EUR", 0.24)
    media = next(
        server
        for server in found["servers"]
        if server["server_id"] == "omv-mediaserver"
    )
    assert media == {
        "server_id": "omv-mediaserver",
        "name": "omv-mediaserver",
        "source": "tdp",
        "problem": None,
        "watts": 65,
        "watts_now": 0,
        "daily": 0.37,
        "monthly": 11.23,
        "yearly": 134.78,
        "energy_kwh": 0,
        "energy_this_month": 0,
        "cost_this_month": 0,
        "energy_last_month": 0,
        "cost_last_month": 0,
    }
    assert len(found["servers"]) == 11
    assert found["total"]["watts"] == sum(INVENTORY.values()) == 495
    assert found["total"]["daily"] == 2.85
    assert found["total"]["monthly"] == 85.54
    assert found["total"]["yearly"] == 1026.43


async def test_costs_are_of_this_very_moment(bench: PowerBench) -> None:
    await bench.online(61)
    found = await bench.ask("get_costs", server="nas")
    [nas] = found["servers"]
    assert nas["energy_kwh"] == pytest.approx(0.05, abs=0.001)
    assert nas["cost_this_month"] == pytest.approx(0.012, abs=0.0003)
    assert nas["watts_now"] == 50
    assert found["total"]["cost_this_month"] == nas["cost_this_month"]
    assert found["total"]["watts"] == 50


async def test_what_is_measured_is_estimated_by_the_mean_of_a_day(
    bench: PowerBench,
) -> None:
    await bench.plug(100)
    await bench.source("sensor", entity_id=PLUG, share=100)
    await bench.quiet(60)
    await bench.plug(300)
    await bench.quiet(60)
    [nas] = (await bench.ask("get_costs", server="nas"))["servers"]
    assert nas["watts"] == pytest.approx(200, abs=2)
    assert nas["watts_now"] == 300
    assert nas["source"] == "sensor"
    assert nas["daily"] == pytest.approx(200 * 24 / 1000 * 0.24, abs=0.02)


async def test_what_is_not_known_costs_nothing_that_could_be_said(
    bench: PowerBench,
) -> None:
    await bench.source("sensor", entity_id=PLUG, share=100)
    [nas] = (await bench.ask("get_costs", server="nas"))["servers"]
    assert (nas["watts"], nas["daily"], nas["yearly"]) == (None, None, None)
    assert nas["problem"] == "missing"
    with pytest.raises(ServiceValidationError) as refused:
        await bench.ask("estimate_savings", server="nas", hours_per_day=8)
    assert refused.value.translation_key == "power_unknown"


async def test_savings_are_plain_arithmetic(bench: PowerBench) -> None:
    await bench.lab.act("update_server", server="nas", tdp_watts=100)
    assert await bench.ask("estimate_savings", server="nas", hours_per_day=8) == {
        "currency": "EUR",
        "daily": 0.19,
        "monthly": 5.76,
        "yearly": 69.12,
    }
    saved = await bench.ask("estimate_savings", server="nas", hours_per_day=0)
    assert saved["yearly"] == 0


@pytest.mark.parametrize("hours", [-1, 24.5, float("nan"), float("inf")])
async def test_hours_that_no_day_has_are_refused(
    bench: PowerBench, hours: float
) -> None:
    with pytest.raises(ServiceValidationError) as refused:
        await bench.ask("estimate_savings", server="nas", hours_per_day=hours)
    assert refused.value.translation_key == "invalid_hours"


async def test_everybody_may_look_at_costs(
    hass: HomeAssistant, bench: PowerBench, hass_read_only_user: MockUser
) -> None:
    guest = Context(user_id=hass_read_only_user.id)
    assert (await bench.ask("get_costs", guest))["servers"]
    with pytest.raises(Unauthorized):
        await bench.ask("add_to_energy_dashboard", guest)


async def test_without_an_energy_dashboard_it_says_so(bench: PowerBench) -> None:
    with pytest.raises(ServiceValidationError) as refused:
        await bench.ask("add_to_energy_dashboard")
    assert refused.value.translation_key == "no_energy_dashboard"


# The blueprint.


async def test_the_monthly_report_says_what_last_month_cost(
    hass: HomeAssistant, bench: PowerBench, tmp_path: Path
) -> None:
    bench.lab.freezer.move_to("2026-03-31T20:00:00+00:00")  # 22:00 in Berlin
    await bench.online(61)
    ran = async_capture_events(hass, RAN)
    await use_blueprint(
        bench.lab, tmp_path, "monthly_cost_report", actions=TELL, at="08:00:00"
    )
    bench.lab.freezer.move_to("2026-04-01T06:00:01+00:00")
    await bench.lab.wait(1)
    [report] = ran
    assert report.data["title"] == "Your servers cost 0.01 EUR last month"
    assert report.data["message"] == (
        "- NAS: 0.01 EUR, 0.1 kWh\n- PI: 0.00 EUR, 0.0 kWh"
    )
    ran.clear()
    bench.lab.freezer.move_to("2026-04-02T06:00:01+00:00")
    await bench.lab.wait(1)
    assert ran == []
    await hass.services.async_call(
        "automation", "turn_off", {"entity_id": "all"}, blocking=True
    )
