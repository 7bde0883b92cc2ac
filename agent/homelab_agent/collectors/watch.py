"""What the hub wants to know about, as its last signed reply said."""

from __future__ import annotations

MAX_WATCHED = 500
"""Units, and as many containers: what still fits into a message."""


class Watch:
    """The names set in Home Assistant; nothing before the first reply."""

    def __init__(
        self, services: tuple[str, ...] = (), containers: tuple[str, ...] = ()
    ) -> None:
        """Start with these."""
        self.services = services
        self.containers = containers

    def change(self, services: tuple[str, ...], containers: tuple[str, ...]) -> bool:
        """Take over a reply's lists; return whether they say something new."""
        if (services, containers) == (self.services, self.containers):
            return False
        self.services, self.containers = services, containers
        return True


def without_excess(names: tuple[str, ...]) -> tuple[tuple[str, ...], str | None]:
    """Return each name once, as many as are watched, and what to say of the others."""
    once = tuple(dict.fromkeys(names))
    if len(once) <= MAX_WATCHED:
        return once, None
    return once[:MAX_WATCHED], (
        f"only {MAX_WATCHED} of {len(once)} are watched; watch fewer on this server"
    )
