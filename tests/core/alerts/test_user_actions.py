"""Who acknowledges, who resolves, and who is told."""

from datetime import timedelta

import pytest

from custom_components.homelabcmd.core.alerts.alert import (
    AlertError,
    Person,
    Resolution,
    Status,
)
from custom_components.homelabcmd.core.alerts.book import AlertBook
from custom_components.homelabcmd.core.alerts.rule_settings import policy
from custom_components.homelabcmd.core.alerts.rules import Severity
from custom_components.homelabcmd.core.servers.server import Presence

from ..make import START
from .make import NGINX, ROOT, Story, evidence, kinds, told, wanted

HOUR = 3600
ANNA = Person.of("a1", "Anna\nB.")


def test_an_acknowledged_alert_stays_so_until_it_ends() -> None:
    story = Story()
    story.see({ROOT: 85})
    story.acknowledge(note=" more disks\nare ordered ")
    alert = story.alert
    assert alert.status is Status.ACKNOWLEDGED
    assert alert.acknowledged_note == "more disks are ordered"
    assert alert.acknowledged_at == START
    assert story.wait(60).see({ROOT: 86}) == []
    assert kinds(story.wait(60).see({ROOT: 70})) == [("resolved", "disk_warning")]
    assert story.records[-1].from_status is Status.ACKNOWLEDGED
    assert story.records[-1].alert.acknowledged_note == "more disks are ordered"


def test_acknowledging_twice_changes_nothing() -> None:
    story = Story()
    story.see({ROOT: 85})
    story.acknowledge()
    before, count = story.alerts, len(story.records)
    story.acknowledge()
    assert story.alerts is before
    assert len(story.records) == count


def test_what_gets_worse_is_news_even_if_it_was_acknowledged() -> None:
    story = Story()
    story.see({ROOT: 85})
    story.acknowledge()
    assert told(story.wait(60).see({ROOT: 92})) == [("escalated", "disk_critical")]
    assert story.alert.status is Status.OPEN
    assert story.alert.acknowledged_at is None


def test_a_severity_that_was_acknowledged_is_no_news_a_second_time() -> None:
    story = Story()
    story.see({ROOT: 92})
    story.acknowledge()
    story.wait(60).see({ROOT: 84})
    assert told(story.wait(60).see({ROOT: 92})) == []
    assert story.alert.status is Status.ACKNOWLEDGED


def test_what_was_resolved_by_hand_stays_quiet_while_it_goes_on() -> None:
    story = Story()
    story.see({ROOT: 85})
    story.resolve()
    record = story.records[-1]
    assert (record.alert.resolution, record.alert.auto_resolved) == (
        Resolution.BY_HAND,
        False,
    )
    assert story.keep_seeing({ROOT: 85}, 23 * HOUR, HOUR) == []


def test_it_opens_again_after_it_was_well() -> None:
    story = Story()
    story.see({ROOT: 85})
    story.resolve()
    assert story.wait(60).see({ROOT: 70}) == []
    assert not story.alerts.tracks or story.alerts.tracks[ROOT].mute is None
    assert kinds(story.wait(60).see({ROOT: 85})) == [("opened", "disk_warning")]
    assert story.alert.alert_id == "2"


def test_it_opens_again_when_it_gets_worse() -> None:
    story = Story()
    story.see({ROOT: 85})
    story.resolve()
    assert kinds(story.wait(60).see({ROOT: 95})) == [("opened", "disk_critical")]


def test_it_opens_again_after_a_day_if_it_never_was_well() -> None:
    story = Story()
    story.see({NGINX: 1})
    story.wait(60).see({NGINX: 1})
    story.resolve()
    assert story.wait(24 * HOUR - 1).see({NGINX: 1}) == []
    assert kinds(story.wait(1).see({NGINX: 1})) == [("opened", "service_down")]


def test_a_second_failure_of_an_action_is_news_even_after_a_resolve_by_hand() -> None:
    story = Story()
    failed = ("remediation", "nginx")
    story.see({failed: 1})
    assert story.wait(5).see({failed: 1}) == []
    story.resolve()
    assert kinds(story.wait(5).see({failed: 1})) == [("opened", "remediation_failed")]


def test_an_unanswered_critical_alert_is_told_every_four_hours() -> None:
    story = Story()
    story.see({ROOT: 95})
    assert story.keep_seeing({ROOT: 95}, 4 * HOUR - 60) == []
    assert kinds(story.wait(60).tick()) == [("repeated", "disk_critical")]
    assert kinds(story.wait(4 * HOUR).see({ROOT: 95})) == [
        ("repeated", "disk_critical")
    ]
    story.acknowledge()
    assert story.keep_seeing({ROOT: 95}, 9 * HOUR, HOUR) == []


def test_what_is_not_critical_is_told_once() -> None:
    story = Story()
    story.see({ROOT: 85})
    assert story.keep_seeing({ROOT: 85}, 9 * HOUR, HOUR) == []


def test_nothing_of_an_offline_server_is_repeated_but_that() -> None:
    story = Story()
    story.see({ROOT: 95})
    story.tick(Presence.OFFLINE)
    assert kinds(story.wait(5 * HOUR).tick(Presence.OFFLINE)) == [
        ("repeated", "server_offline")
    ]


def test_maintenance_tells_nobody_and_its_end_tells_what_is_still_wrong() -> None:
    story = Story()
    story.maintain(HOUR)
    records = story.see({ROOT: 85, ("disk", "/home"): 95})
    assert len(records) == 2
    assert told(records) == []
    records = story.wait(600).see({ROOT: 70, ("disk", "/home"): 95})
    assert kinds(records) == [("resolved", "disk_warning")]
    assert told(records) == []
    assert story.wait(HOUR - 601).tick() == []
    assert told(story.wait(1).tick()) == [("overdue", "disk_critical")]
    assert story.alerts.maintenance is None
    assert told(story.wait(60).see({("disk", "/home"): 10})) == [
        ("resolved", "disk_critical")
    ]


