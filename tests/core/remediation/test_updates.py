"""Updates: an approval is about certain packages, now or in a window."""

from dataclasses import replace
from datetime import time, timedelta
import json
from typing import Any

import pytest

from custom_components.homelabcmd.core.remediation import book, snapshot
from custom_components.homelabcmd.core.remediation.action import (
    Action,
    ActionError,
    ActionType,
    Status,
)
from custom_components.homelabcmd.core.remediation.approval import (
    AUTO_TYPES,
    AutoApproval,
    Terms,
)
from custom_components.homelabcmd.core.remediation.updates import (
    MAX_PACKAGES,
    Updates,
    updates_of,
)
from custom_components.homelabcmd.core.remediation.window import Day, Window
from custom_components.homelabcmd.core.remediation.wish import Wish
from custom_components.homelabcmd.core.servers.inventory import Inventory
from custom_components.homelabcmd.protocol.inventory import (
    Allowed,
    PackageUpdate,
    UpdateSet,
)
from custom_components.homelabcmd.protocol.messages import Progress

from ..make import START
from .test_queue import ANA, PLEX, Desk

ALLOWED = Allowed(apply_updates=True, reboot=True)
ALWAYS = AutoApproval(enabled=True, types=dict.fromkeys(AUTO_TYPES, True))
# The start of these tests is a Sunday noon.
AT_ONE = Window(days=frozenset({Day.SUN}), start=time(13), end=time(14))


def package(name: str, *, security: bool = False) -> PackageUpdate:
    return PackageUpdate(name=name, current="1", candidate="2", security=security)


def inventory(*names: str, digest: str = "a", **more: Any) -> Inventory:
    """Return one in which openssl is for security, and others are not."""
    packages = tuple(package(name, security=name == "openssl") for name in names)
    security = tuple(item for item in packages if item.security)
    sets = (("all", digest, packages), ("security", "5", security))
    return Inventory(
        update_sets=tuple(
            UpdateSet(
                scope=scope,
                digest=letter * 64,
                count=len(chosen),
                security=len(security),
                packages=chosen,
                **more,
            )
            for scope, letter, chosen in sets
        )
    )


KNOWN = inventory("openssl", "vim")


def wish(known: Inventory = KNOWN, *, security_only: bool = False) -> Wish:
    return Wish(
        server_id="nas",
        action_type=ActionType.APPLY_UPDATES,
        updates=updates_of(known, security_only=security_only),
        alert_id="alert",
        timeout_seconds=1800,
    )


def desk(*, auto: bool = False, window: Window | None = None) -> tuple[Desk, Terms]:
    terms = Terms(
        auto=ALWAYS if auto else AutoApproval(),
        windows={"nas": window} if window else {},
    )
    return Desk(terms=terms), terms


def ask(desk: Desk, wanted: Wish | None = None) -> Action:
    return desk.ask(wanted or wish(), allowed=ALLOWED)


def test_a_set_has_names_of_its_own() -> None:
    known = updates_of(KNOWN, security_only=False)
    assert known is not None
    assert [item.name for item in known.packages] == ["openssl", "vim"]
    assert (known.count, known.security, known.reboot) == (2, 1, False)
    # What is listed as pending besides is none of it.
    more = replace(KNOWN, packages=(package("kept-back"),))
    assert updates_of(more, security_only=False) == known
    only = updates_of(KNOWN, security_only=True)
    assert only is not None
    assert [item.name for item in only.packages] == ["openssl"]
    assert (only.count, only.security, only.digest) == (1, 1, "5" * 64)


def test_nothing_is_installed_of_which_the_agent_did_not_say_what() -> None:
    assert updates_of(Inventory(updates_available=3), security_only=False) is None
    assert updates_of(inventory("vim"), security_only=True) is None
    with pytest.raises(ActionError, match="no_updates"):
        ask(desk()[0], wish(Inventory()))


def test_of_2000_packages_some_are_kept_by_name_and_all_are_counted() -> None:
    known = updates_of(inventory(*(f"p{n}" for n in range(2000))), security_only=False)
    assert known is not None
    assert (known.count, len(known.packages)) == (2000, MAX_PACKAGES)


def test_the_agent_is_told_which_packages_were_approved() -> None:
    station, _ = desk()
    ask(station)
    station.approve(allowed=ALLOWED)
    [command] = station.offer()
    assert command.target == ""
    assert command.parameters == {"digest": "a" * 64, "security_only": False}
    assert command.timeout_seconds == 1800


