"""What is saved is what comes back."""

from dataclasses import replace
from datetime import timedelta
import json
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.homelabcmd.core.servers import server, snapshot
from custom_components.homelabcmd.core.servers.keys import KeyRing
from custom_components.homelabcmd.core.servers.server import Presence
from custom_components.homelabcmd.protocol.inventory import Agent, Host, OsInfo

from ..make import START, added, heartbeat


def _restarted(data: dict[str, Any], mono: float = 0) -> snapshot.Snapshot:
    return snapshot.load(json.loads(json.dumps(data)), START, mono)


def test_keys_and_tombstones_survive() -> None:
    ring = KeyRing()
    ring.issue("nas")
    ring.rotate("nas", compromised=False)
    ring.issue("old")
    ring.remove("old", START)
    back = _restarted(snapshot.dump(ring, {}, START, 0))
    assert back.keys.servers == ring.servers
    assert back.keys.tombstones == ring.tombstones
    assert not back.damaged


def test_identity_facts_and_presence_survive_and_silence_counts_from_the_start() -> (
    None
):
    state = server.receive(
        added(),
        heartbeat(
            machine_id="machine",
            run_id="run",
            sequence=7,
            host=Host(hostname="nas", cpu_count=4),
            os_info=OsInfo(distribution="Debian"),
            agent=Agent(version="0.1.0"),
        ),
        START,
        50.0,
    )
    back = _restarted(
        snapshot.dump(KeyRing(), {"nas": state}, START, 50.0), 1000.0
    ).states["nas"]
    assert back == replace(state, heard=1000.0, heartbeat=None)
    assert server.offline_if_silent(back, 1179.0, 180).presence is Presence.ONLINE
    assert server.offline_if_silent(back, 1180.0, 180).presence is Presence.OFFLINE


def test_a_server_that_was_offline_stays_so() -> None:
    state = replace(added(), presence=Presence.OFFLINE)
    back = _restarted(
        snapshot.dump(KeyRing(), {"nas": state}, START, 50.0), 9.0
    ).states["nas"]
    assert server.offline_if_silent(back, 1e9, 180).presence is Presence.OFFLINE


@pytest.mark.parametrize(
    "damage",
    [
        {"servers": {"nas": {"registered_at": 5}}},
        {"servers": {"../x": {}}},
        {"keys": {"nas": {"current": "whsec_secret"}}},
        {"keys": {"nas": 1}},
        {"removed": {"nas": {}}},
    ],
)
def test_a_damaged_entry_is_named_without_its_key_and_the_others_stay(
    damage: dict[str, Any],
) -> None:
    ring = KeyRing()
    ring.issue("good")
    data = snapshot.dump(ring, {}, START, 0)
    for section, entries in damage.items():
        data[section] = data[section] | entries
    back = _restarted(data)
    assert len(back.damaged) == 1
    assert "secret" not in back.damaged[0]
    assert back.keys.servers == ring.servers


_MOMENTS = st.sampled_from(
    ["0001-01-01T00:00:00", "9999-12-31T23:59:59-23:59", "2026-03-01T12:00:00+00:00"]
)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=5)
    | _MOMENTS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "servers",
                    "keys",
                    "removed",
                    "inventories",
                    "stopped",
                    "nas",
                    "earlier",
                    "ended",
                    "run_id",
                    "sequence",
                    "current",
                    "removed_at",
                ]
            ),
            inner,
        )
    ),
    max_leaves=20,
)


def _saved() -> dict[str, Any]:
    """Return a file in which a bit of everything is."""
    ring = KeyRing()
    ring.issue("nas")
    ring.rotate("nas", compromised=False)
    ring.issue("old")
    ring.remove("old", START)
    state = server.receive(added(), heartbeat(run_id="a", sequence=5), START, 10.0)
    state = server.receive(state, heartbeat(run_id="b", sequence=1), START, 40.0)
    data = snapshot.dump(ring, {"nas": state}, START, 100.0, stopped=True)
    copy: dict[str, Any] = json.loads(json.dumps(data))
    return copy


