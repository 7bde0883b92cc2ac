"""The blueprints: Home Assistant takes them, and they do what they say."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
import shutil
from typing import Any

from homeassistant.components.automation.config import AUTOMATION_BLUEPRINT_SCHEMA
from homeassistant.components.blueprint import models
from homeassistant.core import Context, Event, HomeAssistant, callback
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import load_yaml_dict
import pytest
from pytest_homeassistant_custom_component.common import (
    MockUser,
    async_capture_events,
    async_fire_time_changed,
)

from ..alerts.lab import Lab, full
from ..setup_hub import key_of

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "blueprints/automation/homelabcmd"
NAMES = sorted(path.stem for path in FOLDER.glob("*.yaml"))
RAN = "ran"
TELL = [
    {
        "event": RAN,
        "event_data": {"title": "{{ title }}", "message": "{{ message }}"},
    }
]


async def _use(
    lab: Lab, folder: Path, name: str, **inputs: Any
) -> list[Event[dict[str, Any]]]:
    """Set up an automation from a blueprint that tells; returns what it does."""
    ran = async_capture_events(lab.hass, RAN)
    await use_blueprint(lab, folder, name, actions=TELL, **inputs)
    return ran


async def use_blueprint(lab: Lab, folder: Path, name: str, **inputs: Any) -> None:
    """Set up an automation from a blueprint."""
    lab.hass.config.config_dir = str(folder)
    shutil.copytree(FOLDER, folder / "blueprints/automation/homelabcmd")
    automation = {"use_blueprint": {"path": f"homelabcmd/{name}.yaml", "input": inputs}}
    assert await async_setup_component(
        lab.hass, "automation", {"automation": automation}
    )
    await lab.hass.async_block_till_done()
    [entity_id] = lab.hass.states.async_entity_ids("automation")
    state = lab.hass.states.get(entity_id)
    assert state
    assert state.state == "on"


@pytest.fixture(autouse=True)
async def _no_automation_goes_on(hass: HomeAssistant) -> AsyncIterator[None]:
    yield
    if hass.services.has_service("automation", "turn_off"):
        await hass.services.async_call(
            "automation", "turn_off", {"entity_id": "all"}, blocking=True
        )


def _titles(ran: list[Event[dict[str, Any]]]) -> list[str]:
    titles = [event.data["title"] for event in ran]
    ran.clear()
    return titles


@pytest.mark.parametrize("name", NAMES)
def test_a_blueprint_is_valid_and_says_where_it_comes_from(name: str) -> None:
    data = load_yaml_dict(str(FOLDER / f"{name}.yaml"))
    blueprint = models.Blueprint(
        data, expected_domain="automation", schema=AUTOMATION_BLUEPRINT_SCHEMA
    )
    assert blueprint.validate() is None
    source = blueprint.metadata["source_url"]
    assert source.endswith(f"/blueprints/automation/homelabcmd/{name}.yaml")


async def test_an_alert_goes_to_any_notifier(
    lab: Lab, tmp_path: Path, hass: HomeAssistant
) -> None:
    ran = await _use(lab, tmp_path, "alert_to_any_notifier")
    await lab.report(**full(85))
    assert _titles(ran) == ["Disk / on NAS is filling up"]
    await lab.report(**full(95))
    assert _titles(ran) == ["Disk / on NAS is almost full"]
    await lab.report("pi", **full(95))
    assert _titles(ran) == ["Disk / on PI is almost full"]
    await lab.report(**full(20))
    assert _titles(ran) == ["Resolved: Disk / on NAS is almost full"]


async def test_only_the_chosen_severities_and_servers_get_through(
    lab: Lab, tmp_path: Path
) -> None:
    ran = await _use(
        lab,
        tmp_path,
        "alert_to_any_notifier",
        severities=["critical"],
        servers=[lab.hub.servers["pi"].device_id],
        resolved=False,
    )
    await lab.report(**full(95))
    await lab.report("pi", **full(85))
    assert _titles(ran) == []
    await lab.report("pi", **full(95))
    assert _titles(ran) == ["Disk / on PI is almost full"]
    await lab.report("pi", **full(20))
    assert _titles(ran) == []


async def _later(lab: Lab, minutes: float) -> None:
    """Let time pass; Home Assistant would wait for actions that wait themselves."""
    lab.freezer.tick(minutes * 60)
    async_fire_time_changed(lab.hass)
    await _running(lab, 0)


async def _running(lab: Lab, number: int) -> None:
    """Wait until so many runs of the automation are under way."""
    [entity_id] = lab.hass.states.async_entity_ids("automation")
    reached = asyncio.Event()

    @callback
    def look(_event: object = None) -> None:
        state = lab.hass.states.get(entity_id)
        if state is not None and state.attributes["current"] == number:
            reached.set()

    stop = async_track_state_change_event(lab.hass, entity_id, look)
    look()
    async with asyncio.timeout(10):
        await reached.wait()
    stop()


async def _report(lab: Lab, percent: float) -> None:
    await lab.beat(key_of(lab.hub), **full(percent))
    await _running(lab, 1)


async def test_a_critical_alert_that_nobody_acknowledged_goes_to_somebody_else(
    lab: Lab, tmp_path: Path
) -> None:
    ran = await _use(lab, tmp_path, "escalate_unacknowledged", minutes=10)
    await _report(lab, 95)
    await _later(lab, 11)
    assert _titles(ran) == ["Disk / on NAS is almost full"]


async def test_what_somebody_acknowledged_is_not_escalated(
    lab: Lab, tmp_path: Path, hass_admin_user: MockUser
) -> None:
    ran = await _use(lab, tmp_path, "escalate_unacknowledged", minutes=10)
    await _report(lab, 95)
    [alert] = await lab.alerts(severity="critical")
    await lab.hass.services.async_call(
        "homelabcmd",
        "acknowledge_alert",
        {"alert_id": alert["alert_id"]},
        blocking=True,
        context=Context(user_id=hass_admin_user.id),
    )
    await _later(lab, 11)
    assert _titles(ran) == []


async def test_the_digest_lists_what_is_not_urgent(lab: Lab, tmp_path: Path) -> None:
    await lab.hass.config.async_set_time_zone("UTC")
    ran = await _use(lab, tmp_path, "daily_digest", at="12:30:00")
    await lab.report(updates_available=3, security_updates=0, **full(95))
    await _later(lab, 31)
    await lab.hass.async_block_till_done()
    [event] = ran
    assert event.data == {
        "title": "1 open alerts on your servers",
        "message": "- NAS has updates to install",
    }


async def test_there_is_no_digest_on_a_day_without_alerts(
    lab: Lab, tmp_path: Path
) -> None:
    await lab.hass.config.async_set_time_zone("UTC")
    ran = await _use(lab, tmp_path, "daily_digest", at="12:30:00")
    await _later(lab, 31)
    await lab.hass.async_block_till_done()
    assert ran == []
