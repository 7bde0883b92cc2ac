"""Automations with our triggers and our condition, and how editors learn of them."""

import sys
from typing import Any

from homeassistant.core import Event, HomeAssistant
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
    label_registry as lr,
)
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import async_capture_events
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.homelabcmd.const import DOMAIN
from custom_components.homelabcmd.core.alerts.rules import AlertType, Severity
from custom_components.homelabcmd.hub.hub import Hub
from tests.meta.test_translations import load

from .setup_hub import Beat, hub_entry, key_of, set_up, state_of

pytestmark = pytest.mark.usefixtures("address")

RAN = "ran"


@pytest.fixture
async def hub(hass: HomeAssistant, address: str) -> Any:
    entry = hub_entry(("nas", "pi"))
    yield await set_up(hass, entry)
    await hass.config_entries.async_unload(entry.entry_id)


async def _automation(
    hass: HomeAssistant, trigger: Any, **more: Any
) -> list[Event[dict[str, Any]]]:
    """Set an automation up; returns the events that it fires."""
    ran = async_capture_events(hass, RAN)
    told = {
        name: f"{{{{ trigger.{name} | default('') }}}}"
        for name in ("server_id", "name", "alert_id", "kind", "description")
    }
    automation = {
        "alias": "Test",
        "triggers": trigger,
        "actions": {"event": RAN, "event_data": told},
        **more,
    }
    assert await async_setup_component(hass, "automation", {"automation": automation})
    await hass.async_block_till_done()
    assert hass.states.async_entity_ids("automation")
    [entity_id] = hass.states.async_entity_ids("automation")
    state = hass.states.get(entity_id)
    assert state
    assert state.state == "on"
    return ran


def _device_id(hub: Hub, server_id: str = "nas") -> str:
    return hub.servers[server_id].device_id


async def _alert(hass: HomeAssistant, hub: Hub, **changes: Any) -> None:
    server_id = changes.get("server_id", "nas")
    alert = {
        "kind": "opened",
        "alert_id": "1",
        "server_id": server_id,
        "device_id": _device_id(hub, server_id),
        "name": server_id.upper(),
        "type": "disk_critical",
        "severity": "critical",
        "subject": "/",
        "status": "open",
        "title": "Disk / on NAS is almost full",
        "message": "Disk / on NAS is 92 % full (threshold 90 %).",
        "tell": True,
        "told": True,
    }
    hass.bus.async_fire("homelabcmd_alert", alert | changes)
    await hass.async_block_till_done()


# Alerts.


async def test_an_alert_runs_an_automation(hass: HomeAssistant, hub: Hub) -> None:
    ran = await _automation(hass, {"trigger": "homelabcmd.alert_opened"})
    await _alert(hass, hub)
    [event] = ran
    assert event.data == {
        "server_id": "nas",
        "name": "NAS",
        "alert_id": 1,
        "kind": "opened",
        "description": "NAS: alert opened: "
        "Disk / on NAS is 92 % full (threshold 90 %).",
    }


@pytest.mark.parametrize(
    ("trigger", "kind", "runs"),
    [
        ("alert_opened", "opened", True),
        ("alert_opened", "escalated", True),
        ("alert_opened", "overdue", True),
        ("alert_opened", "eased", False),
        ("alert_opened", "acknowledged", False),
        ("alert_opened", "resolved", False),
        ("alert_resolved", "resolved", True),
        ("alert_resolved", "opened", False),
        ("alert_resolved", "escalated", False),
        ("alert_resolved", None, False),
    ],
)
async def test_a_trigger_follows_its_kind_of_change(
    hass: HomeAssistant, hub: Hub, trigger: str, kind: str | None, runs: bool
) -> None:
    ran = await _automation(hass, {"trigger": f"homelabcmd.{trigger}"})
    await _alert(hass, hub, kind=kind)
    assert bool(ran) is runs


