"""Which of Home Assistant's sensors shows which of a simulated server's figures."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
import hashlib
from operator import attrgetter

from .figures import Figures
from .model import Life, Server

type Read = Callable[[Figures], float]

_SCALES = {"kB/s": 1e-3, "MB/s": 1e-6}
"""Rates are in bytes a second; what is shown may be larger."""
_WHOLE = {"cpu_percent"}


@dataclass(frozen=True, kw_only=True)
class Series:
    """One sensor of one server."""

    life: Life
    entity_id: str
    read: Read
    scale: float
    digits: int | None

    def value(self, measured: Figures) -> float:
        """Return what the sensor shows of a moment."""
        return round(self.scale * self.read(measured), self.digits)


def all_series(
    life: Life, entity_ids: Mapping[str, str], units: Mapping[str, str | None]
) -> Iterator[Series]:
    """Yield the sensors of a server that show a figure.

    `entity_ids` are by unique ids, `units` by entity ids.
    """
    start = f"{life.server.server_id}_"
    for unique_id, entity_id in entity_ids.items():
        if not unique_id.startswith(start) or entity_id not in units:
            continue
        key, unit = unique_id.removeprefix(start), units[entity_id]
        if read := _of_server(life.server, key) or _of_item(life.server, key, unit):
            yield Series(
                life=life,
                entity_id=entity_id,
                read=read,
                scale=_SCALES.get(unit or "", 1),
                digits=None if key in _WHOLE or unit == "°C" else 1,
            )


def _of_server(server: Server, key: str) -> Read | None:
    reads: dict[str, Read] = {
        "cpu_percent": attrgetter("cpu"),
        "memory_percent": attrgetter("memory"),
        "memory_used": lambda measured: server.memory_gb * measured.memory / 100,
        "swap_percent": attrgetter("swap"),
        "disk_percent": lambda measured: measured.disks[0].percent,
        "disk_used": lambda measured: measured.disks[0].used_gb,
        "network_rx": attrgetter("received"),
        "network_tx": attrgetter("sent"),
        "temperature": lambda measured: measured.celsius[0],
    }
    return reads.get(key)


def _of_item(server: Server, key: str, unit: str | None) -> Read | None:
    """Return the figure of a mount or a temperature: its digest ends the key."""
    _, _, digest = key.rpartition("_")
    if unit == "%":
        for number, volume in enumerate(server.disks):
            if digest == _digest(volume.mount):
                return partial(_percent, number)
    if unit == "°C":
        for number, probe in enumerate(server.probes):
            if digest == _digest(probe.name):
                return partial(_celsius, number)
    return None


def _percent(number: int, measured: Figures) -> float:
    return measured.disks[number].percent


def _celsius(number: int, measured: Figures) -> float:
    return measured.celsius[number]


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:16]
