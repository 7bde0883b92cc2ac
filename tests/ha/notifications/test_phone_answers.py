"""Acknowledge on a phone: it counts for the person whose phone it is, and only once."""

from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockUser

from ..alerts.lab import Lab, full
from .phone import Phone, press


@pytest.fixture
def pixel(hass: HomeAssistant, hass_admin_user: MockUser) -> Phone:
    return Phone(hass, "pixel", hass_admin_user)


async def _told(lab: Lab, *phones: Phone) -> None:
    """Have a disk fill up, of which phones are told."""
    await lab.set_options(notifications=[phone.target for phone in phones])
    await lab.report(**full(95))
    await lab.wait(5)


async def _status(lab: Lab) -> str:
    [alert] = await lab.alerts(severity="critical")
    status: str = alert["status"]
    return status


async def test_who_presses_acknowledges_and_other_phones_drop_it(
    lab: Lab, hass: HomeAssistant, pixel: Phone, hass_admin_user: MockUser
) -> None:
    other = Phone(hass, "iphone", hass_admin_user, "Apple")
    await _told(lab, pixel, other)
    await press(lab, pixel.button, hass_admin_user)
    [alert] = await lab.alerts()
    assert alert["status"] == "acknowledged"
    assert alert["acknowledged_by"] == {
        "user_id": hass_admin_user.id,
        "name": hass_admin_user.name,
    }
    tag = pixel.mail.letters[-1]["data"]["tag"]
    await lab.wait(5)
    for phone in (pixel, other):
        assert phone.mail.letters[-1] == {
            "message": "clear_notification",
            "data": {"tag": tag},
        }
    await lab.report(**full(20))
    await lab.wait(5)
    assert other.mail.letters[-1]["title"].startswith("Resolved: ")
    assert other.mail.letters[-1]["data"]["tag"] == tag


async def test_each_message_of_each_phone_has_a_button_of_its_own(
    lab: Lab, hass: HomeAssistant, pixel: Phone, hass_admin_user: MockUser
) -> None:
    other = Phone(hass, "iphone", hass_admin_user, "Apple")
    await _told(lab, pixel, other)
    assert pixel.button != other.button


async def test_who_is_no_admin_gets_no_button(
    lab: Lab, hass: HomeAssistant, hass_read_only_user: MockUser
) -> None:
    guest = Phone(hass, "guest", hass_read_only_user)
    await _told(lab, guest)
    assert "actions" not in guest.mail.letters[-1]["data"]


@pytest.mark.parametrize(
    ("who", "reason"),
    [
        ("guest", "only administrators may answer"),
        ("other admin", "it was sent to somebody else's phone"),
        ("automation", "it comes from no user"),
        ("deactivated", "it comes from no user"),
    ],
)
async def test_nobody_else_s_press_counts(
    lab: Lab,
    pixel: Phone,
    hass_read_only_user: MockUser,
    hass_admin_user: MockUser,
    caplog: pytest.LogCaptureFixture,
    who: str,
    reason: str,
) -> None:
    await _told(lab, pixel)
    button = pixel.button
    users = {
        "guest": hass_read_only_user,
        "other admin": MockUser(name="Eve", is_owner=True).add_to_hass(lab.hass),
        "automation": None,
        "deactivated": hass_admin_user,
    }
    if who == "deactivated":
        await lab.hass.auth.async_update_user(hass_admin_user, is_active=False)
    for _ in range(3):
        await press(lab, button, users[who])
    assert await _status(lab) == "open"
    assert caplog.text.count("does nothing") == 1
    assert reason in caplog.text


@pytest.mark.parametrize("change", ["worse", "acknowledged", "old"])
async def test_an_old_press_does_nothing(
    lab: Lab,
    pixel: Phone,
    hass_admin_user: MockUser,
    caplog: pytest.LogCaptureFixture,
    change: str,
) -> None:
    await lab.set_options(notifications=[pixel.target])
    await lab.report(**full(85))
    await lab.wait(5)
    button = pixel.button
    if change == "worse":
        await lab.report(**full(95))
        await lab.wait(5)
    elif change == "acknowledged":
        [alert] = await lab.alerts()
        await lab.act("acknowledge_alert", alert_id=alert["alert_id"])
    else:
        lab.freezer.tick(25 * 3600)
    before = await lab.alerts()
    await press(lab, button, hass_admin_user)
    assert await lab.alerts() == before
    assert "it belongs to no message, or to an old one" in caplog.text


@pytest.mark.parametrize(
    "action", ["HOMELABCMD_ACKNOWLEDGE_", "HOMELABCMD_ACKNOWLEDGE_guess é", 7, None]
)
async def test_a_guess_does_nothing(
    lab: Lab, pixel: Phone, hass_admin_user: MockUser, action: Any
) -> None:
    await _told(lab, pixel)
    await press(lab, action, hass_admin_user)
    assert await _status(lab) == "open"


async def test_a_phone_that_is_no_more_is_a_target_that_is_gone(
    lab: Lab, hass: HomeAssistant, pixel: Phone
) -> None:
    hass.services.async_remove("notify", "mobile_app_pixel")
    await _told(lab, pixel)
    assert pixel.mail.letters == []
    assert await _status(lab) == "open"
