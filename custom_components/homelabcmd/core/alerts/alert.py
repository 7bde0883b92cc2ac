"""An alert, and the record of a change of it.

Texts are made from these fields where they are shown, in the language of whoever
reads them. The fields are annotated with readers: an alert is stored as it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from ...protocol.fields import (
    Reader,
    boolean,
    choice,
    list_of,
    matching,
    moment,
    number,
    object_of,
    text,
)
from ...protocol.signing import SERVER_ID, SERVER_ID_RULE
from .rules import RULES, AlertType, Severity

MAX_NOTE = 1000
MAX_SUBJECT = 4096
MAX_DETAIL = 1024
MAX_UNDELIVERED = 50

_ID = text(128)
_FIGURE = number(-1e19, 1e19)


def _one_of[E: StrEnum](kind: type[E]) -> Reader[E]:
    read = choice(*kind)
    return lambda value, path: kind(read(value, path))


ALERT_PLACE: tuple[Reader[str], Reader[str]] = (
    choice(*RULES),
    text(MAX_SUBJECT, empty=True),
)
"""Readers of a rule's key and of a subject."""


class Status(StrEnum):
    """How far an alert is."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class Resolution(StrEnum):
    """Why an alert ended."""

    CLEARED = "cleared"
    """It was seen to be well."""
    BY_HAND = "by_hand"
    GONE = "gone"
    """Its subject is no longer there, or no longer watched."""
    RULE_OFF = "rule_off"
    REMOVED = "removed"
    """Its server was removed."""


@dataclass(frozen=True, kw_only=True)
class Person:
    """Who did it."""

    user_id: Annotated[str | None, _ID] = None
    name: Annotated[str | None, text(255)] = None

    @classmethod
    def of(cls, user_id: str | None, name: str | None) -> Person:
        """Return a person whose name can be stored."""
        return cls(user_id=user_id, name=printable(name, 255))


@dataclass(frozen=True, kw_only=True)
class Alert:
    """Something that is wrong with a server, or was."""

    alert_id: Annotated[str, _ID]
    server_id: Annotated[str, matching(SERVER_ID, SERVER_ID_RULE)]
    rule: Annotated[str, ALERT_PLACE[0]]
    subject: Annotated[str, ALERT_PLACE[1]]
    """What it is about: a mount, a service ...; empty is the server itself."""
    type: Annotated[AlertType, _one_of(AlertType)]
    severity: Annotated[Severity, _one_of(Severity)]
    gravity: Annotated[Severity, _one_of(Severity)]
    """The worst that it ever stood for: also of what it holds while it flaps."""
    status: Annotated[Status, _one_of(Status)] = Status.OPEN
    metric_value: Annotated[float | None, _FIGURE] = None
    """The value that brought it to its present type."""
    threshold_value: Annotated[float | None, _FIGURE] = None
    detail: Annotated[str | None, text(MAX_DETAIL)] = None
    created_at: Annotated[datetime, moment]
    acknowledged_at: Annotated[datetime | None, moment] = None
    acknowledged_by: Annotated[Person | None, object_of(Person)] = None
    acknowledged_note: Annotated[str | None, text(MAX_NOTE)] = None
    acknowledged_severity: Annotated[Severity | None, _one_of(Severity)] = None
    """How severe it was then."""
    resolved_at: Annotated[datetime | None, moment] = None
    resolved_by: Annotated[Person | None, object_of(Person)] = None
    resolved_note: Annotated[str | None, text(MAX_NOTE)] = None
    resolution: Annotated[Resolution | None, _one_of(Resolution)] = None
    notified: Annotated[bool, boolean] = False
    """Whether a message about it was delivered."""
    undelivered: Annotated[tuple[str, ...], list_of(text(255), MAX_UNDELIVERED)] = ()
    """The names of the targets that a message about it could not be delivered to."""
    action_id: Annotated[str | None, _ID] = None
    """The action that is to remedy it."""

    @property
    def auto_resolved(self) -> bool:
        """Whether it ended without anybody's doing."""
        return self.status is Status.RESOLVED and self.resolution not in (
            Resolution.BY_HAND,
            Resolution.REMOVED,
        )


class Kind(StrEnum):
    """What a record tells of an alert."""

    OPENED = "opened"
    ESCALATED = "escalated"
    EASED = "eased"
    """Milder than before, or held because it flaps."""
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"
    REPEATED = "repeated"
    """It still stands and nobody has said a word."""
    OVERDUE = "overdue"
    """It opened or escalated during maintenance, which is over."""


@dataclass(frozen=True, kw_only=True)
class Record:
    """One change of an alert, or one reminder of it."""

    kind: Kind
    before: Alert | None
    """None when it opened."""
    alert: Alert
    """As it is from now on."""
    at: datetime
    tell: bool
    """Whether people are to hear of it, as far as maintenance goes."""
    told: bool = False
    """Of one that ended: whether people had heard of it, so that its end matters to
    them even if maintenance began since."""
    by: Person | None = None
    note: str | None = None
    value: float | None = None
    """What was seen."""

    @property
    def from_status(self) -> Status | None:
        """The status before; None when it opened."""
        return None if self.before is None else self.before.status

    @property
    def to_status(self) -> Status:
        """The status from now on."""
        return self.alert.status


class AlertErrorCode(StrEnum):
    """Why something can't be done with an alert."""

    UNKNOWN_ALERT = "unknown_alert"
    ALERT_RESOLVED = "alert_resolved"
    """It ended already."""


class AlertError(Exception):
    """It can't be done; nothing was changed."""

    def __init__(self, code: AlertErrorCode, alert_id: str) -> None:
        super().__init__(code.value)
        self.code = code
        self.alert_id = alert_id


def printable(value: str | None, limit: int) -> str | None:
    """Return a text as it is kept: one line, not too long, None if it says nothing."""
    # Neither control characters nor lone surrogates can be stored.
    visible = "".join(char if char.isprintable() else " " for char in value or "")
    return " ".join(visible.split())[:limit].strip() or None


def worst(alerts: Sequence[Alert]) -> Severity | None:
    """Return the highest severity among alerts."""
    return max(
        (alert.severity for alert in alerts),
        key=lambda severity: severity.rank,
        default=None,
    )
