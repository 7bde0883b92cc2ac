"""What holds whatever happens: random histories of one server."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from hypothesis import given, settings, strategies as st

from custom_components.homelabcmd.core.alerts.alert import Alert, Kind, Status
from custom_components.homelabcmd.core.alerts.engine import evaluate
from custom_components.homelabcmd.core.alerts.evidence import Evidence, Key, Reading
from custom_components.homelabcmd.core.alerts.rule_settings import policy
from custom_components.homelabcmd.core.alerts.server_alerts import ServerAlerts
from custom_components.homelabcmd.core.servers.server import Presence

from ..make import START
from .make import CPU, NGINX, OFFLINE, ROOT, Story, evidence

UPDATES: Key = ("updates", "")
FAILED: Key = ("remediation", "nginx")

type Step = Callable[[Story], object]

# Whole seconds and halves: sums of them are exact, wherever the clock starts.
seconds = st.sampled_from([0, 1, 30, 60, 60, 60, 120, 300, 600, 1800, 14400, 90000])
readings = st.fixed_dictionaries(
    {},
    optional={
        ROOT: st.sampled_from([20.0, 75.0, 77.5, 80.0, 84.0, 86.0, 90.0, 99.0]),
        CPU: st.sampled_from([10.0, 85.0, 87.0, 90.0, 100.0]),
        NGINX: st.sampled_from([0.0, 1.0]),
        UPDATES: st.sampled_from([0.0, 1.0, 2.0]),
        FAILED: st.sampled_from([0.0, 1.0]),
    },
)

REMINDERS = {Kind.REPEATED, Kind.OVERDUE}
"""The kinds that are no change of the alert."""


def _see(told: dict[Key, float], wait: float) -> Step:
    return lambda story: story.wait(wait).see(
        told, present={"disk": {subject for rule, subject in told if rule == "disk"}}
    )


def _tick(presence: Presence, wait: float) -> Step:
    return lambda story: story.wait(wait).tick(presence)


def _by_hand(action: str, number: int) -> Step:
    def act(story: Story) -> None:
        if alerts := story.alerts.open:
            getattr(story, action)(alerts[number % len(alerts)].alert_id)

    return act


def _maintain(duration: float | None) -> Step:
    return lambda story: story.maintain(duration)


def _unwatch(_: None) -> Step:
    return lambda story: story.judge(
        Evidence(watched={"service": set()}), Presence.ONLINE
    )


def _configure(layer: dict[str, Any]) -> Step:
    def act(story: Story) -> None:
        story.policy = policy(layer)

    return act


def _jump(days: float) -> Step:
    def act(story: Story) -> None:
        story.wall += timedelta(days=days)

    return act


heard = st.builds(_see, readings, seconds)
ticks = st.builds(_tick, st.sampled_from([Presence.ONLINE, Presence.OFFLINE]), seconds)
steps = st.one_of(
    heard,
    heard,
    heard,
    ticks,
    st.builds(_by_hand, st.sampled_from(["acknowledge", "resolve"]), st.integers(0, 3)),
    st.builds(_maintain, st.sampled_from([None, 0, 600, 86400])),
    st.builds(_unwatch, st.none()),
    st.builds(
        _configure,
        st.sampled_from(
            [
                {},
                {"disk_warning": {"enabled": False}},
                {"cpu_warning": {"enabled": False}},
                {"disk_critical": {"severity": "low"}},
                {"flapping": {"enabled": False}},
                {"flapping": {"threshold": 3}},
                {"cpu_warning": {"duration": 0}},
            ]
        ),
    ),
)
jumps = st.builds(_jump, st.sampled_from([-365, -30, -1, 1, 30, 365]))
histories = st.lists(steps, max_size=40)


def _replayed(story: Story) -> dict[str, Alert]:
    """Return the alerts that the records alone tell of."""
    alerts: dict[str, Alert] = {}
    for record in story.records:
        name = record.alert.alert_id
        if record.kind in REMINDERS:
            assert record.before == record.alert == alerts[name]
            continue
        assert record.before == alerts.get(name)
        assert record.before != record.alert
        if record.before is not None:
            assert record.before.status is not Status.RESOLVED
        alerts[name] = record.alert
    return alerts


@given(st.lists(steps | jumps, max_size=40))
@settings(max_examples=300)
def test_every_transition_has_one_record_and_every_subject_one_alert(
    history: list[Step],
) -> None:
    story = Story()
    for step in history:
        step(story)
        standing = {alert.alert_id: alert for alert in story.alerts.open}
        places = {(alert.rule, alert.subject) for alert in standing.values()}
        assert len(places) == len(standing) == len(story.alerts.open)
        replayed = _replayed(story)
        assert standing == {
            name: alert
            for name, alert in replayed.items()
            if alert.status is not Status.RESOLVED
        }


@given(histories, st.data())
@settings(max_examples=200)
def test_a_restart_at_any_point_changes_nothing(
    history: list[Step], data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(history)))
    mono = data.draw(st.sampled_from([0.0, 5.0, 1e6]))
    steady, restarted = Story(), Story()
    for number, step in enumerate(history):
        if number == at:
            restarted.restart(mono)
        step(steady)
        step(restarted)
    assert restarted.records == steady.records


@given(histories, st.data())
@settings(max_examples=200)
def test_a_wall_clock_that_jumps_changes_nothing_but_the_times_shown(
    history: list[Step], data: st.DataObject
) -> None:
    steady, jumping = Story(), Story()
    for step in history:
        data.draw(jumps | st.just(_jump(0)))(jumping)
        step(steady)
        step(jumping)
    assert [
        (record.kind, record.tell, record.alert.alert_id, record.alert.type)
        for record in jumping.records
    ] == [
        (record.kind, record.tell, record.alert.alert_id, record.alert.type)
        for record in steady.records
    ]
    assert steady.alerts.tracks.keys() == jumping.alerts.tracks.keys()


@given(histories, readings, st.randoms())
def test_the_order_of_the_evidence_does_not_matter(
    history: list[Step], told: dict[Key, float], random: Any
) -> None:
    one, other = Story(), Story()
    for step in history:
        step(one)
        step(other)
    shuffled = list(told.items())
    random.shuffle(shuffled)
    one.wait(60).see(told)
    other.wait(60).see(dict(shuffled))
    assert other.records == one.records
    assert other.alerts == one.alerts


@given(histories, st.lists(seconds, max_size=20))
def test_silence_opens_nothing_and_ends_nothing(
    history: list[Step], waits: list[float]
) -> None:
    story = Story()
    for step in history:
        step(story)
    story.policy = policy()
    story.tick()
    before = story.alerts.open
    count = len(story.records)
    for wait in waits:
        story.wait(wait).tick()
    assert story.alerts.open == before
    assert {record.kind for record in story.records[count:]} <= REMINDERS


@given(histories, readings, st.lists(seconds, max_size=10))
def test_while_a_server_is_offline_only_that_is_news(
    history: list[Step], told: dict[Key, float], waits: list[float]
) -> None:
    story = Story()
    for step in history:
        step(story)
    story.policy = policy()
    story.tick(Presence.OFFLINE)
    count = len(story.records)
    for wait in waits:
        story.wait(wait).judge(evidence(told), Presence.OFFLINE)
    for record in story.records[count:]:
        assert (record.alert.rule, record.alert.subject) == OFFLINE


@given(
    st.sampled_from([(ROOT, 75.0, 80.0), (ROOT, 85.0, 90.0), (CPU, 85.0, 90.0)]),
    st.lists(st.floats(0.001, 0.999), max_size=100),
)
def test_noise_inside_the_band_is_never_a_change(
    band: tuple[Key, float, float], noise: list[float]
) -> None:
    key, low, high = band
    for start in (low - 1, high):
        story = Story()
        story.see({key: start})
        story.wait(300).see({key: start})
        count = len(story.records)
        for part in noise:
            story.wait(60).see({key: low + part * (high - low)})
        assert len(story.records) == count


@given(st.lists(st.tuples(st.floats(0, 100), seconds), max_size=60))
def test_no_subject_is_told_of_more_than_so_often_in_half_an_hour(
    history: list[tuple[float, float]],
) -> None:
    story = Story()
    at: list[float] = []
    for value, wait in history:
        told = [record for record in story.wait(wait).see({ROOT: value}) if record.tell]
        at += [story.mono] * len(told)
    for start in at:
        # Four that count, the one that holds them, and what is worse than ever.
        assert sum(start <= moment < start + 1800 for moment in at) <= 7


@given(histories)
def test_an_evaluation_that_changes_nothing_returns_what_it_was_given(
    history: list[Step],
) -> None:
    story = Story()
    for step in history:
        step(story)
    story.tick()
    before = story.alerts
    assert story.tick() == []
    assert story.alerts is before


def test_equal_alerts_come_of_equal_evidence() -> None:
    seen = Evidence(readings={ROOT: Reading(99)})
    one, other = (
        evaluate(
            ServerAlerts(server_id="nas"),
            seen,
            Presence.ONLINE,
            policy(),
            START,
            0.0,
            lambda: "x",
        )
        for _ in range(2)
    )
    assert one == other
