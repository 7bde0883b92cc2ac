"""What to watch is chosen in Home Assistant and travels to the agent."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.homelabcmd.core.servers.watch_list import Watched
from custom_components.homelabcmd.hub.administration import async_remove_server
from custom_components.homelabcmd.hub.hub import Hub
from tests.builders import Request, heartbeat, signed, verified, wait

from .dialogs import Answer, Dialog, Dialogs
from .setup_hub import WEBHOOK_ID, Beat, key_of
from .test_inventory import HOSTILE

FOUND = {
    "available_services": ["plex.service", "ssh.service", "backup.timer"],
    "available_containers": ["nextcloud", "n8n"],
}


def _options(form: Answer, field: str) -> list[str]:
    """Return the values that a field offers; it must be one that can be searched."""
    [found] = [one for one in form["data_schema"] if one["name"] == field]
    select = found["selector"]["select"]
    assert select["multiple"]
    assert select["mode"] == "dropdown"
    return [option["value"] for option in select["options"]]


def _suggested(form: Answer) -> dict[str, Any]:
    return {
        field["name"]: field.get("description", {}).get("suggested_value")
        for field in form["data_schema"]
    }


async def _choosing(hub: Hub, dialogs: Dialogs) -> Dialog:
    dialog = await dialogs.reconfigure(hub.entry, "nas")
    await dialog.pick("watch")
    return dialog


async def test_what_the_agent_found_is_offered_and_what_is_chosen_is_watched(
    hass: HomeAssistant, hub: Hub, dialogs: Dialogs, beat: Beat
) -> None:
    assert await beat(key_of(hub), **FOUND) == "received"
    # What is told now and then is not told again.
    assert await beat(key_of(hub)) == "received"
    dialog = await _choosing(hub, dialogs)
    assert _options(dialog.seen, "services") == ["backup.timer", "plex", "ssh"]
    assert _options(dialog.seen, "containers") == ["n8n", "nextcloud"]
    form = await dialog.submit(
        services=["plex", "own.service"], containers=["nextcloud"]
    )
    assert form["step_id"] == "may_be_down"
    assert _options(form, "services") == ["own", "plex"]
    assert (await dialog.submit(services=["own"]))["reason"] == "watch_list_saved"
    config = hub.servers["nas"].config
    assert config.services == (
        Watched(name="plex"),
        Watched(name="own", critical=False),
    )
    assert config.containers == (Watched(name="nextcloud"),)
    again = await _choosing(hub, dialogs)
    assert _suggested(again.seen) == {
        "services": ["plex", "own"],
        "containers": ["nextcloud"],
    }
    assert "own" in _options(again.seen, "services")
    form = await again.submit(services=["own"])
    assert _suggested(form) == {"services": ["own"]}
    await again.submit(services=[])
    assert hub.servers["nas"].config.services == (Watched(name="own"),)


async def test_an_empty_choice_needs_no_second_question(
    hub: Hub, dialogs: Dialogs
) -> None:
    dialog = await _choosing(hub, dialogs)
    assert _options(dialog.seen, "services") == []
    assert (await dialog.submit())["reason"] == "watch_list_saved"
    assert hub.servers["nas"].config.watched == ((), ())


@pytest.mark.parametrize("field", ["services", "containers"])
async def test_a_name_that_can_t_travel_is_refused_at_its_field(
    hub: Hub, dialogs: Dialogs, field: str
) -> None:
    dialog = await _choosing(hub, dialogs)
    form = await dialog.submit(**{field: ["x" * 256]})
    assert form["errors"] == {field: "invalid_watch_list"}
    assert _suggested(form)[field] == ["x" * 256]


async def test_hostile_names_are_offered_and_chosen_like_others(
    hub: Hub, dialogs: Dialogs, beat: Beat
) -> None:
    names = sorted(name for name in HOSTILE if len(name) <= 255)
    await beat(key_of(hub), available_containers=list(HOSTILE))
    dialog = await _choosing(hub, dialogs)
    assert sorted(_options(dialog.seen, "containers")) == names
    await dialog.submit(containers=names)
    await dialog.submit(containers=names[:1])
    assert [item.name for item in hub.servers["nas"].config.containers] == names


async def test_settings_keep_what_is_watched(hub: Hub, dialogs: Dialogs) -> None:
    dialog = await _choosing(hub, dialogs)
    await dialog.submit(services=["ssh"])
    await dialog.submit()
    dialog = await dialogs.reconfigure(hub.entry, "nas")
    await dialog.pick("settings")
    await dialog.submit(name="Big NAS", tdp_watts=65)
    assert hub.servers["nas"].config.watched == (("ssh",), ())


type Post = Callable[[dict[str, Any]], Coroutine[Any, Any, tuple[int, dict[str, Any]]]]


@pytest.fixture
async def post(hub: Hub, hass_client_no_auth: ClientSessionGenerator) -> Post:
    client = await hass_client_no_auth()
    key = key_of(hub)

    async def send(body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        request: Request = signed(key, body)
        response = await client.post(
            f"/api/webhook/{WEBHOOK_ID}", data=request.body, headers=request.headers
        )
        answer = await response.read()
        return response.status, verified(key, response.headers, answer)

    return send


async def _waiting(hub: Hub, post: Post) -> asyncio.Task[tuple[int, dict[str, Any]]]:
    waiting = asyncio.create_task(post(wait()))
    async with asyncio.timeout(5):
        while not hub.waits._parked:  # noqa: ASYNC110 - the hub has no event for it
            await asyncio.sleep(0.01)
    return waiting


async def test_the_list_travels_in_every_answer_and_at_once_to_an_agent_that_waits(
    hub: Hub, dialogs: Dialogs, post: Post
) -> None:
    _, reply = await post(heartbeat())
    assert (reply["config"]["services"], reply["config"]["containers"]) == ([], [])
    waiting = await _waiting(hub, post)
    dialog = await _choosing(hub, dialogs)
    await dialog.submit(services=["ssh"], containers=["web"])
    await dialog.submit()
    _, reply = await asyncio.wait_for(waiting, 5)
    assert reply["config"]["services"] == ["ssh"]
    _, reply = await post(heartbeat())
    assert reply["config"]["containers"] == ["web"]


async def test_an_agent_that_waits_is_told_when_its_server_is_removed(
    hub: Hub, post: Post
) -> None:
    waiting = await _waiting(hub, post)
    await async_remove_server(hub, "nas")
    status, reply = await asyncio.wait_for(waiting, 5)
    assert (status, reply["detail"]["code"]) == (410, "removed")
