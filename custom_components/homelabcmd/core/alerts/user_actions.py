"""What people do to an alert."""

from dataclasses import replace
from datetime import datetime

from .alert import (
    MAX_NOTE,
    Alert,
    AlertError,
    AlertErrorCode,
    Kind,
    Person,
    Record,
    Resolution,
    Status,
    printable,
)
from .evidence import Key
from .rules import RULES
from .server_alerts import FORGOTTEN, Mute, ServerAlerts, Track


def acknowledge(
    alerts: ServerAlerts,
    alert_id: str,
    by: Person | None,
    note: str | None,
    wall: datetime,
) -> tuple[ServerAlerts, tuple[Record, ...]]:
    """Take note that somebody knows; a second time changes nothing.

    Raises AlertError `unknown_alert`.
    """
    key, track, before = _find(alerts, alert_id)
    if before.status is Status.ACKNOWLEDGED:
        return alerts, ()
    note = printable(note, MAX_NOTE)
    alert = replace(
        before,
        status=Status.ACKNOWLEDGED,
        acknowledged_at=wall,
        acknowledged_by=by,
        acknowledged_note=note,
        acknowledged_severity=before.severity,
    )
    record = Record(
        kind=Kind.ACKNOWLEDGED,
        before=before,
        alert=alert,
        at=wall,
        tell=False,
        by=by,
        note=note,
    )
    known = replace(track, alert=alert, owed=False)
    return alerts.with_track(key, known), (record,)


def resolve(
    alerts: ServerAlerts,
    alert_id: str,
    by: Person | None,
    note: str | None,
    wall: datetime,
    mono: float,
) -> tuple[ServerAlerts, tuple[Record, ...]]:
    """End an alert by hand.

    While its condition just goes on it stays quiet, for a day at most; it opens again
    at once when it gets worse, or when it comes back after it was well. Raises
    AlertError `unknown_alert`.
    """
    key, track, before = _find(alerts, alert_id)
    note = printable(note, MAX_NOTE)
    alert = replace(
        before,
        status=Status.RESOLVED,
        resolved_at=wall,
        resolved_by=by,
        resolved_note=note,
        resolution=Resolution.BY_HAND,
    )
    record = Record(
        kind=Kind.RESOLVED,
        before=before,
        alert=alert,
        at=wall,
        tell=track.told is not None and alerts.maintenance is None,
        told=track.told is not None,
        by=by,
        note=note,
    )
    if not RULES[before.rule].lasting:
        return alerts.with_track(key, FORGOTTEN), (record,)
    level = max(track.condition.level, track.flaps.peak if track.flaps.on else 0)
    quiet = replace(
        track, alert=None, told=None, owed=False, mute=Mute(level=level, at=mono)
    )
    return alerts.with_track(key, quiet), (record,)


def _find(alerts: ServerAlerts, alert_id: str) -> tuple[Key, Track, Alert]:
    for key, track in alerts.tracks.items():
        if track.alert is not None and track.alert.alert_id == alert_id:
            return key, track, track.alert
    raise AlertError(AlertErrorCode.UNKNOWN_ALERT, alert_id)
