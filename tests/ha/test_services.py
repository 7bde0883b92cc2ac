"""The actions: list, add, update and remove servers."""

from datetime import UTC, datetime
from typing import Any

from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import ServiceValidationError, Unauthorized
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.selector import selector
from homeassistant.util.yaml import load_yaml_dict
import pytest
from pytest_homeassistant_custom_component.common import MockUser
import voluptuous as vol

from custom_components.homelabcmd.const import DOMAIN
from custom_components.homelabcmd.hub.hub import Hub
from tests.builders import metrics
from tests.meta.sources import INTEGRATION

from .dialogs import TEXTS
from .setup_hub import WEBHOOK_ID, Beat, key_of, state_of

ACTIONS = ("list_servers", "add_server", "update_server", "remove_server")
REMEDIATION_ACTIONS = {
    "list_actions",
    "queue_action",
    "restart_service",
    "approve_action",
    "reject_action",
    "set_auto_approve",
}
NOTIFICATION_ACTIONS = {"send_test_notification"}
SCAN_ACTIONS = {
    "scan_host",
    "cancel_scan",
    "list_scans",
    "get_scan_key",
    "trust_host",
    "forget_host",
}
DISCOVERY_ACTIONS = {
    "discover_network",
    "list_devices",
    "forget_device",
    "add_device_as_server",
}
POWER_ACTIONS = {"get_costs", "estimate_savings", "add_to_energy_dashboard"}
ALERT_ACTIONS = (
    "list_alerts",
    "acknowledge_alert",
    "resolve_alert",
    "set_maintenance",
)


async def _act(
    hass: HomeAssistant, action: str, context: Context | None = None, **data: Any
) -> Any:
    return await hass.services.async_call(
        DOMAIN,
        action,
        data,
        blocking=True,
        context=context,
        return_response=action != "remove_server",
    )


def _device_id(hass: HomeAssistant, identifier: str) -> str:
    [entry] = hass.config_entries.async_entries(DOMAIN)
    [device_id] = [
        device.id
        for device in dr.async_entries_for_config_entry(
            dr.async_get(hass), entry.entry_id
        )
        if (DOMAIN, identifier) in device.identifiers
    ]
    return device_id


# List.

NOTHING_ELSE: dict[str, Any] = {
    "expected_services": [],
    "expected_containers": [],
    "containers": [],
    "disks": [],
    "temperatures": [],
    "updates_available": None,
    "security_updates": None,
    "reboot_required": None,
}
NO_SWAP = {"swap_percent": None, "swap_used_gb": None, "swap_total_gb": None}


async def test_a_server_never_heard_is_listed_with_what_is_known(
    hass: HomeAssistant, hub: Hub
) -> None:
    [server] = (await _act(hass, "list_servers"))["servers"]
    assert datetime.fromisoformat(server.pop("registered_at")).tzinfo
    assert server == {
        "server_id": "nas",
        "device_id": hub.servers["nas"].device_id,
        "maintenance_window": None,
        "display_name": "NAS",
        "hostname": None,
        "ip_address": None,
        "mac_address": None,
        "tdp_watts": 50,
        "location": None,
        "os_distribution": None,
        "os_version": None,
        "kernel": None,
        "architecture": None,
        "last_seen": None,
        "status": "unknown",
        "tags": [],
        "agent_version": None,
        "metrics": None,
        "services": [],
        **NOTHING_ELSE,
    }


