"""Alerts open for a reason and end by themselves."""

from datetime import timedelta

import pytest

from custom_components.homelabcmd.core.alerts.alert import Resolution, Status
from custom_components.homelabcmd.core.alerts.evidence import Evidence, Reading
from custom_components.homelabcmd.core.alerts.rule_settings import policy
from custom_components.homelabcmd.core.alerts.server_alerts import MAX_TRACKS, paused
from custom_components.homelabcmd.core.servers.server import Presence

from ..make import START
from .make import CPU, NGINX, OFFLINE, ROOT, Story, evidence, kinds


def test_a_server_that_is_well_takes_no_room() -> None:
    story = Story()
    before = story.alerts
    assert story.see({CPU: 50, ROOT: 40, NGINX: 0}) == []
    assert story.alerts is before


def test_a_full_disk_is_an_alert_at_once_with_all_that_there_is_to_say() -> None:
    story = Story()
    (record,) = story.see({ROOT: 82.5})
    alert = story.alert
    assert (record.from_status, record.to_status) == (None, Status.OPEN)
    assert (alert.type, alert.severity, alert.subject) == ("disk_warning", "high", "/")
    assert (alert.metric_value, alert.threshold_value) == (82.5, 80)
    assert (alert.server_id, alert.created_at) == ("nas", START)
    assert record.tell


def test_it_ends_at_its_clear_threshold_and_not_before() -> None:
    story = Story()
    story.see({ROOT: 80})
    assert story.wait(60).see({ROOT: 75.1}) == []
    (record,) = story.wait(60).see({ROOT: 75})
    assert record.alert.resolution is Resolution.CLEARED
    assert record.alert.auto_resolved
    assert record.alert.resolved_at == START + timedelta(seconds=120)
    story.wait(1800).see({ROOT: 75})
    assert not story.alerts.tracks


def test_a_disk_that_fills_up_keeps_its_alert_and_escalates() -> None:
    story = Story()
    story.see({ROOT: 85})
    (record,) = story.wait(60).see({ROOT: 91})
    assert record.kind == "escalated"
    assert record.before is not None
    assert record.before.alert_id == record.alert.alert_id
    assert (record.alert.type, record.alert.severity) == ("disk_critical", "critical")
    assert (record.alert.metric_value, record.alert.threshold_value) == (91, 90)
    assert record.tell


def test_a_disk_that_eases_goes_back_to_a_warning_without_a_word() -> None:
    story = Story()
    story.see({ROOT: 91})
    assert story.wait(60).see({ROOT: 86}) == []
    (record,) = story.wait(60).see({ROOT: 84})
    assert (record.kind, record.alert.type, record.tell) == (
        "eased",
        "disk_warning",
        False,
    )
    (record,) = story.wait(60).see({ROOT: 74})
    assert record.kind == "resolved"


def test_a_disk_freed_at_once_ends_its_critical_alert_at_once() -> None:
    story = Story()
    story.see({ROOT: 95})
    assert kinds(story.wait(60).see({ROOT: 30})) == [("resolved", "disk_critical")]


def test_a_processor_must_be_busy_for_five_minutes() -> None:
    story = Story()
    story.see({CPU: 95})
    assert story.keep_seeing({CPU: 95}, 240) == []
    assert story.wait(59).see({CPU: 95}) == []
    assert kinds(story.wait(1).see({CPU: 95})) == [("opened", "cpu_warning")]


def test_one_idle_moment_starts_the_five_minutes_anew() -> None:
    story = Story()
    story.see({CPU: 95})
    story.keep_seeing({CPU: 95}, 240)
    story.wait(60).see({CPU: 89})
    assert story.keep_seeing({CPU: 95}, 300) == []
    assert len(story.keep_seeing({CPU: 95}, 60)) == 1


def test_a_heartbeat_a_blink_early_costs_no_whole_interval() -> None:
    story = Story()
    story.see({NGINX: 1})
    assert len(story.wait(59.8).see({NGINX: 1})) == 1