def _saved_again(back: snapshot.Snapshot) -> None:
    """Check that what was read can be saved, and read again without any damage.

    By then the clock may have been set to anything.
    """
    for wall in (START, START - timedelta(days=20000), START + timedelta(days=20000)):
        data = snapshot.dump(back.keys, back.states, wall, 500.0)
        again = snapshot.load(json.loads(json.dumps(data)), wall, 0)
        assert again.damaged == []
        assert again.keys.servers == back.keys.servers
        assert again.states.keys() == back.states.keys()


@given(json_values)
def test_whatever_is_in_the_file_can_be_read_and_saved_again(data: Any) -> None:
    _saved_again(snapshot.load(data, START, 0))


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Return every container in a value with each of its keys."""
    if not isinstance(value, dict | list):
        return []
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    inner = [place for key in keys for place in _places(value[key])]
    return [(value, key) for key in keys] + inner


@given(st.data())
def test_damage_costs_no_key_but_the_one_that_is_damaged(draw: st.DataObject) -> None:
    data = _saved()
    data["keys"]["good"] = dict(data["keys"]["nas"])
    parts = {name: part for name, part in data.items() if name != "keys"}
    places = _places(parts) + _places(data["keys"]["nas"])
    container, key = draw.draw(st.sampled_from(places))
    container[key] = draw.draw(json_values)
    back = snapshot.load(parts | {"keys": data["keys"]}, START, 0)
    assert back.keys.servers["good"].current.dump() == data["keys"]["good"]["current"]
    _saved_again(back)


@pytest.mark.parametrize("data", [[], 0, "x", {"keys": [1]}, {"inventories": 5}])
def test_another_shape_is_named(data: Any) -> None:
    assert len(snapshot.load(data, START, 0).damaged) == 1


def test_a_damaged_part_costs_an_entry_only_itself() -> None:
    data = _saved()
    data["keys"]["nas"]["previous"] = "whsec_nonsense"
    data["removed"]["old"]["removed_at"] = "never"
    data["servers"]["nas"]["host"] = 5
    data["servers"]["nas"]["last_seen"] = "0001-01-01T00:00:00"
    back = snapshot.load(data, START, 0)
    assert len(back.damaged) == 4
    assert back.keys.servers["nas"].previous is None
    assert back.keys.tombstones["old"].removed_at == START
    assert back.states["nas"].identity.run_id == "b"
    assert back.states["nas"].last_seen is None


def test_only_a_file_that_was_saved_by_a_hub_that_stopped_is_no_sign_of_a_crash() -> (
    None
):
    stopped = _saved()
    assert not snapshot.load(stopped, START, 0).crashed
    assert snapshot.load(stopped | {"stopped": False}, START, 0).crashed
    assert snapshot.load(stopped | {"stopped": None}, START, 0).crashed
    assert snapshot.load(stopped | {"servers": 5}, START, 0).crashed
    # There is no key yet that anything could have been signed with.
    assert not snapshot.load(None, START, 0).crashed


def test_an_earlier_run_is_remembered_so_that_a_replay_stays_stale() -> None:
    state = server.receive(added(), heartbeat(run_id="a", sequence=5), START, 10.0)
    state = server.receive(state, heartbeat(run_id="b", sequence=1), START, 40.0)
    data = snapshot.dump(KeyRing(), {"nas": state}, START, 100.0)
    back = snapshot.load(data, START + timedelta(seconds=30), 7.0).states["nas"]
    assert back.identity.earlier[0].ended == pytest.approx(7.0 - 90.0)
    replayed = heartbeat(run_id="a", sequence=5)
    assert server.judge(back, replayed, 8.0) == "stale"
    assert server.judge(back, heartbeat(run_id="b", sequence=2), 9.0) == "next"
