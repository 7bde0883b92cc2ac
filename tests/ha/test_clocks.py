"""The hub's clock: set back, put right, and what a crash makes of it."""

from typing import Any

import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.homelabcmd.core.servers.server import Presence
from tests.builders import Request, heartbeat, signed

from .alerts.lab import Lab, full
from .setup_hub import WEBHOOK_ID, key_of

EARLIER = "2026-03-02T10:00:00+00:00"
"""Two hours before the hub started."""


class Sender:
    """Sends requests as they are."""

    def __init__(self, client: Any) -> None:
        self._client = client

    async def send(self, request: Request) -> str:
        """Return "received", "stale", or the code of the refusal."""
        response = await self._client.post(
            f"/api/webhook/{WEBHOOK_ID}", data=request.body, headers=request.headers
        )
        answer = await response.json()
        if response.status == 200:
            return "stale" if answer.get("stale") else "received"
        code: str = answer["detail"]["code"]
        return code


@pytest.fixture
async def sender(lab: Lab, hass_client_no_auth: ClientSessionGenerator) -> Sender:
    return Sender(await hass_client_no_auth())


async def test_a_clock_set_back_by_two_hours_refuses_nobody_and_is_told_once(
    lab: Lab, sender: Sender, caplog: pytest.LogCaptureFixture
) -> None:
    old = signed(key_of(lab.hub), heartbeat(sequence=10**6))
    assert await sender.send(old) == "received"
    lab.freezer.move_to(EARLIER)
    for minute in range(0, 130, 5):
        lab.hub.tick()
        body = heartbeat(sequence=10**6 + 1 + minute)
        assert await sender.send(signed(key_of(lab.hub), body)) == "received"
        if minute == 120:
            # Its time has come again; its id is forgotten, its number is not.
            assert await sender.send(old) in ("stale", "replayed")
        lab.freezer.tick(300)
    assert lab.hub.servers["nas"].data.presence is Presence.ONLINE
    assert caplog.text.count("The clock was set back") == 1


async def test_after_a_crash_nothing_signed_before_the_start_is_accepted(
    lab: Lab, sender: Sender, hass_storage: dict[str, Any]
) -> None:
    key = key_of(lab.hub)
    await lab.report(sequence=10**6, **full(20))
    await lab.wait(60)
    overheard = signed(key, heartbeat(sequence=10**6 + 1, **full(95)))
    assert await sender.send(overheard) == "received"
    await lab.wait(60)
    await lab.report(sequence=10**6 + 2, **full(20))
    await lab.wait(60)
    await lab.crash(hass_storage)
    lab.freezer.tick(30)
    assert await sender.send(overheard) == "clock_skew"
    assert await lab.standing() == {}
    # Whoever is a little behind signs again by the time that it is told.
    body = heartbeat(sequence=10**6 + 3, **full(20))
    assert await sender.send(signed(key, body, skew=-33)) == "clock_skew"
    assert await sender.send(signed(key, body)) == "received"


async def test_an_orderly_restart_takes_what_was_signed_just_before(
    lab: Lab, sender: Sender
) -> None:
    await lab.report(sequence=10**6)
    seen = signed(key_of(lab.hub), heartbeat(sequence=10**6))
    underway = signed(key_of(lab.hub), heartbeat(sequence=10**6 + 1))
    await lab.restart(away=30)
    assert await sender.send(underway) == "received"
    assert await sender.send(seen) == "stale"


async def test_a_file_that_does_not_say_that_the_hub_stopped_is_that_of_a_crash(
    lab: Lab, sender: Sender, hass_storage: dict[str, Any]
) -> None:
    request = signed(key_of(lab.hub), heartbeat())
    await lab.stop()
    assert hass_storage["homelabcmd"]["data"]["stopped"] is True
    # A file of an older version, and one of a backup that was made while it ran.
    del hass_storage["homelabcmd"]["data"]["stopped"]
    lab.freezer.tick(10)
    await lab.start()
    assert hass_storage["homelabcmd"]["data"]["stopped"] is False
    assert await sender.send(request) == "clock_skew"