def test_silence_neither_opens_nor_ends_anything() -> None:
    story = Story()
    story.see({ROOT: 85, CPU: 99})
    before = story.alerts
    for _ in range(100):
        assert story.wait(60).tick() == []
        assert story.see({}) == []
    assert story.alerts is before


def test_an_offline_server_is_one_alert_and_its_others_rest() -> None:
    story = Story()
    story.see({ROOT: 85, NGINX: 1})
    assert kinds(story.wait(180).tick(Presence.OFFLINE)) == [
        ("opened", "server_offline")
    ]
    assert story.wait(86400).judge(evidence({ROOT: 10}), Presence.OFFLINE) != []
    assert kinds(story.records)[-1] == ("repeated", "server_offline")
    assert {alert.type for alert in story.alerts.open} == {
        "disk_warning",
        "server_offline",
    }
    assert kinds(story.see({ROOT: 85, NGINX: 1})) == [("resolved", "server_offline")]
    assert story.wait(59).see({NGINX: 1}) == []
    assert kinds(story.wait(1).see({NGINX: 1})) == [("opened", "service_down")]


def test_a_server_never_heard_is_no_alert() -> None:
    story = Story()
    assert story.wait(1e9).tick(Presence.UNKNOWN) == []


def test_only_the_server_itself_ends_its_being_offline() -> None:
    story = Story()
    story.tick(Presence.OFFLINE)
    assert story.wait(5).tick(Presence.ONLINE) == []
    assert kinds(story.see({})) == [("resolved", "server_offline")]


def test_a_service_that_is_no_longer_watched_has_no_alert() -> None:
    story = Story()
    story.see({NGINX: 1})
    story.wait(60).see({NGINX: 1})
    unwatched = Evidence(watched={"service": {"redis"}})
    _offline, record = story.wait(5).judge(unwatched, Presence.OFFLINE)
    assert record.alert.resolution is Resolution.GONE


def test_a_mount_is_gone_when_it_stays_away_for_ten_minutes() -> None:
    story = Story()
    usb = ("disk", "/mnt/usb")
    story.see({usb: 99})
    gone = {"present": {"disk": {"/"}}}
    story.wait(60).see({}, **gone)
    assert story.wait(540).see({}, present={"disk": {"/", "/mnt/usb"}}) == []
    story.wait(60).see({}, **gone)
    assert story.wait(599).see({}, **gone) == []
    (record,) = story.wait(1).see({}, **gone)
    assert record.alert.resolution is Resolution.GONE
    assert not story.alerts.tracks


@pytest.mark.parametrize("restarted", [True, False])
def test_a_mount_is_not_gone_while_nobody_can_say(restarted: bool) -> None:
    story = Story()
    story.see({("disk", "/mnt/usb"): 85})
    story.see({("disk", "/mnt/usb"): 77})
    gone = {"present": {"disk": {"/"}}}
    story.wait(60).see({}, **gone)
    if restarted:
        story.restart(mono=0)
        assert len(story.wait(600).see({}, **gone)) == 1
        return
    story.wait(180).tick(Presence.OFFLINE)
    story.wait(3600).see({}, **gone)
    assert len(story.alerts.open) == 1
    assert len(story.wait(600).see({}, **gone)) == 1


def test_a_clear_threshold_may_be_the_threshold() -> None:
    story = Story(policy=policy({"disk_warning": {"threshold": 80, "clear": 80}}))
    story.see({ROOT: 81})
    assert story.see({ROOT: 80}) == []
    assert kinds(story.see({ROOT: 79.9})) == [("resolved", "disk_warning")]


def test_an_alert_whose_duration_starts_anew_stands_meanwhile() -> None:
    story = Story(policy=policy({"cpu_warning": {"threshold": 90, "clear": 90}}))
    story.see({CPU: 90})
    story.wait(300).see({CPU: 90})
    story.tick(Presence.OFFLINE)
    assert kinds(story.wait(60).see({CPU: 90})) == [("resolved", "server_offline")]


