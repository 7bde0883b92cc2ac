"""What must hold over restarts, reloads, changes and faults."""

from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.lovelace.const import LOVELACE_DATA
from homeassistant.const import EVENT_HOMEASSISTANT_FINAL_WRITE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
    issue_registry as ir,
)
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    WebSocketGenerator,
)

from custom_components.homelabcmd.const import DOMAIN
from custom_components.homelabcmd.dashboard.sidebar import StrategyDashboard
from custom_components.homelabcmd.errors import HomelabError
from custom_components.homelabcmd.hub.hub import Hub
from custom_components.homelabcmd.protocol.refusals import Refusal
from tests.builders import heartbeat, metrics, signed

from .dialogs import Dialogs
from .setup_hub import WEBHOOK_ID, key_of, pass_time, state_of
from .test_entities import device, hear

MAC = (dr.CONNECTION_NETWORK_MAC, "02:00:0a:4d:00:0b")


async def _pass(hass: HomeAssistant, seconds: float) -> None:
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=seconds))
    await hass.async_block_till_done()


async def test_what_comes_after_an_immediate_save_is_saved_too(
    hass: HomeAssistant, hub: Hub, hass_storage: dict[str, Any]
) -> None:
    hear(hub)
    new = await hub.async_rotate_key("nas", compromised=False)
    assert hub.keys.confirm("nas", new)
    hub.save_soon()
    hub.async_stopping()
    hass.bus.async_fire(EVENT_HOMEASSISTANT_FINAL_WRITE)
    await hass.async_block_till_done()
    assert "previous" not in hass_storage[DOMAIN]["data"]["keys"]["nas"]


async def test_a_server_that_was_added_is_saved_with_what_it_reports(
    hass: HomeAssistant, hub: Hub, hass_storage: dict[str, Any]
) -> None:
    await hass.services.async_call(
        DOMAIN, "add_server", {"server_id": "media"}, blocking=True
    )
    hear(hub, "media")
    await _pass(hass, 60)
    assert hass_storage[DOMAIN]["data"]["servers"]["media"]["presence"] == "online"


async def test_a_hub_that_was_unloaded_never_writes_its_successor_s_file(
    hass: HomeAssistant, hub: Hub, hass_storage: dict[str, Any]
) -> None:
    hear(hub)
    await hass.config_entries.async_reload(hub.entry.entry_id)
    successor: Hub = hub.entry.runtime_data
    hub.save_soon()
    key = await successor.async_rotate_key("nas", compromised=True)
    await _pass(hass, 60)
    assert hass_storage[DOMAIN]["data"]["keys"]["nas"]["current"] == key.dump()


async def test_a_mac_address_that_another_integration_knows_does_no_harm(
    hass: HomeAssistant, hub: Hub, hass_client_no_auth: ClientSessionGenerator
) -> None:
    router = MockConfigEntry(domain="unifi")
    router.add_to_hass(hass)
    dr.async_get(hass).async_get_or_create(
        config_entry_id=router.entry_id,
        identifiers={("unifi", "x")},
        connections={MAC},
    )
    client = await hass_client_no_auth()
    request = signed(key_of(hub), heartbeat())
    response = await client.post(
        f"/api/webhook/{WEBHOOK_ID}", data=request.body, headers=request.headers
    )
    assert (response.status, state_of(hass, "connectivity")) == (200, "on")
    assert device(hass, "nas").model == "Intel N100"
    assert await hass.config_entries.async_reload(hub.entry.entry_id)


async def test_a_mac_address_goes_to_the_clone_that_is_left(
    hass: HomeAssistant, hub: Hub
) -> None:
    await hass.services.async_call(
        DOMAIN, "add_server", {"server_id": "clone"}, blocking=True
    )
    hear(hub)
    hear(hub, "clone")
    assert MAC not in device(hass, "clone").connections
    await hass.services.async_call(
        DOMAIN, "remove_server", {"server": "nas"}, blocking=True
    )
    await hass.async_block_till_done()
    hub.async_sync()
    hear(hub, "clone", host={"hostname": "clone", "mac_address": MAC[1]})
    assert MAC in device(hass, "clone").connections


