"""What is in a server, as Home Assistant shows it."""

from dataclasses import replace
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, HomeAssistant, State
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import async_capture_events
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.homelabcmd.const import DOMAIN
from custom_components.homelabcmd.core.hub.settings import ServerConfig
from custom_components.homelabcmd.core.naming import item_key
from custom_components.homelabcmd.core.servers.watch_list import Watched
from custom_components.homelabcmd.hub.administration import async_update_server
from custom_components.homelabcmd.hub.hub import Hub
from tests.builders import metrics

from .setup_hub import hub_entry, pass_time, set_up
from .test_entities import device, hear

DATA = {
    "mount": "/srv/data",
    "total_gb": 1000.0,
    "used_gb": 250.0,
    "free_gb": 700.0,
    "percent": 25.0,
}
PLEX = {"name": "plex", "status": "running", "detail": "active (running)", "pid": 7}
HOURS_OF_A_WEEK = 7 * 24
HOSTILE = (
    'quote"s',
    "new\u2028line",
    "тест 🙂",
    "x" * 300,
    "../../etc/passwd",
    "<script>alert(1)</script>",
    "--now",
    "{name} %s {0}",
    "[click](javascript:alert)",
    "\u202eevil",
    "a/b",
    "a_b",
)


def watching(
    hub: Hub,
    services: tuple[str, ...] = (),
    containers: tuple[str, ...] = (),
    server_id: str = "nas",
) -> ServerConfig:
    """Return a server's settings with what is to be watched."""
    return replace(
        hub.servers[server_id].config,
        services=tuple(Watched(name=name) for name in services),
        containers=tuple(Watched(name=name) for name in containers),
    )


def item_id(
    hass: HomeAssistant, platform: str, kind: str, name: str, server_id: str = "nas"
) -> str | None:
    """Return the entity of an item."""
    return er.async_get(hass).async_get_entity_id(
        platform, DOMAIN, f"{server_id}_{item_key(kind, name)}"
    )


def state_at(hass: HomeAssistant, platform: str, kind: str, name: str) -> State:
    """Return the state of an item's entity."""
    entity_id = item_id(hass, platform, kind, name)
    assert entity_id
    state = hass.states.get(entity_id)
    assert state
    return state


async def settled(hass: HomeAssistant, hub: Hub, **changes: Any) -> None:
    """Let the hub hear a heartbeat and Home Assistant do what follows."""
    hear(hub, **changes)
    await hass.async_block_till_done()


# Disks, interfaces, temperatures.


async def test_a_mount_is_a_sensor_named_by_its_path_and_the_root_is_not_doubled(
    hass: HomeAssistant, hub: Hub
) -> None:
    await settled(hass, hub, disks=[{"mount": "/", "percent": 67.3}, DATA])
    state = state_at(hass, "sensor", "mount_percent", "/srv/data")
    assert state.state == "25.0"
    assert state.name == "NAS /srv/data"
    assert item_id(hass, "sensor", "mount_percent", "/") is None
    registry = er.async_get(hass)
    for kind in ("mount_size", "mount_free"):
        entity_id = item_id(hass, "sensor", kind, "/srv/data")
        assert entity_id
        entry = registry.async_get(entity_id)
        assert entry
        assert entry.disabled_by
        assert entry.entity_category == "diagnostic"


async def test_a_disk_that_sleeps_keeps_its_last_value_and_says_so(
    hass: HomeAssistant, hub: Hub
) -> None:
    await settled(hass, hub, disks=[DATA])
    assert (
        state_at(hass, "sensor", "mount_percent", "/srv/data").attributes["standby"]
        is False
    )
    await settled(hass, hub, disks=[{"mount": "/srv/data", "standby": True}])
    state = state_at(hass, "sensor", "mount_percent", "/srv/data")
    assert state.state == "25.0"
    assert state.attributes["standby"] is True
    await settled(hass, hub, disks=[{**DATA, "percent": 26.0}])
    state = state_at(hass, "sensor", "mount_percent", "/srv/data")
    assert (state.state, state.attributes["standby"]) == ("26.0", False)


async def test_a_root_disk_that_sleeps_keeps_its_last_value(
    hass: HomeAssistant, hub: Hub
) -> None:
    await settled(hass, hub, disks=[{"mount": "/", "percent": 67.3}])
    await settled(
        hass,
        hub,
        metrics=metrics(disk_percent=None, disk_used_gb=None),
        disks=[{"mount": "/", "standby": True}],
    )
    state = hass.states.get("sensor.nas_disk")
    assert state
    assert state.state == "67.3"


