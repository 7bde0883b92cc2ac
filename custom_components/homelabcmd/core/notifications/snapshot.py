"""What of the outbox must survive a restart, as plain versioned JSON.

How a target fared lately is not in it: after a restart each is tried at once.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any

from ...protocol.fields import boolean, list_of, moment, object_of, text, to_object
from ...protocol.refusals import Refusal
from .lines import Line, Token
from .news import ActionNews, News
from .outbox import Outbox, Place

VERSION = 1

_id = text(128)


@dataclass(frozen=True, kw_only=True)
class _Token:
    value: Annotated[str, _id]
    until: Annotated[datetime, moment]


@dataclass(frozen=True, kw_only=True)
class _Line:
    target_id: Annotated[str, _id]
    alert_id: Annotated[str, _id]
    """Of an alert, or of an action."""
    told: Annotated[News | None, object_of(News)] = None
    alone: Annotated[bool, boolean] = False
    waiting: Annotated[News | None, object_of(News)] = None
    held: Annotated[bool, boolean] = False
    action_told: Annotated[ActionNews | None, object_of(ActionNews)] = None
    action_waiting: Annotated[ActionNews | None, object_of(ActionNews)] = None
    tokens: Annotated[tuple[_Token, ...], list_of(object_of(_Token), 2)] = ()


@dataclass(kw_only=True)
class Restored:
    """The restored outbox."""

    outbox: Outbox = field(default_factory=Outbox)
    damaged: list[str] = field(default_factory=list)
    """Entries that could not be read, for the log."""


def dump(outbox: Outbox) -> dict[str, Any]:
    """Return all lines, those that have waited longest first."""
    ordered = sorted(outbox.lines.items(), key=lambda item: item[1].since)
    return {
        "version": VERSION,
        "known": sorted(outbox.known),
        "lines": [to_object(_stored(place, line)) for place, line in ordered],
        "spent": [[token, *place] for token, place in outbox.spent.items()],
    }


def _stored(place: Place, line: Line) -> _Line:
    return _Line(
        target_id=place[0],
        alert_id=place[1],
        told=line.told if isinstance(line.told, News) else None,
        alone=line.alone,
        waiting=line.waiting if isinstance(line.waiting, News) else None,
        action_told=line.told if isinstance(line.told, ActionNews) else None,
        action_waiting=line.waiting if isinstance(line.waiting, ActionNews) else None,
        held=line.held,
        tokens=tuple(_Token(value=t.value, until=t.until) for t in line.tokens),
    )


def load(stored: Mapping[str, Any], mono: float) -> Restored:
    """Read the lines; a damaged one is left out and named, the others stay."""
    damaged: list[str] = []
    lines: dict[Place, Line] = {}
    read = object_of(_Line)
    for number, entry in enumerate(_list(stored.get("lines"))):
        try:
            line = read(entry, f"lines[{number}]")
        except (Refusal, ValueError) as err:
            damaged.append(str(err))
            continue
        lines[line.target_id, line.alert_id] = _restored(line, mono)
    known = [item for item in _list(stored.get("known")) if isinstance(item, str)]
    spent = dict(_spent(stored.get("spent")))
    return Restored(outbox=Outbox(lines, known, spent=spent), damaged=damaged)


def _spent(stored: object) -> Iterator[tuple[str, Place]]:
    """Yield old buttons; one that can't be read is no matter."""
    for entry in _list(stored):
        match entry:
            case [str(token), str(target_id), str(action_id)]:
                yield token, (target_id, action_id)


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _restored(line: _Line, mono: float) -> Line:
    return Line(
        told=line.told or line.action_told,
        alone=line.alone,
        waiting=line.waiting or line.action_waiting,
        since=mono,
        held=line.held,
        tokens=tuple(Token(value=t.value, until=t.until) for t in line.tokens),
    )
