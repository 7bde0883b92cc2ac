"""What is saved is what comes back."""

from dataclasses import replace
from datetime import timedelta
import json
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.homelabcmd.core import server, snapshot
from custom_components.homelabcmd.core.keys import KeyRing
from custom_components.homelabcmd.core.server import Presence
from custom_components.homelabcmd.protocol.inventory import Agent, Host, OsInfo

from .make import START, added, heartbeat


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
    assert server.settle(back, 1179.0, 180).presence is Presence.ONLINE
    assert server.settle(back, 1180.0, 180).presence is Presence.OFFLINE


def test_a_server_that_was_offline_stays_so() -> None:
    state = replace(added(), presence=Presence.OFFLINE)
    back = _restarted(
        snapshot.dump(KeyRing(), {"nas": state}, START, 50.0), 9.0
    ).states["nas"]
    assert server.settle(back, 1e9, 180).presence is Presence.OFFLINE


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


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["servers", "keys", "removed", "nas"]), inner)
    ),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from(["servers", "keys", "removed"]), json_values))
def test_no_file_whatever_stops_the_start(data: dict[str, Any]) -> None:
    snapshot.load(data, START, 0)


def test_an_earlier_run_is_remembered_so_that_a_replay_stays_stale() -> None:
    state = server.receive(added(), heartbeat(run_id="a", sequence=5), START, 10.0)
    state = server.receive(state, heartbeat(run_id="b", sequence=1), START, 40.0)
    data = snapshot.dump(KeyRing(), {"nas": state}, START, 100.0)
    back = snapshot.load(data, START + timedelta(seconds=30), 7.0).states["nas"]
    assert back.identity.earlier[0].ended == pytest.approx(7.0 - 90.0)
    replayed = heartbeat(run_id="a", sequence=5)
    assert server.judge(back, replayed, 8.0) == "stale"
    assert server.judge(back, heartbeat(run_id="b", sequence=2), 9.0) == "next"