@pytest.mark.parametrize(
    ("options", "changes", "runs"),
    [
        ({"severity": ["critical", "high"]}, {}, True),
        ({"severity": "critical"}, {}, True),
        ({"severity": ["high"]}, {}, False),
        ({"severity": []}, {}, True),
        ({"type": ["disk_critical"]}, {}, True),
        ({"type": ["cpu_warning"]}, {}, False),
        ({"type": ["disk_critical"], "severity": ["low"]}, {}, False),
        ({"severity": ["critical"]}, {"kind": "escalated"}, True),
        ({"escalated": False}, {"kind": "escalated"}, False),
        ({"escalated": False}, {}, True),
        ({}, {"severity": "of another version"}, False),
        ({}, {"severity": ["critical"]}, False),
        ({}, {"type": {}}, False),
        ({}, {"tell": False}, False),
        ({}, {"told": False}, True),
    ],
)
async def test_alerts_are_filtered(
    hass: HomeAssistant,
    hub: Hub,
    options: dict[str, Any],
    changes: dict[str, Any],
    runs: bool,
) -> None:
    ran = await _automation(
        hass, {"trigger": "homelabcmd.alert_opened", "options": options}
    )
    await _alert(hass, hub, **changes)
    assert bool(ran) is runs


async def _targets(hass: HomeAssistant, hub: Hub) -> dict[str, dict[str, Any]]:
    """Return targets that mean nas, by what they consist of."""
    device_id = _device_id(hub)
    area = ar.async_get(hass).async_create("Attic")
    label = lr.async_get(hass).async_create("Important")
    dr.async_get(hass).async_update_device(
        device_id, area_id=area.id, labels={label.label_id}
    )
    entity_id = er.async_get(hass).async_get_entity_id(
        "sensor", DOMAIN, "nas_cpu_percent"
    )
    return {
        "device": {"device_id": device_id},
        "devices": {"device_id": [device_id]},
        "area": {"area_id": [area.id]},
        "label": {"label_id": [label.label_id]},
        "entity": {"entity_id": [entity_id]},
    }


@pytest.mark.parametrize("kind", ["device", "devices", "area", "label", "entity"])
async def test_a_target_picks_servers(hass: HomeAssistant, hub: Hub, kind: str) -> None:
    target = (await _targets(hass, hub))[kind]
    ran = await _automation(
        hass, {"trigger": "homelabcmd.alert_opened", "target": target}
    )
    await _alert(hass, hub, server_id="pi")
    assert not ran
    await _alert(hass, hub)
    assert [event.data["server_id"] for event in ran] == ["nas"]


async def test_the_hub_s_device_means_all_servers(
    hass: HomeAssistant, hub: Hub
) -> None:
    server = dr.async_get(hass).async_get(_device_id(hub))
    assert server
    target = {"device_id": getattr(server, "via_device_id", None)}
    ran = await _automation(
        hass, {"trigger": "homelabcmd.alert_opened", "target": target}
    )
    await _alert(hass, hub)
    await _alert(hass, hub, server_id="pi")
    assert len(ran) == 2
    await _alert(hass, hub, device_id=None)
    await _alert(hass, hub, device_id="unknown")
    assert len(ran) == 2


async def test_a_target_that_is_gone_means_no_server(
    hass: HomeAssistant, hub: Hub
) -> None:
    target = {"area_id": ["gone"], "device_id": ["gone"]}
    ran = await _automation(
        hass, {"trigger": "homelabcmd.alert_opened", "target": target}
    )
    await _alert(hass, hub)
    assert not ran


async def test_the_alert_of_a_removed_server_still_ends(
    hass: HomeAssistant, hub: Hub
) -> None:
    ran = await _automation(hass, {"trigger": "homelabcmd.alert_resolved"})
    await _alert(hass, hub, kind="resolved", device_id=None)
    assert len(ran) == 1


@pytest.mark.parametrize(
    "trigger",
    [
        {"trigger": "homelabcmd.alert_opened", "options": {"severity": ["loud"]}},
        {"trigger": "homelabcmd.alert_opened", "options": {"type": ["no_type"]}},
        {"trigger": "homelabcmd.alert_opened", "options": {"more": True}},
        {"trigger": "homelabcmd.alert_resolved", "options": {"escalated": True}},
        {"trigger": "homelabcmd.server_came_back", "options": {"severity": "low"}},
        {"trigger": "homelabcmd.no_trigger"},
    ],
)
async def test_a_trigger_that_makes_no_sense_is_refused(
    hass: HomeAssistant,
    hub: Hub,
    hass_ws_client: WebSocketGenerator,
    trigger: dict[str, Any],
) -> None:
    client = await hass_ws_client(hass)
    await client.send_json_auto_id({"type": "validate_config", "triggers": trigger})
    result = (await client.receive_json())["result"]["triggers"]
    assert not result["valid"]
    assert result["error"]


