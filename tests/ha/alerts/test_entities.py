"""What a user sees of alerts: entities, events, diagnostics."""

from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Context, Event, callback
import pytest
from pytest_homeassistant_custom_component.common import async_capture_events
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from .lab import Lab, disk, full

FLEET = (
    "servers_with_alert",
    "alerts_critical",
    "alerts_high",
    "alerts_medium",
    "alerts_low",
)


async def test_the_problem_sensor_is_on_while_an_alert_is_not_resolved(
    lab: Lab,
) -> None:
    def look() -> tuple[str, dict[str, Any]]:
        state = lab.state("binary_sensor", "alert")
        assert state.attributes["device_class"] == "problem"
        names = ("open", "acknowledged", "severity")
        return state.state, {name: state.attributes[name] for name in names}

    assert look() == ("off", {"open": 0, "acknowledged": 0, "severity": None})
    await lab.report(disks=[disk(85), disk(95, "/srv")])
    assert look() == ("on", {"open": 2, "acknowledged": 0, "severity": "critical"})
    critical, _high = await lab.alerts(server="nas")
    await lab.act("acknowledge_alert", alert_id=critical["alert_id"])
    assert look()[1] == {"open": 1, "acknowledged": 1, "severity": "critical"}
    await lab.minutes(1, disks=[disk(20), disk(20, "/srv")])
    assert look() == ("off", {"open": 0, "acknowledged": 0, "severity": None})
    assert lab.state("binary_sensor", "alert", "pi").state == "off"


async def test_the_problem_sensor_speaks_of_a_server_that_fell_silent(
    lab: Lab,
) -> None:
    await lab.report()
    await lab.wait(181)
    assert lab.state("binary_sensor", "alert").state == "on"
    assert lab.state("binary_sensor", "alert").attributes["severity"] == "critical"


async def test_every_change_is_an_event_of_the_server(lab: Lab) -> None:
    def look() -> tuple[str, str]:
        attributes = lab.state("event", "alerts").attributes
        return attributes["event_type"], attributes["message"]

    await lab.report(**full(85))
    assert look() == (
        "opened",
        "Disk / on NAS is 85 % full (threshold 80 %).",
    )
    await lab.minutes(1, **full(95))
    assert look() == ("escalated", "Disk / on NAS is 95 % full (threshold 90 %).")
    [alert] = await lab.alerts()
    await lab.act("acknowledge_alert", alert_id=alert["alert_id"], note="disk ordered")
    assert look() == ("acknowledged", "Somebody knows about it. Note: disk ordered")
    await lab.minutes(1, **full(50))
    assert look() == ("resolved", "Disk / on NAS is down to 50 %.")
    attributes = lab.state("event", "alerts").attributes
    assert attributes["title"] == "Resolved: Disk / on NAS is almost full"
    assert {
        name: attributes[name]
        for name in ("alert_id", "type", "severity", "status", "subject")
    } == {
        "alert_id": alert["alert_id"],
        "type": "disk_critical",
        "severity": "critical",
        "status": "resolved",
        "subject": "/",
    }
    assert attributes["event_types"] == [
        "opened",
        "acknowledged",
        "escalated",
        "resolved",
    ]


async def test_a_heartbeat_by_itself_is_no_event_and_writes_no_state(
    lab: Lab,
) -> None:
    await lab.report(**full(95))
    changes: list[Event[Any]] = async_capture_events(lab.hass, EVENT_STATE_CHANGED)
    await lab.minutes(5, **full(95))
    ours = {
        lab.entity_id("event", "alerts"),
        lab.entity_id("binary_sensor", "alert"),
        lab.entity_id("switch", "maintenance"),
    }
    assert not [event for event in changes if event.data["entity_id"] in ours]


async def test_an_event_tells_what_triggers_and_the_logbook_need(lab: Lab) -> None:
    await lab.report(**full(95))
    [event] = lab.events
    [alert] = await lab.alerts()
    assert event.data == {
        "kind": "opened",
        "alert_id": alert["alert_id"],
        "server_id": "nas",
        "device_id": lab.hub.servers["nas"].device_id,
        "name": "NAS",
        "type": "disk_critical",
        "severity": "critical",
        "subject": "/",
        "status": "open",
        "title": "Disk / on NAS is almost full",
        "message": "Disk / on NAS is 95 % full (threshold 90 %).",
        "metric_value": 95,
        "threshold_value": 90,
        "tell": True,
        "told": False,
        "user_id": None,
        "by": None,
        "note": None,
    }


async def test_what_a_user_does_carries_the_context_of_the_user(lab: Lab) -> None:
    await lab.report(**full(95))
    [alert] = await lab.alerts()
    context = Context()
    lab.events.clear()
    await lab.act("acknowledge_alert", context, alert_id=alert["alert_id"])
    [event] = lab.events
    assert event.context is context


