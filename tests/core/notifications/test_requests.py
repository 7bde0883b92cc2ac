"""A person is asked once by each target, and hears how it ended."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
import itertools
import json
from typing import Self

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.homelabcmd.core.notifications import snapshot
from custom_components.homelabcmd.core.notifications.news import ActionNews
from custom_components.homelabcmd.core.notifications.outbox import Outbox
from custom_components.homelabcmd.core.notifications.targets import (
    QuietHours,
    Style,
    Target,
)
from custom_components.homelabcmd.core.remediation.action import (
    ActionError,
    ActionRecord,
    ActionType,
    Status,
)
from custom_components.homelabcmd.core.remediation.approval import AutoApproval, Terms
from custom_components.homelabcmd.core.remediation.queue import ActionQueue
from custom_components.homelabcmd.core.remediation.wish import Wish
from custom_components.homelabcmd.protocol.inventory import Allowed
from custom_components.homelabcmd.protocol.messages import CommandResult

from ..make import START
from .make import ANA, MAIL, PHONE

ALLOWED = Allowed(restart_service=("plex", "nginx"))
SLACK = replace(MAIL, target_id="slack", style=Style.SLACK)
DEAF = replace(MAIL, target_id="deaf", actions=False)
ELSEWHERE = replace(MAIL, target_id="elsewhere", servers=frozenset({"pi"}))
ALL = {each.target_id: each for each in (PHONE, MAIL, SLACK, DEAF, ELSEWHERE)}
PLEX = Wish(
    server_id="nas",
    action_type=ActionType.RESTART_SERVICE,
    target="plex",
    alert_id="alert",
)
BY_HAND = replace(PLEX, target="nginx", alert_id=None, by=ANA)


@dataclass
class Desk:
    """Actions, and targets that hear of them."""

    targets: dict[str, Target] = field(default_factory=lambda: dict(ALL))
    wall: datetime = START
    mono: float = 0
    heard: list[tuple[str, str, Status, bool]] = field(default_factory=list)
    """Target, action, status, and whether it disturbs."""
    tokens: list[str] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        numbers = itertools.count(1)
        self.saved = "{}"
        self.queue = ActionQueue(lambda: f"action{next(numbers)}")
        self.outbox = Outbox()
        self._take_up(self.outbox)

    def _take_up(self, outbox: Outbox) -> None:
        self.outbox = outbox
        self.outbox.follow(self.targets, (), self.mono)
        self.outbox.reconcile((), {}, {}, self.wall, self.mono)
        self.outbox.reconcile_actions(self.queue.actions, {}, self.wall, self.mono)

    def take(self, *records: ActionRecord) -> Self:
        for record in records:
            self.outbox.take_action(record, (), self.mono)
        return self

    def ask(self, wish: Wish = PLEX, *, auto: bool = False) -> Self:
        _action, records = self.queue.queue(
            wish, ALLOWED, Terms(auto=AutoApproval(enabled=auto)), self.wall
        )
        return self.take(*records)

    def approve(self, action_id: str = "action1") -> Self:
        return self.take(self.queue.approve(action_id, ANA, None, ALLOWED, self.wall))

    def reject(self, action_id: str = "action1") -> Self:
        return self.take(self.queue.reject(action_id, ANA, None, self.wall))

    def end(self, outcome: str = "succeeded", action_id: str = "action1") -> Self:
        result = CommandResult(
            server_id="nas",
            command_id=action_id,
            outcome=outcome,
            success=outcome == "succeeded",
        )
        return self.take(*self.queue.result("nas", result, self.wall))

    def accept(self, action_id: str = "action1") -> Self:
        return self.take(*self.queue.accepted("nas", (action_id,), self.wall))

    def wait(self, seconds: float) -> Self:
        self.wall += timedelta(seconds=seconds)
        self.mono += seconds
        return self.take(*self.queue.tick(self.wall, Terms())).pump()

    def pump(self) -> Self:
        """Deliver all that is to be delivered now."""
        for target_id in self.targets:
            while (
                parcel := self.outbox.next(target_id, self.wall, self.wall, self.mono)
            ) is not None:
                if target_id in self.broken:
                    self.outbox.failed(parcel, self.mono)
                    break
                for news in parcel.news:
                    assert isinstance(news, ActionNews)
                    self.heard.append(
                        (
                            target_id,
                            news.subject_id,
                            news.action.status,
                            not news.calm,
                        )
                    )
                if parcel.token:
                    self.tokens.append(parcel.token)
                # As whoever sends does.
                self.saved = json.dumps(snapshot.dump(self.outbox))
                self.outbox.delivered(parcel, self.mono)
        return self

    def crash(self) -> Self:
        return self.restart(self.saved)

    def restart(self, saved: str | None = None) -> Self:
        stored = saved or json.dumps(snapshot.dump(self.outbox))
        restored = snapshot.load(json.loads(stored), self.mono)
        assert restored.damaged == []
        self._take_up(restored.outbox)
        return self

    def told(self, target_id: str) -> list[str]:
        found = [
            status.value if loud else f"({status.value})"
            for target, _id, status, loud in self.heard
            if target == target_id
        ]
        self.heard = [each for each in self.heard if each[0] != target_id]
        return found


def test_a_request_is_replaced_when_decided_and_by_its_outcome() -> None:
    desk = Desk().ask().pump()
    assert desk.told("phone") == ["pending"]
    assert desk.told("mail") == ["pending"]
    assert desk.told("slack") == ["pending"]
    desk.approve().pump().accept().pump()
    assert desk.told("phone") == ["(approved)"]
    assert desk.told("slack") == ["(approved)"]
    assert desk.told("mail") == [], "it could only be another message"
    desk.end().pump()
    for target_id in ("phone", "mail", "slack"):
        assert desk.told(target_id) == ["completed"]
    assert desk.told("deaf") == desk.told("elsewhere") == []
    assert desk.outbox.lines == {}


def test_what_is_decided_before_anybody_was_asked_asks_nobody() -> None:
    desk = Desk().ask(replace(BY_HAND, decided=True)).pump().end().pump()
    assert desk.heard == []
    desk = Desk().ask().approve().pump()
    assert desk.heard == []


def test_what_happened_by_itself_is_told_when_it_has() -> None:
    desk = Desk().ask(auto=True).pump()
    assert desk.heard == []
    desk.accept().end().pump()
    assert desk.told("mail") == desk.told("phone") == ["completed"]


@pytest.mark.parametrize("wish", [PLEX, BY_HAND])
def test_a_failure_is_told_once_by_the_alert_or_by_its_own_message(wish: Wish) -> None:
    desk = Desk().ask(wish).pump().approve().end("failed").pump()
    by_alert = wish.alert_id is not None
    assert desk.told("phone") == ["pending", "(failed)" if by_alert else "failed"]
    assert desk.told("mail") == ["pending", *([] if by_alert else ["failed"])]
    assert desk.outbox.lines == {}


@pytest.mark.parametrize("how", ["reject", "expire", "withdraw"])
def test_what_nobody_has_to_decide_any_more_is_taken_away(how: str) -> None:
    desk = Desk().ask().pump()
    match how:
        case "reject":
            desk.reject().pump()
        case "expire":
            desk.wait(90000)
        case "withdraw":
            desk.take(*desk.queue.withdraw("alert", desk.wall)).pump()
    [_request, gone] = desk.told("phone")
    assert gone in {"(rejected)", "(expired)"}
    assert desk.outbox.lines == {}


def test_only_the_button_that_is_shown_works_and_an_old_one_is_known() -> None:
    desk = Desk().ask().pump()
    [token] = desk.tokens
    assert desk.outbox.whose_button(token, desk.wall) == ("phone", "action1")
    assert desk.outbox.whose_button("token9", desk.wall) is None
    desk.restart()
    assert desk.outbox.whose_button(token, desk.wall) == ("phone", "action1")
    desk.approve().pump()
    assert desk.outbox.whose_button(token, desk.wall) is None
    desk.restart()
    assert desk.outbox.spent[token] == ("phone", "action1")


def test_quiet_hours_hold_what_an_automation_asks_but_not_what_an_alert_does() -> None:
    night = QuietHours(start=time(0), end=time(23, 59))
    desk = Desk(targets={"mail": replace(MAIL, quiet=night)})
    desk.ask().ask(BY_HAND).pump()
    assert [each[1] for each in desk.heard] == ["action1"]


DOES: dict[str, Callable[[Desk, str], object]] = {
    "approve": Desk.approve,
    "reject": Desk.reject,
    "accept": Desk.accept,
    "end": lambda desk, action_id: desk.end("succeeded", action_id),
    "end_badly": lambda desk, action_id: desk.end("interrupted", action_id),
    "ask": lambda desk, _more: desk.ask(),
    "ask_auto": lambda desk, _more: desk.ask(auto=True),
    "ask_by_hand": lambda desk, _more: desk.ask(BY_HAND),
    "wait": lambda desk, seconds: desk.wait(float(seconds)),
    "crash": lambda desk, _more: desk.crash(),
    "restart": lambda desk, _more: desk.restart(),
    "pump": lambda desk, _more: desk.pump(),
    "break": lambda desk, target_id: desk.broken.add(target_id),
    "mend": lambda desk, target_id: desk.broken.discard(target_id),
}


def _try(desk: Desk, name: str, more: str) -> None:
    try:
        DOES[name](desk, more)
    except ActionError:
        return


steps = st.one_of(
    st.tuples(
        st.sampled_from(["approve", "reject", "accept", "end", "end_badly"]),
        st.sampled_from(["action1", "action2", "action3"]),
    ),
    st.tuples(st.sampled_from(["ask", "ask_auto", "ask_by_hand"]), st.just("")),
    st.tuples(
        st.sampled_from(["wait", "crash", "restart", "pump"]),
        st.sampled_from(["1", "60", "3600", "90000"]),
    ),
    st.tuples(st.sampled_from(["break", "mend"]), st.sampled_from(["phone", "mail"])),
)


@settings(max_examples=200)
@given(st.lists(steps, max_size=30))
def test_nobody_is_asked_twice_and_no_request_stays_when_it_is_over(
    history: list[tuple[str, str]],
) -> None:
    desk = Desk()
    for name, more in history:
        _try(desk, name, more)
    desk.broken.clear()
    # By then everything has expired, and whatever failed was tried again.
    desk.wait(90000).wait(90000).wait(90000)
    assert desk.outbox.lines == {}
    if any(name == "crash" for name, _more in history):
        # It may have come between the delivery of a message and its being noted.
        return
    asked = [
        (target_id, action_id)
        for target_id, action_id, status, _loud in desk.heard
        if status is Status.PENDING
    ]
    assert len(asked) == len(set(asked))
    last = {(target, action): status for target, action, status, _ in desk.heard}
    for (target_id, action_id), status in last.items():
        if target_id in ("phone", "slack"):
            # What is shown in the end is over.
            assert status not in (Status.PENDING, Status.APPROVED), action_id