async def test_a_full_disk_runs_automations_until_it_is_freed(
    hass: HomeAssistant, hub: Hub, beat: Beat
) -> None:
    ran = await _automation(
        hass,
        [
            {
                "trigger": f"homelabcmd.{name}",
                "target": {"device_id": _device_id(hub)},
                "options": {"type": ["disk_warning", "disk_critical"]},
            }
            for name in ("alert_opened", "alert_resolved")
        ],
    )
    for percent in (85, 95, 50):
        await beat(key_of(hub), disks=[{"mount": "/data", "percent": percent}])
        await hass.async_block_till_done()
    assert [(event.data["kind"], event.data["name"]) for event in ran] == [
        ("opened", "NAS"),
        ("escalated", "NAS"),
        ("resolved", "NAS"),
    ]
    assert len({event.data["alert_id"] for event in ran}) == 1
    assert "95 %" in ran[1].data["description"]


async def test_maintenance_holds_back_what_opens_until_it_is_over(
    hass: HomeAssistant, hub: Hub, beat: Beat
) -> None:
    ran = await _automation(
        hass,
        [
            {
                "trigger": f"homelabcmd.{name}",
                "options": {"type": ["disk_warning", "disk_critical"]},
            }
            for name in ("alert_opened", "alert_resolved")
        ],
    )

    async def maintenance(*, enabled: bool) -> None:
        fields = {"server": "nas", "enabled": enabled}
        await hass.services.async_call(
            "homelabcmd", "set_maintenance", fields, blocking=True
        )
        await hass.async_block_till_done()

    async def disks(**percents: int) -> None:
        found = [{"mount": f"/{name}", "percent": p} for name, p in percents.items()]
        await beat(key_of(hub), disks=found)
        await hass.async_block_till_done()

    await disks(known=95)
    await maintenance(enabled=True)
    await disks(known=50, short=95, long=95)
    await disks(known=50, short=50, long=95)
    await maintenance(enabled=False)
    kinds = [event.data["kind"] for event in ran]
    assert kinds == ["opened", "resolved", "overdue"]
    assert "still wrong after maintenance" in ran[2].data["description"]
    assert "/long" in ran[2].data["description"]


# Servers that go and come.


def _silence(hub: Hub, server_id: str = "nas") -> None:
    """Let a server be silent for too long."""
    server = hub.servers[server_id]
    offline_after = hub.options.server_offline_seconds
    object.__setattr__(server.data, "heard", (server.data.heard or 0) - offline_after)
    hub.tick()


async def test_a_server_that_goes_and_comes_runs_automations(
    hass: HomeAssistant, hub: Hub, beat: Beat
) -> None:
    triggers = [
        {"trigger": "homelabcmd.server_went_offline"},
        {"trigger": "homelabcmd.server_came_back"},
    ]
    ran = await _automation(hass, triggers)
    await beat(key_of(hub))
    await hass.async_block_till_done()
    # It is heard for the first time: it was never away.
    assert not ran
    _silence(hub)
    hub.tick()
    await hass.async_block_till_done()
    assert state_of(hass, "connectivity") == "off"
    [event] = ran
    assert event.data["server_id"] == "nas"
    assert event.data["description"] == "NAS went offline"
    await beat(key_of(hub))
    await beat(key_of(hub))
    await hass.async_block_till_done()
    assert [event.data["description"] for event in ran[1:]] == ["NAS came back"]


async def test_triggers_outlive_a_reload_of_the_hub(
    hass: HomeAssistant, hub: Hub, beat: Beat
) -> None:
    ran = await _automation(
        hass,
        {
            "trigger": "homelabcmd.server_went_offline",
            "target": {"device_id": _device_id(hub)},
        },
    )
    await beat(key_of(hub))
    await beat(key_of(hub, "pi"), "pi")
    entry = hub.entry
    assert await hass.config_entries.async_reload(entry.entry_id)
    hub = entry.runtime_data
    await beat(key_of(hub))
    await beat(key_of(hub, "pi"), "pi")
    _silence(hub)
    _silence(hub, "pi")
    await hass.async_block_till_done()
    assert [event.data["server_id"] for event in ran] == ["nas"]


async def test_a_server_that_is_added_later_is_followed(
    hass: HomeAssistant, hub: Hub, beat: Beat
) -> None:
    ran = await _automation(hass, {"trigger": "homelabcmd.server_went_offline"})
    await hass.services.async_call(
        DOMAIN,
        "add_server",
        {"server_id": "late"},
        blocking=True,
        return_response=True,
    )
    await beat(key_of(hub, "late"), "late")
    _silence(hub, "late")
    await hass.async_block_till_done()
    assert [event.data["server_id"] for event in ran] == ["late"]


