"""What the sensors of the machine say about heat."""

from __future__ import annotations

from collections.abc import Iterator
import contextlib
from dataclasses import dataclass
import os
import re
from typing import TYPE_CHECKING

from ..protocol.inventory import Temperature
from ..text import clean
from .drives import ACTIVE, MAX_AGE, Traffic
from .sample import Collect, Sample

if TYPE_CHECKING:
    from .surroundings import Surroundings

_CHIPS = "sys/class/hwmon"
_ZONES = "sys/class/thermal"
_INPUT = re.compile(r"temp(\d{1,4})_input")
_MAX_SENSORS = 64
_SLOW = 600.0
"""Seconds between two looks at a disk: on some, each look puts off their sleep."""
_FRESH = 30.0
"""Seconds since which a disk must be known to be awake: it may have fallen asleep
since, and this look, unlike one at a file system, goes to the disk itself."""
_LIMITS = (("max", "max_celsius"), ("crit", "crit_celsius"))
_LOWEST, _HIGHEST = -100.0, 200.0
# The first that fits is the main one of a machine.
_MAIN = (
    *("coretemp Package id 0", "k10temp Tdie", "k10temp Tctl", "zenpower Tdie"),
    *("zenpower Tctl", "coretemp Package", "cpu_thermal", "cpu-thermal"),
    *("soc_thermal", "soc-thermal", "x86_pkg_temp", "coretemp", "k10temp"),
    *("package_thermal", "acpitz"),
)


@dataclass(frozen=True)
class _Sensor:
    name: str
    file: str
    disk: str | None = None
    """The turning disk that it would have to ask."""


@dataclass(frozen=True)
class _Last:
    celsius: float | None
    at: float
    traffic: Traffic


class _Temperatures:
    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._last: dict[str, _Last] = {}
        self._known_limits: dict[str, dict[str, float]] = {}

    def __call__(self) -> Sample:
        if self._around.container:
            # It sees its host's, and each of them would be hot with it.
            return Sample(temperatures=())
        sensors = list(self._chips()) or list(self._zones())
        files = {sensor.file for sensor in sensors}
        self._last = {file: last for file, last in self._last.items() if file in files}
        counts: dict[str, int] = {}
        found, odd = [], []
        for sensor in sensors:
            counts[sensor.name] = number = counts.get(sensor.name, 0) + 1
            name = f"{sensor.name} {number}" if number > 1 else sensor.name
            try:
                celsius = self._read(sensor)
            except ValueError:
                odd.append(name)
                continue
            if celsius is not None:
                found.append(
                    Temperature(name=name, celsius=celsius, **self._limits(sensor))
                )
        # Python's sorting leaves the rest in the order of the devices.
        found.sort(key=lambda temperature: _rank(temperature.name))
        trouble = None
        if odd:
            trouble = clean(f"no temperature comes from: {', '.join(odd)}", 1000)
        elif len(found) > _MAX_SENSORS:
            trouble = f"only {_MAX_SENSORS} of {len(found)} sensors are shown"
        return Sample(temperatures=tuple(found[:_MAX_SENSORS]), trouble=trouble)

    def _chips(self) -> Iterator[_Sensor]:
        # Numbers change from boot to boot, the place in the machine does not.
        folders = [f"{_CHIPS}/{name}" for name in self._around.names(_CHIPS)]
        for folder in sorted(folders, key=self._place):
            chip = clean(self._around.read_or_none(f"{folder}/name") or "", 100)
            chip = chip or "sensor"
            files = self._around.names(folder)
            numbers = sorted(int(m[1]) for f in files if (m := _INPUT.fullmatch(f)))
            disk = self._disk(folder) if chip == "drivetemp" else None
            for number in numbers:
                label = self._around.read_or_none(f"{folder}/temp{number}_label")
                label = clean(label or "", 100)
                if label is None and len(numbers) > 1:
                    label = f"temp{number}"
                name = f"{chip} {label}" if label else chip
                yield _Sensor(name, f"{folder}/temp{number}_input", disk)

    def _zones(self) -> Iterator[_Sensor]:
        for name in self._around.names(_ZONES):
            if name.startswith("thermal_zone"):
                kind = self._around.read_or_none(f"{_ZONES}/{name}/type")
                kind = clean(kind or "", 100) or name
                yield _Sensor(kind, f"{_ZONES}/{name}/temp")

    def _place(self, folder: str) -> tuple[str, str]:
        device = os.path.realpath(self._around.root / folder / "device")
        return str(device), folder

    def _disk(self, folder: str) -> str | None:
        disks = self._around.names(f"{folder}/device/block")
        turning = self._around.drives.all()
        return next((disk for disk in disks if disk in turning), None)

    def _read(self, sensor: _Sensor) -> float | None:
        """Return degrees or None if there are none; raises ValueError for nonsense."""
        if sensor.disk is None:
            return self._celsius(sensor.file)
        drives, now = self._around.drives, self._around.boot()
        last = self._last.get(sensor.file)
        if last is not None and now - last.at < _SLOW:
            return last.celsius
        # Only a disk that works anyway is asked: neither one that sleeps, nor one that
        # is about to fall asleep.
        traffic = drives.traffic([sensor.disk])
        busy = last is None or last.traffic != traffic
        celsius = None
        if drives.state(sensor.disk, _FRESH if busy else MAX_AGE) == ACTIVE:
            if busy:
                celsius = self._celsius(sensor.file)
                # What the question itself has moved is no work.
                traffic = drives.traffic([sensor.disk])
            elif last is not None:
                celsius = last.celsius
        self._last[sensor.file] = _Last(celsius, now, traffic)
        return celsius

    def _limits(self, sensor: _Sensor) -> dict[str, float]:
        """Return from where on it is too hot, as the driver says; read once."""
        if sensor.file not in self._known_limits:
            self._known_limits[sensor.file] = dict(self._told_limits(sensor.file))
        return self._known_limits[sensor.file]

    def _told_limits(self, file: str) -> Iterator[tuple[str, float]]:
        stem = file.removesuffix("_input")
        for name, field in _LIMITS if stem != file else ():
            # A limit that is none has any number, or can't be read.
            with contextlib.suppress(ValueError):
                celsius = int(self._around.read_or_none(f"{stem}_{name}") or "") / 1000
                if _LOWEST < celsius < _HIGHEST:
                    yield field, round(celsius, 1)

    def _celsius(self, file: str) -> float | None:
        # Nothing is plugged in, says the driver.
        fault = file.replace("_input", "_fault")
        if fault != file and (self._around.read_or_none(fault) or "").strip() == "1":
            return None
        # Of a sensor that can't be read just now, there is no text.
        if (text := self._around.read_or_none(file)) is None:
            return None
        celsius = int(text) / 1000
        # Nothing is plugged in where it is exactly 0, or far from anything.
        return round(celsius, 1) if celsius and _LOWEST < celsius < _HIGHEST else None


def collector(around: Surroundings) -> Collect:
    """Return the collector of temperatures, the main one first."""
    return _Temperatures(around)


def _rank(name: str) -> int:
    fitting = (number for number, main in enumerate(_MAIN) if name.startswith(main))
    return next(fitting, len(_MAIN))
