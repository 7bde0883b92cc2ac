"""All alerts: those of each server that stand, and those that ended."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from ..servers.server import Presence
from . import engine, maintenance, user_actions
from .alert import (
    MAX_UNDELIVERED,
    Alert,
    AlertError,
    AlertErrorCode,
    Kind,
    Person,
    Record,
    Resolution,
    Status,
)
from .evidence import Evidence
from .rule_settings import Policy
from .rules import Severity
from .server_alerts import ServerAlerts, paused

RETENTION = timedelta(days=90)
MAX_HISTORY = 5000
"""Resolved alerts; the first to end is the first to go."""
DEFAULT_LIMIT = 100
STEADY_SECONDS = 3600
"""How long the wall clock must have kept pace before anything is thrown away by it."""
PACE_SECONDS = 600


class AlertBook:
    """The alerts of all servers."""

    def __init__(self) -> None:
        """Start without any."""
        self.servers: dict[str, ServerAlerts] = {}
        self.history: dict[str, Alert] = {}
        """Resolved alerts by their id, in the order in which they ended."""
        self._looked: tuple[datetime, float] | None = None

    def of(self, server_id: str) -> ServerAlerts:
        """Return the alerts of a server."""
        return self.servers.get(server_id) or ServerAlerts(server_id=server_id)

    def evaluate(
        self,
        server_id: str,
        evidence: Evidence,
        presence: Presence,
        policy: Policy,
        wall: datetime,
        mono: float,
    ) -> tuple[Record, ...]:
        """Follow what was seen of a server."""
        before = self.of(server_id)
        return self._keep(
            engine.evaluate(before, evidence, presence, policy, wall, mono)
        )

    def acknowledge(
        self, alert_id: str, by: Person | None, note: str | None, wall: datetime
    ) -> tuple[Record, ...]:
        """Take note that somebody knows; raises AlertError."""
        held = self._holder(alert_id)
        return self._keep(user_actions.acknowledge(held, alert_id, by, note, wall))

    def resolve(
        self,
        alert_id: str,
        by: Person | None,
        note: str | None,
        wall: datetime,
        mono: float,
    ) -> tuple[Record, ...]:
        """End an alert by hand; raises AlertError."""
        held = self._holder(alert_id)
        return self._keep(user_actions.resolve(held, alert_id, by, note, wall, mono))

    def _keep(
        self, outcome: tuple[ServerAlerts, tuple[Record, ...]]
    ) -> tuple[Record, ...]:
        after, records = outcome
        if after.known:
            self.servers[after.server_id] = after
        else:
            self.servers.pop(after.server_id, None)
        for record in records:
            if record.to_status is Status.RESOLVED:
                self.file(record.alert)
        return records

    def file(self, alert: Alert) -> None:
        """Keep an alert that ended.

        If there are too many, the oldest of the server that has the most goes: nobody's
        alerts are driven out by another's.
        """
        self.history[alert.alert_id] = alert
        while len(self.history) > MAX_HISTORY:
            ended = Counter(held.server_id for held in self.history.values())
            ((loudest, _number),) = ended.most_common(1)
            oldest = next(
                alert_id
                for alert_id, held in self.history.items()
                if held.server_id == loudest
            )
            del self.history[oldest]

    def _holder(self, alert_id: str) -> ServerAlerts:
        for held in self.servers.values():
            if any(alert.alert_id == alert_id for alert in held.open):
                return held
        raise AlertError(
            AlertErrorCode.ALERT_RESOLVED
            if alert_id in self.history
            else AlertErrorCode.UNKNOWN_ALERT,
            alert_id,
        )

    # What others do with a server or an alert.

    def begin_maintenance(
        self, server_id: str, duration: float | None, wall: datetime, mono: float
    ) -> None:
        """Tell nobody of this server for so many seconds, or until it is ended."""
        self.servers[server_id] = replace(
            self.of(server_id), maintenance=maintenance.begin(duration, wall, mono)
        )

    def end_maintenance(self, server_id: str) -> None:
        """Tell of it again; the next evaluation brings what was kept back."""
        self._keep((replace(self.of(server_id), maintenance=None), ()))

    def interrupt(self, server_id: str) -> None:
        """Let durations start anew: what was seen before says nothing of now."""
        if (alerts := self.servers.get(server_id)) is not None:
            self._keep((paused(alerts), ()))

    def forget(self, server_id: str, wall: datetime) -> tuple[Record, ...]:
        """Drop a server that was removed, with all its alerts.

        The records are for whoever still shows one of them; nobody is told.
        """
        removed = self.servers.pop(server_id, None)
        self.history = {
            alert_id: alert
            for alert_id, alert in self.history.items()
            if alert.server_id != server_id
        }
        return tuple(
            Record(
                kind=Kind.RESOLVED,
                before=track.alert,
                alert=replace(
                    track.alert,
                    status=Status.RESOLVED,
                    resolved_at=wall,
                    resolution=Resolution.REMOVED,
                ),
                at=wall,
                tell=False,
                told=track.told is not None,
            )
            for track in (removed.tracks.values() if removed else ())
            if track.alert is not None
        )

    def mark_notified(self, alert_id: str) -> None:
        """Take note that a message was delivered; unknown ids are no matter."""
        self._update(alert_id, lambda alert: replace(alert, notified=True))

    def mark_undelivered(self, alert_id: str, target: str) -> None:
        """Take note that a message could not be delivered to a target."""

        def mark(alert: Alert) -> Alert:
            names = dict.fromkeys((*alert.undelivered, target))
            return replace(alert, undelivered=tuple(names)[:MAX_UNDELIVERED])

        self._update(alert_id, mark)

    def link_action(self, alert_id: str, action_id: str | None) -> None:
        """Take note of the action that is to remedy an alert."""
        self._update(alert_id, lambda alert: replace(alert, action_id=action_id))

    def _update(self, alert_id: str, change: Callable[[Alert], Alert]) -> None:
        if (ended := self.history.get(alert_id)) is not None:
            self.history[alert_id] = change(ended)
        for held in self.servers.values():
            for key, track in held.tracks.items():
                if track.alert is not None and track.alert.alert_id == alert_id:
                    told = replace(track, alert=change(track.alert))
                    self.servers[held.server_id] = held.with_track(key, told)
                    return

    # What there is.

    def standing(self, server_id: str | None = None) -> Iterator[Alert]:
        """Yield the alerts that are not resolved, of one server or of all."""
        held = self.servers.values() if server_id is None else (self.of(server_id),)
        for alerts in held:
            yield from alerts.open

    def told(self) -> Iterator[tuple[Alert, bool]]:
        """Yield those that are not resolved, and whether people were to hear of it."""
        for alerts in self.servers.values():
            for track in alerts.tracks.values():
                if track.alert is not None:
                    tell = track.told is not None and not track.owed
                    yield track.alert, tell

    def by_severity(self) -> dict[Severity, int]:
        """Return how many alerts of each severity are not resolved."""
        counts = Counter(alert.severity for alert in self.standing())
        return {severity: counts[severity] for severity in Severity}

    def get(self, alert_id: str) -> Alert:
        """Return an alert; raises AlertError."""
        for alert in self.standing():
            if alert.alert_id == alert_id:
                return alert
        if (found := self.history.get(alert_id)) is None:
            raise AlertError(AlertErrorCode.UNKNOWN_ALERT, alert_id)
        return found

    def query(
        self,
        *,
        status: Status | None = None,
        severity: Severity | None = None,
        server_id: str | None = None,
        alert_id: str | None = None,
        limit: int | None = DEFAULT_LIMIT,
    ) -> list[Alert]:
        """Return the alerts that fit, the newest first; raises AlertError for an id."""
        alerts = [self.get(alert_id)] if alert_id is not None else self._all()
        found = (
            (alert.created_at, number, alert)
            for number, alert in enumerate(alerts)
            if (status is None or alert.status is status)
            and (severity is None or alert.severity is severity)
            and (server_id is None or alert.server_id == server_id)
        )
        newest = sorted(found, reverse=True)[:limit]
        return [alert for _at, _number, alert in newest]

    def _all(self) -> Iterator[Alert]:
        yield from self.history.values()
        yield from self.standing()

    def prune(self, wall: datetime, mono: float) -> bool:
        """Forget what ended more than 90 days ago; return if there was anything.

        To be called every hour or so. It goes only by a wall clock that has kept pace
        since the last call: one that jumps to the next year and back must not take
        the history with it.
        """
        if (looked := self._looked) is None:
            self._looked = (wall, mono)
            return False
        passed = mono - looked[1]
        kept_pace = abs((wall - looked[0]).total_seconds() - passed) <= PACE_SECONDS
        if kept_pace and passed < STEADY_SECONDS:
            return False
        self._looked = (wall, mono)
        if not kept_pace:
            return False
        kept = {
            alert_id: alert
            for alert_id, alert in self.history.items()
            if alert.resolved_at is None or wall - alert.resolved_at <= RETENTION
        }
        changed = len(kept) < len(self.history)
        self.history = kept
        return changed