# The condition.


@pytest.mark.parametrize(
    ("condition", "online", "holds"),
    [
        ({}, (), False),
        ({}, ("nas",), False),
        ({}, ("nas", "pi"), True),
        ({"options": {"behavior": "any"}}, ("pi",), True),
        ({"options": {"behavior": "any"}}, (), False),
        ({"target": "nas"}, ("nas",), True),
        ({"target": "nas"}, ("pi",), False),
        ({"target": "gone"}, ("nas", "pi"), False),
    ],
)
async def test_the_condition_tells_whether_servers_are_online(
    hass: HomeAssistant,
    hub: Hub,
    beat: Beat,
    condition: dict[str, Any],
    online: tuple[str, ...],
    holds: bool,
) -> None:
    if target := condition.get("target"):
        device_id = _device_id(hub) if target == "nas" else target
        condition = condition | {"target": {"device_id": device_id}}
    ran = await _automation(
        hass,
        {"trigger": "event", "event_type": "go"},
        conditions={"condition": "homelabcmd.server_is_online", **condition},
    )
    for server_id in online:
        await beat(key_of(hub, server_id), server_id)
    hass.bus.async_fire("go")
    await hass.async_block_till_done()
    assert bool(ran) is holds


async def test_without_a_hub_no_server_is_online(
    hass: HomeAssistant, hub: Hub, beat: Beat
) -> None:
    ran = await _automation(
        hass,
        {"trigger": "event", "event_type": "go"},
        conditions={
            "condition": "homelabcmd.server_is_online",
            "options": {"behavior": "any"},
        },
    )
    await beat(key_of(hub))
    assert await hass.config_entries.async_unload(hub.entry.entry_id)
    hass.bus.async_fire("go")
    await hass.async_block_till_done()
    assert not ran


# What editors are told.


@pytest.mark.parametrize("kind", ["trigger", "condition"])
async def test_editors_are_told_what_there_is(
    hass: HomeAssistant, hub: Hub, hass_ws_client: WebSocketGenerator, kind: str
) -> None:
    assert await async_setup_component(hass, "automation", {})
    client = await hass_ws_client(hass)
    await client.send_json_auto_id({"type": f"{kind}_platforms/subscribe"})
    assert (await client.receive_json())["success"]
    told: dict[str, Any] = {}
    described = {
        f"{DOMAIN}.{name}" for name in load(f"{kind}s.yaml") if not name.startswith(".")
    }
    while not described <= told.keys():
        told |= (await client.receive_json())["event"]
    assert all(told[name]["target"] for name in described)


def test_filters_offer_all_there_is() -> None:
    fields = load("triggers.yaml")["alert_opened"]["fields"]

    def options(name: str) -> set[str]:
        return set(fields[name]["selector"]["select"]["options"])

    assert options("severity") == set(Severity)
    assert options("type") == set(AlertType)


async def test_a_home_assistant_with_another_interface_goes_on_without_them(
    hass: HomeAssistant, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind, name in (("trigger", "Trigger"), ("condition", "Condition")):
        module = f"custom_components.{DOMAIN}.{kind}"
        monkeypatch.delitem(sys.modules, module, raising=False)
        monkeypatch.delattr(f"homeassistant.helpers.{kind}.{name}")
    entry = hub_entry()
    await set_up(hass, entry)
    assert state_of(hass, "connectivity") == "unknown"
    assert f"custom_components.{DOMAIN}.trigger" not in sys.modules
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_an_agent_that_takes_its_leave_runs_nothing(
    hass: HomeAssistant, hub: Hub, beat: Beat
) -> None:
    triggers = [
        {"trigger": "homelabcmd.server_went_offline"},
        {"trigger": "homelabcmd.server_came_back"},
    ]
    ran = await _automation(hass, triggers)
    await beat(key_of(hub))
    leave = [{"name": "agent", "error": "uninstalled on this server"}]
    await beat(key_of(hub), run_id="goodbye", sequence=1, collectors=leave)
    assert state_of(hass, "connectivity") == "off"
    await beat(key_of(hub), run_id="again", sequence=1)
    assert state_of(hass, "connectivity") == "on"
    await hass.async_block_till_done()
    assert not ran
