"""HomelabCmd: servers push signed heartbeats, Home Assistant shows and remembers."""

from homeassistant.const import EVENT_HOMEASSISTANT_STOP, Platform
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import (
    config_validation as cv,
    device_registry as dr,
    issue_registry as ir,
)
from homeassistant.helpers.typing import ConfigType

from .alerts import store as alert_store
from .const import DOMAIN, SUBENTRY_SERVER
from .dashboard import sidebar
from .dashboard.overview import websocket as overview
from .discovery import store as device_store
from .hub import presence_signals, store, ticker
from .hub.entry import HomelabConfigEntry
from .hub.hub import Hub
from .notifications import store as outbox_store
from .own_machine import suggestion
from .power import store as power_store
from .remediation import store as action_store
from .scans import key as scan_key, store as scan_store
from .services import async_setup_services
from .wire import handout, views, webhook

PLATFORMS = [
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.EVENT,
    Platform.SENSOR,
    Platform.SWITCH,
    Platform.UPDATE,
]
CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, _config: ConfigType) -> bool:
    """Set up what does not depend on the config entry."""
    async_setup_services(hass)
    await handout.async_load(hass)
    views.async_register(hass)
    overview.async_register(hass)
    await sidebar.async_register_files(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: HomelabConfigEntry) -> bool:
    """Set up the hub."""
    hub = entry.runtime_data = Hub(hass, entry)
    await hub.async_start()
    webhook.async_register(hass, hub)
    entry.async_on_unload(lambda: webhook.async_unregister(hass, hub))
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    entry.async_on_unload(entry.add_update_listener(_async_updated))
    entry.async_on_unload(presence_signals.async_start(hass, hub))
    entry.async_on_unload(ticker.async_start(hass, hub))
    shown = hub.options.show_in_sidebar
    entry.async_on_unload(sidebar.async_show(hass, in_sidebar=shown))
    entry.async_on_unload(overview.async_follow(hass, hub))

    @callback
    def stopping(_event: Event) -> None:
        hub.async_stopping()

    entry.async_on_unload(
        hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, stopping)
    )
    hub.ready = True
    entry.async_on_unload(suggestion.async_start(hass, hub))
    return True


async def async_unload_entry(hass: HomeAssistant, entry: HomelabConfigEntry) -> bool:
    """Unload the hub."""
    unloaded = await hass.config_entries.async_unload_platforms(entry, PLATFORMS)
    if unloaded:
        await entry.runtime_data.async_stop()
    return unloaded


async def async_remove_entry(hass: HomeAssistant, _entry: HomelabConfigEntry) -> None:
    """Delete what was saved, the keys above all, and what is left to repair."""
    await store.async_remove(hass)
    await alert_store.async_remove(hass)
    await outbox_store.async_remove(hass)
    await action_store.async_remove(hass)
    await power_store.async_remove(hass)
    await scan_store.async_remove(hass)
    await scan_key.async_remove(hass)
    await device_store.async_remove(hass)
    for domain, issue_id in list(ir.async_get(hass).issues):
        if domain == DOMAIN:
            ir.async_delete_issue(hass, DOMAIN, issue_id)


async def async_remove_config_entry_device(
    _hass: HomeAssistant, entry: HomelabConfigEntry, device: dr.DeviceEntry
) -> bool:
    """Let a device be deleted that belongs to no server any more."""
    known = {(DOMAIN, entry.entry_id)} | {
        (DOMAIN, subentry.data["server_id"])
        for subentry in entry.subentries.values()
        if subentry.subentry_type == SUBENTRY_SERVER
    }
    return not device.identifiers & known


async def _async_updated(hass: HomeAssistant, entry: HomelabConfigEntry) -> None:
    """Follow a change of the options or of the servers."""
    hub = entry.runtime_data
    hub.async_sync()
    sidebar.async_change(hass, in_sidebar=hub.options.show_in_sidebar)
