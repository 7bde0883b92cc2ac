"""From where it is known what a server draws, and which watts that can be."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from enum import StrEnum
from math import isfinite
from typing import Any, Self

MAX_WATTS = 10_000
"""What a server draws at most; more is a mistake of whatever measured it."""
WHOLE = 100
"""Percent."""


class Kind(StrEnum):
    """The kinds of sources."""

    TDP = "tdp"
    """The typical draw, around the clock."""
    CPU = "cpu"
    """Between an idle and a full draw, by the load of the CPU."""
    RAPL = "rapl"
    """What the processors say of themselves, and a fixed draw for the rest."""
    SENSOR = "sensor"
    """A sensor of Home Assistant, of power or of energy."""


class Problem(StrEnum):
    """Why a source, or a price, says nothing that could be used."""

    MISSING = "missing"
    """There is no such entity."""
    UNAVAILABLE = "unavailable"
    NOT_A_NUMBER = "not_a_number"
    NEGATIVE = "negative"
    ABSURD = "absurd"
    """Too much to be true."""
    UNIT = "unit"
    """Its unit is none of what is needed."""
    CURRENCY = "currency"
    """It is in another currency than Home Assistant."""
    NOT_MEASURED = "not_measured"
    """The server's agent does not report it."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """A source; which fields count depends on its kind. Figures are watts."""

    kind: Kind = Kind.TDP
    idle_watts: float = 0
    full_watts: float = 0
    rest_watts: float = 0
    """What all but the processors draw."""
    entity_id: str = ""
    share: float = WHOLE
    """Percent of what the sensor measures that is this server's."""

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Read what `as_data` returned."""
        known = {item.name for item in fields(cls)}
        values = {name: value for name, value in data.items() if name in known}
        return cls(**(values | {"kind": Kind(data["kind"])}))

    def as_data(self) -> dict[str, Any]:
        """Return it as JSON values, with the fields that its kind has."""
        return {
            "kind": self.kind.value,
            **{name: getattr(self, name) for name in FIELDS[self.kind]},
        }


FIELDS: Mapping[Kind, tuple[str, ...]] = {
    Kind.TDP: (),
    Kind.CPU: ("idle_watts", "full_watts"),
    Kind.RAPL: ("rest_watts",),
    Kind.SENSOR: ("entity_id", "share"),
}


def cpu_watts(source: Source, cpu_percent: float | None) -> Decimal | Problem:
    """Return the draw at a load of the CPU."""
    if cpu_percent is None:
        return Problem.NOT_MEASURED
    idle, full = decimal(source.idle_watts), decimal(source.full_watts)
    return checked(idle + (full - idle) * decimal(cpu_percent) / WHOLE)


def rapl_watts(source: Source, measured: float | None) -> Decimal | Problem:
    """Return the draw of the processors and of the rest."""
    if measured is None:
        return Problem.NOT_MEASURED
    return checked(decimal(measured) + decimal(source.rest_watts))


def shared_watts(source: Source, measured: float) -> Decimal | Problem:
    """Return the server's share of what a sensor measures."""
    if not isfinite(measured):
        return Problem.NOT_A_NUMBER
    return checked(decimal(measured) * decimal(source.share) / WHOLE)


def checked(watts: Decimal) -> Decimal | Problem:
    """Return a draw, or why it can't be one."""
    if watts < 0:
        return Problem.NEGATIVE
    return watts if watts <= MAX_WATTS else Problem.ABSURD


def decimal(value: float) -> Decimal:
    """Return a figure as it is written, not as a computer has it."""
    return Decimal(str(value))