async def test_a_server_that_reports_is_listed_with_what_it_said(
    hass: HomeAssistant, hub: Hub, beat: Beat
) -> None:
    start = datetime.now(UTC)
    assert await beat(key_of(hub)) == "received"
    [server] = (await _act(hass, "list_servers"))["servers"]
    assert datetime.fromisoformat(server.pop("registered_at")) <= start
    assert datetime.fromisoformat(server.pop("last_seen")) >= start
    assert server == {
        "server_id": "nas",
        "device_id": hub.servers["nas"].device_id,
        "maintenance_window": None,
        "display_name": "NAS",
        "hostname": "nas",
        "ip_address": "192.168.1.42",
        "mac_address": "02:00:0a:4d:00:0b",
        "tdp_watts": 50,
        "location": None,
        "os_distribution": "Debian GNU/Linux",
        "os_version": "12",
        "kernel": "6.1.0-17-amd64",
        "architecture": "x86_64",
        "status": "online",
        "tags": [],
        "agent_version": "0.1.0",
        "metrics": metrics() | NO_SWAP,
        "services": [
            {
                "name": "smbd.service",
                "status": "running",
                "detail": None,
                "pid": 812,
                "memory_mb": 31.5,
                "cpu_percent": 0.1,
                "critical": False,
                "watched": False,
            }
        ],
        **NOTHING_ELSE,
        "updates_available": 3,
        "security_updates": 1,
    }


async def test_what_an_agent_can_t_measure_is_null(
    hass: HomeAssistant, hub: Hub, beat: Beat
) -> None:
    service = {"name": "cron.service", "status": "stopped"}
    assert await beat(key_of(hub), metrics={}, services=[service]) == "received"
    [server] = (await _act(hass, "list_servers"))["servers"]
    assert server["metrics"] == dict.fromkeys(metrics()) | NO_SWAP
    assert server["services"] == [
        service
        | {"detail": None, "pid": None, "memory_mb": None, "cpu_percent": None}
        | {"critical": False, "watched": False}
    ]


async def test_what_is_watched_is_listed_with_how_it_is_and_how_much_it_matters(
    hass: HomeAssistant, hub: Hub, beat: Beat
) -> None:
    answer = await _act(
        hass,
        "update_server",
        server="nas",
        services=["smbd.service", {"name": "rsync", "critical": False}],
        containers={"name": "nextcloud"},
    )
    assert [item["status"] for item in answer["server"]["services"]] == ["unknown"] * 2
    container = {
        "name": "nextcloud",
        "status": "failed",
        "detail": "exited",
        "image": "nextcloud:31",
        "health": "unhealthy",
        "memory_mb": 310.5,
        "cpu_percent": 0.0,
        "restarts": 3,
    }
    disk = {"mount": "/data", "percent": 40.0}
    temperature = {"name": "cpu", "celsius": 41.5}
    assert (
        await beat(
            key_of(hub),
            containers=[container],
            disks=[disk],
            temperatures=[temperature],
            reboot_required=True,
        )
        == "received"
    )
    [server] = (await _act(hass, "list_servers"))["servers"]
    assert server["expected_services"] == [
        {"name": "smbd", "critical": True},
        {"name": "rsync", "critical": False},
    ]
    assert server["expected_containers"] == [{"name": "nextcloud", "critical": True}]
    smbd, rsync = server["services"]
    assert (smbd["name"], smbd["status"], smbd["pid"]) == ("smbd", "running", 812)
    assert (smbd["critical"], smbd["watched"]) == (True, True)
    assert (rsync["status"], rsync["critical"]) == ("unknown", False)
    assert server["containers"] == [container | {"critical": True, "watched": True}]
    assert disk.items() <= server["disks"][0].items()
    assert server["disks"][0]["standby"] is False
    assert server["temperatures"] == [temperature]
    assert server["reboot_required"] is True


@pytest.mark.parametrize(
    "services",
    [[""], ["x" * 256], ["a\nb"], [f"unit-{number}" for number in range(101)]],
)
async def test_names_that_can_t_be_watched_are_refused_and_nothing_changes(
    hass: HomeAssistant, hub: Hub, services: list[str]
) -> None:
    await _act(hass, "update_server", server="nas", services=["ssh"])
    with pytest.raises(ServiceValidationError, match="100 of each"):
        await _act(hass, "update_server", server="nas", name="New", services=services)
    config = hub.servers["nas"].config
    assert (config.name, config.watched) == ("NAS", (("ssh",), ()))


