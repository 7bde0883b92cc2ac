"""What the logbook tells of alerts, as its API gives it."""

from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

from homeassistant.components.recorder import Recorder
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.homelabcmd.hub.hub import Hub

from .setup_hub import hub_entry, set_up

type Tell = Callable[..., Coroutine[Any, Any, tuple[str, str]]]

OPENED = {
    "kind": "opened",
    "alert_id": "1",
    "server_id": "nas",
    "name": "NAS",
    "type": "disk_critical",
    "severity": "critical",
    "subject": "/",
    "status": "open",
    "title": "Disk / on NAS is almost full",
    "message": "Disk / on NAS is 92 % full (threshold 90 %).",
}


@pytest.fixture(autouse=True)
def _custom_integrations(
    recorder_mock: Recorder, enable_custom_integrations: None
) -> None:
    """Let Home Assistant load the integration; the recorder has to be there first."""


@pytest.fixture
async def hub(hass: HomeAssistant, address: str) -> Any:
    assert await async_setup_component(hass, "logbook", {})
    entry = hub_entry()
    yield await set_up(hass, entry)
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.fixture
async def tell(
    hass: HomeAssistant, hub: Hub, hass_ws_client: WebSocketGenerator
) -> Tell:
    """Fire the event of an alert; return name and message of its entry."""
    client = await hass_ws_client(hass)

    async def tell(event: str = "alert", **changes: Any) -> tuple[str, str]:
        start = dt_util.utcnow() - timedelta(seconds=1)
        device_id = hub.servers["nas"].device_id
        hass.bus.async_fire(
            f"homelabcmd_{event}", {**OPENED, "device_id": device_id, **changes}
        )
        await hass.async_block_till_done()
        await async_wait_recording_done(hass)
        await client.send_json_auto_id(
            {
                "type": "logbook/get_events",
                "start_time": start.isoformat(),
                "device_ids": [device_id],
            }
        )
        answer = await client.receive_json()
        assert answer["success"]
        [entry] = [one for one in answer["result"] if one["domain"] == "homelabcmd"]
        # Without one, Home Assistant draws an empty square.
        assert entry["icon"].startswith("mdi:")
        return entry["name"], entry["message"]

    return tell


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({}, "alert opened: Disk / on NAS is 92 % full (threshold 90 %)."),
        (
            {"kind": "escalated"},
            "alert got worse: Disk / on NAS is 92 % full (threshold 90 %).",
        ),
        (
            {"kind": "eased"},
            "alert got milder: Disk / on NAS is 92 % full (threshold 90 %).",
        ),
        (
            {
                "kind": "acknowledged",
                "message": "Anna knows about it. Note: A new disk is ordered.",
            },
            (
                "alert acknowledged \N{EN DASH} Disk almost full (/): "
                "Anna knows about it. Note: A new disk is ordered."
            ),
        ),
        (
            {"kind": "resolved", "message": "Disk / on NAS is down to 70 %."},
            (
                "alert resolved \N{EN DASH} Disk almost full (/): "
                "Disk / on NAS is down to 70 %."
            ),
        ),
        (
            {
                "type": "server_offline",
                "subject": "",
                "message": "NAS has stopped reporting.",
            },
            "alert opened: NAS has stopped reporting.",
        ),
        (
            {
                "kind": "resolved",
                "type": "server_offline",
                "subject": "",
                "message": "NAS is reporting again.",
            },
            "alert resolved \N{EN DASH} Server offline: NAS is reporting again.",
        ),
        ({"message": None}, "alert opened \N{EN DASH} Disk almost full (/)"),
    ],
)
async def test_a_change_of_an_alert_reads_well(
    tell: Tell, changes: dict[str, Any], message: str
) -> None:
    assert await tell(**changes) == ("NAS", message)


async def test_hostile_names_stay_one_harmless_line(tell: Tell) -> None:
    name, message = await tell(
        kind="resolved",
        name="NAS\n<b>\u202e",
        type="{0.__class__}",
        subject="{change}\x00\u202e" + "x" * 5000,
        message="{alert}\n\x1b[31m" + "y" * 5000,
    )
    assert name == "NAS\N{REPLACEMENT CHARACTER}<b>\N{REPLACEMENT CHARACTER}"
    assert message.isprintable()
    assert len(message) < 800
    assert "{0.__class__} ({change}" in message


@pytest.mark.parametrize("wrong", [None, 1, [1], {"a": "b"}])
async def test_an_event_with_nonsense_in_it_breaks_nothing(
    tell: Tell, wrong: object
) -> None:
    assert await tell(**dict.fromkeys(OPENED, wrong)) == ("?", "? \N{EN DASH} ?")


@pytest.mark.parametrize("status", ["pending", "approved", "completed", "failed", "?"])
async def test_what_becomes_of_an_action_is_a_line(tell: Tell, status: str) -> None:
    name, message = await tell(
        "action",
        status=status,
        title="Approved: Restart plex on NAS",
        message="Anna has approved it.",
    )
    assert name == "NAS"
    assert message == "Approved: Restart plex on NAS. Anna has approved it."
