"""What goes back and forth is one alert, not many."""

from custom_components.homelabcmd.core.alerts.alert import Status
from custom_components.homelabcmd.core.alerts.rule_settings import policy
from custom_components.homelabcmd.core.servers.server import Presence

from .make import CPU, NGINX, OFFLINE, ROOT, Story, kinds, told, wanted

FULL, FREE = {ROOT: 85.0}, {ROOT: 20.0}
DOWN, UP = {NGINX: 1.0}, {NGINX: 0.0}


def _flapping_disk() -> Story:
    story = Story()
    story.see(FULL)
    for readings in (FREE, FULL, FREE, FULL):
        story.wait(60).see(readings)
    return story


def test_the_fifth_change_in_half_an_hour_is_held() -> None:
    story = _flapping_disk()
    assert kinds(story.records) == [
        ("opened", "disk_warning"),
        ("resolved", "disk_warning"),
        ("opened", "disk_warning"),
        ("resolved", "disk_warning"),
        ("opened", "flapping"),
    ]
    alert = story.alert
    assert (alert.severity, alert.rule, alert.subject) == ("medium", "disk", "/")
    assert (alert.metric_value, alert.threshold_value) == (5, 5)


def test_while_it_goes_on_nothing_more_happens() -> None:
    story = _flapping_disk()
    for _ in range(50):
        assert story.wait(60).see(FREE) == []
        assert story.wait(60).see(FULL) == []


def test_it_ends_after_half_an_hour_of_rest() -> None:
    story = _flapping_disk()
    story.wait(60).see(FREE)
    assert story.keep_seeing(FREE, 1740) == []
    assert kinds(story.wait(60).see(FREE)) == [("resolved", "flapping")]
    assert not story.alerts.tracks


def test_if_it_rests_while_it_is_bad_it_is_what_it_was() -> None:
    story = _flapping_disk()
    assert story.keep_seeing(FULL, 1740) == []
    assert told(story.wait(60).see(FULL)) == [("escalated", "disk_warning")]
    assert story.alert.alert_id == "3"


def test_silence_is_no_rest() -> None:
    story = _flapping_disk()
    assert story.wait(7200).tick() == []
    assert story.alert.type == "flapping"


def test_four_changes_are_no_flapping_and_neither_are_five_in_a_day() -> None:
    story = Story()
    for _ in range(20):
        assert kinds(story.wait(900).see(FULL)) == [("opened", "disk_warning")]
        assert kinds(story.wait(900).see(FREE)) == [("resolved", "disk_warning")]


def test_an_alert_that_is_open_turns_into_the_one_that_flaps() -> None:
    story = Story()
    story.see(FULL)
    story.wait(3600)
    for readings in (FREE, FULL, FREE, FULL):
        story.wait(60).see(readings)
    (record,) = story.wait(60).see(FREE)
    assert (record.kind, record.alert.type) == ("eased", "flapping")
    assert record.before is not None
    assert record.before.alert_id == record.alert.alert_id
    assert record.tell


def test_what_was_critical_is_told_to_flap_or_its_last_word_would_be_well() -> None:
    story = Story(policy=policy({"disk_warning": {"severity": "critical"}}))
    for readings in (FULL, FREE, FULL, FREE, FULL):
        story.wait(60).see(readings)
    record = story.records[-1]
    assert (record.alert.type, record.alert.severity) == ("flapping", "medium")
    assert wanted(record)


def test_what_nobody_wanted_to_hear_of_is_not_told_to_flap() -> None:
    story = Story()
    reboot = ("reboot", "")
    for value in (1, 0, 1, 0, 1):
        story.wait(60).see({reboot: value})
    assert story.records[-1].alert.type == "flapping"
    assert not wanted(story.records[-1])


def test_a_crash_loop_flaps_though_it_is_never_down_for_a_minute() -> None:
    story = Story()
    for _ in range(3):
        story.wait(60).see(DOWN)
        story.wait(60).see(UP)
    assert kinds(story.records) == [("opened", "flapping")]
    assert wanted(story.records[0])


def test_a_crash_loop_that_ends_in_down_is_told_to_be_down() -> None:
    story = Story()
    for _ in range(3):
        story.wait(60).see(DOWN)
        story.wait(60).see(UP)
    story.wait(60).see(DOWN)
    assert told(story.wait(60).see(DOWN)) == [("escalated", "service_down")]


def test_a_busy_processor_that_never_was_busy_for_long_does_not_flap() -> None:
    story = Story()
    for _ in range(60):
        assert story.wait(60).see({CPU: 99}) == []
        assert story.wait(60).see({CPU: 10}) == []


def test_what_is_worse_than_ever_is_no_flapping() -> None:
    story = _flapping_disk()
    assert told(story.wait(60).see({ROOT: 95})) == [("escalated", "disk_critical")]
    assert kinds(story.wait(60).see(FREE)) == [("eased", "flapping")]
    assert story.wait(60).see({ROOT: 95}) == []


def test_what_was_as_bad_before_is_no_news_while_it_flaps() -> None:
    story = Story()
    story.see({ROOT: 95})
    story.wait(3600).see({ROOT: 95})
    for readings in (FREE, FULL, FREE, FULL):
        story.wait(60).see(readings)
    assert kinds(story.wait(60).see({ROOT: 95})) == [("eased", "flapping")]


def test_what_was_as_bad_long_ago_is_news() -> None:
    story = Story()
    story.see({ROOT: 95})
    story.wait(60).see(FREE)
    story.wait(3600)
    for readings in (FULL, FREE, FULL, FREE):
        story.wait(60).see(readings)
    assert told(story.wait(60).see({ROOT: 95})) == [("opened", "disk_critical")]


def test_a_server_that_comes_and_goes_is_one_alert() -> None:
    story = Story()
    for _ in range(5):
        story.wait(60).tick(Presence.OFFLINE)
        story.wait(60).see({})
    assert kinds(story.records)[-1] == ("opened", "flapping")
    assert len(story.records) == 5
    assert OFFLINE in story.alerts.tracks


def test_an_acknowledged_alert_that_flaps_stays_acknowledged() -> None:
    story = _flapping_disk()
    story.acknowledge("3")
    for _ in range(5):
        story.wait(60).see(FREE)
        story.wait(60).see(FULL)
    assert story.alert.status is Status.ACKNOWLEDGED


def test_one_resolved_by_hand_stays_quiet_while_it_flaps() -> None:
    story = _flapping_disk()
    story.wait(60).see(FREE)
    story.resolve("3")
    for _ in range(5):
        assert story.wait(60).see(FULL) == []
        assert story.wait(60).see(FREE) == []
    story.wait(60).see(FULL)
    assert told(story.keep_seeing(FULL, 1860)) == [("opened", "disk_warning")]


def test_flapping_can_be_switched_off() -> None:
    story = Story(policy=policy({"flapping": {"enabled": False}}))
    for _ in range(10):
        assert kinds(story.wait(60).see(FULL)) == [("opened", "disk_warning")]
        assert kinds(story.wait(60).see(FREE)) == [("resolved", "disk_warning")]
    story = _flapping_disk()
    story.policy = policy({"flapping": {"enabled": False}})
    assert kinds(story.wait(60).see(FULL)) == [("escalated", "disk_warning")]
