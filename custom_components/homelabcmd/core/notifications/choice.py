"""What to send next of all that waits for a target, and what of it together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ..alerts.alert import Kind
from .lines import Line
from .news import ActionNews, Item, News, Reason
from .pace import MOST_IN_WINDOW, Pace
from .targets import Target


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """The news of one message, and why they are together or late."""

    news: tuple[Item, ...]
    reason: Reason | None = None


def choose(
    target: Target,
    lines: Mapping[str, Line],
    pace: Pace,
    local: datetime,
    mono: float,
) -> Choice | None:
    """Return what to send now; None if nothing, or not yet.

    `lines` are those of the target that have something waiting; `local` is the user's
    own clock.
    """
    lines = _without_joined(lines)
    quiet = target.quiet is not None and target.quiet.hold(local)
    ready = sorted(
        (
            (line, line.waiting)
            for line in lines.values()
            if line.waiting is not None and not (quiet and line.waiting.can_wait)
        ),
        # What failed lets the others go first.
        key=lambda pair: (pair[0].since, pair[0].tried is not None),
    )
    if not ready:
        return None
    news = [waiting for _line, waiting in ready]
    for line, waiting in ready:
        # It disturbs nobody, so there can't be too much of it; and summed up with
        # others it would not take the place of what is shown.
        if waiting.calm or (waiting.over and line.alone and target.replaces):
            return Choice(news=(waiting,))
    held = [waiting for line, waiting in ready if line.held]
    return (
        _together(held, Reason.QUIET)
        or _together(_overdue(news), Reason.MAINTENANCE)
        or _paced(news, ready[0][0].since, pace, mono)
    )


def joined(lines: Mapping[str, Line], news: Item) -> ActionNews | None:
    """Return the request that an alert brings along, if it is to be told now as well.

    Who is told that something is down is asked in the same message.
    """
    if not isinstance(news, News) or news.calm or news.over:
        return None
    return _requests(lines).get(news.subject_id)


def _requests(lines: Mapping[str, Line]) -> dict[str, ActionNews]:
    """Return what alerts ask for and nobody has been asked yet, by these alerts."""
    return {
        line.waiting.action.alert_id: line.waiting
        for line in lines.values()
        if isinstance(line.waiting, ActionNews)
        and line.waiting.answerable
        and line.waiting.action.alert_id is not None
    }


def _without_joined(lines: Mapping[str, Line]) -> Mapping[str, Line]:
    """Return what is to be told, without the requests that an alert brings along."""
    brought = {
        request.subject_id
        for alert_id, request in _requests(lines).items()
        if (line := lines.get(alert_id)) is not None
        and isinstance(line.waiting, News)
        and not (line.waiting.calm or line.waiting.over)
    }
    return {name: line for name, line in lines.items() if name not in brought}


def _together(news: Sequence[Item], reason: Reason) -> Choice | None:
    return Choice(news=tuple(news), reason=reason) if len(news) > 1 else None


def _overdue(news: Sequence[Item]) -> list[Item]:
    """Return what was kept back while one server was being worked on."""
    overdue: list[Item] = [
        item for item in news if isinstance(item, News) and item.kind is Kind.OVERDUE
    ]
    return [item for item in overdue if item.server_id == overdue[0].server_id]


def _paced(
    news: Sequence[Item], since: float, pace: Pace, mono: float
) -> Choice | None:
    """Return the first of them or, if they are too many, all in one."""
    lately = pace.lately(mono)
    if lately + len(news) <= MOST_IN_WINDOW:
        return Choice(news=(news[0],))
    if lately < MOST_IN_WINDOW or pace.may_sum_up(since, mono):
        return Choice(news=tuple(news), reason=Reason.STORM)
    return None
