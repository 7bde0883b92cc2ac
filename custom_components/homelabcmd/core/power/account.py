"""What is said of a server's power at one moment, and what it may come to."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from .meter import Meter, Month
from .moment import Moment
from .source import Kind, Problem, decimal


@dataclass(frozen=True, kw_only=True, slots=True)
class Draw:
    """What a server draws now."""

    kind: Kind
    watts: Decimal | None = None
    """None if it is not known."""
    problem: Problem | None = None
    """Why its source says nothing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """What a server, or all of them, used by now."""

    typical_watts: Decimal | None = None
    """What estimates rest upon; None if it is not known yet."""
    kwh: Decimal = Decimal(0)
    """Since the server was added."""
    month: str = ""
    """Which month this is, as 2026-03."""
    this_month: Month = field(default_factory=Month)
    last_month: Month = field(default_factory=Month)


def typical_watts(meter: Meter, draw: Draw, tdp_watts: float) -> Decimal | None:
    """Return what a server's estimates rest upon; None if it is not known yet.

    Who goes by the typical draw has that: the server is taken to run around the clock.
    What is measured goes by the mean of the last day.
    """
    if draw.kind is Kind.TDP:
        return decimal(tdp_watts)
    mean = meter.mean_watts()
    return draw.watts if mean is None else mean


def account(meter: Meter, draw: Draw, tdp_watts: float, now: Moment) -> Account:
    """Return a server's account."""
    return Account(
        typical_watts=typical_watts(meter, draw, tdp_watts),
        kwh=meter.kwh,
        month=now.month,
        this_month=meter.this_month(now),
        last_month=meter.last_month(now),
    )


def total(accounts: Iterable[Account], month: str) -> Account:
    """Return the sum; of what is not known yet, nothing is in it."""
    accounts = tuple(accounts)
    known = [each.typical_watts for each in accounts if each.typical_watts is not None]
    this_month = last_month = Month()
    for each in accounts:
        this_month = this_month.plus(each.this_month)
        last_month = last_month.plus(each.last_month)
    return Account(
        typical_watts=sum(known, Decimal(0)),
        kwh=sum((each.kwh for each in accounts), Decimal(0)),
        month=month,
        this_month=this_month,
        last_month=last_month,
    )
