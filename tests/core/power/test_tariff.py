"""Prices: what a state stands for, and since when it counts."""

from decimal import Decimal

import pytest

from custom_components.homelabcmd.core.power.source import Problem
from custom_components.homelabcmd.core.power.tariff import Tariff, price_per_kwh


@pytest.mark.parametrize(
    ("state", "unit", "price"),
    [
        ("0.24", "EUR/kWh", "0.24"),
        ("0.24", None, "0.24"),
        ("240", "EUR/MWh", "0.24"),
        ("0.00024", "EUR/Wh", "0.24"),
        ("24", "ct/kWh", "0.24"),
        ("24.5", "öre/kWh", "0.245"),
        ("0.3", "€/kWh", "0.3"),
        ("0.3", "eur / kWh", "0.3"),
        ("-0.02", "EUR/kWh", "-0.02"),
        ("0", "EUR/kWh", "0"),
    ],
)
def test_a_price_is_read_by_its_unit(state: str, unit: str | None, price: str) -> None:
    assert price_per_kwh(state, unit, "EUR") == Decimal(price)


@pytest.mark.parametrize(
    ("state", "unit", "problem"),
    [
        ("cheap", "EUR/kWh", Problem.NOT_A_NUMBER),
        ("", "EUR/kWh", Problem.NOT_A_NUMBER),
        ("nan", "EUR/kWh", Problem.NOT_A_NUMBER),
        ("inf", "EUR/kWh", Problem.NOT_A_NUMBER),
        ("1e99999999999", "EUR/kWh", Problem.NOT_A_NUMBER),
        ("1e9", "EUR/kWh", Problem.ABSURD),
        ("-1e9", "EUR/kWh", Problem.ABSURD),
        ("0.3", "USD/kWh", Problem.CURRENCY),
        ("0.3", "EUR", Problem.UNIT),
        ("0.3", "EUR/m³", Problem.UNIT),
        ("230", "W", Problem.UNIT),
    ],
)
def test_what_is_no_price_is_named(state: str, unit: str, problem: Problem) -> None:
    assert price_per_kwh(state, unit, "EUR") is problem


def test_a_price_is_the_one_that_was_last_set() -> None:
    tariff = Tariff.fixed(Decimal("0.2")).changed(Decimal("0.3"), 500)
    assert tariff.price == Decimal("0.3")
    assert [tariff.at(at) for at in (-5, 499.9, 500, 900)] == [
        *[Decimal("0.2")] * 2,
        *[Decimal("0.3")] * 2,
    ]
    assert tariff.between(0, 500) == []
    assert tariff.between(499, 501) == [500]


def test_the_same_price_again_is_no_change() -> None:
    tariff = Tariff.fixed(Decimal("0.2"))
    assert tariff.changed(Decimal("0.2"), 500) is tariff


def test_prices_are_forgotten_after_a_day() -> None:
    tariff = Tariff.fixed(Decimal(0))
    for hour in range(1, 100):
        tariff = tariff.changed(Decimal(hour), 3600.0 * hour)
    assert len(tariff.changes) <= 27
    assert tariff.at(3600 * 76.5) == 76


def test_two_changes_at_one_moment_are_one() -> None:
    tariff = Tariff.fixed(Decimal(1)).changed(Decimal(2), 5).changed(Decimal(3), 5)
    assert tariff.changes == ((0.0, Decimal(1)), (5, Decimal(3)))
