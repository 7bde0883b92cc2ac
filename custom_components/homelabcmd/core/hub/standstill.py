"""Notices when Home Assistant itself stood still.

A paused container, a blocked loop or a debugger: what was sent meanwhile was not heard,
so that it must not count as silence.
"""

LONGEST = 15
"""Seconds between two looks at the most; the hub looks every five."""


class Standstill:
    """Remembers when we were last seen alive."""

    def __init__(self, mono: float) -> None:
        """Begin now, in monotonic seconds."""
        self._last = mono

    def missed(self, mono: float) -> float:
        """Return for how many seconds we stood still until now; 0 if we did not."""
        passed = mono - self._last
        self._last = mono
        return passed if passed > LONGEST else 0
