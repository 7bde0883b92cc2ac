"""Which temperatures can be too hot, and from where on.

A board's chip also has inputs with nothing plugged in, whose figures mean nothing, and
a Wi-Fi card is always warm. So only what speaks for a processor, a drive or graphics is
judged unless the user wants all of them.
"""

from collections.abc import Iterable, Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache
import re
from typing import NamedTuple

from ...protocol.inventory import Temperature

_COOLEST = 80.0
_COOLEST_DRIVE = 50.0
# From where on each of them may be called too hot, whatever its driver says: that of
# many processors says 70, which is nothing.
_PARTS: dict[str, float] = {
    **dict.fromkeys(("drivetemp", "nvme"), _COOLEST_DRIVE),
    **dict.fromkeys(
        (
            *("coretemp", "k8temp", "k10temp", "zenpower", "via_cputemp"),
            *("cpu", "soc", "x86_pkg_temp", "bigcore", "littlecore", "bcm2835_thermal"),
            *("package", "tctl", "tdie", "core"),
            *("amdgpu", "radeon", "nouveau", "nvidia", "i915", "xe", "gpu", "npu"),
        ),
        _COOLEST,
    ),
}
"""What a sensor's name begins with, if it speaks for what can be too hot."""
_INSTEAD = ("acpitz", "thermal_zone")
"""Those of the whole machine, where there is nothing better."""
_PLACEHOLDERS = frozenset({-128.0, -127.0, -62.0, 0.0, 127.0, 127.5, 128.0, 255.0})
"""What is read where nothing is plugged in, or nobody answers."""
_SANE = (40.0, 130.0)
_BELOW_CRITICAL = 5
_WHOLE = re.compile("Package|Tctl|Tdie|Composite")
"""Sensors that speak for their chip, by the names that Linux's drivers give them."""
_PIECE = re.compile(r"Core \d|Tccd\d|Sensor \d")


@dataclass(frozen=True, kw_only=True)
class HeatTerms:
    """What the user wants of temperatures."""

    all_sensors: bool = False
    same_for_all: bool = False
    """Whether the threshold was set by hand and holds whatever a driver says."""


DEFAULTS = HeatTerms()


def means_nothing(sensor: Temperature) -> bool:
    """Return whether a figure is one that stands for none."""
    return sensor.celsius in _PLACEHOLDERS


def judged(
    sensors: Iterable[Temperature],
    known: Iterable[str],
    moved: AbstractSet[str],
    terms: HeatTerms,
) -> list[Temperature]:
    """Return the sensors that can be too hot, of each chip those for all of it.

    `known` are the names of all that the server has. Those that speak for nothing must
    have moved, once at least. Sixteen cores are hot together, and that is one alert.
    """
    instead = not any(_part(name).coolest for name in known)
    found = [
        (item, part)
        for item in sensors
        if (part := _part(item.name)).coolest
        or (item.name in moved and (terms.all_sensors or (instead and part.is_instead)))
    ]
    whole = {part.chip for _, part in found if part.is_whole}
    return [item for item, part in found if part.chip not in whole or not part.is_piece]


def limit(sensor: Temperature, terms: HeatTerms) -> float | None:
    """Return from where on a sensor is too hot; None where nobody has said.

    That is its driver's `max`, or 5 below its `crit` if that is less.
    """
    if terms.same_for_all:
        return None
    highest, critical = _sane(sensor.max_celsius), _sane(sensor.crit_celsius)
    limits = [highest] if highest is not None else []
    if critical is not None:
        limits.append(critical - _BELOW_CRITICAL)
    contradict = highest is not None and critical is not None and highest > critical
    if contradict or not limits:
        return None
    return max(min(limits), _part(sensor.name).coolest or _COOLEST)


def _sane(celsius: float | None) -> float | None:
    if celsius is None or celsius in _PLACEHOLDERS:
        return None
    return celsius if _SANE[0] <= celsius <= _SANE[1] else None


class _Part(NamedTuple):
    """What a sensor's name tells of what it is about."""

    coolest: float | None
    """From where on it may be called too hot; None: it speaks for no such part."""
    chip: str
    is_instead: bool
    is_whole: bool
    is_piece: bool


@lru_cache(maxsize=2048)
def _part(name: str) -> _Part:
    folded = name.casefold()
    begins = (at for part, at in _PARTS.items() if folded.startswith(part))
    return _Part(
        coolest=next(begins, None),
        chip=name.partition(" ")[0],
        is_instead=folded.startswith(_INSTEAD),
        is_whole=_WHOLE.search(name) is not None,
        is_piece=_PIECE.search(name) is not None,
    )
