"""What must survive a restart of the alerts, as plain versioned JSON.

Two parts, since one is saved with every change and the other is long: the alerts that
stand, and those that ended. Monotonic times are saved as ages, so durations go on
where they were; the time that we were away counts for maintenance alone.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any

from ...protocol.fields import (
    Reader,
    boolean,
    integer,
    list_of,
    matching,
    moment,
    number,
    object_of,
    to_object,
)
from ...protocol.refusals import Refusal
from ...protocol.signing import SERVER_ID, SERVER_ID_RULE
from . import maintenance as maintenances
from .alert import ALERT_PLACE, Alert, Status
from .book import MAX_HISTORY, AlertBook
from .condition import WELL, Condition
from .evidence import Key
from .flapping import Flaps
from .maintenance import Maintenance
from .rules import FLAPPING, RULES
from .server_alerts import FORGOTTEN, Mute, ServerAlerts, Track

VERSION = 1

_NONE = -1.0
"""The age of what has not begun."""
_read_rule, _read_subject = ALERT_PLACE
_age = number(_NONE, 1e12)
_level = integer(0, max(len(rule.levels) for rule in RULES.values()))


@dataclass(frozen=True, kw_only=True)
class _Track:
    rule: Annotated[str, _read_rule]
    subject: Annotated[str, _read_subject]
    alert: Annotated[Alert | None, object_of(Alert)] = None
    level: Annotated[int, _level] = 0
    since: Annotated[tuple[float, ...], list_of(_age, len(RULES))] = ()
    changes: Annotated[tuple[float, ...], list_of(_age, int(FLAPPING.highest))] = ()
    peak: Annotated[int, _level] = 0
    flapping: Annotated[bool, boolean] = False
    muted: Annotated[float | None, _age] = None
    muted_level: Annotated[int, _level] = 0
    told: Annotated[float | None, _age] = None
    owed: Annotated[bool, boolean] = False
    absent: Annotated[float | None, _age] = None


@dataclass(frozen=True, kw_only=True)
class _Maintenance:
    left: Annotated[float | None, number(0, maintenances.MAX_SECONDS)] = None
    until: Annotated[datetime | None, moment] = None


@dataclass(kw_only=True)
class Restored:
    """The restored alerts."""

    book: AlertBook = field(default_factory=AlertBook)
    damaged: list[str] = field(default_factory=list)
    """Entries that could not be read, for the log."""

    def read[T](self, read: Reader[T], value: object, path: str) -> T | None:
        """Read an entry, or take note that it can't be."""
        try:
            return read(value, path)
        except (Refusal, ValueError) as err:
            self.damaged.append(f"{path}: {err}")
            return None


def dump_standing(book: AlertBook, wall: datetime, mono: float) -> dict[str, Any]:
    """Return the alerts that stand, with all that is remembered about them."""
    return {
        "version": VERSION,
        "servers": {
            server_id: _dump_server(alerts, wall, mono)
            for server_id, alerts in book.servers.items()
        },
    }


def dump_history(ended: Iterable[Alert]) -> dict[str, Any]:
    """Return the alerts that ended.

    There may be thousands: this and `load` take a while and belong in a thread.
    """
    return {"version": VERSION, "alerts": [to_object(alert) for alert in ended]}


def load(
    standing: Mapping[str, Any],
    history: Mapping[str, Any],
    wall: datetime,
    mono: float,
) -> Restored:
    """Read both parts; a damaged entry is left out and named, the others stay."""
    restored = Restored()
    for path, entry in _listed(history, "alerts", "history", MAX_HISTORY):
        alert = restored.read(object_of(Alert), entry, path)
        if alert is not None and alert.status is Status.RESOLVED:
            restored.book.file(alert)
        elif alert is not None:
            restored.damaged.append(f"{path}: it is not resolved")
    servers = standing.get("servers")
    for name, entry in servers.items() if isinstance(servers, dict) else ():
        path = f"servers.{name}"
        server_id = restored.read(_read_server_id, name, path)
        if server_id is not None:
            _load_server(restored, server_id, entry, wall, mono)
    return restored


_read_server_id = matching(SERVER_ID, SERVER_ID_RULE)


