"""People are told on their phones and in Slack, and answer from there."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from harness import integration, slack
from harness.account import Account, add_user
from harness.api import Api
from harness.phone import ANDROID, IPHONE, Phone
from harness.slack import Road, Slack
from harness.texts import text
from harness.waiting import until

from .filling_host import FillingHost
from .home import Home
from .phones import Phones

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

SERVER, NAME, MOUNT = "vault", "Vault", "/srv/vault"
TITLE = text("selector.alert_title.options.disk_critical", subject=MOUNT, server=NAME)
RESOLVED = text("selector.alert_news.options.resolved_title", title=TITLE)
KNOWN = text("selector.alert_news.options.acknowledged_title", title=TITLE)
ACKNOWLEDGE = text("selector.notification.options.acknowledge")
NOT_AN_ADMIN, OUT_OF_DATE = "only administrators may answer", "or to an old one"
FULL, ROOMY = 95, 40
"""Percent."""


@dataclass(frozen=True, kw_only=True)
class Scene:
    """Who is told, and of what."""

    host: FillingHost
    own: Phone
    partner: Phone
    guest: Phone
    """It is not an administrator's."""
    channel: Slack

    @property
    def phones(self) -> tuple[Phone, ...]:
        return self.own, self.partner, self.guest

    async def slack_titles(self) -> dict[Road, str]:
        """Return what the next two messages are, one on each road."""
        got = [await self.channel.received(), await self.channel.received()]
        return {
            each.road: each.body["text"]
            if each.road is Road.API
            else each.body["attachments"][0]["fallback"]
            for each in got
        }


@pytest_asyncio.fixture(loop_scope="session")
async def scene(
    home: Home, phones: Phones, guest: Account, channel: Slack
) -> AsyncIterator[Scene]:
    async with home.api() as api:
        partner = await add_user(api, "partner", "password", is_admin=True)
        made = Scene(
            host=await FillingHost.add(api, SERVER, NAME, MOUNT),
            own=await phones(home.account, "Own iPhone", IPHONE),
            partner=await phones(partner, "Partner's Pixel", ANDROID),
            guest=await phones(guest, "Guest's Pixel", ANDROID),
            channel=channel,
        )
        entry = await integration.entry_id(api)
        assert entry is not None
        # The servers of other tests are none of theirs.
        only: dict[str, object] = {"servers": [SERVER]}
        for phone in made.phones:
            address = await phone.device_id(api)
            chosen = f"phone:{address}"
            await integration.add_target(api, entry, chosen, name=phone.name, **only)
        chosen = f"action:{slack.SERVICE}"
        await integration.add_target(api, entry, chosen, name="Slack", **only)
        await integration.add_target(
            api,
            entry,
            "slack_webhook",
            name="Hook",
            url=channel.webhook,
            channel="#ops",
            **only,
        )
    yield made
    async with home.api() as api:
        await api.post(
            f"/api/services/{integration.DOMAIN}/remove_server", {"server": SERVER}
        )
        names = [*(phone.name for phone in made.phones), "Slack", "Hook"]
        await integration.remove_targets(api, entry, names)


async def the_alert(api: Api, **query: str) -> dict[str, Any]:
    """Return what the action tells of the server's only alert."""
    answer = await api.action(integration.DOMAIN, "list_alerts", server=SERVER, **query)
    [found] = answer["alerts"]
    alert: dict[str, Any] = found
    return alert


async def logged(home: Home, complaint: str) -> None:
    """Wait until Home Assistant's log has a complaint that the test asked for."""
    home.excused.append(complaint)

    async def look() -> bool | None:
        return complaint in home.home_assistant.child.output() or None

    await until(look, complaint, patience=20)


async def test_disk_fills_and_is_told_until_it_is_acknowledged_and_freed(
    home: Home, scene: Scene
) -> None:
    own, partner, guest = scene.phones
    await scene.host.disk_is(ROOMY)
    await scene.host.disk_is(FULL)

    first = [await phone.received() for phone in scene.phones]
    assert [each.title for each in first] == [TITLE] * 3
    assert await scene.slack_titles() == {Road.API: TITLE, Road.WEBHOOK: TITLE}
    async with home.api() as api:
        opened = await the_alert(api)
        assert opened["status"] == "open"

        # Who may not answer has no button, and somebody else's is of no use to them.
        on_own, on_partner, on_guest = (each.buttons for each in first)
        assert on_guest == {}
        await guest.press(on_own[ACKNOWLEDGE])
        await logged(home, NOT_AN_ADMIN)
        assert (await the_alert(api))["status"] == "open"

        # One person answers; nobody else need.
        await own.press(on_own[ACKNOWLEDGE], first[0])
        for phone in scene.phones:
            assert (await phone.received()).clears
            assert not phone.shown
        assert await scene.slack_titles() == {Road.API: KNOWN, Road.WEBHOOK: KNOWN}
        known = await the_alert(api)
        assert known["status"] == "acknowledged"
        assert known["acknowledged_by"]["name"] == "User"

        # Who answers late finds that out, and changes nothing.
        assert on_partner[ACKNOWLEDGE] != on_own[ACKNOWLEDGE]
        await partner.press(on_partner[ACKNOWLEDGE])
        await logged(home, OUT_OF_DATE)
        assert await the_alert(api) == known

        await scene.host.disk_is(ROOMY)
        for phone, opening in zip(scene.phones, first, strict=True):
            last = await phone.received()
            assert (last.title, last.tag) == (RESOLVED, opening.tag)
            assert last.buttons == {}
            assert phone.shown == (last,)
        assert await scene.slack_titles() == {
            Road.API: RESOLVED,
            Road.WEBHOOK: RESOLVED,
        }
        ended = await the_alert(api, status="resolved")
        assert ended["resolution"] == "cleared"
        assert ended["notified"] is True
