"""Fixtures for scans."""

from collections.abc import AsyncIterator

from homeassistant.core import Context, HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import (
    MockUser,
    async_capture_events,
)

from custom_components.homelabcmd.hub.hub import Hub

from ..dialogs import Dialogs
from .bench import Bench
from .ssh_server import SshServer


@pytest.fixture
async def bench(
    hass: HomeAssistant,
    hub: Hub,
    dialogs: Dialogs,
    hass_admin_user: MockUser,
    hass_read_only_user: MockUser,
    loopback: None,
) -> AsyncIterator[Bench]:
    """Run a hub, and a machine that it can reach."""
    async with SshServer() as server:
        yield Bench(
            hass=hass,
            hub=hub,
            server=server,
            dialogs=dialogs,
            admin=Context(user_id=hass_admin_user.id),
            guest=Context(user_id=hass_read_only_user.id),
            events=async_capture_events(hass, "homelabcmd_scan"),
            calls=async_capture_events(hass, "call_service"),
        )
        await hub.scanner.async_stop()
