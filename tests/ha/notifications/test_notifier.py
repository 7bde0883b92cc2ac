"""Alerts reach people: who is told, what of, and what happens when that fails."""

from typing import Any

from homeassistant.components.persistent_notification import (
    _async_get_or_create_notifications,
)
from homeassistant.const import EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.test_util.aiohttp import AiohttpClientMocker

from ..alerts.lab import Lab, disk, full
from .mail import Mail, target

HOOK = "https://hooks.slack.example/services/T/B/X"


@pytest.fixture
def mail(hass: HomeAssistant) -> Mail:
    return Mail(hass)


async def _choose(lab: Lab, *targets: dict[str, Any]) -> None:
    await lab.set_options(notifications=list(targets))


async def _notified(lab: Lab) -> list[bool]:
    return [alert["notified"] for alert in await lab.alerts()]


def _shown(hass: HomeAssistant) -> dict[str, str]:
    """Return the titles of Home Assistant's own notifications."""
    found = _async_get_or_create_notifications(hass)
    return {name: notification["title"] or "" for name, notification in found.items()}


def _issues(hass: HomeAssistant) -> dict[str, str]:
    return {
        issue.translation_key or "": str(issue.translation_placeholders)
        for (domain, _), issue in ir.async_get(hass).issues.items()
        if domain == "homelabcmd"
    }


async def test_a_new_user_is_told_by_home_assistant_itself(
    lab: Lab, hass: HomeAssistant
) -> None:
    await lab.report(**full(95))
    await lab.wait(5)
    assert list(_shown(hass).values()) == ["Disk / on NAS is almost full"]
    assert await _notified(lab) == [True]
    await lab.report(**full(20))
    await lab.wait(5)
    assert list(_shown(hass).values()) == ["Resolved: Disk / on NAS is almost full"]


async def test_nobody_is_told_of_what_is_not_severe_unless_they_want(
    lab: Lab, mail: Mail
) -> None:
    await _choose(lab, target("mail"))
    await lab.report(updates_available=3, security_updates=0)
    await lab.wait(5)
    assert mail.letters == []
    assert await _notified(lab) == [False]
    await _choose(lab, target("mail", severities=["low"]))
    await lab.wait(5)
    assert mail.letters == []
    await lab.report("pi", updates_available=3, security_updates=0)
    await lab.wait(5)
    assert mail.titles == ["PI has updates to install"]


async def test_a_letter_says_what_where_and_where_to_look(
    lab: Lab, mail: Mail, address: str
) -> None:
    await _choose(lab, target("mail"))
    await lab.report(**full(95))
    await lab.wait(5)
    [letter] = mail.letters
    assert letter == {
        "title": "Disk / on NAS is almost full",
        "message": "Disk / on NAS is 95 % full (threshold 90 %).\n"
        f"{address}/homelab-cmd",
    }


async def test_many_at_once_are_one_letter(lab: Lab, mail: Mail) -> None:
    await _choose(lab, target("mail"))
    await lab.report(disks=[disk(95, f"/mnt/{place}") for place in range(30)])
    await lab.wait(5)
    [letter] = mail.letters
    assert letter["title"] == "30 changes of alerts"
    lines = letter["message"].splitlines()
    assert lines[0] == "• Disk /mnt/0 on NAS is almost full"
    assert "and 10 more" in lines
    assert all(await _notified(lab))


async def test_a_target_that_fails_is_tried_again_and_holds_up_no_other(
    lab: Lab, mail: Mail, hass: HomeAssistant
) -> None:
    pager = Mail(hass, "pager")
    pager.error = HomeAssistantError("the gateway is closed")
    await _choose(lab, target("mail"), target("pager"))
    await lab.report(**full(95))
    await lab.wait(5)
    assert len(mail.letters) == 1
    assert pager.calls == 1
    assert "target_failing" not in _issues(hass)
    for _ in range(4):
        await lab.wait(10)
    issue = _issues(hass)["target_failing"]
    assert "Pager" in issue
    assert "the gateway is closed" in issue
    pager.error = None
    for _ in range(12):
        await lab.wait(10)
    assert pager.titles == ["Disk / on NAS is almost full"]
    assert "target_failing" not in _issues(hass)


async def test_what_could_not_be_told_is_in_the_alert(
    lab: Lab, mail: Mail, hass: HomeAssistant
) -> None:
    mail.error = RuntimeError("of somebody else's code")
    await _choose(lab, target("mail"))
    await lab.report(**full(95))
    for _ in range(110):
        await lab.wait(10)
    [alert] = [
        alert for alert in await lab.alerts() if alert["type"] == "disk_critical"
    ]
    assert alert["notified"] is False
    assert alert["undelivered"] == ["Mail"]
    assert "RuntimeError" in _issues(hass)["target_failing"]


async def test_a_target_that_is_gone_is_a_repair_before_it_is_needed(
    lab: Lab, mail: Mail, hass: HomeAssistant
) -> None:
    await _choose(lab, target("mail"))
    await lab.wait(5)
    assert _issues(hass) == {}
    hass.services.async_remove("notify", "mail")
    await lab.wait(301)
    assert "Mail" in _issues(hass)["target_missing"]
    Mail(hass)
    await lab.wait(301)
    assert _issues(hass) == {}