async def test_a_mount_that_vanished_is_kept_for_a_week_of_reports(
    hass: HomeAssistant, hub: Hub, freezer: FrozenDateTimeFactory
) -> None:
    await settled(hass, hub, disks=[DATA])
    freezer.tick(60)
    await settled(hass, hub)
    state = state_at(hass, "sensor", "mount_percent", "/srv/data")
    assert state.state == "unavailable"
    # A week of silence of the server itself does not count.
    pass_time(hub, freezer, 8 * 86400)
    await settled(hass, hub)
    for _ in range(HOURS_OF_A_WEEK - 1):
        freezer.tick(3600)
        hear(hub)
    await hass.async_block_till_done()
    assert item_id(hass, "sensor", "mount_percent", "/srv/data")
    for _ in range(2):
        freezer.tick(3600)
        await settled(hass, hub)
    for kind in ("mount_percent", "mount_size", "mount_free"):
        assert item_id(hass, "sensor", kind, "/srv/data") is None


async def test_a_mount_that_comes_back_has_its_entity_again(
    hass: HomeAssistant, hub: Hub, freezer: FrozenDateTimeFactory
) -> None:
    await settled(hass, hub, disks=[DATA])
    entity_id = item_id(hass, "sensor", "mount_percent", "/srv/data")
    assert entity_id
    er.async_get(hass).async_update_entity(entity_id, name="Films")
    freezer.tick(60)
    await settled(hass, hub)
    freezer.tick(60)
    await settled(hass, hub, disks=[{**DATA, "percent": 30.0}])
    state = state_at(hass, "sensor", "mount_percent", "/srv/data")
    assert (state.state, state.name) == ("30.0", "Films")


async def test_what_a_failing_collector_leaves_out_has_not_vanished(
    hass: HomeAssistant, hub: Hub, freezer: FrozenDateTimeFactory
) -> None:
    await settled(hass, hub, disks=[DATA])
    freezer.tick(60)
    await settled(hass, hub, collectors=[{"name": "disks", "error": "it hangs"}])
    state = state_at(hass, "sensor", "mount_percent", "/srv/data")
    assert state.state == "unavailable"
    assert "restored" not in state.attributes
    await settled(hass, hub, disks=[DATA])
    assert state_at(hass, "sensor", "mount_percent", "/srv/data").state == "25.0"


async def test_the_user_can_delete_what_vanished_and_what_is_there_comes_back(
    hass: HomeAssistant,
    hub: Hub,
    freezer: FrozenDateTimeFactory,
    hass_ws_client: WebSocketGenerator,
) -> None:
    assert await async_setup_component(hass, "config", {})
    client = await hass_ws_client(hass)

    async def delete() -> None:
        await client.send_json_auto_id(
            {
                "type": "config/entity_registry/remove",
                "entity_id": item_id(hass, "sensor", "mount_percent", "/srv/data"),
            }
        )
        assert (await client.receive_json())["success"]
        await hass.async_block_till_done()
        assert item_id(hass, "sensor", "mount_percent", "/srv/data") is None

    await settled(hass, hub, disks=[DATA])
    await delete()
    await settled(hass, hub, disks=[DATA])
    assert state_at(hass, "sensor", "mount_percent", "/srv/data").state == "25.0"
    freezer.tick(60)
    await settled(hass, hub)
    # By this mark the frontend knows that an entity can be deleted.
    gone = state_at(hass, "sensor", "mount_percent", "/srv/data")
    assert gone.attributes["restored"] is True
    await delete()
    freezer.tick(60)
    await settled(hass, hub)
    assert item_id(hass, "sensor", "mount_percent", "/srv/data") is None


async def test_items_survive_a_restart_and_what_changed_meanwhile_is_tidied_up(
    hass: HomeAssistant, hass_storage: dict[str, Any], freezer: FrozenDateTimeFactory
) -> None:
    entry = hub_entry()
    hub = await set_up(hass, entry)
    async_update_server(hub, watching(hub, services=("plex",)))
    await settled(
        hass,
        hub,
        disks=[DATA],
        services=[PLEX],
        updates_available=2,
        package_updates=[{"name": "curl"}, {"name": "vim"}],
        available_services=["plex.service", "ssh.service"],
    )
    await hass.config_entries.async_reload(entry.entry_id)
    hub = entry.runtime_data
    assert state_at(hass, "sensor", "mount_percent", "/srv/data").state == "25.0"
    assert state_at(hass, "binary_sensor", "service", "plex").state == "on"
    inventory = hub.servers["nas"].data.inventory
    assert inventory.available_services == ("plex", "ssh")
    assert [item.name for item in inventory.packages or ()] == ["curl", "vim"]
    stray = er.async_get(hass).async_get_or_create(
        "sensor",
        DOMAIN,
        f"nas_{item_key('mount_percent', '/old')}",
        config_entry=entry,
        config_subentry_id=hub.servers["nas"].subentry_id,
        device_id=device(hass, "nas").id,
    )
    await settled(hass, hub, disks=[DATA], services=[PLEX], package_updates=None)
    assert er.async_get(hass).async_get(stray.entity_id) is None
    assert item_id(hass, "sensor", "mount_percent", "/srv/data")
    await hass.config_entries.async_unload(entry.entry_id)