async def test_a_watch_list_is_left_alone_unless_given_and_can_be_emptied(
    hass: HomeAssistant, hub: Hub
) -> None:
    await _act(hass, "update_server", server="nas", services=["ssh"], containers=["a"])
    await _act(hass, "update_server", server="nas", name="New")
    config = hub.servers["nas"].config
    assert config.watched == (("ssh",), ("a",))
    await _act(hass, "update_server", server="nas", services=[])
    config = hub.servers["nas"].config
    assert config.watched == ((), ("a",))


async def test_one_server_can_be_listed_alone(hass: HomeAssistant, hub: Hub) -> None:
    await _act(hass, "add_server", server_id="media")
    for named in ("media", _device_id(hass, "media")):
        listed = await _act(hass, "list_servers", server=named)
        assert [server["server_id"] for server in listed["servers"]] == ["media"]


# Add.


async def test_an_added_server_is_ready_for_its_agent(
    hass: HomeAssistant, hub: Hub, beat: Beat
) -> None:
    added = await _act(
        hass,
        "add_server",
        server_id="omv_media-1",
        name="Media server",
        tdp_watts=65,
        location="Basement",
        tags=["omv", "omv", " docker "],
    )
    assert added.keys() == {"server_id", "webhook_url", "key", "install_command"}
    assert added["server_id"] == "omv_media-1"
    assert added["webhook_url"] == f"http://127.0.0.1:8123/api/webhook/{WEBHOOK_ID}"
    for part in (added["key"], added["webhook_url"], "--server-id omv_media-1"):
        assert part in added["install_command"]
    assert await beat(added["key"], "omv_media-1") == "received"
    [server] = (await _act(hass, "list_servers", server="omv_media-1"))["servers"]
    assert server["display_name"] == "Media server"
    assert server["tdp_watts"] == 65
    assert server["location"] == "Basement"
    assert server["tags"] == ["omv", "docker"]
    assert server["status"] == "online"
    assert state_of(hass, "cpu_percent", "omv_media-1") == "12"


async def test_only_the_id_is_needed(hass: HomeAssistant, hub: Hub) -> None:
    await _act(hass, "add_server", server_id="media")
    [server] = (await _act(hass, "list_servers", server="media"))["servers"]
    assert server["display_name"] == "media"
    assert server["tdp_watts"] == 50
    assert server["location"] is None


async def test_an_added_server_survives_a_restart(
    hass: HomeAssistant, hub: Hub, beat: Beat
) -> None:
    key = (await _act(hass, "add_server", server_id="media"))["key"]
    assert await hass.config_entries.async_reload(hub.entry.entry_id)
    assert await beat(key, "media") == "received"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"server_id": "nas"}, "duplicate_server"),
        ({"server_id": ""}, "invalid_server_id"),
        ({"server_id": "Media"}, "invalid_server_id"),
        ({"server_id": "-media"}, "invalid_server_id"),
        ({"server_id": "media\n"}, "invalid_server_id"),
        ({"server_id": "x" * 64}, "invalid_server_id"),
        ({"name": ""}, "invalid_name"),
        ({"name": "x" * 101}, "invalid_name"),
        ({"tdp_watts": 0}, "invalid_tdp"),
        ({"tdp_watts": 10_001}, "invalid_tdp"),
        ({"tdp_watts": 1.5}, "invalid_tdp"),
        ({"tdp_watts": "nan"}, "invalid_tdp"),
        ({"tdp_watts": "inf"}, "invalid_tdp"),
        ({"location": "x" * 101}, "invalid_location"),
        ({"tags": [""]}, "invalid_tags"),
        ({"tags": ["a\nb"]}, "invalid_tags"),
    ],
)
async def test_a_bad_value_adds_nothing(
    hass: HomeAssistant, hub: Hub, changes: dict[str, Any], error: str
) -> None:
    before = hub.entry.as_dict()
    keys = dict(hub.keys.servers)
    with pytest.raises(ServiceValidationError) as raised:
        await _act(hass, "add_server", **{"server_id": "media"} | changes)
    _assert_told(raised.value, error)
    assert hub.entry.as_dict() == before
    assert hub.keys.servers == keys
    await _act(hass, "add_server", server_id="media")


