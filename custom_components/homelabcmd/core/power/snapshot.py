"""What must survive a restart of the meters, as plain versioned JSON."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
import re
from typing import Any

from .meter import Counter, Hour, Meter, Month, Sample
from .moment import Moment

VERSION = 1
_MOST_DIGITS = 60
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_UNREADABLE = (KeyError, TypeError, ValueError, AttributeError, InvalidOperation)


@dataclass(kw_only=True)
class Saved:
    """The meters of all servers."""

    meters: dict[str, Meter] = field(default_factory=dict)
    removed: Meter = field(default_factory=Meter)
    """What servers used that are no more: it was spent all the same."""
    price: Decimal | None = None
    """The last one that was known, per kWh."""
    lost: bool = False
    """Whether something is missing that was there once."""
    damaged: list[str] = field(default_factory=list)
    """Entries that could not be read, for the log."""


def dump(saved: Saved, now: Moment) -> dict[str, Any]:
    """Return everything as JSON values."""
    return {
        "version": VERSION,
        "saved_at": now.wall.timestamp(),
        "price": None if saved.price is None else str(saved.price),
        "removed": _meter(saved.removed, now),
        "meters": {name: _meter(meter, now) for name, meter in saved.meters.items()},
    }


def load(stored: Mapping[str, Any], now: Moment) -> Saved:
    """Read the meters; a damaged one is left out and named, the others stay."""
    saved = Saved()
    entries = stored.get("meters")
    away = _away(stored, now)
    for name, entry in (entries if isinstance(entries, dict) else {}).items():
        try:
            saved.meters[str(name)] = _read_meter(entry, now, away)
        except _UNREADABLE as err:
            saved.damaged.append(f"meters.{name}: {err!r}")
    try:
        saved.removed = _read_meter(stored.get("removed") or {"kwh": "0"}, now, away)
        price = stored.get("price")
        saved.price = None if price is None else _number(price)
    except _UNREADABLE as err:
        saved.damaged.append(f"removed or price: {err!r}")
    saved.lost = not stored or bool(saved.damaged)
    return saved


def _away(stored: Mapping[str, Any], now: Moment) -> float:
    """Return the seconds since it was saved, for which nobody looked."""
    try:
        return max(now.wall.timestamp() - float(stored["saved_at"]), 0)
    except _UNREADABLE:
        return float("inf")


def _meter(meter: Meter, now: Moment) -> dict[str, Any]:
    sample, counter = meter.sample, meter.counter
    return {
        "kwh": str(meter.kwh),
        "months": {
            name: [str(month.kwh), str(month.cost)]
            for name, month in meter.months.items()
        },
        "hours": [
            [hour.number, str(hour.kwh), str(hour.seconds)] for hour in meter.hours
        ],
        "sample": sample and [now.mono - sample.at, str(sample.watts)],
        "counter": counter and [now.mono - counter.at, str(counter.kwh)],
    }


def _read_meter(entry: Mapping[str, Any], now: Moment, away: float) -> Meter:
    sample, counter = entry.get("sample"), entry.get("counter")
    lasting = away < float("inf")
    return Meter(
        kwh=_amount(entry["kwh"]),
        months={
            _month(name): Month(kwh=_amount(kwh), cost=_number(cost))
            for name, (kwh, cost) in entry.get("months", {}).items()
        },
        hours=tuple(
            Hour(number=int(number), kwh=_amount(kwh), seconds=_amount(seconds))
            for number, kwh, seconds in entry.get("hours", ())
        ),
        sample=Sample(at=now.mono - away - _age(sample[0]), watts=_amount(sample[1]))
        if sample and lasting
        else None,
        counter=Counter(kwh=_amount(counter[1]), at=now.mono - away - _age(counter[0]))
        if counter and lasting
        else None,
    )


def _month(name: str) -> str:
    if not _MONTH.fullmatch(name):
        raise ValueError(name)
    return name


def _number(text: str) -> Decimal:
    value = Decimal(text)
    if not value:
        # Nothing is nothing, however many digits it was computed with.
        return Decimal(0)
    # Beyond that no sum can be computed, and none was.
    if not value.is_finite() or abs(value.adjusted()) > _MOST_DIGITS:
        raise ValueError(text)
    return value


def _age(seconds: float) -> float:
    if not 0 <= seconds < float("inf"):
        raise ValueError(seconds)
    return float(seconds)


def _amount(text: str) -> Decimal:
    value = _number(text)
    if value < 0:
        raise ValueError(text)
    return value
