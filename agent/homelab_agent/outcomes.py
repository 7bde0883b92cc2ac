"""What can become of a message."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .protocol.refusals import Code
from .protocol.replies import Detail, Reply


@dataclass(frozen=True)
class Delivered:
    """The hub has it: a verified answer to this very request says so."""

    reply: Reply


@dataclass(frozen=True)
class Refused:
    """The hub does not want it; only a signed refusal is surely the hub's own."""

    detail: Detail
    signed: bool
    server_time: datetime | None = None
    """Only of a signed refusal."""


@dataclass(frozen=True)
class NotDelivered:
    """Nothing came back that proves delivery."""

    reason: str
    """What happened and what to do, in one line."""
    answered: bool = False
    """Something answered 200, as Home Assistant does while the hub is loading."""


Outcome = Delivered | Refused | NotDelivered


def code_of(outcome: Outcome) -> str | None:
    """Return the code of a refusal."""
    return outcome.detail.code if isinstance(outcome, Refused) else None


def server_time(outcome: Outcome) -> datetime | None:
    """Return the hub's time, if the hub itself told it."""
    if isinstance(outcome, Delivered):
        return outcome.reply.server_time
    return outcome.server_time if isinstance(outcome, Refused) else None


def is_removed(outcome: Outcome) -> bool:
    """Return whether the hub itself says that this server was removed."""
    return (
        isinstance(outcome, Refused)
        and outcome.signed
        and outcome.detail.code == Code.REMOVED
    )
