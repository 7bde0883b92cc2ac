"""Automations hear of actions that wait and that have ended."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import async_capture_events

from custom_components.homelabcmd.remediation.log_lines import action_line

from .bench import Bench


async def _automation(hass: HomeAssistant, bench: Bench) -> list[Any]:
    """Have an automation say what it hears of actions on the first server."""
    ran = async_capture_events(hass, "ran")
    target = {"device_id": bench.lab.hub.servers["nas"].device_id}
    automation = {
        "alias": "Test",
        "mode": "queued",
        "triggers": [
            {"trigger": f"homelabcmd.{name}", "target": target}
            for name in ("action_pending", "action_finished")
        ],
        "actions": {
            "event": "ran",
            "event_data": {
                name: f"{{{{ trigger.{name} }}}}"
                for name in ("status", "title", "target", "description")
            },
        },
    }
    assert await async_setup_component(hass, "automation", {"automation": automation})
    await hass.async_block_till_done()
    return ran


async def test_an_automation_hears_what_waits_and_how_it_ended(
    hass: HomeAssistant, bench: Bench
) -> None:
    ran = await _automation(hass, bench)
    await bench.crash_plex()
    action_id = (await bench.only())["action_id"]
    await bench.ask("approve_action", bench.admin, action_id=action_id)
    bench.accepted = [action_id]
    await bench.beat()
    await bench.end(action_id, "failed", exit_code=3, error="it is masked")
    await hass.async_block_till_done()
    assert [(event.data["status"], event.data["description"]) for event in ran] == [
        (
            "pending",
            (
                "NAS: Restart plex.service on NAS? plex.service on NAS is down. A "
                "restart waits until an administrator approves it."
            ),
        ),
        (
            "failed",
            (
                "NAS: Failed: Restart plex.service on NAS. The command has failed "
                "(exit code 3). Details: it is masked."
            ),
        ),
    ]


async def test_what_a_person_starts_waits_for_nobody(
    hass: HomeAssistant, bench: Bench
) -> None:
    ran = await _automation(hass, bench)
    await bench.ask("restart_service", bench.admin, server="nas", service="plex")
    await hass.async_block_till_done()
    assert ran == []


def test_a_line_of_a_strange_event_is_plain_text() -> None:
    for data in ({}, {"title": 5, "message": None}, {"name": "x\ny", "title": "a\nb"}):
        line = action_line(data)
        assert line.isprintable()
    assert action_line({"name": "NAS", "title": "Done"}) == "NAS: Done."
