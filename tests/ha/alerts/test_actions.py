"""The actions on alerts: what they answer, and what they refuse."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from homeassistant.core import Context
from homeassistant.exceptions import ServiceValidationError, Unauthorized
from homeassistant.helpers.translation import async_get_translations
import pytest
from pytest_homeassistant_custom_component.common import MockUser

from .lab import START, Lab, disk, full


async def _opened(lab: Lab) -> str:
    """Fill a disk; return the id of its alert."""
    await lab.report(**full(95))
    [alert] = await lab.alerts(server="nas")
    alert_id: str = alert["alert_id"]
    return alert_id


async def _refused(lab: Lab, action: str, **data: Any) -> str:
    """Return what a user reads when an action is refused, and see that it is all."""
    before = await lab.alerts()
    with pytest.raises(ServiceValidationError) as caught:
        await lab.hass.services.async_call(
            "homelabcmd",
            action,
            data,
            blocking=True,
            return_response=action == "list_alerts",
        )
    assert await lab.alerts() == before
    assert lab.state("switch", "maintenance").state == "off"
    texts: Mapping[str, str] = await async_get_translations(
        lab.hass, "en", "exceptions", ["homelabcmd"]
    )
    error = caught.value
    text = texts[f"component.homelabcmd.exceptions.{error.translation_key}.message"]
    return text.format(**(error.translation_placeholders or {}))


async def test_an_alert_is_listed_with_all_its_fields(
    lab: Lab, hass_admin_user: MockUser
) -> None:
    alert_id = await _opened(lab)
    start = datetime.fromisoformat(START)
    [alert] = await lab.alerts()
    assert datetime.fromisoformat(alert.pop("created_at")) == start
    nobody_yet = {
        "acknowledged_at": None,
        "acknowledged_by": None,
        "acknowledged_note": None,
        "resolved_at": None,
        "resolved_by": None,
        "resolved_note": None,
        "resolution": None,
    }
    what = {
        "alert_id": alert_id,
        "server_id": "nas",
        "severity": "critical",
        "type": "disk_critical",
        "subject": "/",
        "title": "Disk / on NAS is almost full",
        "message": "Disk / on NAS is 95 % full (threshold 90 %).",
        "metric_value": 95,
        "threshold_value": 90,
        "notified": False,
        "undelivered": [],
        "auto_remediation": {"available": False, "action_id": None, "status": None},
        "auto_remediated": False,
    }
    assert alert == what | nobody_yet | {"status": "open"}
    admin = Context(user_id=hass_admin_user.id)
    await lab.act("acknowledge_alert", admin, alert_id=alert_id, note=" disk\nordered ")
    await lab.wait(60)
    await lab.act("resolve_alert", admin, alert_id=alert_id, note="done")
    [alert] = await lab.alerts(alert_id=alert_id)
    del alert["created_at"]
    person = {"user_id": hass_admin_user.id, "name": hass_admin_user.name}
    assert datetime.fromisoformat(alert.pop("acknowledged_at")) == start
    resolved_at = datetime.fromisoformat(alert.pop("resolved_at"))
    assert (resolved_at - start).total_seconds() == 60
    assert alert == what | {
        "status": "resolved",
        "acknowledged_by": person,
        "acknowledged_note": "disk ordered",
        "resolved_by": person,
        "resolved_note": "done",
        "resolution": "by_hand",
    }
    event = lab.state("event", "alerts").attributes
    assert (
        event["message"] == f"{hass_admin_user.name} marked it as resolved. Note: done"
    )


async def test_an_automation_may_answer_and_is_nobody(lab: Lab) -> None:
    alert_id = await _opened(lab)
    await lab.act("resolve_alert", alert_id=alert_id)
    [alert] = await lab.alerts()
    assert alert["resolved_by"] == {"user_id": None, "name": None}
    assert lab.state("event", "alerts").attributes["message"] == (
        "It was marked as resolved."
    )


@pytest.mark.parametrize("over", [False, True])
async def test_it_is_listed_whether_people_were_told_and_what_is_to_remedy_it(
    lab: Lab, over: bool
) -> None:
    alert_id = await _opened(lab)
    await lab.minutes(int(over), **full(20))
    lab.hub.alerting.async_mark_notified(alert_id)
    lab.hub.alerting.async_link_action(alert_id, "action-1")
    await lab.restart()
    [alert] = await lab.alerts()
    assert alert["notified"] is True
    assert alert["auto_remediation"] == {
        "available": True,
        "action_id": "action-1",
        "status": None,
    }


async def test_lists_are_newest_first_and_filtered(lab: Lab) -> None:
    await lab.report(disks=[disk(85)])
    await lab.wait(1)
    await lab.report("pi", disks=[disk(95)])
    await lab.wait(1)
    await lab.report(disks=[disk(85), disk(95, "/srv")])

    async def ids(**filters: Any) -> list[str]:
        return [
            f"{alert['server_id']} {alert['subject']}"
            for alert in await lab.alerts(**filters)
        ]

    assert await ids() == ["nas /srv", "pi /", "nas /"]
    assert await ids(limit=2) == ["nas /srv", "pi /"]
    assert await ids(severity="critical") == ["nas /srv", "pi /"]
    assert await ids(server="nas") == ["nas /srv", "nas /"]
    assert await ids(server=lab.hub.servers["pi"].device_id) == ["pi /"]
    assert await ids(status="resolved") == []
    [alert] = await lab.alerts(server="pi")
    assert await ids(alert_id=alert["alert_id"]) == ["pi /"]
    await lab.act("acknowledge_alert", alert_id=alert["alert_id"])
    assert await ids(status="acknowledged") == ["pi /"]
    assert await ids(status="open", server="pi") == []


async def test_what_was_acknowledged_opens_again_only_if_it_gets_worse(
    lab: Lab,
) -> None:
    await lab.report(**full(85))
    [alert] = await lab.alerts()
    await lab.act("acknowledge_alert", alert_id=alert["alert_id"])
    await lab.act("acknowledge_alert", alert_id=alert["alert_id"])
    await lab.minutes(3, **full(86))
    assert await lab.standing() == {"disk_warning /": "acknowledged"}
    await lab.minutes(1, **full(91))
    assert await lab.standing() == {"disk_critical /": "open"}
    [alert] = await lab.alerts()
    assert alert["acknowledged_at"] is None
    assert [kind for kind, *_ in lab.told()] == ["opened", "acknowledged", "escalated"]


async def test_what_was_resolved_by_hand_stays_quiet_while_it_just_goes_on(
    lab: Lab,
) -> None:
    alert_id = await _opened(lab)
    await lab.act("resolve_alert", alert_id=alert_id)
    await lab.minutes(10, **full(95))
    assert await lab.standing() == {}
    await lab.minutes(1, **full(20))
    await lab.minutes(1, **full(95))
    assert await lab.standing() == {"disk_critical /": "open"}


@pytest.mark.parametrize("action", ["acknowledge_alert", "resolve_alert"])
async def test_what_is_resolved_takes_no_answer(lab: Lab, action: str) -> None:
    alert_id = await _opened(lab)
    await lab.act("resolve_alert", alert_id=alert_id)
    assert await _refused(lab, action, alert_id=alert_id) == (
        f"The alert {alert_id} is resolved already. list_alerts shows the ones that "
        "are not, with status open or acknowledged."
    )


@pytest.mark.parametrize("alert_id", ["", "nothing", "{evil}", "x" * 5000])
@pytest.mark.parametrize(
    "action", ["acknowledge_alert", "resolve_alert", "list_alerts"]
)
async def test_an_unknown_id_says_where_the_known_ones_are(
    lab: Lab, action: str, alert_id: str
) -> None:
    await _opened(lab)
    assert await _refused(lab, action, alert_id=alert_id) == (
        f"There is no alert {alert_id}. Give an alert_id as list_alerts shows it; "
        "what ended more than 90 days ago is forgotten."
    )


@pytest.mark.parametrize(
    "duration",
    [
        0,
        -5,
        "-01:00:00",
        {"seconds": 0},
        {"days": 367},
        {"days": 10**12},
        1e300,
        "inf",
        "nan",
        "tomorrow",
        "2026-03-02T11:00:00+00:00",
        {"fortnights": 1},
        [],
        None,
    ],
)
async def test_an_end_of_maintenance_that_can_t_be_is_refused(
    lab: Lab, duration: Any
) -> None:
    assert await _refused(lab, "set_maintenance", server="nas", duration=duration) == (
        "The duration can't be used. Give more than 0 seconds and at most 366 days, "
        "or leave it out for maintenance that lasts until you end it."
    )


@pytest.mark.parametrize("action", ["list_alerts", "set_maintenance"])
async def test_an_unknown_server_is_refused(lab: Lab, action: str) -> None:
    assert await _refused(lab, action, server="none") == (
        "There is no server none. Give the device of a server, or a server_id as "
        "list_servers shows it."
    )


@pytest.mark.parametrize("limit", [0, -1, 501, 1.5, "inf", "nan"])
async def test_a_limit_that_can_t_be_is_refused(lab: Lab, limit: Any) -> None:
    assert await _refused(lab, "list_alerts", limit=limit) == (
        "The limit can't be used. Give a whole number from 1 to 500."
    )


@pytest.mark.parametrize(
    ("field", "choices"),
    [
        ("status", "open, acknowledged, resolved"),
        ("severity", "low, medium, high, critical"),
    ],
)
async def test_a_filter_that_can_t_be_is_refused(
    lab: Lab, field: str, choices: str
) -> None:
    assert await _refused(lab, "list_alerts", **{field: "none"}) == (
        f"{field} can't be none. Use one of: {choices}."
    )


async def test_everybody_may_read_and_admins_act(
    lab: Lab, hass_read_only_user: MockUser
) -> None:
    alert_id = await _opened(lab)
    context = Context(user_id=hass_read_only_user.id)
    listed = await lab.hass.services.async_call(
        "homelabcmd", "list_alerts", {}, True, context, return_response=True
    )
    assert listed
    for action, data in (
        ("acknowledge_alert", {"alert_id": alert_id}),
        ("resolve_alert", {"alert_id": alert_id}),
        ("set_maintenance", {"server": "nas"}),
    ):
        with pytest.raises(Unauthorized):
            await lab.act(action, context, **data)
    assert await lab.standing() == {"disk_critical /": "open"}
    assert lab.state("switch", "maintenance").state == "off"


async def test_without_a_hub_the_actions_say_so(lab: Lab) -> None:
    await lab.stop()
    for action in ("list_alerts", "set_maintenance"):
        with pytest.raises(ServiceValidationError) as caught:
            await lab.hass.services.async_call(
                "homelabcmd",
                action,
                {"server": "nas"},
                blocking=True,
                return_response=action == "list_alerts",
            )
        assert caught.value.translation_key == "not_loaded"
