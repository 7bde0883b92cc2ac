"""The blueprint *nightly updates*: asks for updates, and once more if they changed."""

from collections.abc import AsyncIterator
from pathlib import Path

from homeassistant.core import HomeAssistant
import pytest

from ..notifications.test_blueprints import use_blueprint
from .bench import Bench, managed
from .test_types import ALLOWED, pending

AUTO = {"enabled": True, "types": {"apply_updates": True}, "servers": {}}


@pytest.fixture
async def night(
    bench: Bench, hass: HomeAssistant, tmp_path: Path
) -> AsyncIterator[Bench]:
    """Let both servers be asked at a minute past one; it is noon."""
    await hass.config.async_set_time_zone("UTC")
    await bench.lab.set_options(auto_approval=AUTO)
    await bench.lab.set_server_alerts(update_available={"enabled": False})
    bench.agent = managed(ALLOWED)
    servers = [server.device_id for server in bench.lab.hub.servers.values()]
    await use_blueprint(
        bench.lab,
        tmp_path,
        "nightly_updates",
        servers=servers,
        at="13:01:00",
        until="16:00:00",
        ask_again_after={"seconds": 0},
    )
    yield bench
    await hass.services.async_call(
        "automation", "turn_off", {"entity_id": "all"}, blocking=True
    )


async def _taken_over(bench: Bench) -> str:
    [action] = await bench.actions(status="approved")
    action_id: str = action["action_id"]
    bench.accepted = [action_id]
    await bench.beat()
    return action_id


async def test_what_is_pending_at_night_is_installed_and_nothing_where_nothing_is(
    night: Bench,
) -> None:
    await night.report(**pending(security=False))
    await night.minutes(60)
    assert await night.actions() == []
    await night.minutes(2)
    action = await night.only()
    assert (action["status"], action["server_id"]) == ("approved", "nas")
    assert action["parameters"]["security_only"] is False
    action_id = await _taken_over(night)
    await night.report(package_updates=[], update_sets=[], updates_available=0)
    await night.end(action_id)
    await night.lab.wait(24 * 3600)
    assert len(await night.actions()) == 1


async def test_a_set_that_changed_is_asked_for_again_but_not_for_ever(
    night: Bench,
) -> None:
    await night.report(**pending(security=False))
    await night.minutes(62)
    for digest in "bcd":
        action_id = await _taken_over(night)
        await night.report(**pending(digest, security=False))
        await night.end(action_id, "refused", error="there is something else")
    statuses = [action["status"] for action in await night.actions()]
    assert statuses == ["failed"] * 3


async def test_what_is_left_after_another_installation_follows_it(
    night: Bench,
) -> None:
    await night.report(**pending())
    await night.ask(
        *("queue_action", None),
        server="nas",
        action_type="apply_updates",
        parameters={"security_only": True},
    )
    action_id = await _taken_over(night)
    await night.minutes(62, progress=[{"command_id": action_id}])
    assert len(await night.actions()) == 1, "it waits for the other"
    await night.report(**pending("b", security=False))
    await night.end(action_id)
    new, _ = await night.actions()
    assert (new["status"], new["parameters"]["security_only"]) == ("approved", False)


async def test_nothing_is_asked_for_by_day(night: Bench) -> None:
    await night.report(**pending(security=False))
    await night.ask("queue_action", None, server="nas", action_type="apply_updates")
    action_id = await _taken_over(night)
    await night.report(**pending("b", security=False))
    await night.end(action_id, "refused")
    assert (await night.only())["status"] == "failed"