def _listed(
    data: object, name: str, path: str, limit: int
) -> Iterator[tuple[str, object]]:
    """Yield the entries of a list, the last ones if there are too many."""
    content = data.get(name) if isinstance(data, Mapping) else None
    if isinstance(content, list):
        for index, entry in enumerate(content[-limit:]):
            yield f"{path}[{index}]", entry


def _dump_server(alerts: ServerAlerts, wall: datetime, mono: float) -> dict[str, Any]:
    data: dict[str, Any] = {
        "tracks": [
            to_object(_dump_track(key, track, mono))
            for key, track in alerts.tracks.items()
        ]
    }
    if alerts.maintenance is not None:
        left = maintenances.left(alerts.maintenance, mono)
        # By the present wall clock, which may have been set since.
        until = maintenances.begin(left, wall, mono).until
        data["maintenance"] = to_object(_Maintenance(left=left, until=until))
    return data


def _dump_track(key: Key, track: Track, mono: float) -> _Track:
    def age(at: float | None) -> float | None:
        return None if at is None else max(mono - at, 0)

    return _Track(
        rule=key[0],
        subject=key[1],
        alert=track.alert,
        level=track.condition.level,
        since=tuple(
            _NONE if at is None else max(mono - at, 0) for at in track.condition.since
        ),
        changes=tuple(max(mono - at, 0) for at in track.flaps.changes),
        peak=track.flaps.peak,
        flapping=track.flaps.on,
        muted=age(track.mute.at if track.mute else None),
        muted_level=track.mute.level if track.mute else 0,
        told=age(track.told),
        owed=track.owed,
        absent=age(track.absent),
    )


def _load_server(
    restored: Restored, server_id: str, entry: object, wall: datetime, mono: float
) -> None:
    tracks: dict[Key, Track] = {}
    path = f"servers.{server_id}"
    for place, item in _listed(entry, "tracks", f"{path}.tracks", 10_000):
        read = restored.read(object_of(_Track), item, place)
        if read is None:
            continue
        key = (read.rule, read.subject)
        if key in tracks or not _fits(read, server_id):
            restored.damaged.append(f"{place}: it contradicts itself or another one")
        elif (track := _load_track(read, mono)) != FORGOTTEN:
            tracks[key] = track
    maintenance = _load_maintenance(restored, entry, path, wall, mono)
    if tracks or maintenance is not None:
        restored.book.servers[server_id] = ServerAlerts(
            server_id=server_id, tracks=tracks, maintenance=maintenance
        )


def _load_maintenance(
    restored: Restored, entry: object, path: str, wall: datetime, mono: float
) -> Maintenance | None:
    stored = entry.get("maintenance") if isinstance(entry, Mapping) else None
    if stored is None:
        return None
    read = restored.read(object_of(_Maintenance), stored, f"{path}.maintenance")
    if read is None:
        return None
    return maintenances.resume(read.left, read.until, wall, mono)


def _fits(read: _Track, server_id: str) -> bool:
    """Return whether a track is one that this version could have written."""
    levels = len(RULES[read.rule].levels)
    alert = read.alert
    return (
        max(read.level, read.peak, read.muted_level) <= levels
        and len(read.since) in (0, levels)
        and (
            alert is None
            or (
                alert.status is not Status.RESOLVED
                and (alert.server_id, alert.rule, alert.subject)
                == (server_id, read.rule, read.subject)
            )
        )
    )


def _load_track(read: _Track, mono: float) -> Track:
    def time(age: float | None) -> float | None:
        return None if age is None else mono - age

    since = tuple(None if age < 0 else mono - age for age in read.since)
    condition = Condition(level=read.level, since=since)
    if read.level and not since:
        levels = len(RULES[read.rule].levels)
        condition = Condition(level=read.level, since=(None,) * levels)
    return Track(
        condition=condition if condition.stirred else WELL,
        flaps=Flaps(
            changes=tuple(mono - age for age in read.changes),
            peak=read.peak,
            on=read.flapping,
        ),
        alert=read.alert,
        mute=None
        if read.muted is None
        else Mute(level=read.muted_level, at=mono - read.muted),
        told=time(read.told),
        owed=read.owed,
        absent=time(read.absent),
    )
