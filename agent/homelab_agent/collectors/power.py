"""What the processors draw, by their own counters of energy."""

from __future__ import annotations

from dataclasses import dataclass
import re
from typing import TYPE_CHECKING

from .errors import CollectorError
from .helper import HelperLateError, HelperMissingError
from .sample import Collect, Sample

if TYPE_CHECKING:
    from .surroundings import Surroundings

_COUNTERS = "sys/class/powercap"
_PACKAGE = re.compile(r"intel-rapl:\d+")
_SLOW = 300.0
"""Seconds between two readings: each costs the start of a process of the helper's, and
the average over them is exact, however rarely it is taken."""
_MOST = 10_000.0
"""Watts; more is a counter that went round more than once, or nonsense."""


@dataclass(frozen=True)
class _Reading:
    at: float
    energy: dict[str, tuple[int, int]]
    """Microjoules, and where the counter starts anew, by domain."""


class _Power:
    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._last: _Reading | None = None
        self._asked_at: float | None = None
        self._watts: float | None = None

    def __call__(self) -> Sample:
        # Whether there are counters is no secret; only what they say is.
        domains = filter(_PACKAGE.fullmatch, self._around.names(_COUNTERS))
        # A container sees its host's, which are not its own.
        if self._around.container or next(domains, None) is None:
            return Sample()
        now = self._around.boot()
        if self._asked_at is None or now - self._asked_at >= _SLOW:
            self._asked_at = now
            try:
                self._take(_read(now, self._around.helper.ask("rapl")))
            except HelperLateError:
                self._asked_at = None
            except HelperMissingError:
                # Who has no helper was told so by what can't do without it.
                self._last = self._watts = None
            except (CollectorError, LookupError, TypeError, ValueError):
                self._last = self._watts = None
                raise
        return Sample(power_watts=self._watts)

    def _take(self, reading: _Reading) -> None:
        before, self._last = self._last, reading
        self._watts = None
        if before is None or before.energy.keys() != reading.energy.keys():
            return
        seconds, joules = reading.at - before.at, 0.0
        for domain, (energy, limit) in reading.energy.items():
            used = energy - before.energy[domain][0]
            joules += (used + limit if used < 0 else used) / 1e6
        if reading.energy and seconds > 0 and 0 <= joules / seconds < _MOST:
            self._watts = round(joules / seconds, 2)


def collector(around: Surroundings) -> Collect:
    """Return the collector of power_watts, the mean of some minutes."""
    return _Power(around)


def _read(at: float, answer: dict[str, object]) -> _Reading:
    domains = answer["domains"]
    if not isinstance(domains, list):
        raise CollectorError("the root helper's answer is not understood; update it")
    return _Reading(
        at,
        {
            str(domain["domain"]): (
                int(domain["energy_uj"]),
                int(domain["max_energy_range_uj"]),
            )
            for domain in domains
        },
    )
