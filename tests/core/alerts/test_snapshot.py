"""Alerts survive a restart as they were."""

from datetime import timedelta
import json
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.homelabcmd.core.alerts import snapshot
from custom_components.homelabcmd.core.alerts.alert import Person
from custom_components.homelabcmd.core.alerts.book import AlertBook
from custom_components.homelabcmd.core.alerts.rule_settings import policy
from custom_components.homelabcmd.core.alerts.snapshot import Restored
from custom_components.homelabcmd.core.servers.server import Presence

from ..make import START
from .make import CPU, NGINX, ROOT, Story, evidence, kinds

HOME = ("disk", "/home")


def _eventful() -> AlertBook:
    """Return a book in which a bit of everything happened."""
    book = AlertBook()
    for minute, (root, home) in enumerate(((85, 95), (10, 95), (92, 20), (92, 95))):
        book.evaluate(
            "nas",
            evidence({ROOT: root, HOME: home, CPU: 99, NGINX: 1}),
            Presence.ONLINE,
            policy(),
            START + timedelta(minutes=minute),
            minute * 60.0,
        )
    first, second, *_ = book.standing("nas")
    anna = Person.of("a1", "Anna")
    book.acknowledge(first.alert_id, anna, "on it", START)
    book.resolve(second.alert_id, anna, None, START, 180.0)
    book.begin_maintenance("web", 600, START, 180.0)
    return book


def _dumped(book: AlertBook) -> tuple[dict[str, Any], dict[str, Any]]:
    standing = snapshot.dump_standing(book, START, 180.0)
    history = snapshot.dump_history(book.history.values())
    return json.loads(json.dumps(standing)), json.loads(json.dumps(history))


def _load(
    standing: dict[str, Any], history: dict[str, Any], mono: float = 180.0
) -> Restored:
    return snapshot.load(standing, history, START, mono)


def test_everything_comes_back_as_it_was() -> None:
    book = _eventful()
    back = _load(*_dumped(book))
    assert back.damaged == []
    assert back.book.servers == book.servers
    assert back.book.history == book.history
    assert list(back.book.history) == list(book.history)


def test_a_duration_goes_on_where_it_was() -> None:
    story = Story()
    story.see({CPU: 95})
    story.keep_seeing({CPU: 95}, 240)
    story.restart(mono=7.0)
    assert story.wait(59).see({CPU: 95}) == []
    assert kinds(story.wait(1).see({CPU: 95})) == [("opened", "cpu_warning")]


def test_an_acknowledged_alert_is_acknowledged_after_a_restart() -> None:
    story = Story()
    story.see({ROOT: 95})
    story.acknowledge(note="known")
    before = story.alert
    story.restart(mono=0)
    assert story.alert == before
    assert story.wait(60).see({ROOT: 95}) == []


@pytest.mark.parametrize(
    ("away", "still"), [(0, 600), (590, 10), (601, 0), (-86400, 600)]
)
def test_maintenance_goes_on_by_the_wall_clock_but_never_for_longer(
    away: float, still: float
) -> None:
    book = AlertBook()
    book.begin_maintenance("nas", 600, START, 50.0)
    saved = snapshot.dump_standing(book, START, 50.0)
    wall = START + timedelta(seconds=away)
    back = snapshot.load(saved, {}, wall, 1000.0).book.of("nas").maintenance
    assert back is not None
    assert back.ends == 1000.0 + still
    assert back.until == wall + timedelta(seconds=still)


def test_maintenance_without_an_end_has_none_after_a_restart() -> None:
    story = Story()
    story.maintain(None)
    story.restart(0)
    assert story.alerts.maintenance is not None
    assert story.alerts.maintenance.ends is None


def test_a_clock_that_was_set_during_maintenance_does_not_end_it() -> None:
    story = Story()
    story.maintain(3600)
    story.wall += timedelta(days=30)
    story.restart(0)
    story.see({ROOT: 85})
    assert story.wait(3599).tick() == []
    assert len(story.wait(1).tick()) == 1


@pytest.mark.parametrize(
    "damage",
    [
        5,
        {},
        {"rule": "nothing", "subject": ""},
        {"rule": "cpu", "subject": "", "level": 2},
        {"rule": "cpu", "subject": "", "since": [1, 2]},
        {"rule": "cpu", "subject": "", "since": ["x"]},
        {"rule": "cpu", "subject": "", "alert": {"alert_id": "x"}},
        {"rule": "disk", "subject": "/", "told": 5},
    ],
)
def test_a_damaged_track_is_named_and_the_others_stay(damage: object) -> None:
    book = _eventful()
    standing, history = _dumped(book)
    standing["servers"]["nas"]["tracks"].append(damage)
    back = _load(standing, history)
    assert len(back.damaged) == 1
    assert back.book.servers == book.servers


def test_an_alert_in_the_wrong_place_is_left_out() -> None:
    standing, history = _dumped(_eventful())
    tracks = standing["servers"]["nas"]["tracks"]
    holder = next(track for track in tracks if "alert" in track)
    history["alerts"].append(holder["alert"])
    holder["subject"] = "/elsewhere"
    back = _load(standing, history)
    assert len(back.damaged) == 2


def test_damaged_parts_cost_only_themselves() -> None:
    book = _eventful()
    standing, history = _dumped(book)
    history["alerts"].insert(0, {"alert_id": 5})
    standing["servers"]["../x"] = {}
    standing["servers"]["web"]["maintenance"] = {"left": "long"}
    standing["servers"]["other"] = 5
    back = _load(standing, history)
    assert len(back.damaged) == 3
    assert back.book.history == book.history
    assert back.book.of("nas") == book.of("nas")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["servers", "tracks", "alerts", "nas", "maintenance"]),
            inner,
        )
    ),
    max_leaves=20,
)
files = st.dictionaries(st.sampled_from(["servers", "alerts", "version"]), json_values)


@given(files, files)
def test_no_file_whatever_stops_the_start(standing: Any, history: Any) -> None:
    _load(standing, history)


@given(st.data())
def test_no_single_damage_stops_the_start(data: st.DataObject) -> None:
    standing, history = _dumped(_eventful())
    tracks = standing["servers"]["nas"]["tracks"]
    entry = data.draw(st.sampled_from([*tracks, *history["alerts"]]))
    entry = data.draw(st.sampled_from([entry, entry.get("alert", entry)]))
    entry[data.draw(st.sampled_from(list(entry)))] = data.draw(json_values)
    back = _load(standing, history)
    book = back.book
    for server_id, alerts in book.servers.items():
        book.evaluate(
            server_id,
            evidence({ROOT: 99, HOME: 99, CPU: 99, NGINX: 1}),
            Presence.ONLINE,
            policy(),
            START,
            500.0,
        )
        keys = [(alert.rule, alert.subject) for alert in alerts.open]
        assert len(keys) == len(set(keys))
    snapshot.dump_standing(book, START, 600.0)
