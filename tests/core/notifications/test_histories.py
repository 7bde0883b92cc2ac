"""What holds whatever happens: random histories of alerts, targets and restarts."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import time

from hypothesis import given, settings, strategies as st

from custom_components.homelabcmd.core.alerts.alert import Kind, Status
from custom_components.homelabcmd.core.alerts.rules import Severity
from custom_components.homelabcmd.core.notifications.news import Parcel
from custom_components.homelabcmd.core.notifications.targets import QuietHours, Target
from custom_components.homelabcmd.core.servers.server import Presence

from ..alerts.make import CPU, NGINX, ROOT
from .make import MAIL, PHONE, Post, of_alerts

type Step = Callable[[Post], object]

NIGHT = QuietHours(start=time(20), end=time(6))
ALL = frozenset(Severity)
TARGETS = (
    replace(PHONE, severities=ALL),
    replace(MAIL, quiet=NIGHT),
    replace(MAIL, target_id="nas", severities=ALL, servers=frozenset({"nas"})),
)
IDS = [target.target_id for target in TARGETS]
waits = st.sampled_from([0, 1, 60, 60, 300, 900, 4000, 15000, 40000])
readings = st.fixed_dictionaries(
    {},
    optional={
        ROOT: st.sampled_from([20.0, 77.0, 85.0, 95.0]),
        ("disk", "/srv"): st.sampled_from([20.0, 85.0, 95.0]),
        CPU: st.sampled_from([10.0, 99.0]),
        NGINX: st.sampled_from([0.0, 1.0]),
    },
)
servers = st.sampled_from(["nas", "pi"])


def _see(told: dict[tuple[str, str], float], server: str, wait: float) -> Step:
    return lambda post: post.wait(wait).see(told, server).pump()


def _silent(server: str, wait: float) -> Step:
    return lambda post: post.wait(wait).tick(server, Presence.OFFLINE).pump()


def _unsent(told: dict[tuple[str, str], float], server: str, *, crash: bool) -> Step:
    """Restart between a transition and its sending."""
    return lambda post: post.see(told, server).restart(crash=crash)


def _answer(_: None) -> Step:
    return lambda post: post.acknowledge()


def _break(target_id: str) -> Step:
    return lambda post: post.broken.symmetric_difference_update({target_id})


def _maintain(server: str, *, on: bool) -> Step:
    def act(post: Post) -> None:
        if on:
            post.book.begin_maintenance(server, 3600, post.wall, post.mono)
        else:
            post.book.end_maintenance(server)

    return act


def _time(wait: float) -> Step:
    return lambda post: post.pump_for(min(wait, 300)).wait(wait).pump()


lasting = st.one_of(
    st.builds(_see, readings, servers, waits),
    st.builds(_see, readings, servers, waits),
    st.builds(_silent, servers, waits),
    st.builds(_answer, st.none()),
    st.builds(_break, st.sampled_from(IDS)),
    st.builds(_maintain, servers, on=st.booleans()),
    st.builds(_time, waits),
)
restarting = st.builds(_unsent, readings, servers, crash=st.booleans())
steps = lasting | restarting


def _wanted(target: Target, post: Post) -> set[str]:
    return {
        record.alert.alert_id
        for record in post.records
        if record.tell
        and target.wants(record.alert.gravity, record.alert.server_id, ())
    }


def _company(parcels: list[Parcel], alert_id: str) -> int:
    """Return how many were in the message that told of an alert last."""
    return [
        len(parcel.news)
        for parcel in parcels
        if any(news.subject_id == alert_id for news in parcel.news)
    ][-1]


def _settle(post: Post) -> None:
    """Let targets work, maintenance and the night end, and all that waits be sent."""
    for server in ("nas", "pi"):
        post.book.end_maintenance(server)
        post.tick(server)
    post.broken.clear()
    post.pump_for(300)
    post.wall = post.wall.replace(hour=12, minute=0)
    post.pump_for(300)


@settings(max_examples=400)
@given(st.lists(steps, max_size=25))
def test_no_message_without_a_change_and_no_change_untold(history: list[Step]) -> None:
    post = Post(targets={target.target_id: target for target in TARGETS})
    for step in history:
        step(post)
    _settle(post)
    changes = Counter((record.alert.alert_id, record.kind) for record in post.records)
    alerts = {record.alert.alert_id: record.alert for record in post.records}
    for target in TARGETS:
        parcels = [p for _, p in post.delivered if p.target_id == target.target_id]
        told = [news for parcel in parcels for news in of_alerts(parcel)]
        # Each change at most once, and nothing that is none.
        for change, number in Counter((n.alert.alert_id, n.kind) for n in told).items():
            assert number <= changes[change], (target.target_id, change)
        given_up = {
            item.subject_id
            for item in post.given_up
            if item.target_id == target.target_id
        }
        last = {news.alert.alert_id: news for news in told}
        for alert_id, news in last.items():
            # What a target shows in the end is how the alert stands; only what was
            # summed up with others is not changed any more before it ends.
            if (
                alert_id not in given_up
                and target.changes_calmly
                and _company(parcels, alert_id) == 1
            ):
                assert news.alert.status is alerts[alert_id].status
            if alerts[alert_id].status is Status.RESOLVED:
                assert news.kind is Kind.RESOLVED or alert_id in given_up
        for alert_id in _wanted(target, post) - last.keys() - given_up:
            # Somebody took care of it before the message was out.
            assert any(
                record.kind is Kind.ACKNOWLEDGED
                or (record.kind is Kind.RESOLVED and not record.tell)
                for record in post.records
                if record.alert.alert_id == alert_id
            ), (target.target_id, alerts[alert_id])
    assert post.outbox.busy() == set()
    standing = {alert.alert_id for alert in post.book.standing()}
    assert {alert_id for _, alert_id in post.outbox.lines} <= standing


@settings(max_examples=150)
@given(st.lists(lasting, max_size=25))
def test_nobody_gets_more_than_six_messages_a_minute(history: list[Step]) -> None:
    post = Post(targets={target.target_id: target for target in TARGETS})
    for step in history:
        step(post)
    for target_id in IDS:
        times = [
            at
            for at, parcel in post.delivered
            if parcel.target_id == target_id and not all(n.calm for n in parcel.news)
        ]
        for first, seventh in zip(times, times[6:], strict=False):
            assert seventh - first >= 60
