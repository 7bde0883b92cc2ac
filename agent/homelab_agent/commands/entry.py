"""A command in the journal, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

from ..protocol.fields import (
    FieldPath,
    boolean,
    choice,
    integer,
    moment,
    object_of,
    text,
)
from ..protocol.messages import MAX_OUTPUT
from ..protocol.replies import Command

_CUT = "[... the beginning was cut off]\n"


class Stage(StrEnum):
    """How far a command is."""

    ACCEPTED = "accepted"
    """It has not been begun."""
    STARTING = "starting"
    """The root helper may have been asked; nobody asks it again."""
    FINISHED = "finished"


_read_stage = choice(*(stage.value for stage in Stage))


def _stage(value: object, path: FieldPath) -> Stage:
    return Stage(_read_stage(value, path))


def _output(value: object, _path: object) -> str:
    return fitting(str(value))


def fitting(output: str) -> str:
    """Return the end of an output, where errors are, if it is too long for a message.

    What can't be written as UTF-8 is replaced.
    """
    raw = output.encode("utf-8", "replace")
    if len(raw) <= MAX_OUTPUT:
        return raw.decode()
    kept = raw[len(_CUT) - MAX_OUTPUT :].decode("utf-8", "ignore")
    return f"{_CUT}{kept}"


@dataclass(frozen=True)
class Result:
    """How a command ended; the fields are those of the message."""

    outcome: Annotated[str, text(16)]
    error: Annotated[str | None, _output] = None
    output: Annotated[str | None, _output] = None
    exit_code: Annotated[int | None, integer(-(2**31), 2**32)] = None
    started_at: Annotated[datetime | None, moment] = None
    finished_at: Annotated[datetime | None, moment] = None


@dataclass(frozen=True)
class Entry:
    """A command that was taken over; stored as it is."""

    command: Annotated[Command, object_of(Command)]
    boot_id: Annotated[str, text(128, empty=True)]
    """The boot in which it was taken over or begun."""
    stage: Annotated[Stage, _stage] = Stage.ACCEPTED
    accepted_at: Annotated[datetime | None, moment] = None
    started_at: Annotated[datetime | None, moment] = None
    result: Annotated[Result | None, object_of(Result)] = None
    told: Annotated[bool, boolean] = False
    """Whether the hub has the result."""

    @property
    def expires_at(self) -> float:
        """Seconds since 1970, by the hub's clock."""
        return self.command.expires_at.timestamp()


read_entry = object_of(Entry)


def moment_of(seconds: float) -> datetime:
    """Return a time of the hub's clock as messages have it."""
    return datetime.fromtimestamp(int(seconds), UTC)
