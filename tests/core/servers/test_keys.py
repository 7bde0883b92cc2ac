"""Keys are issued, replaced, revoked and remembered."""

from datetime import timedelta

from custom_components.homelabcmd.core.servers.keys import KeyRing

from ..make import START


def test_a_new_key_leaves_the_old_one_alive_until_its_first_use() -> None:
    ring = KeyRing()
    old = ring.issue("nas")
    new = ring.rotate("nas", compromised=False)
    assert list(ring.servers["nas"]) == [new, old]
    assert not ring.confirm("nas", old)
    assert list(ring.servers["nas"]) == [new, old]
    assert ring.confirm("nas", new)
    assert list(ring.servers["nas"]) == [new]


def test_a_compromised_key_ends_at_once() -> None:
    ring = KeyRing()
    ring.issue("nas")
    new = ring.rotate("nas", compromised=True)
    assert list(ring.servers["nas"]) == [new]


def test_a_second_new_key_still_leaves_the_one_alive_that_the_agent_has() -> None:
    ring = KeyRing()
    in_use = ring.issue("nas")
    ring.rotate("nas", compromised=False)
    newest = ring.rotate("nas", compromised=False)
    assert list(ring.servers["nas"]) == [newest, in_use]


def test_a_removed_server_is_remembered_for_30_days() -> None:
    ring = KeyRing()
    key = ring.issue("nas")
    ring.remove("nas", START)
    assert "nas" not in ring.servers
    assert list(ring.tombstones["nas"].keys) == [key]
    assert not ring.prune(START + timedelta(days=30))
    assert ring.prune(START + timedelta(days=30, seconds=1))
    assert not ring.tombstones


def test_a_server_removed_while_the_clock_was_ahead_is_forgotten_too() -> None:
    ring = KeyRing()
    ring.issue("nas")
    ring.remove("nas", START + timedelta(days=36500))
    assert ring.prune(START)
    assert not ring.prune(START + timedelta(days=30))
    assert ring.prune(START + timedelta(days=30, seconds=1))
    assert not ring.tombstones


def test_a_server_added_again_has_no_tombstone() -> None:
    ring = KeyRing()
    old = ring.issue("nas")
    ring.remove("nas", START)
    assert ring.issue("nas") != old
    assert not ring.tombstones