async def test_an_interface_s_rates_are_there_but_disabled(
    hass: HomeAssistant, hub: Hub, freezer: FrozenDateTimeFactory
) -> None:
    networks = [{"name": "eth0", "rx_bytes": 0, "tx_bytes": 0}]
    await settled(hass, hub, networks=networks)
    registry = er.async_get(hass)
    for kind in ("interface_rx", "interface_tx"):
        entity_id = item_id(hass, "sensor", kind, "eth0")
        assert entity_id
        registry.async_update_entity(entity_id, disabled_by=None)
    await hass.config_entries.async_reload(hub.entry.entry_id)
    hub = hub.entry.runtime_data
    for minute, count in ((0, 0), (1, 6_000_000)):
        await settled(
            hass,
            hub,
            metrics=metrics(uptime_seconds=3600 + 60 * minute),
            networks=[{"name": "eth0", "rx_bytes": count, "tx_bytes": count * 2}],
        )
        freezer.tick(60)
    assert state_at(hass, "sensor", "interface_rx", "eth0").state == "100.0"
    assert state_at(hass, "sensor", "interface_tx", "eth0").state == "200.0"


async def test_the_processor_s_temperature_speaks_for_the_server(
    hass: HomeAssistant, hub: Hub
) -> None:
    assert hass.states.get("sensor.nas_temperature") is None
    await settled(
        hass,
        hub,
        temperatures=[
            {"name": "nvme Composite", "celsius": 60.0},
            {"name": "coretemp Package id 0", "celsius": 44.4},
        ],
    )
    state = hass.states.get("sensor.nas_temperature")
    assert state
    assert (state.state, state.attributes["device_class"]) == ("44", "temperature")
    entity_id = item_id(hass, "sensor", "item_temperature", "nvme Composite")
    assert entity_id
    entry = er.async_get(hass).async_get(entity_id)
    assert entry
    assert entry.disabled_by


async def test_a_full_server_has_at_most_20_enabled_entities_besides_what_is_watched(
    hass: HomeAssistant, hub: Hub
) -> None:
    await settled(
        hass,
        hub,
        disks=[{**DATA, "mount": f"/srv/{number}"} for number in range(40)],
        networks=[{"name": f"eth{number}"} for number in range(8)],
        temperatures=[{"name": f"t{number}", "celsius": 40} for number in range(20)],
    )
    entities = er.async_entries_for_device(er.async_get(hass), device(hass, "nas").id)
    assert 15 <= len(entities) <= 20


async def test_a_flood_of_items_is_cut_said_once_and_shown(
    hass: HomeAssistant, hub: Hub, caplog: pytest.LogCaptureFixture
) -> None:
    disks = [{**DATA, "mount": f"/{number}"} for number in range(1500)]
    for _ in range(2):
        await settled(
            hass,
            hub,
            disks=disks,
            networks=[{"name": f"n{number}"} for number in range(500)],
            temperatures=[{"name": f"t{n}", "celsius": 40} for n in range(500)],
        )
    entities = er.async_entries_for_device(
        er.async_get(hass), device(hass, "nas").id, include_disabled_entities=True
    )
    assert len(entities) < 3 * 64 + 2 * 32 + 64 + 60
    assert caplog.text.count("more than is followed") == 1
    state = hass.states.get("binary_sensor.nas_agent_problem")
    assert state
    assert state.state == "on"
    assert state.attributes["left_out"] == 1500 - 64 + 500 - 32 + 500 - 64


