"""A container that restarts again and again is as good as down."""

import json

import pytest

from custom_components.homelabcmd.core.alerts.evidence import Reading, evidence_of
from custom_components.homelabcmd.core.servers import inventory_snapshot, server
from custom_components.homelabcmd.core.servers.server import ServerState
from custom_components.homelabcmd.protocol.inventory import Container

from ..make import START, added, heartbeat


def _told(
    *counts: int | None, every: float = 60, state: ServerState | None = None
) -> ServerState:
    """Return the state after heartbeats with these counts of restarts."""
    state = state or added()
    for count in counts:
        box = Container(name="web", status="running", restarts=count)
        at = every if state.heard is None else state.heard + every
        state = server.receive(state, heartbeat(containers=(box,)), START, at)
    return state


def _down(state: ServerState) -> bool:
    reading = evidence_of(state, containers={"web"}).readings["container", "web"]
    return bool(reading.value)


@pytest.mark.parametrize(
    ("counts", "down"),
    [
        ((7, 7, 7, 7), False),
        ((0, 1, 2, 2), False),
        ((0, 1, 2, 3), True),
        ((0, 5, 5, 6, 6, 9), True),
        # The first count is no rise: nobody knows how old it is.
        ((3, 4, 5), False),
        # It was created anew.
        ((9, 0, 1, 2), False),
        ((9, 10, 11, 0, 1), True),
        # What is missing says nothing, and what was before still counts.
        ((0, None, 1, None, 2, None, 3), True),
        ((5, None, 5), False),
    ],
)
def test_a_count_that_rises_three_times_is_a_loop(
    counts: tuple[int | None, ...], down: bool
) -> None:
    assert _down(_told(*counts)) is down


@pytest.mark.parametrize(("every", "down"), [(300, True), (301, False)])
def test_it_must_rise_three_times_within_ten_minutes(every: float, down: bool) -> None:
    assert _down(_told(0, 1, 2, 3, every=every)) is down


def test_it_is_over_when_the_count_stood_for_ten_minutes() -> None:
    state = _told(0, 1, 2, 3)
    state = _told(3, 3, 3, 3, 3, 3, 3, 3, state=state)
    assert _down(state)
    assert not _down(_told(3, state=state))


def test_the_alert_has_the_count() -> None:
    seen = evidence_of(_told(4, 5, 6, 7), containers={"web"})
    assert seen.readings["container", "web"] == Reading(1, 7)
    assert not evidence_of(_told(4, 5, 6, 7)).readings


def test_one_that_is_down_by_itself_is_told_in_the_engine_s_words() -> None:
    box = Container(name="web", status="failed", detail="exited (1)", restarts=9)
    state = server.receive(
        _told(4, 5, 6, 7), heartbeat(containers=(box,)), START, 300.0
    )
    seen = evidence_of(state, containers={"web"})
    assert seen.readings["container", "web"] == Reading(1, None, "exited (1)")


def test_a_gap_in_the_reports_is_time_too() -> None:
    state = server.offline_if_silent(_told(0, 1, 2), 1e6, 180)
    assert not _down(_told(3, state=state, every=601))


def test_what_was_counted_survives_a_restart_of_the_hub() -> None:
    state = _told(0, 1, 2)
    saved = json.loads(json.dumps(inventory_snapshot.dump(state.inventory)))
    damaged: list[str] = []
    back = inventory_snapshot.load(saved, "", damaged)
    assert not damaged
    assert back.restarts == state.inventory.restarts
    known = ServerState(
        server_id="nas", registered_at=START, inventory=back, heard=5000.0
    )
    assert _down(_told(3, state=known))


def test_what_is_kept_of_containers_is_bounded() -> None:
    state = added()
    for number in range(20):
        boxes = tuple(
            Container(name=f"{number // 2}-{n}", status="running", restarts=number)
            for n in range(150)
        )
        state = server.receive(state, heartbeat(containers=boxes), START, number)
    assert len(state.inventory.restarts) == 200
    state = server.receive(state, heartbeat(), START, 700.0)
    assert not state.inventory.restarts
