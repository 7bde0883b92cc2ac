"""A server's state follows from its heartbeats and from silence."""

from datetime import timedelta

from custom_components.homelabcmd.core.servers import server
from custom_components.homelabcmd.core.servers.server import Presence
from custom_components.homelabcmd.protocol.inventory import Collector, Host, OsInfo

from ..make import START, added, heartbeat


def test_a_server_never_heard_stays_unknown_however_long() -> None:
    state = server.offline_if_silent(added(), 1e9, 180)
    assert state.presence is Presence.UNKNOWN


def test_a_server_is_offline_when_the_limit_has_passed_and_not_before() -> None:
    state = server.receive(added(), heartbeat(), START, 100.0)
    assert server.offline_if_silent(state, 279.9, 180) is state
    offline = server.offline_if_silent(state, 280.0, 180)
    assert (offline.presence, offline.heartbeat) == (Presence.OFFLINE, None)
    assert offline.last_seen == START
    back = server.receive(offline, heartbeat(400), START, 500.0)
    assert back.presence is Presence.ONLINE


def test_a_wall_clock_that_jumps_30_days_calls_nobody_offline() -> None:
    state = server.receive(added(), heartbeat(), START, 100.0)
    later = START + timedelta(days=30)
    state = server.receive(state, heartbeat(60), later, 160.0)
    assert server.offline_if_silent(state, 161.0, 180).presence is Presence.ONLINE


def test_facts_stay_when_a_heartbeat_leaves_them_out() -> None:
    host, os_info = Host(hostname="nas"), OsInfo(distribution="Debian", version="12")
    state = server.receive(added(), heartbeat(host=host, os_info=os_info), START, 0.0)
    state = server.receive(state, heartbeat(60), START, 60.0)
    assert state.facts.host == host
    assert state.facts.operating_system == "Debian 12"


def test_an_accepted_machine_is_the_one_that_counts() -> None:
    state = server.receive(added(), heartbeat(machine_id="one"), START, 0.0)
    other = heartbeat(60, machine_id="two", run_id="b", sequence=1)
    assert server.judge(state, other, 60.0) == "other_machine"
    state = server.accept_machine(state, "two", None)
    assert server.judge(state, other, 61.0) == "next"


def test_a_long_operating_system_still_fits_a_state() -> None:
    os_info = OsInfo(distribution="D" * 255, version="1" * 255)
    state = server.receive(added(), heartbeat(os_info=os_info), START, 0.0)
    assert len(state.facts.operating_system or "") == 255


def test_an_agent_that_takes_its_leave_is_missed_by_nobody() -> None:
    farewell = Collector(name="agent", error="uninstalled on this server")
    known = server.receive(added(), heartbeat(), START, 100.0)
    gone = server.receive(known, heartbeat(60, collectors=(farewell,)), START, 160.0)
    assert (gone.presence, gone.uninstalled) == (Presence.OFFLINE, True)
    assert (gone.heartbeat, gone.facts) == (None, known.facts)
    back = server.receive(gone, heartbeat(120), START, 220.0)
    assert (back.presence, back.uninstalled) == (Presence.ONLINE, False)