def test_others_than_those_that_wait_take_their_place() -> None:
    station, _ = desk()
    ask(station)
    again = ask(station, wish(inventory("vim", "openssl", "git", digest="b")))
    assert station.status("1") is Status.EXPIRED
    assert (again.action_id, again.status) == ("2", Status.PENDING)
    assert ask(station, wish(inventory("vim", digest="b"))).action_id == "2"


def test_others_than_those_that_are_installed_have_to_wait() -> None:
    station, _ = desk()
    ask(station)
    station.approve(allowed=ALLOWED)
    with pytest.raises(ActionError, match="updates_under_way"):
        ask(station, wish(security_only=True))
    assert ask(station).action_id == "1"


def test_what_waits_ends_when_there_is_something_else_to_install() -> None:
    station, _ = desk()
    ask(station)
    assert station.queue.outdated("nas", KNOWN, station.wall) == ()
    assert station.queue.outdated("pi", Inventory(), station.wall) == ()
    [record] = station.queue.outdated("nas", inventory("git", digest="b"), START)
    assert record.action.status is Status.EXPIRED
    ask(station)
    station.approve("2", ALLOWED)
    assert station.queue.outdated("nas", Inventory(), station.wall) == (), "decided"


def test_it_begins_by_itself_in_the_window_and_not_before() -> None:
    station, _ = desk(auto=True, window=AT_ONE)
    action = ask(station)
    assert (action.status, action.begins_at) == (
        Status.PENDING,
        START + timedelta(hours=1),
    )
    station.wait(3599)
    assert station.offered == []
    station.wait(1)
    assert station.offered == ["1"]
    action = station.queue.get("1")
    assert (action.auto_approved, action.begins_at) == (True, None)
    station.wait(3600)
    assert station.status() is Status.EXPIRED, "nothing begins after its end"


def test_without_a_window_and_inside_of_it_it_begins_at_once() -> None:
    assert ask(desk(auto=True)[0]).auto_approved
    station, _ = desk(auto=True, window=AT_ONE)
    station.wait(3600)
    assert ask(station).auto_approved


def test_it_waits_longer_than_a_day_for_a_window_that_is_far() -> None:
    far = Window(days=frozenset({Day.SAT}), start=time(3), end=time(4))
    station, _ = desk(auto=True, window=far)
    ask(station)
    station.wait(5 * 86400)
    assert station.status() is Status.PENDING
    station.wait(86400 - 9 * 3600)
    assert station.status() is Status.APPROVED


def test_a_person_may_have_it_done_before_the_window() -> None:
    station, _ = desk(auto=True, window=AT_ONE)
    ask(station)
    station.approve(allowed=ALLOWED)
    action = station.queue.get("1")
    assert (action.decided_by, action.auto_approved) == (ANA, False)
    station.wait(3 * 3600)
    assert station.offered == ["1"], "its end is no limit for a person's word"


def test_it_follows_a_window_that_is_moved_and_a_switch_that_is_turned_off() -> None:
    station, terms = desk(auto=True, window=AT_ONE)
    ask(station)
    later = replace(AT_ONE, start=time(15), end=time(16))
    station.terms = replace(terms, windows={"nas": later})
    station.wait(3600)
    assert station.queue.get("1").begins_at == START + timedelta(hours=3)
    told = len(station.records)
    station.terms = replace(terms, auto=AutoApproval())
    station.wait(1)
    action = station.queue.get("1")
    assert (action.status, action.begins_at) == (Status.PENDING, None)
    assert len(station.records) == told + 1, "people hear that it waits for them"
    station.wait(7200)
    assert station.status() is Status.PENDING


def test_a_window_that_went_by_while_nobody_looked_is_followed_by_the_next() -> None:
    station, _ = desk(auto=True, window=AT_ONE)
    ask(station)
    station.wait(5 * 3600)
    action = station.queue.get("1")
    assert action.status is Status.PENDING
    assert action.begins_at == START + timedelta(days=7, hours=1)


