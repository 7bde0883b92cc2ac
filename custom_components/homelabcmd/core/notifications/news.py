"""What there is to say: the last change of an alert or of an action, and several."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self

from ...protocol.fields import FieldPath, choice, moment, number, object_of, text
from ..alerts.alert import (
    MAX_NOTE,
    Alert,
    Kind,
    Person,
    Record,
    Resolution,
    Status,
)
from ..alerts.rules import Severity
from ..remediation.action import Action, ActionRecord, Status as Progress

_read_kind = choice(*Kind)


def _kind(value: object, path: FieldPath) -> Kind:
    return Kind(_read_kind(value, path))


@dataclass(frozen=True, kw_only=True, slots=True)
class News:
    """How an alert stands, and what brought it there; stored as it is."""

    kind: Annotated[Kind, _kind]
    alert: Annotated[Alert, object_of(Alert)]
    at: Annotated[datetime, moment]
    by: Annotated[Person | None, object_of(Person)] = None
    note: Annotated[str | None, text(MAX_NOTE)] = None
    value: Annotated[float | None, number(-1e19, 1e19)] = None
    """What was seen."""

    @classmethod
    def of(cls, record: Record) -> Self:
        """Return what a record tells."""
        return cls(
            kind=record.kind,
            alert=record.alert,
            at=record.at,
            by=record.by,
            note=record.note,
            value=record.value,
        )

    @property
    def record(self) -> Record:
        """The same as a record, for whoever puts it into words."""
        return Record(
            kind=self.kind,
            before=None,
            alert=self.alert,
            at=self.at,
            tell=True,
            by=self.by,
            note=self.note,
            value=self.value,
        )

    @property
    def subject_id(self) -> str:
        """What it is about."""
        return self.alert.alert_id

    @property
    def server_id(self) -> str:
        """The server that it is about."""
        return self.alert.server_id

    @property
    def severity(self) -> Severity:
        """How much it matters."""
        return self.alert.severity

    @property
    def answerable(self) -> bool:
        """Whether somebody can still answer."""
        return self.alert.status is Status.OPEN

    def same(self, other: Item | None) -> bool:
        """Return whether another one tells of the same change."""
        return isinstance(other, News) and (self.kind, self.at) == (
            other.kind,
            other.at,
        )

    def taken_back(self) -> News:
        """Return news that only takes away what was told."""
        alert = replace(
            self.alert, status=Status.RESOLVED, resolution=Resolution.REMOVED
        )
        return replace(self, kind=Kind.RESOLVED, alert=alert)

    @property
    def calm(self) -> bool:
        """Whether it changes what is there and disturbs nobody."""
        return self.kind is Kind.ACKNOWLEDGED or (
            self.alert.resolution is Resolution.REMOVED
        )

    @property
    def over(self) -> bool:
        """Whether it is the last word on the alert."""
        return self.kind is Kind.RESOLVED

    @property
    def can_wait(self) -> bool:
        """Whether quiet hours hold it back."""
        return not (self.calm or self.alert.gravity is Severity.CRITICAL)


_OUTCOMES = frozenset({Progress.COMPLETED, Progress.FAILED, Progress.LOST})


@dataclass(frozen=True, kw_only=True, slots=True)
class ActionNews:
    """How an action stands, and what brought it there; stored as it is."""

    action: Annotated[Action, object_of(Action)]
    at: Annotated[datetime, moment]
    by: Annotated[Person | None, object_of(Person)] = None

    @classmethod
    def of(cls, record: ActionRecord) -> Self:
        """Return what a record tells."""
        return cls(action=record.action, at=record.at, by=record.by)

    @property
    def record(self) -> ActionRecord:
        """The same as a record, for whoever puts it into words."""
        return ActionRecord(before=None, action=self.action, at=self.at, by=self.by)

    @property
    def subject_id(self) -> str:
        """What it is about."""
        return self.action.action_id

    @property
    def server_id(self) -> str:
        """The server that it is about."""
        return self.action.server_id

    @property
    def severity(self) -> Severity:
        """How much it matters: a person is waited for, or it went well."""
        well = self.action.status is Progress.COMPLETED
        return Severity.LOW if well else Severity.HIGH

    @property
    def answerable(self) -> bool:
        """Whether somebody can still answer."""
        return self.action.status is Progress.PENDING

    def same(self, other: Item | None) -> bool:
        """Return whether another one tells of the same change."""
        return isinstance(other, ActionNews) and (
            (self.action.status, self.at) == (other.action.status, other.at)
        )

    def taken_back(self) -> ActionNews:
        """Return news that only takes away what was told."""
        return replace(self, action=replace(self.action, status=Progress.EXPIRED))

    @property
    def calm(self) -> bool:
        """Whether it changes what is there and disturbs nobody.

        That a repair has failed is an alert of its own, which tells more.
        """
        status = self.action.status
        if status is Progress.EXECUTING and self.action.overdue:
            return False
        if self.action.alert_id is not None and status is not Progress.COMPLETED:
            return status is not Progress.PENDING
        return status not in {Progress.PENDING, *_OUTCOMES}

    @property
    def over(self) -> bool:
        """Whether it is the last word on the action."""
        return not self.action.unfinished

    @property
    def can_wait(self) -> bool:
        """Whether quiet hours hold it back; what an alert asks for does not wait."""
        return not (self.calm or self.action.alert_id is not None)


type Item = News | ActionNews


class Reason(StrEnum):
    """Why several are told together."""

    STORM = "storm"
    """They are too many for a message each."""
    QUIET = "quiet"
    """They were held back in quiet hours."""
    MAINTENANCE = "maintenance"
    """They were kept back while a server was being worked on."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Parcel:
    """One message to one target."""

    target_id: str
    news: Sequence[Item]
    """One, or several if there is a reason."""
    reason: Reason | None = None
    token: str | None = None
    """What a phone sends back when somebody answers; of a single one only."""
    request: ActionNews | None = None
    """What the alert asks for, said in the same message."""
    request_token: str | None = None
    """What a phone sends back when somebody decides that."""

    @property
    def contents(self) -> tuple[Item, ...]:
        """All that is said."""
        return (*self.news, *([self.request] if self.request else []))