async def test_a_target_that_is_taken_out_is_no_repair(
    lab: Lab, hass: HomeAssistant
) -> None:
    await _choose(lab, target("mail"))
    await lab.wait(5)
    assert _issues(hass) == {}
    await lab.wait(150)
    assert list(_issues(hass)) == ["target_missing"]
    await _choose(lab)
    await lab.wait(5)
    assert _issues(hass) == {}


async def test_what_was_not_sent_before_a_restart_is_sent_after_it(
    lab: Lab, mail: Mail
) -> None:
    mail.error = HomeAssistantError("closed")
    await _choose(lab, target("mail"))
    await lab.report(**full(95))
    await lab.restart()
    mail.error = None
    await lab.wait(5)
    assert mail.titles == ["Disk / on NAS is almost full"]
    await lab.restart()
    await lab.wait(5)
    assert mail.titles == []
    await lab.report(**full(20))
    await lab.wait(5)
    assert mail.titles == ["Resolved: Disk / on NAS is almost full"]


async def test_after_a_crash_nobody_is_told_twice(
    lab: Lab, mail: Mail, hass_storage: dict[str, Any]
) -> None:
    await _choose(lab, target("mail"))
    await lab.report(**full(95))
    await lab.wait(5)
    assert len(mail.titles) == 1
    await lab.wait(60)
    await lab.crash(hass_storage)
    await lab.report(**full(95))
    await lab.wait(5)
    assert mail.titles == []


async def test_a_server_that_is_removed_takes_its_notifications_along(
    lab: Lab, hass: HomeAssistant
) -> None:
    await lab.report(**full(95))
    await lab.wait(5)
    assert len(_shown(hass)) == 1
    await lab.act("remove_server", server="nas")
    await lab.wait(5)
    assert _shown(hass) == {}


async def test_slack_s_incoming_webhook_gets_the_attachment(
    lab: Lab, aioclient_mock: AiohttpClientMocker
) -> None:
    aioclient_mock.post(HOOK, text="ok")
    await _choose(
        lab, target("slack", "slack_webhook", address=HOOK, channel="#homelab")
    )
    await lab.report(**full(95))
    await lab.wait(5)
    [(_method, url, body, _headers)] = aioclient_mock.mock_calls
    assert str(url) == HOOK
    assert body["channel"] == "#homelab"
    [attachment] = body["attachments"]
    assert attachment["color"] == "#ff0000"
    assert attachment["title"] == "🚨 Critical: Disk almost full"
    facts = {field["title"]: field["value"] for field in attachment["fields"]}
    assert facts["Server"] == "NAS"
    assert facts["Value"] == "95 % (threshold 90 %)"


async def test_slack_s_refusal_is_told_without_the_secret(
    lab: Lab, hass: HomeAssistant, aioclient_mock: AiohttpClientMocker
) -> None:
    aioclient_mock.post(HOOK, status=404, text="no_service")
    await _choose(lab, target("slack", "slack_webhook", address=HOOK))
    await lab.report(**full(95))
    for _ in range(6):
        await lab.wait(10)
    issue = _issues(hass)["target_failing"]
    assert "Slack answered 404: no" in issue
    assert "hooks.slack" not in issue


async def test_a_test_message_reaches_all_and_says_what_failed(
    lab: Lab, mail: Mail, hass: HomeAssistant
) -> None:
    pager = Mail(hass, "pager")
    await _choose(lab, target("pager"), target("mail"))
    await lab.hub.notifier.async_send_test()
    assert mail.titles == pager.titles == ["Test message from HomelabCmd"]
    pager.error = HomeAssistantError("closed")
    with pytest.raises(ServiceValidationError) as caught:
        await lab.hub.notifier.async_send_test()
    assert caught.value.translation_placeholders == {
        "name": "Pager",
        "reason": "closed",
    }
    assert mail.titles == ["Test message from HomelabCmd"]


async def test_who_is_chosen_instead_leaves_nothing_behind_in_home_assistant(
    lab: Lab, mail: Mail, hass: HomeAssistant
) -> None:
    await lab.report(**full(95))
    await lab.wait(5)
    assert len(_shown(hass)) == 1
    await _choose(lab, target("mail"))
    assert _shown(hass) == {}
    await lab.wait(5)
    assert mail.letters == []


async def test_what_stands_is_shown_again_after_a_restart_of_home_assistant(
    lab: Lab, hass: HomeAssistant
) -> None:
    await lab.report(**full(95))
    await lab.wait(5)
    shown = _shown(hass)
    await lab.stop()
    _async_get_or_create_notifications(hass).clear()
    hass.set_state(CoreState.not_running)
    await lab.start()
    assert _shown(hass) == {}
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await hass.async_block_till_done()
    assert _shown(hass) == shown
    hass.set_state(CoreState.running)


async def test_what_somebody_dismissed_does_not_come_back_when_the_hub_is_reloaded(
    lab: Lab, hass: HomeAssistant
) -> None:
    await lab.report(**full(95))
    await lab.wait(5)
    _async_get_or_create_notifications(hass).clear()
    await lab.restart()
    await lab.wait(5)
    assert _shown(hass) == {}
