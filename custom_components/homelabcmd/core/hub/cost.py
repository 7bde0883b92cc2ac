"""What power costs: watts to money."""

from dataclasses import dataclass

HOURS_PER_DAY = 24
DAYS_PER_MONTH = 30
MONTHS_PER_YEAR = 12


@dataclass(frozen=True, kw_only=True)
class Cost:
    """The price of running around the clock, in the currency of the tariff."""

    daily: float
    monthly: float
    yearly: float


def running_cost(watts: float, price_per_kwh: float) -> Cost:
    """Return the cost of a steady draw: 65 W at 0.24 is 0.37, 11.23 and 134.78."""
    daily = watts * HOURS_PER_DAY / 1000 * price_per_kwh
    monthly = daily * DAYS_PER_MONTH
    return Cost(daily=daily, monthly=monthly, yearly=monthly * MONTHS_PER_YEAR)


def savings(watts: float, price_per_kwh: float, hours_per_day: float) -> Cost:
    """Return what is not paid if a draw is off for some hours of each day."""
    return running_cost(watts * hours_per_day / HOURS_PER_DAY, price_per_kwh)
