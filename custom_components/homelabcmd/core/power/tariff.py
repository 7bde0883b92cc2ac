"""What a kilowatt hour costs, and since when."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite
from typing import Self

from .source import Problem, decimal

MAX_PRICE = 1_000_000
"""Per kWh, in whatever currency; more is a mistake."""
_REMEMBERED = 86_400
"""Seconds for which a price is known that is no longer the price."""
_PER_KWH: Mapping[str, Decimal] = {
    "Wh": Decimal(1000),
    "kWh": Decimal(1),
    "MWh": Decimal("0.001"),
    "GWh": Decimal("0.000001"),
}
_HUNDREDTHS = frozenset(
    {"ct", "cts", "c", "cent", "cents", "¢", "p", "øre", "öre", "gr", "rp", "h"}
)
"""How the hundredth of a currency is written by integrations of prices."""
_CODE = 3
"""Letters of a currency's code."""


@dataclass(frozen=True, kw_only=True)
class Tariff:
    """The prices of late, each with the monotonic second from which it counts."""

    changes: tuple[tuple[float, Decimal], ...]

    @classmethod
    def fixed(cls, price: Decimal) -> Self:
        """Return the tariff of a price that has always been."""
        return cls(changes=((0.0, price),))

    @property
    def price(self) -> Decimal:
        """The price now, per kWh."""
        return self.changes[-1][1]

    def changed(self, price: Decimal, mono: float) -> Tariff:
        """Return the tariff with a new price from now on."""
        if price == self.price:
            return self
        kept = [change for change in self.changes if change[0] < mono]
        # The last of the old ones still counts at the beginning of what is remembered.
        old = sum(at < mono - _REMEMBERED for at, _ in kept)
        return Tariff(changes=(*kept[max(old - 1, 0) :], (mono, price)))

    def at(self, mono: float) -> Decimal:
        """Return the price at a moment; before all that is known, the first."""
        index = bisect_right(self.changes, mono, key=lambda change: change[0])
        return self.changes[max(index - 1, 0)][1]

    def between(self, start: float, end: float) -> list[float]:
        """Return when the price changed between two moments."""
        return [at for at, _ in self.changes if start < at < end]


def price_per_kwh(value: str, unit: str | None, currency: str) -> Decimal | Problem:
    """Return the price that an entity's state and unit stand for.

    Without a unit it is taken per kWh. A negative one is a price: at times the spot
    market pays those who draw.
    """
    try:
        figure = float(value)
    except ValueError:
        return Problem.NOT_A_NUMBER
    if not isfinite(figure):
        return Problem.NOT_A_NUMBER
    money, slash, energy = (unit or "").partition("/")
    factor = _PER_KWH.get(energy.strip()) if unit else Decimal(1)
    if factor is None or (unit and not slash):
        return Problem.UNIT
    factor = factor * _of_currency(money.strip(), currency)
    if factor == 0:
        return Problem.CURRENCY
    price = decimal(figure) * factor
    return price if abs(price) <= MAX_PRICE else Problem.ABSURD


def _of_currency(money: str, currency: str) -> Decimal:
    """Return what part of the currency a word is; 0 if it is another's code."""
    if money.casefold() in _HUNDREDTHS:
        return Decimal("0.01")
    code = len(money) == _CODE and money.isascii() and money.isalpha()
    if code and money.upper() != currency:
        return Decimal(0)
    return Decimal(1)
