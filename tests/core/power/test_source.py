"""Sources: watts from what is known of a server."""

from decimal import Decimal

import pytest

from custom_components.homelabcmd.core.hub.cost import running_cost, savings
from custom_components.homelabcmd.core.power.account import Draw, account, total
from custom_components.homelabcmd.core.power.source import (
    Kind,
    Problem,
    Source,
    cpu_watts,
    rapl_watts,
    shared_watts,
)

from .bench import MeterBench

INVENTORY = (50, 40, 40, 65, 50, 45, 45, 50, 100, 5, 5)
"""The servers' typical draws in section 15 of the specification."""


@pytest.mark.parametrize(("load", "watts"), [(0, 20), (25, 40), (100, 100)])
def test_by_load_a_server_draws_between_idle_and_full(load: float, watts: int) -> None:
    source = Source(kind=Kind.CPU, idle_watts=20, full_watts=100)
    assert cpu_watts(source, load) == watts


def test_the_rest_of_the_machine_is_added_to_what_processors_draw() -> None:
    source = Source(kind=Kind.RAPL, rest_watts=18.5)
    assert rapl_watts(source, 11.25) == Decimal("29.75")


def test_what_no_agent_reports_is_not_measured() -> None:
    assert cpu_watts(Source(kind=Kind.CPU), None) is Problem.NOT_MEASURED
    assert rapl_watts(Source(kind=Kind.RAPL), None) is Problem.NOT_MEASURED


@pytest.mark.parametrize(
    ("measured", "seen"),
    [
        (120, Decimal(30)),
        (0, Decimal(0)),
        (40_000, Decimal(10_000)),
        (-1, Problem.NEGATIVE),
        (40_001, Problem.ABSURD),
        (float("nan"), Problem.NOT_A_NUMBER),
        (float("inf"), Problem.NOT_A_NUMBER),
        (float("-inf"), Problem.NOT_A_NUMBER),
    ],
)
def test_a_share_of_a_plug_is_a_share_of_its_power(
    measured: float, seen: Decimal | Problem
) -> None:
    source = Source(kind=Kind.SENSOR, entity_id="sensor.plug", share=25)
    assert shared_watts(source, measured) == seen


@pytest.mark.parametrize(
    "source",
    [
        Source(),
        Source(kind=Kind.CPU, idle_watts=20, full_watts=100),
        Source(kind=Kind.RAPL, rest_watts=12),
        Source(kind=Kind.SENSOR, entity_id="sensor.plug", share=50),
    ],
)
def test_a_source_is_stored_and_read(source: Source) -> None:
    assert Source.from_data(source.as_data()) == source


def test_the_inventory_of_the_specification_costs_what_its_arithmetic_says() -> None:
    bench = MeterBench()
    accounts = [
        account(bench.meter, Draw(kind=Kind.TDP), watts, bench.now)
        for watts in INVENTORY
    ]
    watts = total(accounts, "2026-03").typical_watts
    # The eleven lines add up to 495.
    assert watts == 495
    cost = running_cost(float(watts), 0.24)
    assert round(cost.daily, 2) == 2.85
    assert round(cost.monthly, 2) == 85.54
    assert round(cost.yearly, 2) == 1026.43


def test_what_is_measured_is_estimated_by_the_mean_of_the_last_day() -> None:
    bench = MeterBench()
    first = account(bench.meter, Draw(kind=Kind.CPU, watts=Decimal(70)), 50, bench.now)
    assert first.typical_watts == 70
    bench.runs(100, 3600)
    seen = account(bench.meter, Draw(kind=Kind.CPU, watts=Decimal(9)), 50, bench.now)
    assert seen.typical_watts is not None
    assert float(seen.typical_watts) == pytest.approx(100)


def test_what_is_not_known_is_in_no_sum() -> None:
    bench = MeterBench()
    unknown = account(bench.meter, Draw(kind=Kind.RAPL), 50, bench.now)
    known = account(bench.meter, Draw(kind=Kind.TDP), 65, bench.now)
    assert unknown.typical_watts is None
    assert total([unknown, known], "2026-03").typical_watts == 65


def test_a_server_that_is_off_at_night_saves_its_hours() -> None:
    saved = savings(100, 0.24, 8)
    assert round(saved.daily, 3) == 0.192
    assert round(saved.monthly, 2) == 5.76
    assert round(saved.yearly, 2) == 69.12
    assert savings(100, 0.24, 24) == running_cost(100, 0.24)
