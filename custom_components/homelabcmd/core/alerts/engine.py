"""The alert engine: what was seen of a server becomes alerts that open and end.

For each subject of each rule: the condition follows the evidence, flapping holds a
condition that changes too often, and the alert follows both. Every change of an alert
gives exactly one record. Nothing is decided on silence, except that a server which is
silent for too long is offline; then its other alerts rest until it is back.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
import math

from ..servers.server import Presence
from . import flapping, maintenance as maintenances
from .alert import Record, Resolution
from .condition import WELL, Condition, judge
from .evidence import Evidence, Key, Reading
from .flapping import STEADY, Flaps
from .rule_settings import Bound, Policy
from .rules import COLLECTOR, DISK, RULES, TEMPERATURE
from .server_alerts import (
    FORGOTTEN,
    MAX_TRACKS,
    OFFLINE,
    Mute,
    ServerAlerts,
    Track,
    pause,
    random_id,
)
from .transitions import Turn

_CROWDED = frozenset({COLLECTOR, DISK, TEMPERATURE})
"""Rules whose subjects a server names as it likes."""
_ROOT: Key = (DISK, "/")
_UNSEEN = Reading(0)

MUTE_SECONDS = 24 * 3600
"""What was resolved by hand and goes on all the same opens again after so long."""
ABSENT_SECONDS = 600
"""A mount that stays away for so long is gone, and not just late."""


def evaluate(
    alerts: ServerAlerts,
    evidence: Evidence,
    presence: Presence,
    policy: Policy,
    wall: datetime,
    mono: float,
    new_id: Callable[[], str] = random_id,
) -> tuple[ServerAlerts, tuple[Record, ...]]:
    """Follow the evidence; returns the same object if nothing changed.

    Called with what a heartbeat proves, and with `NOTHING` as time passes.
    """
    maintenance = alerts.maintenance
    if maintenance is not None and maintenances.over(maintenance, mono):
        maintenance = None
    if not (due := _due(alerts.tracks, evidence, presence, policy)):
        if maintenance is not alerts.maintenance:
            alerts = replace(alerts, maintenance=maintenance)
        return alerts, ()
    turn = Turn(
        server_id=alerts.server_id,
        evidence=evidence,
        presence=presence,
        policy=policy,
        silent=maintenance is not None,
        wall=wall,
        mono=mono,
        new_id=new_id,
    )
    changed: dict[Key, Track] = {}
    # In an order of its own, so that records don't depend on that of the evidence.
    for key in sorted(due):
        before = alerts.tracks.get(key, FORGOTTEN)
        if (after := _step(turn, key, before)) is not before:
            changed[key] = after
    if changed or maintenance is not alerts.maintenance:
        tracks = {
            key: track
            for key, track in {**alerts.tracks, **changed}.items()
            if track is not FORGOTTEN and track != FORGOTTEN
        }
        alerts = replace(alerts, tracks=tracks, maintenance=maintenance)
    return alerts, tuple(turn.records)


def _due(
    tracks: Mapping[Key, Track], evidence: Evidence, presence: Presence, policy: Policy
) -> set[Key]:
    """Return the subjects that need a look: all others are well and were before."""
    due = set(tracks)
    if presence is Presence.OFFLINE:
        due.add(OFFLINE)
        return due
    floors = policy.floors
    new = [
        key
        for key, reading in evidence.readings.items()
        if key not in tracks and _reaches(reading, floors.get(key[0], math.inf))
    ]
    if new:
        # Whoever can make many names must not crowd out what the user watches.
        crowd = sorted(key for key in new if key[0] in _CROWDED and key != _ROOT)
        due.update(key for key in new if key[0] not in _CROWDED or key == _ROOT)
        due.update(crowd[: max(MAX_TRACKS - len(tracks), 0)])
    return due


def _reaches(reading: Reading, floor: float) -> bool:
    if reading.limit is not None and floor < math.inf:
        floor = reading.limit
    return reading.value >= floor


def _step(turn: Turn, key: Key, track: Track) -> Track:
    """Return the track of one subject after this turn; the same if nothing changed."""
    if (why := _over(turn, key)) is not None:
        return turn.close(track, why)
    if turn.evidence.left:
        # An agent may take its leave and return as often as it likes: what keeps people
        # from hearing of a subject too often outlives that.
        return _follow(turn, key, _missed(turn, track, present=True), None)
    if turn.presence is Presence.OFFLINE and key != OFFLINE:
        return pause(track)
    if (present := turn.evidence.present.get(key[0])) is not None:
        track = _missed(turn, track, present=key[1] in present)
        if track.absent is not None and turn.mono - track.absent >= ABSENT_SECONDS:
            return turn.close(track, Resolution.GONE)
    if (reading := turn.reading(key)) is not None:
        track = _follow(turn, key, track, reading)
    return turn.remind(track)


def _over(turn: Turn, key: Key) -> Resolution | None:
    """Return why a subject is none any more, whatever is seen of it."""
    rule, subject = key
    if rule not in turn.policy.rules:
        return Resolution.RULE_OFF
    watched = turn.evidence.watched.get(rule)
    if key in turn.evidence.unjudged or (
        watched is not None and subject not in watched
    ):
        return Resolution.GONE
    return None


def _missed(turn: Turn, track: Track, *, present: bool) -> Track:
    """Take note that a subject is missing from a list, or back on it."""
    if present == (track.absent is None):
        return track
    return replace(track, absent=None if present else turn.mono)


def _follow(turn: Turn, key: Key, track: Track, reading: Reading | None) -> Track:
    """Take a reading in: condition, then flapping, then mute, then the alert.

    None is that the agent took its leave and nobody looks any more.
    """
    bounds = turn.policy.rules[key[0]]
    if reading is not None and reading.limit is not None:
        bounds = tuple(bound and bound.at(reading.limit) for bound in bounds)
    condition = WELL
    if reading is not None:
        condition = judge(bounds, track.condition, reading.value, turn.mono)
    flaps = _held(turn, key[0], track, condition)
    mute = _muted(turn, track, condition, flaps, left=reading is None)
    wanted: Bound | None = None
    if flaps.on:
        wanted = turn.policy.flapping
    elif condition.level:
        wanted = bounds[condition.level - 1]
    if (
        condition is not track.condition
        or flaps is not track.flaps
        or mute is not track.mute
    ):
        track = replace(track, condition=condition, flaps=flaps, mute=mute)
    if wanted is None:
        return _ended(turn, track, reading)
    if mute is not None or (reading is None and track.alert is None):
        return track
    return turn.stand(key, track, wanted, reading or _UNSEEN)


def _ended(turn: Turn, track: Track, reading: Reading | None) -> Track:
    if reading is None:
        return turn.end(track, Resolution.GONE)
    return turn.end(track, Resolution.CLEARED, reading.value)


def _held(turn: Turn, rule: str, track: Track, condition: Condition) -> Flaps:
    before, limit = track.condition, turn.policy.flapping
    if limit is None:
        return STEADY
    if RULES[rule].restless:
        changed = before.stirred != condition.stirred
    else:
        changed = before.level != condition.level
    return flapping.follow(
        track.flaps, before.level, condition.level, limit, turn.mono, changed=changed
    )


def _muted(
    turn: Turn, track: Track, condition: Condition, flaps: Flaps, *, left: bool
) -> Mute | None:
    """Return the mute while what was resolved by hand just goes on.

    That nobody looks does not say that it is well.
    """
    mute = track.mute
    if (
        mute is None
        or turn.mono - mute.at >= MUTE_SECONDS
        or condition.level > mute.level
    ):
        return None
    goes_on = flaps.on if track.flaps.on else condition.level > 0
    return mute if left or goes_on else None
