"""Is this the machine, and the run of its agent, that we know?"""

from dataclasses import dataclass, replace
from enum import StrEnum

from ...protocol.fields import MAX_INTEGER

ALTERNATION_WINDOW = 600
"""Seconds: a run that speaks again so soon after another took over is a second one."""
_RUNS_KEPT = 16


class Verdict(StrEnum):
    """What a heartbeat says about who sent it."""

    NEXT = "next"
    STALE = "stale"
    OTHER_MACHINE = "other_machine"
    TWO_RUNS = "two_runs"


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """A start of the agent that another one has followed."""

    run_id: str
    sequence: int
    ended: float
    """Monotonic seconds at which its successor was first heard."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Identity:
    """What is known of the sender; nothing of it is an address or a host name."""

    machine_id: str | None = None
    run_id: str | None = None
    sequence: int = 0
    """The highest of the current run."""
    earlier: tuple[Run, ...] = ()


def judge(
    identity: Identity,
    machine_id: str | None,
    run_id: str | None,
    sequence: int | None,
    mono: float,
) -> Verdict:
    """Compare the sender of a heartbeat with the one we know."""
    if None not in (machine_id, identity.machine_id) and (
        machine_id != identity.machine_id
    ):
        return Verdict.OTHER_MACHINE
    if run_id is None or sequence is None:
        return Verdict.NEXT
    if run_id == identity.run_id:
        return Verdict.NEXT if sequence > identity.sequence else Verdict.STALE
    for run in identity.earlier:
        if run.run_id == run_id and mono - run.ended <= ALTERNATION_WINDOW:
            # A late copy of an old message is no sign of a second machine.
            return Verdict.TWO_RUNS if sequence > run.sequence else Verdict.STALE
    return Verdict.NEXT


def judge_run(
    identity: Identity, machine_id: str | None, run_id: str | None, mono: float
) -> Verdict:
    """Compare the sender of a message that has no sequence: it is NEXT, or another."""
    verdict = judge(identity, machine_id, run_id, MAX_INTEGER + 1, mono)
    return Verdict.NEXT if verdict is Verdict.STALE else verdict


def advance(
    identity: Identity,
    machine_id: str | None,
    run_id: str | None,
    sequence: int | None,
    mono: float,
) -> Identity:
    """Return the identity after a heartbeat whose verdict was NEXT."""
    machine_id = machine_id or identity.machine_id
    if run_id is None or sequence is None:
        return replace(identity, machine_id=machine_id)
    earlier = identity.earlier
    if identity.run_id is not None and identity.run_id != run_id:
        ended = Run(run_id=identity.run_id, sequence=identity.sequence, ended=mono)
        kept = [
            run
            for run in earlier
            if run.run_id != run_id and mono - run.ended <= ALTERNATION_WINDOW
        ]
        earlier = (*kept, ended)[-_RUNS_KEPT:]
    return Identity(
        machine_id=machine_id, run_id=run_id, sequence=sequence, earlier=earlier
    )
