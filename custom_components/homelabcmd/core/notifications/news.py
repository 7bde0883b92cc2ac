"""What there is to say: the last change of an alert, and several of them together."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self

from ...protocol.fields import FieldPath, choice, moment, number, object_of, text
from ..alerts.alert import MAX_NOTE, Alert, Kind, Person, Record, Resolution, Status
from ..alerts.rules import Severity

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

    def same(self, other: News | None) -> bool:
        """Return whether another one tells of the same change."""
        return other is not None and (self.kind, self.at) == (other.kind, other.at)

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


def taken_back(news: News) -> News:
    """Return news that only takes away what was told."""
    alert = replace(news.alert, status=Status.RESOLVED, resolution=Resolution.REMOVED)
    return replace(news, kind=Kind.RESOLVED, alert=alert)


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
    news: Sequence[News]
    """One, or several if there is a reason."""
    reason: Reason | None = None
    token: str | None = None
    """What a phone sends back when somebody acknowledges; of a single alert only."""