async def test_without_an_address_nothing_is_added(
    hass: HomeAssistant, hub: Hub
) -> None:
    hass.config.internal_url = None
    hass.config.api = None
    with pytest.raises(ServiceValidationError) as raised:
        await _act(hass, "add_server", server_id="media")
    _assert_told(raised.value, "no_address")
    assert hub.servers.keys() == {"nas"}


def _assert_told(error: ServiceValidationError, key: str) -> None:
    """Check that an error has a text of ours without a hole."""
    assert error.translation_domain == DOMAIN
    assert error.translation_key == key
    text: str = TEXTS["exceptions"][key]["message"]
    assert "{" not in text.format(**error.translation_placeholders or {})


# Update.


async def test_an_update_changes_what_it_names_and_leaves_the_rest(
    hass: HomeAssistant, hub: Hub
) -> None:
    await _act(hass, "update_server", server="nas", location="Attic", tags="omv")
    updated = await _act(hass, "update_server", server="nas", name="Big", tdp_watts=65)
    assert updated["server"]["display_name"] == "Big"
    assert updated["server"]["tdp_watts"] == 65
    assert updated["server"]["location"] == "Attic"
    assert updated["server"]["tags"] == ["omv"]
    assert dr.async_get(hass).async_get(_device_id(hass, "nas")).name == "Big"  # type: ignore[union-attr]
    [listed] = (await _act(hass, "list_servers"))["servers"]
    assert listed == updated["server"]


@pytest.mark.parametrize("nothing", [None, "", " "])
async def test_an_empty_location_clears_it(
    hass: HomeAssistant, hub: Hub, nothing: str | None
) -> None:
    await _act(hass, "update_server", server="nas", location="Attic")
    updated = await _act(hass, "update_server", server="nas", location=nothing)
    assert updated["server"]["location"] is None


async def test_an_update_needs_no_response(hass: HomeAssistant, hub: Hub) -> None:
    await hass.services.async_call(
        DOMAIN, "update_server", {"server": "nas", "name": "Big"}, blocking=True
    )
    assert hub.servers["nas"].config.name == "Big"


async def test_a_bad_update_changes_nothing(hass: HomeAssistant, hub: Hub) -> None:
    before = hub.servers["nas"].config
    with pytest.raises(ServiceValidationError) as raised:
        await _act(hass, "update_server", server="nas", name="Big", tdp_watts=0)
    _assert_told(raised.value, "invalid_tdp")
    assert hub.servers["nas"].config == before


# Remove.


async def test_a_removed_server_leaves_nothing_and_its_agent_is_told(
    hass: HomeAssistant, hub: Hub, beat: Beat
) -> None:
    key = key_of(hub)
    assert await beat(key) == "received"
    await _act(hass, "remove_server", server=_device_id(hass, "nas"))
    assert (await _act(hass, "list_servers")) == {"servers": []}
    assert state_of(hass, "connectivity") == "no entity"
    assert await beat(key) == "removed"
    assert await hass.config_entries.async_reload(hub.entry.entry_id)
    assert await beat(key) == "removed"


async def test_a_server_of_the_same_id_starts_afresh(
    hass: HomeAssistant, hub: Hub, beat: Beat
) -> None:
    old = key_of(hub)
    assert await beat(old) == "received"
    await _act(hass, "remove_server", server="nas")
    new = (await _act(hass, "add_server", server_id="nas"))["key"]
    [server] = (await _act(hass, "list_servers"))["servers"]
    assert server["status"] == "unknown"
    assert server["hostname"] is None
    assert await beat(old) == "invalid_signature"
    # Another machine may be called like the one that is gone.
    assert await beat(new, machine_id="7b" * 32) == "received"


