"""How an alert opens, changes, ends and is recalled; each gives one record."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from ..servers.server import Presence
from .alert import (
    MAX_DETAIL,
    Alert,
    Kind,
    Record,
    Resolution,
    Status,
    printable,
)
from .evidence import Evidence, Key, Reading
from .rule_settings import Bound, Policy
from .rules import AlertType, Severity
from .server_alerts import FORGOTTEN, OFFLINE, Track

REPEAT_SECONDS = 4 * 3600
"""An unacknowledged critical alert is told again after so long."""

_HEARD = Reading(value=0)
_SILENT = Reading(value=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Turn:
    """One look at a server."""

    server_id: str
    evidence: Evidence
    presence: Presence
    policy: Policy
    silent: bool
    """Maintenance is on: nobody is told."""
    wall: datetime
    mono: float
    new_id: Callable[[], str]
    records: list[Record] = field(default_factory=list)

    def reading(self, key: Key) -> Reading | None:
        """Return what was seen of a subject."""
        if key != OFFLINE:
            return self.evidence.readings.get(key)
        if self.presence is Presence.OFFLINE:
            return _SILENT
        # After a restart it may count as online without having spoken.
        return _HEARD if self.evidence.heard else None

    def stand(self, key: Key, track: Track, bound: Bound, reading: Reading) -> Track:
        """Return the track with an alert as the bound wants it."""
        before = track.alert
        if before is None:
            alert = self._opened(key, track, bound, reading)
            return self._changed(Kind.OPENED, track, alert, reading)
        if before.type is bound.alert_type and before.severity is bound.severity:
            return track
        alert = replace(
            before,
            type=bound.alert_type,
            severity=bound.severity,
            gravity=_gravest(before.gravity, self._gravity(key, track, bound)),
            metric_value=_metric(track, bound, reading),
            threshold_value=bound.shown,
            detail=printable(reading.detail, MAX_DETAIL),
        )
        kind = Kind.ESCALATED if _rises(before, alert) else Kind.EASED
        return self._changed(kind, track, _reopened(alert), reading)

    def _opened(self, key: Key, track: Track, bound: Bound, reading: Reading) -> Alert:
        return Alert(
            alert_id=self.new_id(),
            server_id=self.server_id,
            rule=key[0],
            subject=key[1],
            type=bound.alert_type,
            severity=bound.severity,
            gravity=self._gravity(key, track, bound),
            metric_value=_metric(track, bound, reading),
            threshold_value=bound.shown,
            detail=printable(reading.detail, MAX_DETAIL),
            created_at=self.wall,
        )

    def _gravity(self, key: Key, track: Track, bound: Bound) -> Severity:
        """Return the severity of the bound, or of the worst that it holds."""
        if bound.alert_type is not AlertType.FLAPPING:
            return bound.severity
        shown = self.policy.rules[key[0]][: max(track.flaps.peak, 1)]
        held = (level.severity for level in shown if level is not None)
        return _gravest(bound.severity, *held)

    def _changed(
        self, kind: Kind, track: Track, alert: Alert, reading: Reading
    ) -> Track:
        news = alert.status is Status.OPEN and (
            kind is not Kind.EASED or alert.type is AlertType.FLAPPING
        )
        tell = news and not self.silent
        self.records.append(
            Record(
                kind=kind,
                before=track.alert,
                alert=alert,
                at=self.wall,
                tell=tell,
                value=reading.value,
            )
        )
        return replace(
            track,
            alert=alert,
            told=self.mono if tell else track.told,
            owed=(track.owed or news) and not tell and alert.status is Status.OPEN,
        )

    def end(self, track: Track, why: Resolution, value: float | None = None) -> Track:
        """Return the track without its alert."""
        if track.alert is None:
            return track
        alert = replace(
            track.alert,
            status=Status.RESOLVED,
            resolved_at=self.wall,
            resolution=why,
        )
        self.records.append(
            Record(
                kind=Kind.RESOLVED,
                before=track.alert,
                alert=alert,
                at=self.wall,
                tell=track.told is not None and not self.silent,
                told=track.told is not None,
                value=value,
            )
        )
        return replace(track, alert=None, told=None, owed=False)

    def close(self, track: Track, why: Resolution) -> Track:
        """End the alert and forget the subject."""
        self.end(track, why)
        return FORGOTTEN

    def remind(self, track: Track) -> Track:
        """Tell what was kept back during maintenance, and what nobody answered."""
        alert = track.alert
        if alert is None or alert.status is not Status.OPEN or self.silent:
            return track
        if track.owed:
            kind = Kind.OVERDUE
        elif (
            alert.severity is Severity.CRITICAL
            and track.told is not None
            and self.mono - track.told >= REPEAT_SECONDS
        ):
            kind = Kind.REPEATED
        else:
            return track
        self.records.append(
            Record(kind=kind, before=alert, alert=alert, at=self.wall, tell=True)
        )
        return replace(track, told=self.mono, owed=False)


def _metric(track: Track, bound: Bound, reading: Reading) -> float | None:
    """Return the figure that goes with the bound's threshold."""
    if bound.alert_type is AlertType.FLAPPING:
        return float(len(track.flaps.changes))
    figure = reading.shown if bound.shown is None else reading.value
    return None if figure is None else float(figure)


def _rises(before: Alert, after: Alert) -> bool:
    if before.severity is not after.severity:
        return after.severity.rank > before.severity.rank
    # A user may have set the same severity for two levels.
    if AlertType.FLAPPING in (before.type, after.type):
        return False
    return (after.threshold_value or 0) > (before.threshold_value or 0)


def _reopened(alert: Alert) -> Alert:
    """Return the alert as open again if it is worse than what was acknowledged."""
    known = alert.acknowledged_severity
    if known is None or alert.severity.rank <= known.rank:
        return alert
    return replace(
        alert,
        status=Status.OPEN,
        acknowledged_at=None,
        acknowledged_by=None,
        acknowledged_note=None,
        acknowledged_severity=None,
    )


def _gravest(*severities: Severity) -> Severity:
    return max(severities, key=lambda severity: severity.rank)
