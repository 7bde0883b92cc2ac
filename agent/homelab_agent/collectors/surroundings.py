"""The machine as the collectors see it."""

from __future__ import annotations

from functools import cached_property

from .drives import Drives
from .machine import Machine
from .zfs import Pools


class Surroundings(Machine):
    """A machine, with what several collectors ask about it."""

    @cached_property
    def drives(self) -> Drives:
        """The disks that may be asleep."""
        return Drives(self)

    @cached_property
    def pools(self) -> Pools:
        """The ZFS pools."""
        return Pools(self)