def test_maintenance_ends_on_time_whatever_the_wall_clock_does() -> None:
    for jump in (timedelta(days=30), timedelta(days=-30)):
        story = Story()
        story.maintain(HOUR)
        story.see({ROOT: 85})
        story.wall += jump
        assert story.wait(HOUR - 1).tick() == []
        assert len(story.wait(1).tick()) == 1


def test_what_was_acknowledged_during_maintenance_is_not_told_after_it() -> None:
    story = Story()
    story.maintain(HOUR)
    story.see({ROOT: 85})
    story.acknowledge()
    assert story.wait(HOUR).tick() == []


def test_what_ended_unheard_of_is_not_told_to_have_ended() -> None:
    story = Story()
    story.maintain(None)
    story.see({NGINX: 0, ROOT: 85})
    assert told(story.wait(1e6).see({ROOT: 10})) == []


def test_what_ends_together_with_maintenance_is_never_told() -> None:
    story = Story()
    story.maintain(HOUR)
    story.see({ROOT: 85})
    records = story.wait(HOUR).see({ROOT: 10})
    assert kinds(records) == [("resolved", "disk_warning")]
    assert told(records) == []


def test_what_eased_during_maintenance_is_told_as_it_is_when_it_ends() -> None:
    story = Story()
    story.maintain(HOUR)
    story.see({ROOT: 95})
    story.wait(60).see({ROOT: 84})
    story.restart(mono=0)
    assert told(story.wait(HOUR).tick()) == [("overdue", "disk_warning")]


def test_what_was_told_before_is_not_told_again_when_maintenance_ends() -> None:
    story = Story()
    story.see({ROOT: 85})
    story.maintain(HOUR)
    assert story.wait(HOUR).tick() == []


def test_what_got_worse_during_maintenance_is_told_when_it_ends() -> None:
    story = Story()
    story.see({ROOT: 85})
    story.maintain(HOUR)
    assert told(story.wait(60).see({ROOT: 95})) == []
    assert told(story.wait(HOUR).tick()) == [("overdue", "disk_critical")]


def test_an_offline_server_tells_what_is_overdue_when_it_is_back() -> None:
    story = Story()
    story.maintain(HOUR)
    story.see({ROOT: 95})
    story.wait(600).tick(Presence.OFFLINE)
    assert told(story.wait(HOUR).tick(Presence.OFFLINE)) == [
        ("overdue", "server_offline")
    ]
    assert told(story.wait(60).see({ROOT: 95})) == [
        ("overdue", "disk_critical"),
        ("resolved", "server_offline"),
    ]


@pytest.mark.parametrize(
    ("value", "severities", "worth"),
    [
        (95, (), True),
        (85, (), True),
        (85, (Severity.CRITICAL,), False),
        (95, (Severity.HIGH,), False),
    ],
)
def test_a_user_chooses_which_severities_are_told(
    value: float, severities: tuple[Severity, ...], worth: bool
) -> None:
    story = Story()
    (record,) = story.see({ROOT: value})
    assert wanted(record, *severities) is worth


def test_medium_and_low_are_not_told_by_default() -> None:
    story = Story(policy=policy({"cpu_warning": {"duration": 0}}))
    for key in (("cpu", ""), ("reboot", "")):
        (record,) = story.see({key: 100 if key[0] == "cpu" else 1})
        assert not wanted(record)


def test_who_was_told_of_it_hears_that_it_ended_even_after_it_eased() -> None:
    story = Story()
    story.see({ROOT: 95})
    story.wait(60).see({ROOT: 84})
    (record,) = story.wait(60).see({ROOT: 10})
    assert wanted(record, Severity.CRITICAL)


def _book() -> AlertBook:
    book = AlertBook()
    book.evaluate("nas", evidence({ROOT: 85}), Presence.ONLINE, policy(), START, 0)
    return book


def test_unknown_ids_and_resolved_alerts_are_refused_and_nothing_changes() -> None:
    book = _book()
    (alert,) = book.standing()
    before = dict(book.servers)
    for call in (
        lambda name: book.acknowledge(name, ANNA, None, START),
        lambda name: book.resolve(name, ANNA, None, START, 0),
        book.get,
    ):
        with pytest.raises(AlertError) as caught:
            call("nobody")
        assert (caught.value.code, caught.value.alert_id) == ("unknown_alert", "nobody")
    assert book.servers == before
    book.resolve(alert.alert_id, ANNA, "done", START, 0)
    after, history = dict(book.servers), dict(book.history)
    for call in (
        lambda name: book.acknowledge(name, ANNA, None, START),
        lambda name: book.resolve(name, ANNA, None, START, 0),
    ):
        with pytest.raises(AlertError) as caught:
            call(alert.alert_id)
        assert caught.value.code == "alert_resolved"
    assert (book.servers, book.history) == (after, history)


def test_who_when_and_why_are_kept() -> None:
    book = _book()
    (alert,) = book.standing()
    later = START + timedelta(minutes=5)
    (record,) = book.acknowledge(alert.alert_id, ANNA, "seen", later)
    assert (record.by, record.note, record.tell) == (ANNA, "seen", False)
    (record,) = book.resolve(alert.alert_id, ANNA, "cleaned up", later, 300)
    assert record.tell
    ended = book.get(alert.alert_id)
    assert ended.resolved_by == Person(user_id="a1", name="Anna B.")
    assert (ended.acknowledged_note, ended.resolved_note) == ("seen", "cleaned up")
    assert (ended.acknowledged_at, ended.resolved_at) == (later, later)