# All of them.


@pytest.mark.parametrize("action", ["list_servers", "update_server", "remove_server"])
async def test_who_is_no_server_is_not_found(
    hass: HomeAssistant, hub: Hub, action: str
) -> None:
    for named in ("who", "", _device_id(hass, hub.entry.entry_id)):
        with pytest.raises(ServiceValidationError) as raised:
            await _act(hass, action, server=named)
        _assert_told(raised.value, "unknown_server")


@pytest.mark.parametrize("action", ACTIONS)
async def test_actions_say_that_the_hub_is_not_running(
    hass: HomeAssistant, hub: Hub, action: str
) -> None:
    assert await hass.config_entries.async_unload(hub.entry.entry_id)
    name = "server_id" if action == "add_server" else "server"
    with pytest.raises(ServiceValidationError) as raised:
        await _act(hass, action, None, **{name: "nas"})
    _assert_told(raised.value, "not_loaded")


async def test_a_user_who_is_no_admin_may_read_and_nothing_else(
    hass: HomeAssistant, hub: Hub, hass_read_only_user: MockUser
) -> None:
    context = Context(user_id=hass_read_only_user.id)
    assert (await _act(hass, "list_servers", context))["servers"]
    for action, data in (
        ("add_server", {"server_id": "media"}),
        ("update_server", {"server": "nas", "name": "Mine"}),
        ("remove_server", {"server": "nas"}),
    ):
        with pytest.raises(Unauthorized):
            await _act(hass, action, context, **data)
    assert hub.servers.keys() == {"nas"}
    assert hub.servers["nas"].config.name == "NAS"


@pytest.mark.parametrize(
    ("action", "data"),
    [
        ("add_server", {}),
        ("add_server", {"server_id": "media", "hostname": "x"}),
        ("add_server", {"server_id": "media", "tdp_watts": "much"}),
        ("update_server", {"name": "Big"}),
        ("update_server", {"server": "nas", "server_id": "other"}),
        ("remove_server", {}),
    ],
)
async def test_fields_that_do_not_exist_or_are_missing_are_refused(
    hass: HomeAssistant, hub: Hub, action: str, data: dict[str, Any]
) -> None:
    with pytest.raises(vol.Invalid):
        await _act(hass, action, **data)
    assert hub.servers.keys() == {"nas"}


def test_every_selector_of_the_descriptions_is_valid() -> None:
    described = load_yaml_dict(INTEGRATION / "services.yaml")
    assert described.keys() == {
        *ACTIONS,
        *ALERT_ACTIONS,
        *REMEDIATION_ACTIONS,
        *NOTIFICATION_ACTIONS,
        *POWER_ACTIONS,
        *SCAN_ACTIONS,
        *DISCOVERY_ACTIONS,
    }
    for action in described.values():
        # One that takes nothing has no description.
        for field in (action or {"fields": {}})["fields"].values():
            selector(field["selector"])


@pytest.mark.parametrize("name", ["NAS", " nas ", "Nas"])
async def test_two_servers_can_t_be_called_the_same(
    hass: HomeAssistant, hub: Hub, name: str
) -> None:
    with pytest.raises(ServiceValidationError) as added:
        await _act(hass, "add_server", server_id="other", name=name)
    assert added.value.translation_key == "duplicate_name"
    assert set(hub.servers) == {"nas"}
    await _act(hass, "add_server", server_id="other")
    with pytest.raises(ServiceValidationError) as renamed:
        await _act(hass, "update_server", server="other", name=name, tdp_watts=9)
    assert renamed.value.translation_key == "duplicate_name"
    assert hub.servers["other"].config.tdp_watts == 50
    # Its own name it may keep, written otherwise too.
    await _act(hass, "update_server", server="nas", name=name, tdp_watts=9)
    assert hub.servers["nas"].config.tdp_watts == 9
