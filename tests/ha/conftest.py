"""Fixtures for tests inside Home Assistant."""

from collections.abc import AsyncIterator
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import async_capture_events
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

# Imported here and now: else the plugin's own custom_components would be found first,
# and Home Assistant would not find this integration.
from custom_components.homelabcmd.const import DOMAIN
from custom_components.homelabcmd.discovery import neighbours
from custom_components.homelabcmd.hub.hub import Hub
from tests.builders import heartbeat, signed

from .alerts.lab import START, Lab
from .dialogs import Dialogs
from .setup_hub import Beat, hub_entry, set_up


@pytest.fixture(autouse=True)
def _custom_integrations(enable_custom_integrations: None) -> None:
    """Let Home Assistant load the integration under test."""


@pytest.fixture(autouse=True)
def _no_neighbours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have nobody around: whom this machine knows is nobody's business."""
    monkeypatch.setattr(neighbours, "read", lambda _adapters: [])


@pytest.fixture
def address(hass: HomeAssistant) -> str:
    """Give Home Assistant an address that agents can reach."""
    hass.config.internal_url = "http://127.0.0.1:8123"
    return hass.config.internal_url


@pytest.fixture
async def hub(hass: HomeAssistant, address: str) -> AsyncIterator[Hub]:
    """Run a hub with one server, "nas"."""
    entry = hub_entry()
    yield await set_up(hass, entry)
    if entry.state is ConfigEntryState.LOADED:
        await hass.config_entries.async_unload(entry.entry_id)


@pytest.fixture
async def dialogs(hass: HomeAssistant, hass_client: ClientSessionGenerator) -> Dialogs:
    """Lead dialogs as an admin's browser does."""
    for component in ("config", "repairs", DOMAIN):
        assert await async_setup_component(hass, component, {})
    return Dialogs(hass, await hass_client())


@pytest.fixture
async def beat(
    hass: HomeAssistant, hass_client_no_auth: ClientSessionGenerator
) -> Beat:
    """Send a heartbeat as a server's agent does; return "received", or the refusal."""
    assert await async_setup_component(hass, "webhook", {})
    client = await hass_client_no_auth()

    async def send(key: str, server_id: str = "nas", **changes: Any) -> str:
        [entry] = hass.config_entries.async_entries(DOMAIN)
        request = signed(key, heartbeat(server_id, **changes), server_id=server_id)
        response = await client.post(
            f"/api/webhook/{entry.data['webhook_id']}",
            data=request.body,
            headers=request.headers,
        )
        answer = await response.json()
        return "received" if response.status == 200 else answer["detail"]["code"]

    return send


@pytest.fixture
async def two_servers(
    hass: HomeAssistant, address: str, freezer: FrozenDateTimeFactory
) -> AsyncIterator[Hub]:
    """Run a hub with two servers, "nas" and "pi", at a time that stands still."""
    freezer.move_to(START)
    entry = hub_entry(("nas", "pi"))
    yield await set_up(hass, entry)
    if entry.state is ConfigEntryState.LOADED:
        await hass.config_entries.async_unload(entry.entry_id)


@pytest.fixture
def lab(
    hass: HomeAssistant, two_servers: Hub, beat: Beat, freezer: FrozenDateTimeFactory
) -> Lab:
    """Follow the alerts of two servers."""
    events = async_capture_events(hass, "homelabcmd_alert")
    return Lab(hass, two_servers, beat, freezer, events)
