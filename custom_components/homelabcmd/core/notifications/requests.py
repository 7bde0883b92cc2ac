"""What a target is told of an action: that a person is asked, and how it ended."""

from collections.abc import Mapping
from datetime import datetime

from ..remediation.action import Action, ActionRecord, Status
from .lines import Line
from .news import ActionNews
from .targets import Target

_FAILED = frozenset({Status.FAILED, Status.LOST})


def follow(
    line: Line, record: ActionRecord, target: Target, *, wanted: bool, mono: float
) -> Line | None:
    """Return the line after a change of an action; None if nothing is to remember."""
    news = ActionNews.of(record)
    status = record.action.status
    if status is Status.PENDING:
        # What waits for its maintenance window needs nobody.
        wanted = wanted and record.action.begins_at is None
        return line.awaiting(news, mono) if wanted else None
    known = line.answered()
    if news.calm:
        # Where the request is shown it is taken away.
        if line.seen and target.changes_calmly and status is not Status.EXECUTING:
            return known.awaiting(news, mono)
        return None if news.over or known.told is None else known
    heard = line.told is not None or line.under_way
    untold = wanted and (record.action.auto_approved or status in _FAILED)
    return known.awaiting(news, mono) if heard or untold else None


def missed(
    line: Line, actions: Mapping[str, Action], wall: datetime
) -> ActionRecord | None:
    """Return what became of an action since the line was saved, if it does not know."""
    latest = line.latest
    if not isinstance(latest, ActionNews) or latest.over:
        return None
    action = actions.get(latest.subject_id) or latest.taken_back().action
    if action.status is latest.action.status:
        return None
    return ActionRecord(
        before=latest.action, action=action, at=wall, by=action.decided_by
    )
