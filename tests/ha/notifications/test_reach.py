"""Phones as Home Assistant's own `mobile_app` has them: which action reaches which."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockUser
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.homelabcmd.core.notifications.targets import Target, TargetKind
from custom_components.homelabcmd.notifications import reach

type Register = Callable[..., Awaitable[str]]
"""Registers a phone, as the companion app does; returns the id of its device."""

STAND_INS = Path(__file__).parents[3] / "harness/stand_ins"
PUSH = {"push_websocket_channel": True}


@pytest.fixture
async def register(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    monkeypatch: pytest.MonkeyPatch,
) -> Register:
    """Set up the real `mobile_app`."""
    monkeypatch.syspath_prepend(str(STAND_INS))
    for component in ("notify", "mobile_app"):
        assert await async_setup_component(hass, component, {})
    client = await hass_client()

    async def register(
        app_id: str,
        name: str,
        maker: str = "Google",
        push: dict[str, Any] = PUSH,
    ) -> str:
        registration = {
            "device_id": app_id,
            "app_id": "io.example",
            "app_name": "Home Assistant",
            "app_version": "1",
            "device_name": name,
            "manufacturer": maker,
            "model": "Phone",
            "os_name": "OS",
            "os_version": "1",
            "supports_encryption": False,
            "app_data": push,
        }
        response = await client.post("/api/mobile_app/registrations", json=registration)
        assert response.status == 201
        await hass.async_block_till_done()
        registry = dr.async_get(hass)
        [device] = [
            device
            for entry in hass.config_entries.async_entries("mobile_app")
            for device in dr.async_entries_for_config_entry(registry, entry.entry_id)
            if ("mobile_app", app_id) in device.identifiers
        ]
        return device.id

    return register


def _offered(hass: HomeAssistant) -> list[str]:
    return [
        one.address for one in reach.reachable(hass) if one.kind is TargetKind.PHONE
    ]


def _present(hass: HomeAssistant, device_id: str) -> bool:
    target = Target(
        target_id="x", kind=TargetKind.PHONE, name="Phone", address=device_id
    )
    return reach.present(hass, target)


async def test_a_phone_is_known_by_its_action_its_maker_and_its_user(
    hass: HomeAssistant, register: Register, hass_admin_user: MockUser
) -> None:
    pixel = await register("1", "Pixel 9")
    iphone = await register("2", "Anna's iPhone", "Apple")
    assert reach.phone_service(hass, pixel) == "mobile_app_pixel_9"
    assert reach.phone_service(hass, iphone) == "mobile_app_anna_s_iphone"
    assert reach.is_android(hass, pixel)
    assert not reach.is_android(hass, iphone)
    assert reach.phone_user(hass, pixel) == hass_admin_user.id
    # By its device alone, not once more by its action or its entity.
    found = [(one.kind, one.address) for one in reach.reachable(hass)]
    assert found == [(TargetKind.PHONE, iphone), (TargetKind.PHONE, pixel)]


async def test_a_phone_without_push_is_no_target(
    hass: HomeAssistant, register: Register
) -> None:
    tablet = await register("1", "Tablet", push={})
    assert not _present(hass, tablet)
    assert _offered(hass) == []


@pytest.mark.parametrize("other", ["iPhone", "iphone"])
async def test_of_phones_called_alike_the_one_is_offered_that_is_reached(
    hass: HomeAssistant, register: Register, other: str
) -> None:
    """Home Assistant makes one action of both, and that reaches the last of them."""
    hers = await register("1", "iPhone", "Apple")
    assert reach.phone_service(hass, hers) == "mobile_app_iphone"
    his = await register("2", other, "Apple")
    assert reach.phone_service(hass, his) == "mobile_app_iphone"
    assert reach.phone_service(hass, hers) is None
    assert not _present(hass, hers)
    assert _offered(hass) == [his]


async def test_a_phone_without_push_is_not_taken_for_its_namesake(
    hass: HomeAssistant, register: Register
) -> None:
    phone = await register("1", "iPhone", "Apple")
    mute = await register("2", "iPhone", "Apple", push={})
    assert reach.phone_service(hass, phone) == "mobile_app_iphone"
    assert reach.phone_service(hass, mute) is None


async def test_a_phone_that_was_removed_is_not_there(
    hass: HomeAssistant, register: Register
) -> None:
    phone = await register("1", "Pixel 9")
    assert _present(hass, phone)
    [entry] = hass.config_entries.async_entries("mobile_app")
    await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done()
    assert not _present(hass, phone)
    assert reach.phone_user(hass, phone) is None
