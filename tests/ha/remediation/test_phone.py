"""Approve and reject on a phone: by the administrator whose phone it is, in time."""

from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockUser

from ..notifications.mail import Mail, target
from ..notifications.phone import Phone, press
from .bench import Bench


@pytest.fixture
async def phones(
    bench: Bench, hass: HomeAssistant, hass_admin_user: MockUser
) -> tuple[Phone, Phone]:
    """Let plex crash, of which two phones of the administrator hear."""
    phones = (
        Phone(hass, "pixel", hass_admin_user),
        Phone(hass, "iphone", hass_admin_user, "Apple"),
    )
    await _tell(bench, *(phone.target for phone in phones))
    await bench.crash_plex()
    await bench.lab.wait(5)
    return phones


async def _tell(bench: Bench, *targets: dict[str, Any]) -> None:
    await bench.lab.set_options(notifications=list(targets))


async def test_a_press_on_a_phone_approves_and_the_outcome_takes_the_requests_place(
    bench: Bench, phones: tuple[Phone, Phone], hass_admin_user: MockUser
) -> None:
    pixel, iphone = phones
    asked = pixel.mail.letters[-1]
    assert len(pixel.mail.letters) == 1, "woken once"
    assert asked["title"] == "plex is down on NAS"
    assert asked["message"] == (
        "Service plex on NAS is not running. A restart waits until an administrator "
        "approves it."
    )
    actions = asked["data"]["actions"]
    assert [
        (each["title"], each.get("authenticationRequired")) for each in actions
    ] == [
        ("Approve", True),
        ("Reject", True),
        ("Acknowledge", None),
    ]
    tag = asked["data"]["tag"]
    await press(bench.lab, pixel.buttons["Approve"], hass_admin_user)
    action = await bench.only()
    assert action["status"] == "approved"
    assert action["decided_by"]["user_id"] == hass_admin_user.id
    [command] = await bench.beat()
    assert command["command_id"] == action["action_id"]
    await bench.lab.wait(5)
    cleared = {"message": "clear_notification", "data": {"tag": tag}}
    assert iphone.mail.letters[-1] == cleared
    await bench.end(action["action_id"])
    await bench.lab.wait(5)
    for phone in phones:
        last = phone.mail.letters[-1]
        assert last["title"] == "Done: Restart plex.service on NAS"
        assert last["data"]["tag"] == tag
        assert "actions" not in last["data"]
    bench.status = "running"
    await bench.beat()
    await bench.lab.wait(5)
    for phone in phones:
        last = phone.mail.letters[-1]
        assert last["title"] == "Resolved: plex is down on NAS"
        assert last["data"]["tag"] == tag


async def test_a_press_on_a_phone_rejects(
    bench: Bench, phones: tuple[Phone, Phone], hass_admin_user: MockUser
) -> None:
    await press(bench.lab, phones[1].buttons["Reject"], hass_admin_user)
    action = await bench.only()
    assert action["status"] == "rejected"
    assert action["decided_by"]["user_id"] == hass_admin_user.id
    assert await bench.beat() == []


async def test_a_press_that_came_too_late_is_answered(
    bench: Bench, phones: tuple[Phone, Phone], hass_admin_user: MockUser
) -> None:
    pixel, iphone = phones
    button = iphone.buttons["Reject"]
    await press(bench.lab, pixel.buttons["Approve"], hass_admin_user)
    await bench.lab.wait(5)
    await press(bench.lab, button, hass_admin_user)
    assert (await bench.only())["status"] == "approved"
    said = iphone.mail.letters[-1]
    assert said["title"] == "Too late"
    assert said["message"] == (
        "This press did nothing. Restart plex.service on NAS is: Approved."
    )


async def test_nobody_else_s_press_decides(
    bench: Bench,
    phones: tuple[Phone, Phone],
    hass: HomeAssistant,
    hass_read_only_user: MockUser,
    hass_admin_user: MockUser,
    caplog: pytest.LogCaptureFixture,
) -> None:
    pixel, _ = phones
    other = MockUser(name="Other", is_owner=True).add_to_hass(hass)
    button = pixel.buttons["Approve"]
    token = button.rpartition("_")[2]
    guessed = button.removesuffix(token) + "x" * len(token)
    for pressed, user in (
        (button, None),
        (button, hass_read_only_user),
        (button, other),
        (guessed, hass_admin_user),
        (button.lower(), hass_admin_user),
        ("HOMELABCMD_APPROVE_", hass_admin_user),
    ):
        await press(bench.lab, pressed, user)
        assert (await bench.only())["status"] == "pending"
    for reason in ("no user", "only administrators", "somebody else's phone"):
        assert caplog.text.count(reason) == 1


async def test_a_phone_that_approves_in_the_app_gets_no_buttons(
    bench: Bench, hass: HomeAssistant, hass_admin_user: MockUser
) -> None:
    pixel = Phone(hass, "pixel", hass_admin_user)
    await _tell(bench, pixel.target | {"approval": "app"})
    await bench.crash_plex()
    await bench.lab.wait(5)
    asked = pixel.mail.letters[-1]
    assert "waits until an administrator approves it" in asked["message"]
    page = f"/config/devices/device/{bench.lab.hub.servers['nas'].device_id}"
    assert asked["data"]["url"] == page
    assert asked["data"]["actions"][0] == {
        "action": "URI",
        "title": "Open",
        "uri": page,
    }
    assert list(pixel.buttons) == ["Open", "Acknowledge"]


async def test_who_wants_no_actions_and_who_is_no_administrator_is_not_asked(
    bench: Bench, hass: HomeAssistant, hass_read_only_user: MockUser
) -> None:
    guest = Phone(hass, "guest", hass_read_only_user)
    mail, quiet = Mail(hass), Mail(hass, "quiet")
    await _tell(bench, target("mail"), target("quiet", actions=False), guest.target)
    await bench.crash_plex()
    await bench.lab.wait(5)
    [asked] = mail.letters
    assert "waits until an administrator approves it" in asked["message"]
    [told] = quiet.letters
    assert "approves" not in told["message"]
    assert guest.buttons == {}


async def test_what_an_automation_asks_for_is_a_message_of_its_own(
    bench: Bench, hass: HomeAssistant, hass_admin_user: MockUser
) -> None:
    pixel, mail = Phone(hass, "pixel", hass_admin_user), Mail(hass)
    await _tell(bench, pixel.target, target("mail"))
    await bench.ask("restart_service", None, server="nas", service="nextcloud")
    await bench.lab.wait(5)
    asked = pixel.mail.letters[-1]
    assert asked["title"] == "Restart nextcloud (docker) on NAS?"
    assert asked["message"] == "It waits until an administrator approves it."
    assert list(pixel.buttons) == ["Approve", "Reject"]
    await press(bench.lab, pixel.buttons["Approve"], hass_admin_user)
    await bench.end((await bench.only())["action_id"], "failed", exit_code=1)
    await bench.lab.wait(5)
    failed = pixel.mail.letters[-1]
    assert failed["title"] == "Failed: Restart nextcloud (docker) on NAS"
    assert failed["message"] == "The command has failed (exit code 1)."
    assert failed["data"]["tag"] == asked["data"]["tag"]
    assert mail.titles == [
        "Restart nextcloud (docker) on NAS?",
        "Failed: Restart nextcloud (docker) on NAS",
    ]
