"""How long what has vanished from a server is remembered.

A mount, interface or temperature that a server no longer reports is kept for a week,
counted only while the server itself reports, and forgotten then. One that its
collector could not look at is not counted as vanished.
"""

from collections.abc import Mapping
from dataclasses import dataclass

LIFETIME = 7 * 86400
"""Seconds for which a vanished item is kept."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept[T]:
    """An item as it was last reported."""

    item: T
    missing: float | None = None
    """Seconds for which the server reported without it; None while it is there, 0
    while nothing is known of it."""

    @property
    def present(self) -> bool:
        """Whether the last heartbeat had it."""
        return self.missing is None

    @property
    def gone(self) -> bool:
        """Whether the server has lost it."""
        return bool(self.missing)


def keep[T](
    known: Mapping[str, Kept[T]],
    told: Mapping[str, T],
    limit: int,
    elapsed: float,
    always: str | None = None,
) -> Mapping[str, Kept[T]]:
    """Return what was told and, as long as it is remembered, what was not.

    `elapsed` is for how many seconds the server reported without what was not told, and
    `always` the name of what has room beyond the limit.

    What is new gets only the room that nothing else is remembered in: Home Assistant
    never quite forgets an entity, so a server must not make new ones without end.
    """
    if told.keys() == known.keys():
        # As with nearly every heartbeat: nothing came, nothing went.
        return {name: Kept(item=told[name]) for name in known}
    kept = {name: Kept(item=told[name]) for name in known if name in told}
    for name, old in known.items():
        missing = (old.missing or 0) + elapsed
        if name not in told and missing < LIFETIME:
            kept[name] = Kept(item=old.item, missing=missing)
    # The sender has put first what matters most.
    new = [name for name in told if name not in known]
    new.sort(key=lambda name: name != always)
    room = max(limit - len(kept), int(always in new))
    kept |= {name: Kept(item=told[name]) for name in new[:room]}
    return dict(sorted(kept.items()))