def test_an_agent_that_took_its_leave_leaves_no_alert() -> None:
    story = Story()
    story.see({ROOT: 85})
    (record,) = story.see({}, left=True)
    assert record.alert.resolution is Resolution.GONE


def test_a_rule_that_is_switched_off_ends_its_alerts() -> None:
    story = Story()
    story.see({ROOT: 85})
    off = {"enabled": False}
    story.policy = policy({"disk_warning": off, "disk_critical": off})
    (record,) = story.tick()
    assert record.alert.resolution is Resolution.RULE_OFF
    assert story.see({ROOT: 99}) == []


def test_a_level_that_is_switched_off_is_passed_over() -> None:
    story = Story(policy=policy({"disk_critical": {"enabled": False}}))
    assert kinds(story.see({ROOT: 99})) == [("opened", "disk_warning")]
    story.policy = policy({"disk_warning": {"enabled": False}})
    assert kinds(story.see({ROOT: 99})) == [("escalated", "disk_critical")]
    assert kinds(story.see({ROOT: 84})) == [("resolved", "disk_critical")]


def test_a_severity_that_a_user_changes_shows_with_the_next_heartbeat() -> None:
    story = Story()
    story.see({ROOT: 85})
    story.policy = policy({"disk_warning": {"severity": "low"}})
    assert kinds(story.see({ROOT: 85})) == [("eased", "disk_warning")]
    assert story.alert.severity == "low"


def test_a_higher_level_is_an_escalation_even_where_both_are_as_severe() -> None:
    story = Story(policy=policy({"disk_warning": {"severity": "critical"}}))
    story.see({ROOT: 85})
    assert kinds(story.see({ROOT: 95})) == [("escalated", "disk_critical")]
    assert kinds(story.see({ROOT: 84})) == [("eased", "disk_warning")]


def test_security_updates_matter_more_than_others() -> None:
    story = Story()
    updates = ("updates", "")

    def see(level: int, count: int) -> list[tuple[str, str]]:
        seen = Evidence(readings={updates: Reading(level, count)}, heard=True)
        return kinds(story.wait(60).judge(seen, Presence.ONLINE))

    assert see(1, 12) == [("opened", "update_available")]
    assert (story.alert.severity, story.alert.metric_value) == ("low", 12)
    assert story.alert.threshold_value is None
    assert see(2, 13) == [("escalated", "update_available")]
    assert story.alert.severity == "medium"
    assert see(1, 5) == [("eased", "update_available")]
    assert see(0, 0) == [("resolved", "update_available")]


def test_durations_can_be_started_anew_after_an_absence() -> None:
    story = Story()
    story.see({ROOT: 85, NGINX: 1, CPU: 99})
    story.alerts = paused(story.alerts)
    assert [alert.type for alert in story.alerts.open] == ["disk_warning"]
    assert story.wait(600).see({NGINX: 1, CPU: 99, ROOT: 85}) == []
    assert len(story.wait(60).see({NGINX: 1})) == 1


@pytest.mark.parametrize("count", [1000])
def test_names_without_end_take_no_room_without_end(count: int) -> None:
    story = Story()
    story.see({("collector", str(number)): 1 for number in range(count)})
    assert len(story.alerts.tracks) == MAX_TRACKS
    story.tick(Presence.OFFLINE)
    assert OFFLINE in story.alerts.tracks


def test_words_from_outside_become_one_line_that_can_be_stored() -> None:
    story = Story()
    words = "two\nlines \ud800" + "x" * 5000
    seen = Evidence(readings={("collector", "disk"): Reading(1, None, words)})
    story.judge(seen, Presence.ONLINE)
    assert story.alert.detail is not None
    assert story.alert.detail.startswith("two lines xxx")
    story.restart(0)
    assert len(story.alerts.open) == 1
