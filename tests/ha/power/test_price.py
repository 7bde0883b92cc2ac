"""What a kilowatt hour costs: fixed, or by an entity that may say anything."""

import pytest

from .bench import PRICE, PowerBench


async def by_entity(bench: PowerBench) -> None:
    await bench.lab.set_options(electricity_price=0.24, price_entity=PRICE)


async def hours(bench: PowerBench, count: int = 1) -> None:
    """Let 50 W be drawn for so many hours."""
    for _ in range(60 * count):
        await bench.online(1)


async def test_a_price_counts_from_its_moment_on(bench: PowerBench) -> None:
    await bench.price(0.2)
    await by_entity(bench)
    await hours(bench)
    assert await bench.cost() == pytest.approx(0.01, abs=0.0002)
    await bench.price(0.4)
    await hours(bench)
    assert await bench.cost() == pytest.approx(0.03, abs=0.0003)
    assert bench.repairs() == set()


async def test_a_fixed_price_counts_from_its_moment_on(bench: PowerBench) -> None:
    await hours(bench)
    await bench.lab.set_options(electricity_price=0.48)
    await hours(bench)
    assert await bench.cost() == pytest.approx(0.012 + 0.024, abs=0.0004)


async def test_a_price_by_the_megawatt_hour_is_understood(bench: PowerBench) -> None:
    await bench.price(0.2)
    await by_entity(bench)
    await hours(bench)
    await bench.price(200, "EUR/MWh")
    await hours(bench)
    assert await bench.cost() == pytest.approx(0.02, abs=0.0003)


async def test_a_negative_price_is_one(bench: PowerBench) -> None:
    await bench.price(-0.2)
    await by_entity(bench)
    await hours(bench)
    assert await bench.cost() == pytest.approx(-0.01, abs=0.0002)


@pytest.mark.parametrize(
    ("state", "unit", "problem"),
    [
        ("unavailable", "EUR/kWh", "unavailable"),
        ("cheap", "EUR/kWh", "not_a_number"),
        ("nan", "EUR/kWh", "not_a_number"),
        ("1e9", "EUR/kWh", "absurd"),
        ("-1e9", "EUR/kWh", "absurd"),
        ("0.9", "USD/kWh", "currency"),
        ("230", "W", "unit"),
        ("0.9", "EUR", "unit"),
    ],
)
async def test_while_the_price_is_none_the_last_one_counts(
    bench: PowerBench, state: str, unit: str, problem: str
) -> None:
    await bench.price(0.4)
    await by_entity(bench)
    await hours(bench)
    await bench.price(state, unit)
    await hours(bench)
    assert await bench.cost() == pytest.approx(0.04, abs=0.0005)
    assert bench.repairs() == {f"price_{problem}"}
    await bench.price(0.4)
    await bench.quiet(1)
    assert bench.repairs() == set()


async def test_a_price_that_is_removed_counts_on(bench: PowerBench) -> None:
    await bench.price(0.4)
    await by_entity(bench)
    await hours(bench)
    bench.lab.hass.states.async_remove(PRICE)
    await hours(bench)
    assert await bench.cost() == pytest.approx(0.04, abs=0.0005)
    assert bench.repairs() == {"price_missing"}
    await bench.lab.set_options(electricity_price=0.24)
    await bench.quiet(1)
    assert bench.repairs() == set()


async def test_the_last_price_is_known_after_a_restart(bench: PowerBench) -> None:
    await bench.price(0.4)
    await by_entity(bench)
    await bench.lab.restart()
    bench.lab.hass.states.async_remove(PRICE)
    await bench.lab.restart()
    await hours(bench)
    assert await bench.cost() == pytest.approx(0.02, abs=0.0005)


async def test_until_an_entity_has_said_a_price_the_fixed_one_counts(
    bench: PowerBench,
) -> None:
    await by_entity(bench)
    await hours(bench)
    assert await bench.cost() == pytest.approx(0.012, abs=0.0002)