async def test_a_restored_value_does_not_outlive_a_metric_that_is_missing(
    hass: HomeAssistant, hub: Hub
) -> None:
    hear(hub, metrics=metrics(disk_percent=67.3))
    await hass.config_entries.async_reload(hub.entry.entry_id)
    restarted: Hub = hub.entry.runtime_data
    assert state_of(hass, "disk_percent") == "67.3"
    hear(restarted, metrics=metrics(disk_percent=None))
    assert state_of(hass, "disk_percent") == "unknown"


async def test_totals_stand_until_every_server_has_reported_after_a_restart(
    hass: HomeAssistant, hub: Hub
) -> None:
    entry_id = hub.entry.entry_id
    await hass.services.async_call(
        DOMAIN, "add_server", {"server_id": "media"}, blocking=True
    )
    size = metrics(disk_total_gb=200)
    hear(hub, metrics=size)
    hear(hub, "media", metrics=size)
    hub.tick()
    assert state_of(hass, "fleet_disk_total", entry_id) == "400.0"
    await hass.config_entries.async_reload(entry_id)
    restarted: Hub = hub.entry.runtime_data
    hear(restarted, metrics=metrics(disk_total_gb=300))
    restarted.tick()
    assert state_of(hass, "fleet_disk_total", entry_id) == "400.0"
    hear(restarted, "media", metrics=size)
    restarted.tick()
    assert state_of(hass, "fleet_disk_total", entry_id) == "500.0"


async def test_a_heartbeat_by_way_of_the_websocket_is_received(
    hass: HomeAssistant,
    hub: Hub,
    hass_ws_client: WebSocketGenerator,
    caplog: pytest.LogCaptureFixture,
) -> None:
    client = await hass_ws_client()
    request = signed(key_of(hub), heartbeat())
    await client.send_json_auto_id(
        {
            "type": "webhook/handle",
            "webhook_id": WEBHOOK_ID,
            "method": "POST",
            "body": request.body.decode(),
            "headers": request.headers,
            "query": "",
        }
    )
    answer = await client.receive_json()
    assert answer["result"]["status"] == 200
    assert "received" in answer["result"]["body"]
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


@pytest.mark.parametrize("which", ["server", "fleet"])
async def test_asking_for_an_update_does_no_harm(
    hass: HomeAssistant, hub: Hub, caplog: pytest.LogCaptureFixture, which: str
) -> None:
    assert await async_setup_component(hass, "homeassistant", {})
    hear(hub)
    unique_id = {
        "server": "nas_cpu_percent",
        "fleet": f"{hub.entry.entry_id}_servers_online",
    }[which]
    entity_id = er.async_get(hass).async_get_entity_id("sensor", DOMAIN, unique_id)
    await hass.services.async_call(
        "homeassistant", "update_entity", {"entity_id": entity_id}, blocking=True
    )
    await _pass(hass, 30)
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
    assert hub.fleet.last_update_success


async def test_a_server_moves_with_its_location_unless_the_user_placed_it(
    hass: HomeAssistant, hub: Hub
) -> None:
    areas = ar.async_get(hass)

    async def move(location: str) -> str | None:
        await hass.services.async_call(
            DOMAIN,
            "update_server",
            {"server": "nas", "location": location},
            blocking=True,
        )
        area_id = device(hass, "nas").area_id
        area = areas.async_get_area(area_id) if area_id else None
        return area.name if area else None

    assert await move("Attic") == "Attic"
    assert await move("Cellar") == "Cellar"
    hall = areas.async_create("Hall")
    registry = dr.async_get(hass)
    registry.async_update_device(device(hass, "nas").id, area_id=hall.id)
    assert await move("Attic") == "Hall"


async def test_a_shorter_interval_calls_nobody_offline_before_the_agent_knows_it(
    hass: HomeAssistant, hub: Hub, freezer: FrozenDateTimeFactory
) -> None:
    def set_options(interval: int, offline: int) -> None:
        hass.config_entries.async_update_entry(
            hub.entry,
            options={
                "heartbeat_interval_seconds": interval,
                "server_offline_seconds": offline,
            },
        )

    set_options(3600, 7200)
    await hass.async_block_till_done()
    hear(hub)
    set_options(60, 180)
    await hass.async_block_till_done()
    pass_time(hub, freezer, 3500)
    assert state_of(hass, "connectivity") == "on"
    hear(hub)
    pass_time(hub, freezer, 181)
    assert state_of(hass, "connectivity") == "off"


