"""The test phones and the stand-in for Slack, as Home Assistant's own parts use them.

What people are told by us goes the same ways.
"""

import asyncio

import aiohttp
import pytest

from harness import slack
from harness.account import Account
from harness.api import Api, ApiError, connect, events
from harness.phone import ANDROID, IPHONE, App
from harness.slack import Road, Slack, Trouble

from .home import Home
from .phones import Phones

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

PRESSED = "mobile_app_notification_action"


def message(tag: str, action: str) -> dict[str, object]:
    return {
        "title": "The pantry's disk is full",
        "message": "95 % of / is used",
        "data": {"tag": tag, "actions": [{"action": action, "title": "I know"}]},
    }


async def user_id(account: Account) -> str:
    async with connect(account.url, account.token) as api:
        found: str = (await api.command("auth/current_user"))["id"]
        return found


async def tell(api: Api, service: str, data: object) -> None:
    await api.post(f"/api/services/notify/{service}", data)


@pytest.mark.parametrize(("app", "name"), [(IPHONE, "Ann's phone"), (ANDROID, "Pixel")])
async def test_phone_shows_a_notification_until_it_is_replaced_and_cleared(
    home: Home, api: Api, phones: Phones, app: App, name: str
) -> None:
    used = await phones(home.account, name, app)
    await tell(api, used.service, message("disk", "KNOW"))

    first = await used.received()
    assert (first.title, first.tag) == ("The pantry's disk is full", "disk")
    assert first.buttons == {"I know": "KNOW"}
    assert used.shown == (first,)

    await tell(api, used.service, {"message": "96 %", "data": {"tag": "disk"}})
    second = await used.received()
    assert used.shown == (second,)

    await tell(
        api, used.service, {"message": "clear_notification", "data": {"tag": "disk"}}
    )
    assert (await used.received()).clears
    assert not used.shown


@pytest.mark.parametrize("is_admin", [True, False])
async def test_button_on_a_phone_is_pressed_by_the_user_of_the_phone(
    home: Home, api: Api, phones: Phones, guest: Account, is_admin: bool
) -> None:
    account = home.account if is_admin else guest
    used = await phones(account, "Pocket", ANDROID)
    await tell(api, used.service, message("disk", "KNOW"))
    shown = await used.received()
    async with events(home.account.url, home.account.token, PRESSED) as following:
        await used.press(shown.buttons["I know"], shown)
        pressed = await following()
    assert pressed["data"] == {"action": "KNOW", "tag": "disk"}
    assert pressed["context"]["user_id"] == await user_id(account)
    assert not used.shown


async def test_phone_without_a_network_is_not_reached_until_it_is_back(
    home: Home, api: Api, phones: Phones
) -> None:
    used = await phones(home.account, "Pocket", IPHONE)
    await used.disconnect()
    with pytest.raises(ApiError):
        await tell(api, used.service, message("disk", "KNOW"))

    await used.connect()
    await tell(api, used.service, message("disk", "KNOW"))
    assert (await used.received()).tag == "disk"


async def test_channel_gets_what_home_assistant_sends_to_slack(
    api: Api, channel: Slack
) -> None:
    block = {"type": "section", "text": {"type": "plain_text", "text": "95 %"}}
    await tell(
        api, slack.SERVICE, {"message": "The disk is full", "data": {"blocks": [block]}}
    )
    got = await channel.received()
    assert got.road is Road.API
    assert (got.body["channel"], got.body["text"]) == ("ops", "The disk is full")
    assert got.body["blocks"] == [block]


@pytest.mark.parametrize(
    ("trouble", "status"), [(Trouble.ERROR, 500), (Trouble.NO_SERVICE, 404)]
)
async def test_webhook_of_slack_takes_messages_when_it_is_well(
    channel: Slack, trouble: Trouble, status: int
) -> None:
    async with aiohttp.ClientSession() as session:
        channel.fail(trouble)
        async with session.post(channel.webhook, json={"text": "lost"}) as response:
            assert response.status == status
        assert (await channel.refused()).body == {"text": "lost"}

        channel.recover()
        async with session.post(channel.webhook, json={"text": "told"}) as response:
            assert (response.status, await response.text()) == (200, "ok")
    assert [(each.road, each.body) for each in channel.taken] == [
        (Road.WEBHOOK, {"text": "told"})
    ]


async def test_slack_that_hangs_does_not_answer_until_it_is_well(
    channel: Slack,
) -> None:
    channel.fail(Trouble.HANG)
    async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as tasks:
        posting = tasks.create_task(
            session.post(channel.webhook, json={"text": "lost"})
        )
        await channel.refused()
        assert not posting.done()
        channel.recover()
    assert posting.result().status == 503
    assert channel.taken == []
