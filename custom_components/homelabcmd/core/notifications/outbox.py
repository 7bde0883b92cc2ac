"""All that targets were told, and are to be told.

A record of an alert or of an action becomes news for the targets that want it. News
wait until they are delivered, and newer ones of the same take their place: what a
target shows in the end is how it stands. `next` says what to send now; whoever sends
says how it went by `delivered` or `failed`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
import secrets

from ..alerts.alert import Alert, Record, Status as AlertStatus
from ..remediation.action import Action, ActionRecord, Status
from . import requests
from .choice import Choice, choose, joined
from .lines import Line, Token, follow, missed, opened
from .news import ActionNews, Item, Parcel
from .pace import RETRY_SECONDS, Pace
from .targets import Target, TargetKind

TOKEN_LIFE = timedelta(hours=24)
MOST_SPENT = 200
"""Buttons that are remembered though they do nothing any more."""

type Place = tuple[str, str]
"""The ids of a target and of an alert or action."""
type Tags = Mapping[str, Sequence[str]]
"""The tags of each server."""


@dataclass(frozen=True, kw_only=True, slots=True)
class GivenUp:
    """News that could not be delivered for too long."""

    target_id: str
    subject_id: str


def _random_token() -> str:
    return secrets.token_urlsafe(16)


class Outbox:
    """The lines of all targets."""

    def __init__(
        self,
        lines: Mapping[Place, Line] | None = None,
        known: Iterable[str] = (),
        new_token: Callable[[], str] = _random_token,
        spent: Mapping[str, Place] | None = None,
    ) -> None:
        """Start with what was saved; `known` are the ids of the targets then."""
        self.targets: Mapping[str, Target] = {}
        self.lines = dict(lines or {})
        self.known = set(known)
        self.spent = dict(spent or {})
        """Buttons about actions that do nothing any more: who presses is told so."""
        self._paces: dict[str, Pace] = {}
        self._new_token = new_token

    # Who is to be told.

    def follow(
        self, targets: Mapping[str, Target], standing: Iterable[Alert], mono: float
    ) -> None:
        """Take the targets as they are now.

        One that is new, or wants other things than before, is not told of what was
        there already; one that is no more is forgotten.
        """
        changed = {
            target_id
            for target_id, target in targets.items()
            if target_id not in self.known
            or self.targets.get(target_id, target) != target
        }
        self.targets, self.known = dict(targets), set(targets)
        self.lines = {
            place: line for place, line in self.lines.items() if place[0] in targets
        }
        self._paces = {
            target_id: pace
            for target_id, pace in self._paces.items()
            if target_id in targets
        }
        for alert in standing:
            for target_id in changed:
                place = (target_id, alert.alert_id)
                self.lines.setdefault(place, Line(since=mono))

    # What there is to tell.

    def take(self, record: Record, tags: Sequence[str], mono: float) -> None:
        """Follow a record of an alert; `tags` are those of its server."""
        for target in self.targets.values():
            self._take(target, record, tags, mono)

    def _take(
        self, target: Target, record: Record, tags: Sequence[str], mono: float
    ) -> None:
        alert = record.alert
        place = (target.target_id, alert.alert_id)
        before = self.lines.get(place)
        wanted = target.wants(alert.gravity, alert.server_id, tags)
        after = follow(before or Line(), record, target, wanted=wanted, mono=mono)
        if after is None or (before is None and after.waiting is None):
            self.lines.pop(place, None)
        else:
            self.lines[place] = after

    def take_action(
        self, record: ActionRecord, tags: Sequence[str], mono: float
    ) -> None:
        """Follow a change of an action; `tags` are those of its server."""
        action = record.action
        for target in self.targets.values():
            place = (target.target_id, action.action_id)
            before = self.lines.get(place, Line())
            wanted = target.actions and target.covers(action.server_id, tags)
            after = requests.follow(before, record, target, wanted=wanted, mono=mono)
            self._spend(place, before, after)
            if after is None:
                self.lines.pop(place, None)
            else:
                self.lines[place] = after

    def _spend(self, place: Place, before: Line, after: Line | None) -> None:
        for token in before.tokens:
            if after is None or token not in after.tokens:
                self.spent[token.value] = place
        while len(self.spent) > MOST_SPENT:
            del self.spent[next(iter(self.spent))]

    def reconcile_actions(
        self, actions: Mapping[str, Action], tags: Tags, wall: datetime, mono: float
    ) -> None:
        """Make up for what was not saved of actions before a crash."""
        for line in list(self.lines.values()):
            if (record := requests.missed(line, actions, wall)) is not None:
                of_server = tags.get(record.action.server_id, ())
                self.take_action(record, of_server, mono)
        told = {action_id for _target, action_id in self.lines}
        for action in actions.values():
            if action.status is Status.PENDING and action.action_id not in told:
                record = ActionRecord(before=None, action=action, at=action.created_at)
                self.take_action(record, tags.get(action.server_id, ()), mono)

    def reconcile(
        self,
        standing: Iterable[tuple[Alert, bool]],
        ended: Mapping[str, Alert],
        tags: Tags,
        wall: datetime,
        mono: float,
    ) -> None:
        """Make up for what was not saved before a crash.

        `standing` has each alert and whether people were to be told of it; `ended`
        those that are over. What a target shows and is not so any more is put right,
        and what it has not heard of is told.
        """
        alerts = dict(ended)
        to_tell: dict[str, Alert] = {}
        for alert, tell in standing:
            alerts[alert.alert_id] = alert
            if tell and alert.status is AlertStatus.OPEN:
                to_tell[alert.alert_id] = alert
        for (target_id, alert_id), line in list(self.lines.items()):
            if isinstance(line.latest, ActionNews):
                continue
            target, known = self.targets[target_id], alerts.get(alert_id)
            record = missed(line, known, wall, tell=alert_id in to_tell)
            if record is not None:
                of_server = tags.get(record.alert.server_id, ())
                self._take(target, record, of_server, mono)
            elif line.waiting is None and (
                known is None or known.status is AlertStatus.RESOLVED
            ):
                del self.lines[target_id, alert_id]
        for alert in to_tell.values():
            for target in self.targets.values():
                if (target.target_id, alert.alert_id) not in self.lines:
                    of_server = tags.get(alert.server_id, ())
                    self._take(target, opened(alert), of_server, mono)

    # What to send now.

    def next(
        self, target_id: str, local: datetime, wall: datetime, mono: float
    ) -> Parcel | None:
        """Return what to send to a target now; `local` is the user's own clock."""
        target, pace = self.targets[target_id], self._pace(target_id)
        if pace.resting(mono):
            return None
        self._hold_back(target, local)
        chosen = choose(target, self._waiting(target_id), pace, local, mono)
        return None if chosen is None else self._packed(target_id, chosen, wall)

    def _hold_back(self, target: Target, local: datetime) -> None:
        """Mark what has to wait for the end of the quiet hours."""
        if target.quiet is None or not target.quiet.hold(local):
            return
        for subject_id, line in self._waiting(target.target_id).items():
            if line.waiting is not None and line.waiting.can_wait and not line.held:
                self.lines[target.target_id, subject_id] = replace(line, held=True)

    def _packed(self, target_id: str, chosen: Choice, wall: datetime) -> Parcel:
        """Return the parcel; a single one gets a button if it can be answered."""
        news = chosen.news
        alone = len(news) == 1
        request = joined(self._waiting(target_id), news[0]) if alone else None
        parcel = Parcel(
            target_id=target_id, news=news, reason=chosen.reason, request=request
        )
        tokens = [
            self._under_way(target_id, item, wall, alone=alone)
            for item in parcel.contents
        ]
        if not alone:
            return parcel
        return replace(
            parcel, token=tokens[0], request_token=tokens[1] if request else None
        )

    def _under_way(
        self, target_id: str, item: Item, wall: datetime, *, alone: bool
    ) -> str | None:
        """Note that news are on their way; returns the token of their button."""
        place = (target_id, item.subject_id)
        line, token = self.lines[place], None
        is_phone = self.targets[target_id].kind is TargetKind.PHONE
        # The message that is shown can be answered until the next one arrives.
        tokens = line.tokens[:1]
        if is_phone and alone and item.answerable:
            token = Token(value=self._new_token(), until=wall + TOKEN_LIFE)
            tokens = (*tokens, token)
        self.lines[place] = replace(line, tokens=tokens, under_way=alone)
        return token.value if token else None

    # How it went.

    def delivered(self, parcel: Parcel, mono: float) -> None:
        """Take note that a parcel arrived."""
        alone = len(parcel.news) == 1
        calm = all(news.calm for news in parcel.news)
        for news in parcel.contents:
            place = (parcel.target_id, news.subject_id)
            if (line := self.lines.get(place)) is None:
                continue
            # Something newer may have come while it was under way.
            waiting = None if news.same(line.waiting) else line.waiting
            if news.over and waiting is None:
                del self.lines[place]
                continue
            self.lines[place] = replace(
                line,
                told=news,
                alone=line.alone or alone,
                under_way=False,
                waiting=waiting,
                tokens=line.tokens if not alone or calm else line.tokens[-1:],
                tried=None,
                held=False,
            )
        if parcel.target_id in self.targets:
            self._paces[parcel.target_id] = self._pace(parcel.target_id).delivered(
                mono,
                counts=not calm,
                summary=parcel.reason is not None,
            )

    def failed(self, parcel: Parcel, mono: float) -> tuple[GivenUp, ...]:
        """Take note that a parcel did not arrive; returns what is given up now."""
        if parcel.target_id not in self.targets:
            return ()
        self._paces[parcel.target_id] = self._pace(parcel.target_id).failed(mono)
        for news in parcel.contents:
            place = (parcel.target_id, news.subject_id)
            line = self.lines.get(place)
            if line is None:
                continue
            self.lines[place] = line = replace(line, under_way=False)
            if news.same(line.waiting):
                tried = mono if line.tried is None else line.tried
                # Others get their turn: it may be this one that can't be delivered.
                self.lines[place] = replace(line, tried=tried, since=mono)
        return tuple(self._give_up(parcel.target_id, mono))

    def _give_up(self, target_id: str, mono: float) -> Iterator[GivenUp]:
        for subject_id, line in self._waiting(target_id).items():
            if line.tried is None or mono - line.tried < RETRY_SECONDS:
                continue
            if line.waiting is not None and line.waiting.over:
                if line.seen:
                    # What is shown must not stay when it is over: tried until it works.
                    continue
                del self.lines[target_id, subject_id]
            else:
                self.lines[target_id, subject_id] = replace(
                    line.answered(), tokens=line.tokens[:1]
                )
            yield GivenUp(target_id=target_id, subject_id=subject_id)

    def failures(self, target_id: str) -> int:
        """Return how often a target failed in a row."""
        return self._pace(target_id).failures

    # What a phone sends back.

    def whose_button(self, pressed: str, wall: datetime) -> Place | None:
        """Return whose button it is; None if it is nobody's, or no longer."""
        for place, line in self.lines.items():
            if any(token.fits(pressed, wall) for token in line.tokens):
                return place
        return None

    # What there is.

    def busy(self) -> set[str]:
        """Return the targets for which something waits."""
        return {place[0] for place, line in self.lines.items() if line.waiting}

    def waiting(self, target_id: str) -> int:
        """Return how many alerts a target is to be told of."""
        return len(self._waiting(target_id))

    def _waiting(self, target_id: str) -> dict[str, Line]:
        return {
            place[1]: line
            for place, line in self.lines.items()
            if place[0] == target_id and line.waiting is not None
        }

    def _pace(self, target_id: str) -> Pace:
        return self._paces.get(target_id, Pace())
