"""The hub's time, kept on a clock that nobody sets."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
import threading
import time

LATEST = datetime(2200, 1, 1, tzinfo=UTC).timestamp()


def boottime() -> float:
    """Return the seconds since boot, time asleep included."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Clock:
    """Tells the time as the hub sees it, once a signed answer has told it.

    The machine's own clock may be wrong by decades (a Pi has no battery for it), so it
    is only used until then.
    """

    def __init__(
        self,
        boot: Callable[[], float] = boottime,
        wall: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        wait: Callable[[threading.Event, float], object] = threading.Event.wait,
    ) -> None:
        """Take the sources of time; all count seconds."""
        self.boot = boot
        self.sleep = sleep
        self.wall = wall
        self.sleep_or = wait
        """Sleeps for so long, or until an event is set."""
        self._offset: float | None = None

    def now(self) -> float:
        """Return the seconds since 1970, by the hub's clock if it is known."""
        if self._offset is None:
            return self.wall()
        return self.boot() + self._offset

    def utc(self) -> datetime:
        """Return now in whole seconds."""
        return datetime.fromtimestamp(int(self.now()), UTC)

    def adjust(self, server_time: datetime) -> float:
        """Take over the time of a verified answer; return by how many seconds."""
        # Beyond that no calendar reaches, whatever a hub may say.
        told = min(max(server_time.timestamp(), 0.0), LATEST)
        shift = told - self.now()
        self._offset = told - self.boot()
        return shift
