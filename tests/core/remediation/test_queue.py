"""An action is asked for, decided by a person, handed out, and ends; nothing else."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
import itertools
import json
from typing import Any

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.homelabcmd.core.alerts.alert import Person
from custom_components.homelabcmd.core.remediation import snapshot
from custom_components.homelabcmd.core.remediation.action import (
    TRANSITIONS,
    Action,
    ActionError,
    ActionErrorCode,
    ActionRecord,
    ActionType,
    Outcome,
    Status,
)
from custom_components.homelabcmd.core.remediation.approval import AutoApproval, Terms
from custom_components.homelabcmd.core.remediation.queue import ActionQueue
from custom_components.homelabcmd.core.remediation.wish import Wish
from custom_components.homelabcmd.protocol.inventory import Allowed
from custom_components.homelabcmd.protocol.messages import CommandResult
from custom_components.homelabcmd.protocol.replies import Command

from ..make import START

ANA = Person(user_id="ana", name="Ana")
ALLOWED = Allowed(restart_service=("plex.service", "nextcloud"))
ALWAYS = AutoApproval(enabled=True)
NEVER = AutoApproval()
PLEX = Wish(
    server_id="nas", action_type=ActionType.RESTART_SERVICE, target="plex.service"
)


@dataclass
class Desk:
    """A queue that a test leads through time."""

    wall: datetime = START
    terms: Terms = field(default_factory=Terms)
    records: list[ActionRecord] = field(default_factory=list)

    def __post_init__(self) -> None:
        numbers = itertools.count(1)
        self.queue = ActionQueue(lambda: str(next(numbers)))

    def wait(self, seconds: float) -> Desk:
        self.wall += timedelta(seconds=seconds)
        self.records += self.queue.tick(self.wall, self.terms)
        return self

    def ask(
        self,
        wish: Wish = PLEX,
        *,
        auto: AutoApproval | None = None,
        allowed: Allowed | None = ALLOWED,
    ) -> Action:
        if auto is not None:
            self.terms = replace(self.terms, auto=auto)
        action, records = self.queue.queue(wish, allowed, self.terms, self.wall)
        self.records += records
        return self.queue.get(action.action_id)

    def approve(self, action_id: str = "1", allowed: Allowed | None = ALLOWED) -> None:
        self.records.append(
            self.queue.approve(action_id, ANA, "go", allowed, self.wall)
        )

    def accept(self, *action_ids: str) -> None:
        self.records += self.queue.accepted("nas", action_ids, self.wall)

    def end(
        self, action_id: str = "1", outcome: str = "succeeded", **more: Any
    ) -> None:
        result = CommandResult(
            server_id="nas",
            command_id=action_id,
            outcome=outcome,
            success=outcome == "succeeded",
            **more,
        )
        self.records += self.queue.result("nas", result, self.wall)

    @property
    def offered(self) -> list[str]:
        return [one.command_id for one in self.offer()]

    def offer(self) -> tuple[Command, ...]:
        ids = [action.action_id for action in self.queue.approved()]
        return self.queue.offered(ids, self.wall)

    def status(self, action_id: str = "1") -> Status:
        return self.queue.get(action_id).status


def test_it_waits_for_a_person_runs_once_and_says_who_decided() -> None:
    desk = Desk()
    desk.ask()
    assert desk.offered == []
    desk.approve()
    assert desk.offered == ["1"]
    desk.wait(60)
    assert desk.offered == ["1"]
    desk.accept("1")
    assert desk.offered == []
    desk.end(exit_code=0, output="done")
    action = desk.queue.get("1")
    assert (action.status, action.decided_by, action.note) == ("completed", ANA, "go")
    assert (action.exit_code, action.output) == (0, "done")
    assert [record.action.status for record in desk.records] == [
        "pending",
        "approved",
        "executing",
        "completed",
    ]


def test_what_is_rejected_is_never_offered() -> None:
    desk = Desk()
    desk.ask()
    desk.records.append(desk.queue.reject("1", ANA, None, desk.wall))
    assert desk.offered == []
    with pytest.raises(ActionError):
        desk.approve()


@pytest.mark.parametrize("decided", [True, False])
def test_after_a_day_nothing_of_it_happens_any_more(*, decided: bool) -> None:
    desk = Desk()
    desk.ask()
    if decided:
        desk.approve()
    desk.wall += timedelta(hours=24)
    assert desk.offered == []
    with pytest.raises(ActionError) as caught:
        desk.approve()
    assert caught.value.code is ActionErrorCode.NOT_PENDING
    desk.wait(0)
    assert desk.status() is Status.EXPIRED


@pytest.mark.parametrize(
    ("allowed", "code"),
    [
        (None, ActionErrorCode.MONITOR_ONLY),
        (Allowed(), ActionErrorCode.NOT_ALLOWED),
        (Allowed(restart_service=("nginx.service",)), ActionErrorCode.NOT_ALLOWED),
    ],
)
def test_only_what_the_server_allows_is_queued_or_approved(
    allowed: Allowed | None, code: ActionErrorCode
) -> None:
    desk = Desk()
    with pytest.raises(ActionError) as caught:
        desk.ask(allowed=allowed)
    assert caught.value.code is code
    assert desk.queue.actions == {}
    desk.ask()
    with pytest.raises(ActionError) as caught:
        desk.approve(allowed=allowed)
    assert caught.value.code is code
    assert desk.status() is Status.PENDING


def test_the_same_action_twice_while_one_is_unfinished_is_that_one() -> None:
    desk = Desk()
    assert desk.ask() == desk.ask()
    desk.approve()
    desk.accept("1")
    assert desk.ask().action_id == "1"
    desk.end()
    assert desk.ask().action_id == "2"


def test_approved_automatically_only_where_the_user_said_so() -> None:
    desk = Desk()
    assert desk.ask(auto=ALWAYS).status is Status.APPROVED
    assert desk.ask(auto=ALWAYS).auto_approved
    restart = ActionType.RESTART_SERVICE
    for auto, covered in (
        (NEVER, False),
        (AutoApproval(enabled=True, types={restart: False}), False),
        (AutoApproval(enabled=True, servers={"nas": {restart: False}}), False),
        (AutoApproval(enabled=True, servers={"pi": {restart: False}}), True),
        (AutoApproval(types={restart: True}), False),
    ):
        assert auto.covers("nas", restart) is covered
    assert AutoApproval.from_data(
        {"enabled": True, "types": {"restart_service": False, "nonsense": True}}
    ) == AutoApproval(enabled=True, types={restart: False})


def test_after_three_automatic_restarts_in_an_hour_a_person_is_asked() -> None:
    desk = Desk()
    for number in range(1, 4):
        assert desk.ask(auto=ALWAYS).auto_approved
        desk.end(str(number))
        desk.wait(600)
    assert desk.ask(auto=ALWAYS).status is Status.PENDING
    desk.approve("4")
    desk.end("4")
    desk.wait(3600)
    assert desk.ask(auto=ALWAYS).auto_approved


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        ("succeeded", Status.COMPLETED),
        ("failed", Status.FAILED),
        ("refused", Status.FAILED),
        ("expired", Status.EXPIRED),
        ("interrupted", Status.FAILED),
    ],
)
def test_every_outcome_is_an_end(outcome: str, status: Status) -> None:
    desk = Desk()
    desk.ask()
    desk.approve()
    # It may come before anybody heard that the agent has it.
    desk.end(outcome=outcome)
    assert desk.status() is status
    before = desk.queue.get("1")
    desk.end(outcome="failed")
    desk.accept("1")
    assert desk.queue.get("1").outcome is Outcome(outcome) or status is Status.EXPIRED
    if status is not Status.EXPIRED:
        assert desk.queue.get("1") == before


def test_what_is_never_heard_of_again_is_lost_until_it_is_heard_of() -> None:
    desk = Desk()
    desk.ask()
    desk.approve()
    desk.accept("1")
    desk.wait(300 + 899)
    assert desk.status() is Status.EXECUTING
    desk.wait(2)
    assert desk.status() is Status.LOST
    desk.end()
    assert desk.status() is Status.COMPLETED


@pytest.mark.parametrize("status", ["unknown", "pending", "rejected", "another's"])
def test_a_result_of_what_was_never_given_out_is_refused(status: str) -> None:
    desk = Desk()
    desk.ask()
    if status == "rejected":
        desk.queue.reject("1", ANA, None, desk.wall)
    if status == "another's":
        desk.approve()
    before = dict(desk.queue.actions)
    result = CommandResult(
        server_id="pi" if status == "another's" else "nas",
        command_id="9" if status == "unknown" else "1",
        outcome="succeeded",
        success=True,
    )
    with pytest.raises(ActionError) as caught:
        desk.queue.result(result.server_id, result, desk.wall)
    assert caught.value.code is ActionErrorCode.UNKNOWN_ACTION
    assert desk.queue.actions == before


def test_all_of_it_survives_a_restart_and_what_is_damaged_is_named() -> None:
    desk = Desk()
    desk.ask()
    desk.approve()
    desk.accept("1")
    desk.end(output="x\ny", exit_code=1, outcome="failed")
    desk.ask()
    stored = json.loads(json.dumps(snapshot.dump(desk.queue)))
    restored = snapshot.load(stored)
    assert restored.queue.actions == desk.queue.actions
    assert restored.damaged == []
    stored["actions"][0]["status"] = "done"
    restored = snapshot.load(stored)
    assert list(restored.queue.actions) == ["2"]
    assert len(restored.damaged) == 1


def test_what_ended_is_forgotten_after_90_days() -> None:
    desk = Desk()
    desk.ask()
    desk.approve()
    desk.end()
    assert not desk.queue.prune(desk.wall + timedelta(days=90))
    assert desk.queue.prune(desk.wall + timedelta(days=91))
    assert desk.queue.actions == {}


type Step = Callable[[Desk], object]


def _try(step: Step) -> Step:
    def act(desk: Desk) -> None:
        try:
            step(desk)
        except ActionError as err:
            desk.refused = err  # type: ignore[attr-defined]

    return act


ids = st.sampled_from(["1", "2", "3"])
steps = st.one_of(
    st.builds(
        lambda auto: _try(lambda desk: desk.ask(auto=auto)),
        st.sampled_from([ALWAYS, NEVER]),
    ),
    st.builds(lambda one: _try(lambda desk: desk.approve(one)), ids),
    st.builds(
        lambda one: _try(lambda desk: desk.queue.reject(one, ANA, None, desk.wall)), ids
    ),
    st.builds(lambda one: _try(lambda desk: desk.accept(one)), ids),
    st.builds(
        lambda one, how: _try(lambda desk: desk.end(one, how)),
        ids,
        st.sampled_from([one.value for one in Outcome]),
    ),
    st.builds(
        lambda wait: _try(lambda desk: desk.wait(wait)),
        st.sampled_from([0, 60, 4000, 86400, 90000]),
    ),
)


@settings(max_examples=300)
@given(st.lists(steps, max_size=30))
def test_whatever_happens_every_action_comes_to_an_end(history: list[Step]) -> None:
    desk = Desk()
    for step in history:
        step(desk)
        for command in desk.offer():
            action = desk.queue.get(command.command_id)
            assert action.status is Status.APPROVED
            assert action.decided_by == ANA or action.auto_approved
            assert desk.wall < command.expires_at
    desk.wait(86400).wait(86400)
    assert not any(action.unfinished for action in desk.queue.actions.values())
    assert desk.offered == []
    for record in desk.records:
        if record.before is not None:
            assert record.action.status in TRANSITIONS[record.before.status]
