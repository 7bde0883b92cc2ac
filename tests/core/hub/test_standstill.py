"""A hub that stood still knows it."""

from datetime import datetime

import pytest

from custom_components.homelabcmd.core.hub.standstill import LONGEST, Standstill
from custom_components.homelabcmd.core.servers import server
from custom_components.homelabcmd.core.servers.server import Presence

from ..make import START, added, heartbeat


def test_looks_that_follow_one_another_in_time_miss_nothing() -> None:
    pulse = Standstill(100.0)
    assert [pulse.missed(100.0 + LONGEST * look) for look in (1, 2, 3)] == [0, 0, 0]


def test_a_look_that_comes_late_tells_once_by_how_much() -> None:
    pulse = Standstill(100.0)
    assert pulse.missed(700.0) == 600
    assert pulse.missed(705.0) == 0


def test_silence_counts_from_the_end_of_the_pause() -> None:
    state = server.receive(added(), heartbeat(), START, 100.0)
    state = server.reprieve(state, 1000.0)
    assert server.offline_if_silent(state, 1179.0, 180).presence is Presence.ONLINE
    assert server.offline_if_silent(state, 1180.0, 180).presence is Presence.OFFLINE


@pytest.mark.parametrize("heard", [START, None])
def test_a_server_that_was_not_online_before_the_pause_is_not_after_it(
    heard: datetime | None,
) -> None:
    state = added()
    if heard:
        state = server.receive(state, heartbeat(), heard, 100.0)
        state = server.offline_if_silent(state, 900.0, 180)
    assert server.reprieve(state, 1000.0) is state
