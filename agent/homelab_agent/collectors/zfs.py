"""ZFS pools, as they know themselves.

What is mounted of a pool may be a small part of it: volumes of virtual machines and
datasets that are not mounted fill it as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..text import clean
from .errors import CollectorError
from .helper import HelperLateError, HelperMissingError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .machine import Machine

_MODULE = "sys/module/zfs"
_PAUSE = 120.0
"""Seconds between two looks: each costs the start of two processes. It is answered out
of the kernel's memory, so no disk is woken by it."""
_LIFETIME = 600.0
"""Seconds for which figures stand while nobody tells others."""


@dataclass(frozen=True)
class Pool:
    """Bytes as `zpool list` has them, with parity in RAIDZ.

    ZFS keeps a thirty-second part of `free` for itself: a pool is full at 97 %. One
    that is FAULTED has no figures.
    """

    name: str
    health: str
    size: int | None
    allocated: int | None
    free: int | None


class Pools:
    """The pools of this machine as they were last told."""

    def __init__(self, around: Machine) -> None:
        """Ask nothing yet."""
        self._around = around
        self._asked_at: float | None = None
        self._told_at = 0.0
        self._known: dict[str, Pool] = {}
        self._error: CollectorError | None = None

    @property
    def known(self) -> Mapping[str, Pool]:
        """The pools by name; empty where nobody tells of any."""
        return self._known

    def look(self) -> None:
        """Ask the helper if it is time to; raises CollectorError until it answers.

        What was known stays for a while where there is no answer.
        """
        # A container sees its host's module, and has nothing to say about the pool.
        if self._around.container or not self._there():
            self._known, self._error = {}, None
            return
        now = self._around.boot()
        if self._asked_at is None or now - self._asked_at >= _PAUSE:
            self._asked_at = now
            self._ask(now)
        if now - self._told_at > _LIFETIME:
            self._known = {}
        if self._error is not None:
            raise self._error

    def _ask(self, now: float) -> None:
        try:
            self._known = _read(self._around.helper.ask("pools"))
            self._told_at, self._error = now, None
        except HelperLateError:
            # Its answer can be read in the next cycle.
            self._asked_at = None
        except HelperMissingError:
            self._known, self._error = {}, None
        except CollectorError as error:
            self._error = error

    def _there(self) -> bool:
        return (self._around.root / _MODULE).exists()


def _read(answer: dict[str, Any]) -> dict[str, Pool]:
    try:
        pools = [
            Pool(
                name=clean(told["name"]) or "?",
                health=clean(told["health"]) or "?",
                size=_bytes(told["size"]),
                allocated=_bytes(told["allocated"]),
                free=_bytes(told["free"]),
            )
            for told in answer["pools"]
        ]
    except (LookupError, TypeError, ValueError):
        raise CollectorError(
            "the root helper's answer is not understood; update it"
        ) from None
    return {pool.name: pool for pool in pools}


def _bytes(told: object) -> int | None:
    return None if told is None else int(str(told))
