"""The book of all alerts: what it finds, keeps and forgets."""

from dataclasses import replace
from datetime import timedelta

from custom_components.homelabcmd.core.alerts.alert import (
    Alert,
    Resolution,
    Status,
    worst,
)
from custom_components.homelabcmd.core.alerts.book import (
    MAX_HISTORY,
    STEADY_SECONDS,
    AlertBook,
)
from custom_components.homelabcmd.core.alerts.evidence import NOTHING
from custom_components.homelabcmd.core.alerts.rule_settings import policy
from custom_components.homelabcmd.core.alerts.rules import AlertType, Severity
from custom_components.homelabcmd.core.servers.server import Presence

from ..make import START
from .make import NGINX, ROOT, evidence

DAY = timedelta(days=1)
POLICY = policy()


def _see(
    book: AlertBook, value: float, minute: int = 0, server_id: str = "nas"
) -> None:
    book.evaluate(
        server_id,
        evidence({ROOT: value}),
        Presence.ONLINE,
        POLICY,
        START + timedelta(minutes=minute),
        minute * 60,
    )


def _ended(name: str, days_ago: float = 0) -> Alert:
    at = START - days_ago * DAY
    return Alert(
        alert_id=name,
        server_id="nas",
        rule="disk",
        subject="/",
        type=AlertType.DISK_WARNING,
        severity=Severity.HIGH,
        gravity=Severity.HIGH,
        status=Status.RESOLVED,
        created_at=at,
        resolved_at=at,
        resolution=Resolution.CLEARED,
    )


def test_alerts_are_found_by_what_one_asks_for_newest_first() -> None:
    book = AlertBook()
    _see(book, 85, 0)
    _see(book, 10, 1)
    _see(book, 95, 2)
    _see(book, 85, 3, "web")
    everything = book.query()
    assert [(alert.server_id, alert.type) for alert in everything] == [
        ("web", "disk_warning"),
        ("nas", "disk_critical"),
        ("nas", "disk_warning"),
    ]
    assert book.query(limit=1) == everything[:1]
    assert book.query(limit=None) == everything
    assert book.query(server_id="web") == everything[:1]
    assert book.query(status=Status.RESOLVED) == everything[2:]
    assert book.query(severity=Severity.CRITICAL) == everything[1:2]
    assert book.query(alert_id=everything[2].alert_id) == everything[2:]
    assert list(book.standing("web")) == everything[:1]
    assert book.by_severity() == {"low": 0, "medium": 0, "high": 1, "critical": 1}
    assert worst(everything) == "critical"
    assert worst([]) is None


def test_a_server_that_is_well_takes_no_room() -> None:
    book = AlertBook()
    _see(book, 10)
    assert book.servers == {}


def test_a_message_and_an_action_are_noted_on_their_alert() -> None:
    book = AlertBook()
    _see(book, 85)
    (alert,) = book.standing()
    book.mark_notified(alert.alert_id)
    book.link_action(alert.alert_id, "restart-1")
    _see(book, 10, 1)
    book.mark_notified(alert.alert_id)
    book.mark_notified("nobody")
    ended = book.get(alert.alert_id)
    assert (ended.notified, ended.action_id, ended.status) == (
        True,
        "restart-1",
        "resolved",
    )


def test_maintenance_begins_and_ends_by_hand() -> None:
    book = AlertBook()
    book.begin_maintenance("nas", 3600, START, 0)
    maintenance = book.of("nas").maintenance
    assert maintenance is not None
    assert maintenance.until == START + timedelta(hours=1)
    _see(book, 85)
    book.end_maintenance("nas")
    (record,) = book.evaluate("nas", NOTHING, Presence.ONLINE, POLICY, START, 1)
    assert (record.kind, record.tell) == ("overdue", True)
    book.begin_maintenance("web", None, START, 0)
    book.end_maintenance("web")
    assert "web" not in book.servers


def test_a_maintenance_without_measure_breaks_nothing() -> None:
    book = AlertBook()
    for duration in (-5, 1e300):
        book.begin_maintenance("nas", duration, START.replace(year=9999), 0)


def test_a_removed_server_takes_its_alerts_along_and_tells_nobody() -> None:
    book = AlertBook()
    _see(book, 85)
    _see(book, 10, 1)
    _see(book, 85, 2)
    _see(book, 85, 2, "web")
    (record,) = book.forget("nas", START)
    assert (record.alert.resolution, record.tell) == (Resolution.REMOVED, False)
    assert [alert.server_id for alert in book.query()] == ["web"]
    assert book.forget("nas", START) == ()


def test_history_is_bounded_and_the_first_to_end_is_the_first_to_go() -> None:
    book = AlertBook()
    for number in range(MAX_HISTORY + 10):
        book.file(_ended(str(number)))
    assert len(book.history) == MAX_HISTORY
    assert next(iter(book.history)) == "10"


def _hourly(book: AlertBook, days: float = 0) -> bool:
    book.prune(START + days * DAY, days * 86400)
    later = days * 86400 + STEADY_SECONDS
    return book.prune(START + timedelta(seconds=later), later)


def test_what_ended_more_than_90_days_ago_is_forgotten() -> None:
    book = AlertBook()
    for days in (91, 89, 0):
        book.file(_ended(str(days), days))
    assert _hourly(book)
    assert list(book.history) == ["89", "0"]
    assert not _hourly(book)


def test_a_clock_that_jumps_ahead_and_back_takes_no_history_along() -> None:
    book = AlertBook()
    book.file(_ended("recent", 1))
    book.prune(START, 0)
    book.prune(START + 400 * DAY, 3600)
    book.prune(START + 400 * DAY + timedelta(minutes=30), 5400)
    book.prune(START + timedelta(hours=2), 7200)
    book.prune(START + timedelta(hours=3), 10800)
    assert list(book.history) == ["recent"]


def test_a_clock_that_was_set_for_good_prunes_an_hour_later() -> None:
    book = AlertBook()
    book.file(_ended("old", 1))
    book.prune(START, 0)
    assert not book.prune(START + 100 * DAY, 3600)
    assert book.prune(START + 100 * DAY + timedelta(hours=1), 7200)


def test_an_alert_from_the_future_does_no_harm() -> None:
    book = AlertBook()
    book.file(_ended("future", -1000))
    assert not _hourly(book)
    assert book.query()


def test_a_service_of_one_server_is_not_that_of_another() -> None:
    book = AlertBook()
    for server_id in ("nas", "web"):
        for mono in (0, 60):
            book.evaluate(
                server_id,
                evidence({NGINX: 1}),
                Presence.ONLINE,
                POLICY,
                START,
                mono,
            )
    assert len({alert.alert_id for alert in book.standing()}) == 2


def test_a_loud_server_drives_out_only_its_own_history() -> None:
    book = AlertBook()
    book.file(replace(_ended("quiet"), server_id="web"))
    for number in range(MAX_HISTORY + 10):
        book.file(_ended(f"loud {number}"))
    assert len(book.history) == MAX_HISTORY
    assert "quiet" in book.history
    assert "loud 10" not in book.history
    assert "loud 11" in book.history
