"""What one target was told of one alert or action, and is still to be told."""

from dataclasses import dataclass, replace
from datetime import datetime
import hmac

from ..alerts.alert import Alert, Kind, Record, Resolution, Status
from .news import Item, News
from .targets import Target


@dataclass(frozen=True, kw_only=True, slots=True)
class Token:
    """What the button of one message sends back."""

    value: str
    until: datetime

    def fits(self, pressed: str, wall: datetime) -> bool:
        """Return whether it was this button, and it is not too old."""
        same = hmac.compare_digest(self.value.encode(), pressed.encode())
        return same and wall < self.until


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One target and one alert or action. Times are monotonic seconds."""

    told: Item | None = None
    """What the target was told last; None if nothing."""
    alone: bool = False
    """Whether it has had a message of its own, which may still be shown."""
    waiting: Item | None = None
    """What it is to be told."""
    since: float = 0
    """From when something has been waiting."""
    held: bool = False
    """Whether it was held back in quiet hours."""
    tried: float | None = None
    """When it was tried first, if it failed."""
    under_way: bool = False
    """Whether a message of its own is being delivered right now."""
    tokens: tuple[Token, ...] = ()
    """Of the message that is shown, and of the one that is under way."""

    @property
    def latest(self) -> Item | None:
        """What it will have told when all has arrived."""
        return self.waiting or self.told

    @property
    def seen(self) -> bool:
        """Whether the target shows a message about it, or will in a moment."""
        return (self.told is not None and self.alone) or self.under_way

    def answered(self) -> Line:
        """Return the line with nothing waiting and a button that is dead."""
        return replace(self, waiting=None, held=False, tried=None, tokens=())

    def awaiting(self, news: Item, mono: float) -> Line:
        """Return the line with news; what waited before is told with it."""
        return replace(
            self,
            waiting=news,
            since=self.since if self.waiting else mono,
            held=self.held and news.can_wait,
            tried=None,
        )


def follow(
    line: Line, record: Record, target: Target, *, wanted: bool, mono: float
) -> Line | None:
    """Return the line after a record; None if there is nothing to remember."""
    news = News.of(record)
    if record.kind is Kind.RESOLVED:
        return _ended(line, news, target, tell=record.tell, mono=mono)
    if record.kind is Kind.ACKNOWLEDGED:
        known = line.answered()
        # Who was not told by now need not be: somebody takes care of it.
        if line.seen and target.changes_calmly:
            return known.awaiting(news, mono)
        return known
    if record.tell and wanted:
        return line.awaiting(news, mono)
    if isinstance(line.waiting, News) and record.alert.status is Status.OPEN:
        # It is told as it stands by now.
        return replace(line, waiting=replace(line.waiting, alert=record.alert))
    return line


def _ended(
    line: Line, news: News, target: Target, *, tell: bool, mono: float
) -> Line | None:
    removed = news.alert.resolution is Resolution.REMOVED
    heard = line.told is not None or line.under_way
    if not heard and (removed or line.waiting is None or not tell):
        return None
    if removed and not (line.seen and target.changes_calmly):
        return None
    return line.answered().awaiting(news, mono)


def missed(
    line: Line, alert: Alert | None, wall: datetime, *, tell: bool
) -> Record | None:
    """Return what became of an alert since the line was saved, if it does not know.

    None is an alert that is not known any more; `tell` is whether people are to hear
    that it got worse.
    """
    latest = line.latest
    if not isinstance(latest, News) or latest.over:
        return None
    before = latest.alert
    if alert is None or alert.status is Status.RESOLVED:
        return _resolved(alert or _removed(before, wall), wall)
    if alert.status is Status.ACKNOWLEDGED and before.status is Status.OPEN:
        return Record(
            kind=Kind.ACKNOWLEDGED,
            before=before,
            alert=alert,
            at=alert.acknowledged_at or wall,
            tell=False,
            by=alert.acknowledged_by,
            note=alert.acknowledged_note,
        )
    worse = alert.severity.rank > before.severity.rank
    if tell and worse and alert.status is Status.OPEN:
        return Record(
            kind=Kind.ESCALATED, before=before, alert=alert, at=wall, tell=True
        )
    return None


def _removed(alert: Alert, wall: datetime) -> Alert:
    return replace(
        alert,
        status=Status.RESOLVED,
        resolved_at=wall,
        resolution=Resolution.REMOVED,
    )


def _resolved(alert: Alert, wall: datetime) -> Record:
    return Record(
        kind=Kind.RESOLVED,
        before=None,
        alert=alert,
        at=alert.resolved_at or wall,
        tell=True,
        by=alert.resolved_by,
        note=alert.resolved_note,
    )


def opened(alert: Alert) -> Record:
    """Return that an alert opened, for who has not heard of it."""
    return Record(
        kind=Kind.OPENED, before=None, alert=alert, at=alert.created_at, tell=True
    )
