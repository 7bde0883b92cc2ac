"""What a heartbeat says of commands."""

from __future__ import annotations

from dataclasses import dataclass

from ..protocol.messages import Progress


@dataclass(frozen=True)
class Taken:
    """The commands that were taken over."""

    accepted: tuple[str, ...] = ()
    """The ids that the hub is not to offer any more."""
    progress: tuple[Progress, ...] = ()
    """How far those are that take long."""


NOTHING = Taken()