def test_in_maintenance_no_window_is_open_and_after_it_it_is() -> None:
    for window in (AT_ONE, None):
        station, terms = desk(auto=True, window=window)
        station.wait(3600)
        station.terms = replace(terms, paused=frozenset({"nas"}))
        assert ask(station).status is Status.PENDING
        station.wait(600)
        assert station.status() is Status.PENDING
        station.terms = terms
        station.wait(1)
        assert station.queue.get("1").auto_approved
    station, terms = desk(auto=True)
    station.terms = replace(terms, paused=frozenset({"nas"}))
    ask(station)
    station.wait(100 * 3600)
    assert station.status() is Status.PENDING, "however long that lasts"


def test_who_asks_for_all_does_not_get_those_for_security_alone() -> None:
    station, _ = desk()
    everything = replace(wish(), alert_id=None)
    ask(station, everything)
    proposed = replace(wish(security_only=True), proposed=True)
    shared = ask(station, proposed)
    assert (shared.action_id, shared.alert_id) == ("1", "alert")
    by_hand = replace(proposed, proposed=False)
    assert ask(station, by_hand).action_id == "2"


def test_what_the_user_chose_before_there_was_a_type_does_not_cover_it() -> None:
    before = AutoApproval.from_data({"enabled": True, "types": {"restart_service": 1}})
    assert before.for_all == (ActionType.RESTART_SERVICE,)
    assert ActionType.CLEAR_LOGS in AutoApproval(enabled=True).for_all


def test_one_server_does_not_cost_the_others_their_record(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(book, "MAX_ACTIONS", 10)
    station, _ = desk()
    station.ask(replace(PLEX, server_id="pi"))
    station.records.append(station.queue.reject("1", ANA, None, station.wall))
    for number in range(30):
        action = ask(station, wish(inventory("vim", digest=f"{number % 10}")))
        station.queue.reject(action.action_id, ANA, None, station.wall)
    assert len(station.queue.actions) == 10
    assert station.status("1") is Status.REJECTED


def test_a_restart_does_not_wait_for_the_window() -> None:
    station, _ = desk(auto=True, window=AT_ONE)
    assert station.ask().auto_approved


def test_a_reboot_is_never_approved_by_itself() -> None:
    station, _ = desk(auto=True)
    reboot = Wish(server_id="nas", action_type=ActionType.REBOOT)
    assert ask(station, reboot).status is Status.PENDING
    everything = AutoApproval(enabled=True, types={ActionType.REBOOT: True})
    assert not everything.covers("nas", ActionType.REBOOT)
    assert AutoApproval.from_data(everything.as_data()).types == {}
    assert (
        ActionType.REBOOT
        not in everything.with_choice(ActionType, enabled=True).for_all
    )


def test_it_is_late_but_not_lost_while_the_agent_says_that_it_runs() -> None:
    station, _ = desk()
    ask(station)
    station.approve(allowed=ALLOWED)
    station.accept("1")
    for _ in range(60):
        station.wait(60)
        now = Progress(command_id="1", step="install", percent=40)
        assert station.queue.progressed("nas", (now,), station.wall)
        assert not station.queue.progressed("pi", (now,), station.wall)
    action = station.queue.get("1")
    assert (action.status, action.overdue) == (Status.EXECUTING, True)
    assert station.queue.progress(action) == now
    late = [record for record in station.records if record.action.overdue]
    assert len(late) == 1, "said once"
    station.wait(15 * 60)
    assert station.status() is Status.LOST
    station.end()
    assert station.status() is Status.COMPLETED


def test_a_restart_of_the_hub_is_not_held_against_it() -> None:
    station, _ = desk()
    ask(station)
    station.approve(allowed=ALLOWED)
    station.accept("1")
    station.wall += timedelta(hours=2)
    station.queue.resumed(station.wall)
    station.wait(60)
    assert station.status() is Status.EXECUTING


def test_what_is_saved_is_what_is_read() -> None:
    station, _ = desk(auto=True, window=AT_ONE)
    ask(station, wish(inventory("a", "b", added=("c",), services=("d.service",))))
    saved = json.loads(json.dumps(snapshot.dump(station.queue)))
    assert snapshot.load(saved).queue.actions == station.queue.actions
    saved["actions"][0]["updates"]["digest"] = "no"
    assert snapshot.load(saved).queue.actions == {}


def test_the_updates_of_an_action_are_its_own() -> None:
    station, _ = desk()
    action = ask(station)
    assert action.updates == Updates(
        digest="a" * 64,
        count=2,
        security=1,
        packages=(package("openssl", security=True), package("vim")),
    )
    assert action.scope == "all"