async def test_the_totals_count_alerts_by_severity_and_servers_with_one(
    lab: Lab,
) -> None:
    def look() -> list[str]:
        return [lab.state("sensor", key, "hub").state for key in FLEET]

    await lab.wait(5)
    assert look() == ["0", "0", "0", "0", "0"]
    await lab.report(disks=[disk(85), disk(95, "/srv")], reboot_required=True)
    await lab.report("pi", security_updates=2)
    await lab.wait(5)
    assert look() == ["2", "1", "1", "1", "1"]
    await lab.report("pi")
    await lab.wait(5)
    assert look() == ["1", "1", "1", "0", "1"]


@pytest.mark.parametrize(
    ("changes", "title"),
    [
        (
            {"temperatures": [{"name": "Package", "celsius": 100}]},
            "Package on NAS is hot",
        ),
    ],
)
async def test_temperatures_are_told_in_the_unit_of_home_assistant(
    lab: Lab, changes: dict[str, Any], title: str
) -> None:
    await lab.hass.config.async_update(unit_system="us_customary")
    await lab.hass.async_block_till_done()
    await lab.report(**changes)
    await lab.minutes(5, **changes)
    [alert] = await lab.alerts()
    assert (alert["title"], alert["message"]) == (
        title,
        "Package on NAS is at 212 °F (threshold 176 °F).",
    )
    assert alert["metric_value"] == 100


@pytest.mark.parametrize(
    ("updates", "title", "message"),
    [
        (
            {"updates_available": 7},
            "NAS has updates to install",
            "Updates waiting to be installed on NAS: 7.",
        ),
        (
            {"updates_available": 7, "security_updates": 2},
            "NAS has security updates to install",
            "Updates waiting to be installed on NAS: 7, of which for security: 2.",
        ),
    ],
)
async def test_updates_for_security_are_named(
    lab: Lab, updates: dict[str, Any], title: str, message: str
) -> None:
    await lab.report(**updates)
    [alert] = await lab.alerts()
    assert (alert["title"], alert["message"]) == (title, message)


@pytest.mark.parametrize(
    "name", ["{server}", "{0}", "%s {{ 1 / 0 }}", "a\u2028b", "\u202e"]
)
async def test_hostile_names_are_shown_and_do_no_harm(lab: Lab, name: str) -> None:
    await lab.report(
        disks=[disk(95, f"/{name}")],
        collectors=[{"name": "disks", "error": name}],
    )
    alerts = await lab.alerts(server="nas")
    assert {alert["type"] for alert in alerts} == {"disk_critical", "collector_failed"}
    assert all(alert["message"].isprintable() for alert in alerts)


async def test_a_listener_that_fails_costs_neither_heartbeat_nor_event(
    lab: Lab, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_record: object) -> None:
        raise ValueError

    unsubscribe = lab.hub.alerting.async_listen(fail, "nas")
    await lab.report(**full(95))
    assert lab.told() == [("opened", "disk_critical", "critical")]
    assert "An alert could not be passed on" in caplog.text
    unsubscribe()
    unsubscribe()
    caplog.clear()
    await lab.minutes(1, **full(20))
    assert "could not be passed on" not in caplog.text


async def test_an_automation_may_remove_the_server_that_an_alert_is_about(
    lab: Lab, caplog: pytest.LogCaptureFixture
) -> None:
    @callback
    def remove(_event: Event[Any]) -> None:
        lab.hass.async_create_task(
            lab.hass.services.async_call(
                "homelabcmd", "remove_server", {"server": "nas"}
            )
        )

    lab.hass.bus.async_listen_once("homelabcmd_alert", remove)
    await lab.report(**full(95))
    await lab.wait(5)
    assert set(lab.hub.servers) == {"pi"}
    # The log of requests can't read a clock that stands still.
    errors = [record for record in caplog.records if record.levelname == "ERROR"]
    assert not [record for record in errors if record.name != "aiohttp.access"]


async def test_diagnostics_count_alerts_and_name_nothing(
    lab: Lab, hass_client: ClientSessionGenerator
) -> None:
    await lab.report(disks=[disk(95, "/srv/private")])
    await lab.act("set_maintenance", server="pi")
    told: Any = await get_diagnostics_for_config_entry(
        lab.hass, hass_client, lab.hub.entry
    )
    assert told["alerts"] == {
        "standing": {"disk_critical": 1},
        "acknowledged": 0,
        "ended": {},
        "in_maintenance": 1,
    }
    assert [server["alerts"] for server in told["servers"]] == [
        {"disk_critical": 1},
        {},
    ]
    assert "private" not in str(told)
    assert lab.hub.entry.state is ConfigEntryState.LOADED
