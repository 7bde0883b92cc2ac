"""Fixtures for actions on servers."""

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import (
    MockUser,
    async_capture_events,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from ..alerts.lab import Lab
from .bench import Bench


@pytest.fixture
async def bench(
    hass: HomeAssistant,
    lab: Lab,
    hass_client_no_auth: ClientSessionGenerator,
    hass_admin_user: MockUser,
    hass_read_only_user: MockUser,
) -> Bench:
    """Run a hub with a managed server that watches plex, which runs."""
    bench = Bench(
        lab=lab,
        client=await hass_client_no_auth(),
        admin_id=hass_admin_user.id,
        guest_id=hass_read_only_user.id,
        events=async_capture_events(hass, "homelabcmd_action"),
    )
    await lab.watch(services=["plex"])
    await bench.beat()
    return bench
