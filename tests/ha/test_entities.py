"""What a heartbeat becomes in Home Assistant: devices, entities, states, rows."""

from collections.abc import AsyncIterator
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.sensor import ATTR_STATE_CLASS
from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT, EVENT_STATE_CHANGED
from homeassistant.core import Event, HomeAssistant, State
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    mock_restore_cache_with_extra_data,
)
from syrupy.assertion import SnapshotAssertion

from custom_components.homelabcmd.const import DOMAIN
from custom_components.homelabcmd.core.servers.admission import Caller
from custom_components.homelabcmd.hub.hub import Hub
from custom_components.homelabcmd.protocol.messages import Heartbeat, parse_message
from custom_components.homelabcmd.protocol.signing import Envelope
from tests.builders import heartbeat, metrics, signed

from .setup_hub import hub_entry, key_of, pass_time, set_up, state_of


@pytest.fixture
def entry() -> MockConfigEntry:
    return hub_entry(("nas", "media"))


@pytest.fixture
async def hub(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> AsyncIterator[Hub]:
    freezer.move_to("2026-03-01T12:00:00+00:00")
    yield await set_up(hass, entry)
    # Half a minute after entities were enabled Home Assistant reloads the entry.
    await hass.async_block_till_done()
    await hass.config_entries.async_unload(entry.entry_id)


def hear(hub: Hub, server_id: str = "nas", **changes: Any) -> None:
    """Let the hub take in a heartbeat, as the webhook does."""
    key = hub.keys.servers[server_id].current
    request = signed(key.dump(), heartbeat(server_id, **changes), server_id=server_id)
    message = parse_message(request.body, server_id)
    assert isinstance(message, Heartbeat)
    envelope = Envelope.parse(request.headers)
    hub.heartbeat(
        Caller(server_id=server_id, envelope=envelope, secret=key, removed=False),
        message,
    )


def device(hass: HomeAssistant, server_id: str) -> dr.DeviceEntry:
    registry = dr.async_get(hass)
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    (found,) = [
        device
        for device in dr.async_entries_for_config_entry(registry, entry.entry_id)
        if (DOMAIN, server_id) in device.identifiers
    ]
    return found


async def test_every_sensor_of_a_server(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    hub: Hub,
    freezer: FrozenDateTimeFactory,
    snapshot: SnapshotAssertion,
) -> None:
    registry = er.async_get(hass)
    for entity in list(registry.entities.values()):
        registry.async_update_entity(entity.entity_id, disabled_by=None)
    await hass.config_entries.async_reload(entry.entry_id)
    hub = entry.runtime_data
    hear(hub)
    freezer.tick(60)
    busy = metrics(
        network_rx_bytes=7_000_000, network_tx_bytes=800_000, uptime_seconds=3660
    )
    hear(hub, metrics=busy)
    entities = er.async_entries_for_device(
        er.async_get(hass), device(hass, "nas").id, include_disabled_entities=True
    )
    seen = {}
    for entity in sorted(entities, key=lambda entity: entity.unique_id):
        state = hass.states.get(entity.entity_id)
        assert state is not None
        seen[entity.unique_id] = (
            state.name,
            state.state,
            state.attributes.get(ATTR_UNIT_OF_MEASUREMENT),
            state.attributes.get(ATTR_STATE_CLASS),
            entity.entity_category,
        )
    assert seen == snapshot


async def test_at_most_20_entities_of_a_server_are_enabled(
    hass: HomeAssistant, hub: Hub
) -> None:
    entities = er.async_entries_for_device(
        er.async_get(hass), device(hass, "nas").id, include_disabled_entities=True
    )
    enabled = [entity for entity in entities if entity.disabled_by is None]
    assert 0 < len(enabled) <= 20
    disabled = {entity.unique_id for entity in entities if entity.disabled_by}
    assert {"nas_last_seen", "nas_load_1m", "nas_network_rx_total"} <= disabled


async def test_a_server_is_a_device_under_the_hub_with_what_it_says_of_itself(
    hass: HomeAssistant, hub: Hub, entry: MockConfigEntry
) -> None:
    hear(hub)
    found = device(hass, "nas")
    assert found.name == "NAS"
    assert found.model == "Intel N100"
    assert found.hw_version == "x86_64"
    software = "Debian GNU/Linux 12, kernel 6.1.0-17-amd64, agent 0.1.0"
    assert found.sw_version == software
    assert (dr.CONNECTION_NETWORK_MAC, "02:00:0a:4d:00:0b") in found.connections
    assert found.via_device_id == device(hass, entry.entry_id).id


async def test_two_servers_with_the_same_mac_address_stay_two_devices(
    hass: HomeAssistant, hub: Hub
) -> None:
    hear(hub)
    hear(hub, "media")
    assert device(hass, "nas").id != device(hass, "media").id
    assert not device(hass, "media").connections
    assert state_of(hass, "connectivity", "media") == "on"


async def test_the_fleet_is_the_sum_of_its_servers(
    hass: HomeAssistant, hub: Hub, entry: MockConfigEntry
) -> None:
    hear(hub, metrics=metrics(cpu_percent=10, disk_used_gb=100, disk_total_gb=200))
    hear(
        hub,
        "media",
        metrics=metrics(cpu_percent=30, disk_used_gb=50, disk_total_gb=100),
    )
    hub.tick()
    figures = {
        key: state_of(hass, key, entry.entry_id)
        for key in (
            "servers_online",
            "servers_offline",
            "fleet_cpu",
            "fleet_memory",
            "fleet_disk_used",
            "fleet_disk_total",
            "cost_per_day",
        )
    }
    assert figures == {
        "servers_online": "2",
        "servers_offline": "0",
        "fleet_cpu": "20",
        "fleet_memory": "45.0",
        "fleet_disk_used": "150.0",
        "fleet_disk_total": "300.0",
        "cost_per_day": "0.58",
    }


async def test_a_metric_that_is_missing_is_unknown_and_the_others_stay(
    hass: HomeAssistant, hub: Hub
) -> None:
    hear(hub, metrics=metrics(cpu_percent=None))
    assert state_of(hass, "cpu_percent") == "unknown"
    assert state_of(hass, "memory_percent") == "45.0"


async def test_what_hardly_moves_makes_no_state_change_and_a_step_does(
    hass: HomeAssistant, hub: Hub, freezer: FrozenDateTimeFactory
) -> None:
    hear(hub)
    hub.tick()
    changes: list[Event[Any]] = async_capture_events(hass, EVENT_STATE_CHANGED)
    for minute in range(1, 15):
        freezer.tick(60)
        wobble = 0.3 if minute % 2 else -0.3
        hear(
            hub,
            metrics=metrics(
                cpu_percent=12.5 + wobble,
                memory_percent=45 + wobble,
                uptime_seconds=3600 + 60 * minute,
                network_rx_bytes=1_000_000 + 600 * minute,
                boot_time="2026-03-01T11:00:07+00:00",
            ),
        )
        hub.tick()
    # The first rates, and nothing else, in a quarter of an hour.
    assert {event.data["entity_id"].split(".")[1] for event in changes} == {
        "nas_network_in",
        "nas_network_out",
    }
    assert len(changes) == 2
    freezer.tick(60)
    hear(hub, metrics=metrics(cpu_percent=14.5, uptime_seconds=3600 + 60 * 15))
    assert state_of(hass, "cpu_percent") == "14"


async def test_sensors_are_restored_until_the_offline_limit_has_passed(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
) -> None:
    hub = await set_up(hass, entry)
    hear(hub, metrics=metrics(cpu_percent=33))
    await hass.config_entries.async_unload(entry.entry_id)
    registry = er.async_get(hass)
    cpu = registry.async_get_entity_id("sensor", DOMAIN, "nas_cpu_percent")
    assert cpu is not None
    mock_restore_cache_with_extra_data(
        hass,
        [
            (
                State(cpu, "33"),
                {"native_value": 33, "native_unit_of_measurement": "%"},
            )
        ],
    )
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    restarted: Hub = entry.runtime_data
    assert state_of(hass, "connectivity") == "on"
    assert state_of(hass, "cpu_percent") == "33"
    assert restarted.servers["nas"].data.facts.host.ip_address == "192.168.1.42"
    assert state_of(hass, "connectivity", "media") == "unknown"
    pass_time(restarted, freezer, 179)
    assert state_of(hass, "cpu_percent") == "33"
    pass_time(restarted, freezer, 2)
    assert state_of(hass, "connectivity") == "off"
    assert state_of(hass, "cpu_percent") == "unavailable"
    await hass.config_entries.async_unload(entry.entry_id)


async def test_keys_and_identity_survive_a_restart(
    hass: HomeAssistant, hass_storage: dict[str, Any], entry: MockConfigEntry
) -> None:
    hub = await set_up(hass, entry)
    key = key_of(hub)
    hear(hub, sequence=7)
    identity = hub.servers["nas"].data.identity
    await hass.config_entries.async_unload(entry.entry_id)
    assert await hass.config_entries.async_setup(entry.entry_id)
    restarted: Hub = entry.runtime_data
    assert key_of(restarted) == key
    assert restarted.servers["nas"].data.identity == identity
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_removed_server_takes_its_device_and_entities_along(
    hass: HomeAssistant, hub: Hub, entry: MockConfigEntry
) -> None:
    hear(hub)
    subentry_id = hub.servers["nas"].subentry_id
    hass.config_entries.async_remove_subentry(entry, subentry_id)
    await hass.async_block_till_done()
    assert state_of(hass, "cpu_percent") == "no entity"
    hub.tick()
    assert state_of(hass, "servers_online", entry.entry_id) == "0"
    assert "nas" in hub.keys.tombstones


async def test_removing_the_hub_deletes_the_keys(
    hass: HomeAssistant, hass_storage: dict[str, Any], entry: MockConfigEntry
) -> None:
    hub = await set_up(hass, entry)
    await hub.async_save()
    assert DOMAIN in hass_storage
    await hass.config_entries.async_remove(entry.entry_id)
    assert DOMAIN not in hass_storage
