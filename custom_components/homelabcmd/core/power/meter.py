"""The meter of one server: from watts and counters to energy and money.

Power is integrated by the trapezoidal rule over the times at which it was really known.
What was not known for more than five minutes is not guessed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import pairwise

from .moment import Moment, month_before, month_ends
from .source import MAX_WATTS, WHOLE
from .tariff import Tariff

GAP_SECONDS = 300
"""Between two samples further apart nothing is counted."""
_SECOND_WATTS = 3_600_000
"""Watt seconds of a kWh."""
_MOST_MONTHS = 13
_HOUR = 3600
_DAY_HOURS = 24
_RESET_BELOW = Decimal("0.9")
"""Part of what a counter said; Home Assistant draws the line there, too."""
_SLACK_KWH = 1
"""What a counter may leap at any time: some count in whole kilowatt hours."""
_ROUNDED = Decimal("0.001")
_ZERO = Decimal(0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """A draw at a moment."""

    at: float
    """Monotonic seconds."""
    watts: Decimal


@dataclass(frozen=True, kw_only=True, slots=True)
class Counter:
    """What a counter of energy said when it last rose."""

    kwh: Decimal
    at: float
    """Monotonic seconds."""
    step: Decimal | None = None
    """The server's kWh by which it rose then."""
    seconds: Decimal = _ZERO
    """How long that had taken."""

    def watts(self, mono: float) -> Decimal | None:
        """Return the mean draw since it rose before; less, the longer it rests."""
        if self.step is None:
            return None
        seconds = max(self.seconds, Decimal(mono - self.at), Decimal(1))
        return self.step * _SECOND_WATTS / seconds


@dataclass(frozen=True, kw_only=True, slots=True)
class Month:
    """What was used in a month."""

    kwh: Decimal = _ZERO
    cost: Decimal = _ZERO

    def plus(self, other: Month) -> Month:
        """Return both together."""
        return Month(kwh=self.kwh + other.kwh, cost=self.cost + other.cost)


@dataclass(frozen=True, kw_only=True, slots=True)
class Hour:
    """What was used in an hour, for the mean of the last day."""

    number: int
    """Hours since 1970."""
    kwh: Decimal
    seconds: Decimal


@dataclass(frozen=True, kw_only=True)
class Meter:
    """Counts one server's energy; `kwh` never falls."""

    kwh: Decimal = _ZERO
    months: Mapping[str, Month] = field(default_factory=dict)
    """By their names, as 2026-03."""
    hours: tuple[Hour, ...] = ()
    sample: Sample | None = None
    """The last one, if the server's power is what is measured."""
    counter: Counter | None = None
    """The last reading, if its energy is."""

    def this_month(self, now: Moment) -> Month:
        """Return what was used since the month began."""
        return self.months.get(now.month, Month())

    def last_month(self, now: Moment) -> Month:
        """Return what was used in the month before."""
        return self.months.get(month_before(now.month), Month())

    def mean_watts(self) -> Decimal | None:
        """Return the mean of the last day, of the time that was counted."""
        seconds = sum((hour.seconds for hour in self.hours), _ZERO)
        if not seconds:
            return None
        return sum((hour.kwh for hour in self.hours), _ZERO) * _SECOND_WATTS / seconds

    def draws(self, watts: Decimal, now: Moment, tariff: Tariff) -> Meter:
        """Take a sample."""
        before = self.sample
        meter = replace(self, sample=Sample(at=now.mono, watts=watts), counter=None)
        if before is None or not 0 < now.mono - before.at <= GAP_SECONDS:
            return meter
        return _booked(meter, before, watts, now, tariff)

    def counts(self, kwh: Decimal, share: float, now: Moment, tariff: Tariff) -> Meter:
        """Take what a counter of energy says; `share` percent of it is the server's.

        What it counted while nobody looked was measured all the same. It is spread
        evenly over that time.
        """
        before = self.counter
        reading = Counter(kwh=kwh, at=now.mono)
        meter = replace(self, counter=reading, sample=None)
        if before is None:
            return meter
        seconds = Decimal(max(now.mono - before.at, 0))
        grown = _grown(before.kwh, kwh)
        if grown is None or not seconds:
            return replace(meter, counter=before)
        if grown > _SLACK_KWH + MAX_WATTS * seconds / _SECOND_WATTS:
            # No server draws that much: it is another counter, or nonsense.
            return meter
        step = grown * Decimal(str(share)) / WHOLE
        meter = replace(meter, counter=replace(reading, step=step, seconds=seconds))
        watts = step * _SECOND_WATTS / seconds
        start = Sample(at=before.at, watts=watts)
        return _booked(meter, start, watts, now, tariff)

    def restarted(self) -> Meter:
        """Return the meter for another source: what was counted stays."""
        return replace(self, sample=None, counter=None, hours=())

    def at_least(self, kwh: Decimal, cost: Decimal, now: Moment) -> Meter:
        """Return the meter with what was shown of it before its memory was lost.

        What was shown was rounded: so little less is none.
        """
        month = self.this_month(now)
        if cost - month.cost > _ROUNDED:
            month = replace(month, cost=cost)
        if kwh - self.kwh <= _ROUNDED:
            kwh = self.kwh
        return replace(self, kwh=kwh, months={**self.months, now.month: month})


def _booked(
    meter: Meter, start: Sample, watts: Decimal, now: Moment, tariff: Tariff
) -> Meter:
    """Count the energy between a sample and now."""
    months = dict(meter.months)
    total = _ZERO
    for begin, end, kwh in _pieces(start, watts, now, tariff):
        month = now.month_at((begin + end) / 2)
        used = Month(kwh=kwh, cost=kwh * tariff.at(begin))
        months[month] = months.get(month, Month()).plus(used)
        total += kwh
    for old in sorted(months)[:-_MOST_MONTHS]:
        del months[old]
    seconds = Decimal(now.mono - start.at)
    return replace(
        meter,
        kwh=meter.kwh + total,
        months=months,
        hours=_with_hour(meter.hours, now, total, seconds),
    )


def _pieces(
    start: Sample, watts: Decimal, now: Moment, tariff: Tariff
) -> Iterator[tuple[float, float, Decimal]]:
    """Cut the time since a sample where the price changed or a month began."""
    whole = Decimal(now.mono - start.at)
    cuts = [*tariff.between(start.at, now.mono), *month_ends(start.at, now)]
    inner = sorted(cut for cut in cuts if start.at < cut < now.mono)
    for begin, end in pairwise((start.at, *inner, now.mono)):
        seconds = Decimal(end - begin)
        middle = (Decimal(begin - start.at) + seconds / 2) / whole
        mean = start.watts + (watts - start.watts) * middle
        yield begin, end, mean * seconds / _SECOND_WATTS


def _grown(before: Decimal, now: Decimal) -> Decimal | None:
    """Return by how much a counter rose; None if it did not.

    One that fell a little has only wavered; one that fell further began anew at zero.
    """
    if now > before:
        return now - before
    return now if now < before * _RESET_BELOW else None


def _with_hour(
    hours: tuple[Hour, ...], now: Moment, kwh: Decimal, seconds: Decimal
) -> tuple[Hour, ...]:
    number = int(now.wall.timestamp()) // _HOUR
    kept = [hour for hour in hours if number - _DAY_HOURS < hour.number < number]
    same = [hour for hour in hours if hour.number == number]
    return (
        *kept,
        Hour(
            number=number,
            kwh=kwh + sum((hour.kwh for hour in same), _ZERO),
            seconds=seconds + sum((hour.seconds for hour in same), _ZERO),
        ),
    )