# Services and containers.


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        ("running", "on"),
        ("stopped", "off"),
        ("failed", "off"),
        ("unknown", "unknown"),
    ],
)
async def test_a_watched_unit_and_a_watched_container_show_whether_they_run(
    hass: HomeAssistant, hub: Hub, status: str, shown: str
) -> None:
    async_update_server(hub, watching(hub, ("plex",), ("nextcloud",)))
    await settled(
        hass,
        hub,
        services=[{**PLEX, "status": status, "memory_mb": 100.5, "cpu_percent": 2}],
        containers=[
            {"name": "nextcloud", "status": status, "image": "nextcloud:31"},
        ],
    )
    unit = state_at(hass, "binary_sensor", "service", "plex")
    container = state_at(hass, "binary_sensor", "container", "nextcloud")
    assert (unit.state, unit.name) == (shown, "NAS plex")
    assert (container.state, container.name) == (shown, "NAS nextcloud (docker)")
    assert unit.attributes["device_class"] == "running"
    assert unit.attributes["status"] == status
    assert unit.attributes["detail"] == "active (running)"
    assert unit.attributes["critical"] is True
    assert unit.attributes["pid"] == 7
    assert unit.attributes["memory_mb"] == 100.5
    assert container.attributes["image"] == "nextcloud:31"
    assert "problem" not in unit.attributes
    assert unit.state_info
    unrecorded = unit.state_info["unrecorded_attributes"]
    assert {"pid", "memory_mb", "cpu_percent"} <= unrecorded
    assert not {"status", "detail"} & unrecorded


async def test_a_unit_that_does_not_exist_and_one_not_reported_say_so(
    hass: HomeAssistant, hub: Hub
) -> None:
    async_update_server(hub, watching(hub, ("plexx", "sonarr"), ("web",)))
    await settled(
        hass,
        hub,
        services=[{"name": "plexx", "status": "unknown", "detail": "not-found"}],
        containers=[{"name": "web", "status": "running", "health": "unhealthy"}],
    )
    found = {
        name: state_at(hass, "binary_sensor", kind, name)
        for kind, name in (
            ("service", "plexx"),
            ("service", "sonarr"),
            ("container", "web"),
        )
    }
    assert {name: state.state for name, state in found.items()} == {
        "plexx": "unknown",
        "sonarr": "unknown",
        "web": "on",
    }
    assert {name: state.attributes["problem"] for name, state in found.items()} == {
        "plexx": "not_found",
        "sonarr": "not_reported",
        "web": "unhealthy",
    }


async def test_what_a_unit_uses_makes_no_row_but_a_change_of_its_state_does(
    hass: HomeAssistant, hub: Hub, freezer: FrozenDateTimeFactory
) -> None:
    async_update_server(hub, watching(hub, ("plex",)))
    await settled(hass, hub, services=[PLEX])
    changes: list[Event[Any]] = async_capture_events(hass, EVENT_STATE_CHANGED)
    for minute in range(14):
        freezer.tick(60)
        crashing = {**PLEX, "pid": minute, "memory_mb": 50.0 * minute}
        await settled(hass, hub, services=[crashing])
    of_plex = [event for event in changes if "plex" in event.data["entity_id"]]
    assert of_plex == []
    freezer.tick(60)
    await settled(hass, hub, services=[{**PLEX, "memory_mb": 900.0}])
    state = state_at(hass, "binary_sensor", "service", "plex")
    assert state.attributes["memory_mb"] == 900.0
    freezer.tick(60)
    await settled(hass, hub, services=[{**PLEX, "status": "failed"}])
    assert state_at(hass, "binary_sensor", "service", "plex").state == "off"


async def test_a_container_created_anew_keeps_its_entity_and_an_unwatched_one_takes_it(
    hass: HomeAssistant, hub: Hub
) -> None:
    async_update_server(hub, watching(hub, ("plex",), ("web",)))
    web = {"name": "web", "status": "running", "image": "nginx:1"}
    await settled(hass, hub, services=[PLEX], containers=[web])
    before = item_id(hass, "binary_sensor", "container", "web")
    await settled(hass, hub, services=[PLEX])
    await settled(hass, hub, services=[PLEX], containers=[{**web, "image": "nginx:2"}])
    assert item_id(hass, "binary_sensor", "container", "web") == before
    async_update_server(hub, watching(hub, ("plex",)))
    await hass.async_block_till_done()
    assert item_id(hass, "binary_sensor", "container", "web") is None
    assert item_id(hass, "button", "container_restart", "web") is None
    assert item_id(hass, "binary_sensor", "service", "plex")


async def test_restart_buttons_are_there_and_can_t_be_pressed_yet(
    hass: HomeAssistant, hub: Hub
) -> None:
    async_update_server(hub, watching(hub, ("plex",), ("web",)))
    await settled(hass, hub, services=[PLEX])
    unit = state_at(hass, "button", "service_restart", "plex")
    container = state_at(hass, "button", "container_restart", "web")
    assert (unit.state, unit.name) == ("unavailable", "NAS Restart plex")
    assert container.name == "NAS Restart web (docker)"