async def test_a_repair_ends_when_the_other_one_has_been_silent_for_ten_minutes(
    hass: HomeAssistant, hub: Hub, freezer: FrozenDateTimeFactory
) -> None:
    hear(hub, run_id="a", sequence=1)
    hear(hub, run_id="b", sequence=1)
    with pytest.raises(Refusal):
        hear(hub, run_id="a", sequence=2)
    issues = ir.async_get(hass)
    hear(hub, run_id="b", sequence=2)
    assert issues.async_get_issue(DOMAIN, "identity_nas")
    freezer.tick(601)
    hear(hub, run_id="b", sequence=3)
    assert not issues.async_get_issue(DOMAIN, "identity_nas")


async def test_removing_the_hub_leaves_nothing_to_repair(
    hass: HomeAssistant, hub: Hub
) -> None:
    hear(hub)
    with pytest.raises(Refusal):
        hear(hub, machine_id="another")
    assert await hass.config_entries.async_remove(hub.entry.entry_id)
    assert not ir.async_get(hass).async_get_issue(DOMAIN, "identity_nas")


async def test_lost_keys_are_told(
    hass: HomeAssistant, hub: Hub, hass_storage: dict[str, Any]
) -> None:
    await hass.config_entries.async_unload(hub.entry.entry_id)
    del hass_storage[DOMAIN]
    await hass.config_entries.async_setup(hub.entry.entry_id)
    assert ir.async_get(hass).async_get_issue(DOMAIN, "keys_lost")


async def test_a_dialog_that_waits_notices_that_its_server_was_removed(
    hass: HomeAssistant, hub: Hub, dialogs: Dialogs
) -> None:
    dialog = await dialogs.add_server(hub.entry)
    await dialog.submit(name="Backup")
    await dialog.pick("wait")
    await hass.services.async_call(
        DOMAIN, "remove_server", {"server": "backup"}, blocking=True
    )
    await hass.async_block_till_done()
    assert (await dialog.look())["reason"] == "server_removed"


async def test_a_device_of_another_kind_is_no_server(
    hass: HomeAssistant, hub: Hub
) -> None:
    other = MockConfigEntry(domain="unifi")
    other.add_to_hass(hass)
    stranger = dr.async_get(hass).async_get_or_create(
        config_entry_id=other.entry_id,
        identifiers={("unifi", "x", "y")},  # type: ignore[arg-type]
    )
    with pytest.raises(HomelabError):
        await hass.services.async_call(
            DOMAIN,
            "list_servers",
            {"server": stranger.id},
            blocking=True,
            return_response=True,
        )


async def test_facts_that_a_heartbeat_leaves_out_stay(
    hass: HomeAssistant, hub: Hub
) -> None:
    hear(hub)
    hear(hub, host={"hostname": "renamed"}, os_info={})
    assert hub.servers["nas"].data.facts.host.ip_address == "192.168.1.42"
    assert MAC in device(hass, "nas").connections


async def test_the_currency_is_followed(hass: HomeAssistant, hub: Hub) -> None:
    await hass.config.async_update(currency="USD")
    await hass.config_entries.async_reload(hub.entry.entry_id)
    entity_id = er.async_get(hass).async_get_entity_id(
        "sensor", DOMAIN, f"{hub.entry.entry_id}_cost_per_day"
    )
    assert entity_id is not None
    state = hass.states.get(entity_id)
    assert state is not None
    assert state.attributes["unit_of_measurement"] == "USD"


async def test_a_user_s_own_dashboard_of_that_url_stays(
    hass: HomeAssistant, hub: Hub
) -> None:
    await hass.config_entries.async_unload(hub.entry.entry_id)
    dashboards = hass.data[LOVELACE_DATA].dashboards
    mine = dashboards["homelab-cmd"] = StrategyDashboard(hass, "homelab-cmd", {})
    await hass.config_entries.async_setup(hub.entry.entry_id)
    assert dashboards["homelab-cmd"] is mine
    await hass.config_entries.async_unload(hub.entry.entry_id)
    assert dashboards.pop("homelab-cmd") is mine
    await hass.config_entries.async_setup(hub.entry.entry_id)


async def test_the_hub_s_device_follows_its_name(hass: HomeAssistant, hub: Hub) -> None:
    hass.config_entries.async_update_entry(hub.entry, title="My lab")
    await hass.async_block_till_done()
    assert device(hass, hub.entry.entry_id).name == "My lab"
