"""What is remembered of a server's alerts; times are monotonic seconds."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
import uuid

from .alert import Alert
from .condition import WELL, Condition, interrupted
from .evidence import Key
from .flapping import STEADY, Flaps
from .maintenance import Maintenance
from .rules import PRESENCE

MAX_TRACKS = 256
"""Subjects per server that are followed at a time: their names come from outside."""

OFFLINE: Key = (PRESENCE, "")
"""The one subject that silence itself speaks of."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Mute:
    """Somebody resolved an alert whose condition may go on."""

    level: int
    """The level that it had; a higher one is news."""
    at: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Track:
    """One subject of one rule."""

    condition: Condition = WELL
    flaps: Flaps = STEADY
    alert: Alert | None = None
    """The one that is open or acknowledged."""
    mute: Mute | None = None
    told: float | None = None
    """When people were last told of the alert."""
    owed: bool = False
    """Whether something about it was kept from people."""
    absent: float | None = None
    """From when the subject has been missing."""


FORGOTTEN = Track()
"""A subject that is well, and was for long enough."""


@dataclass(frozen=True, kw_only=True)
class ServerAlerts:
    """The alerts of one server; subjects that are well take no room."""

    server_id: str
    tracks: Mapping[Key, Track] = field(default_factory=dict)
    maintenance: Maintenance | None = None

    @property
    def known(self) -> bool:
        """Whether there is anything to remember."""
        return bool(self.tracks) or self.maintenance is not None

    @property
    def open(self) -> tuple[Alert, ...]:
        """The alerts that are not resolved."""
        return tuple(
            track.alert for track in self.tracks.values() if track.alert is not None
        )

    def with_track(self, key: Key, track: Track) -> ServerAlerts:
        """Return the alerts with one track replaced."""
        tracks = {**self.tracks, key: track}
        if track == FORGOTTEN:
            del tracks[key]
        return replace(self, tracks=tracks)


def pause(track: Track) -> Track:
    """Return the track with its durations to start anew: nobody was looking."""
    condition = interrupted(track.condition)
    if condition is track.condition and track.absent is None:
        return track
    return replace(track, condition=condition, absent=None)


def paused(alerts: ServerAlerts) -> ServerAlerts:
    """Return the alerts of a server with all durations to start anew.

    For the hub after it was away for long; short of that, durations go on where they
    were when it stopped.
    """
    tracks = {key: pause(track) for key, track in alerts.tracks.items()}
    return replace(
        alerts,
        tracks={key: track for key, track in tracks.items() if track != FORGOTTEN},
    )


def random_id() -> str:
    """Return the id of a new alert."""
    return str(uuid.uuid4())