async def test_hostile_names_are_harmless_and_never_mixed_up(
    hass: HomeAssistant, hub: Hub, caplog: pytest.LogCaptureFixture
) -> None:
    names = tuple(name for name in HOSTILE if len(name) <= 255)
    async_update_server(hub, watching(hub, names, names))
    await settled(
        hass,
        hub,
        disks=[{**DATA, "mount": name} for name in HOSTILE],
        networks=[{"name": name[:255]} for name in HOSTILE],
        temperatures=[{"name": name[:255], "celsius": 40} for name in HOSTILE],
        services=[{"name": name, "status": "running"} for name in names],
        containers=[
            {"name": name, "status": "stopped", "image": name, "health": name}
            for name in names
        ],
        collectors=[{"name": name[:255], "error": name} for name in HOSTILE],
    )
    for kind, shown in (("service", "on"), ("container", "off")):
        for name in names:
            assert state_at(hass, "binary_sensor", kind, name).state == shown
    entities = er.async_entries_for_device(
        er.async_get(hass), device(hass, "nas").id, include_disabled_entities=True
    )
    assert len({entity.unique_id for entity in entities}) == len(entities)
    mounts = [item_id(hass, "sensor", "mount_percent", name) for name in HOSTILE]
    assert len(set(mounts)) == len(HOSTILE)
    for state in hass.states.async_all():
        assert len(state.name) <= 255
        assert state.name.isprintable()
    troubles = [
        record
        for record in caplog.records
        if record.levelname in {"ERROR", "WARNING"} and record.name != "asyncio"
    ]
    assert troubles == []


async def test_an_unhappy_collector_is_shown_with_what_to_do(
    hass: HomeAssistant, hub: Hub
) -> None:
    what = "Permission denied: start homelab-agent-helper.socket"
    await settled(hass, hub, collectors=[{"name": "containers", "error": what}])
    state = hass.states.get("binary_sensor.nas_agent_problem")
    assert state
    assert state.state == "on"
    assert state.attributes["collectors"] == {"containers": what}
    await settled(hass, hub, collectors=[{"name": "containers", "duration_ms": 2}])
    state = hass.states.get("binary_sensor.nas_agent_problem")
    assert state
    assert state.state == "off"


# Updates.


async def test_pending_updates_are_an_update_with_the_packages_as_its_notes(
    hass: HomeAssistant, hub: Hub, hass_ws_client: WebSocketGenerator
) -> None:
    await settled(
        hass,
        hub,
        updates_available=3,
        security_updates=1,
        package_updates=[
            {"name": "vim", "current": "1", "candidate": "2"},
            {"name": "`<b>x</b>`", "candidate": "`9`", "security": True},
        ],
        reboot_required=True,
    )
    state = hass.states.get("update.nas_system_updates")
    assert state
    assert state.state == "on"
    assert state.attributes["title"] == "Debian GNU/Linux 12"
    assert state.attributes["installed_version"] == "12"
    assert state.attributes["latest_version"] == "12 (3 pending, 1 for security)"
    client = await hass_ws_client(hass)
    await client.send_json_auto_id(
        {"type": "update/release_notes", "entity_id": "update.nas_system_updates"}
    )
    assert (await client.receive_json())["result"] == (
        "## Security updates\n\n- `'<b>x</b>'` `'9'`\n\n"
        "## Other updates\n\n- `vim` `1` → `2`\n\nAnd 1 more."
    )
    reboot = hass.states.get("binary_sensor.nas_reboot")
    assert reboot
    assert reboot.state == "on"
    await settled(hass, hub, updates_available=0, security_updates=0)
    state = hass.states.get("update.nas_system_updates")
    assert state
    assert state.state == "off"


async def test_updates_nobody_told_of_are_unknown(
    hass: HomeAssistant, hub: Hub
) -> None:
    await settled(hass, hub, updates_available=None, security_updates=None)
    state = hass.states.get("update.nas_system_updates")
    assert state
    assert state.state == "unknown"


async def test_a_removed_server_takes_its_items_along(
    hass: HomeAssistant, hub: Hub
) -> None:
    async_update_server(hub, watching(hub, ("plex",)))
    await settled(hass, hub, disks=[DATA], services=[PLEX])
    hass.config_entries.async_remove_subentry(hub.entry, hub.servers["nas"].subentry_id)
    await hass.async_block_till_done()
    assert item_id(hass, "sensor", "mount_percent", "/srv/data") is None
    assert item_id(hass, "binary_sensor", "service", "plex") is None
    names = {
        entry.name
        for entry in dr.async_entries_for_config_entry(
            dr.async_get(hass), hub.entry.entry_id
        )
    }
    assert names == {"HomelabCmd"}
