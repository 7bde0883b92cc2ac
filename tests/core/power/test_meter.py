"""The meter against what can be computed on paper."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
import math
import random
from zoneinfo import ZoneInfo

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.homelabcmd.core.power.meter import Meter
from custom_components.homelabcmd.core.power.tariff import Tariff

from .bench import MeterBench

BERLIN = ZoneInfo("Europe/Berlin")
HOUR, DAY = 3600, 86_400


@pytest.fixture
def bench() -> MeterBench:
    return MeterBench()


def test_a_constant_draw_is_watts_times_hours(bench: MeterBench) -> None:
    bench.runs(65, DAY)
    assert round(bench.meter.kwh, 20) == Decimal("1.56")
    assert bench.month("2026-03") == pytest.approx((1.56, 0.3744))


def test_a_ramp_is_half_of_its_height(bench: MeterBench) -> None:
    for minute in range(61):
        bench.draws(10 * minute, 60 if minute else 0)
    assert bench.kwh == pytest.approx(0.3, rel=1e-12)


def test_a_step_counts_half_of_the_interval_in_which_it_was(bench: MeterBench) -> None:
    bench.runs(100, HOUR)
    bench.draws(200, 60)
    bench.runs(200, HOUR)
    assert bench.kwh == pytest.approx(0.1 + 0.15 / 60 + 0.2, rel=1e-12)


@pytest.mark.parametrize(("gap", "kwh"), [(300, 0.1 + 0.1 / 12), (300.1, 0.1)])
def test_a_gap_of_more_than_five_minutes_is_not_guessed(
    bench: MeterBench, gap: float, kwh: float
) -> None:
    bench.runs(100, HOUR)
    bench.draws(100, gap)
    assert bench.kwh == pytest.approx(kwh, rel=1e-12)


def test_after_a_gap_it_counts_on(bench: MeterBench) -> None:
    bench.runs(100, HOUR)
    bench.wait(DAY)
    bench.runs(100, HOUR)
    assert bench.kwh == pytest.approx(0.2, rel=1e-12)


@pytest.mark.parametrize("jump", [timedelta(days=-400), timedelta(days=400)])
def test_a_wall_clock_that_jumps_changes_no_energy(
    bench: MeterBench, jump: timedelta
) -> None:
    bench.runs(100, HOUR)
    bench.wall += jump
    bench.runs(100, HOUR)
    assert bench.kwh == pytest.approx(0.2, rel=1e-12)


def test_a_clock_that_goes_back_over_the_month_s_end_loses_nothing(
    bench: MeterBench,
) -> None:
    bench.wall = datetime(2026, 3, 31, 23, tzinfo=UTC)
    bench.runs(100, 2 * HOUR)
    assert bench.month("2026-04")[0] == pytest.approx(0.1)
    bench.wall -= timedelta(hours=2)
    bench.runs(100, 2 * HOUR)
    assert bench.month("2026-03")[0] == pytest.approx(0.2)
    assert bench.month("2026-04")[0] == pytest.approx(0.2)
    assert bench.kwh == pytest.approx(0.4)


def test_a_monotonic_clock_that_goes_back_counts_nothing(bench: MeterBench) -> None:
    bench.runs(100, HOUR)
    bench.mono -= 500
    bench.runs(100, HOUR)
    assert bench.kwh == pytest.approx(0.2, rel=1e-12)


def test_the_month_ends_in_home_assistant_s_time_zone(bench: MeterBench) -> None:
    bench.zone = BERLIN
    # 23:59:20 on the 28th of February in Berlin.
    bench.wall = datetime(2026, 2, 28, 22, 59, 20, tzinfo=UTC)
    bench.draws(90)
    bench.draws(90, 60)
    kwh = 90 * 60 / 3_600_000
    assert bench.month("2026-02")[0] == pytest.approx(kwh * 2 / 3, rel=1e-9)
    assert bench.month("2026-03")[0] == pytest.approx(kwh / 3, rel=1e-9)


def test_a_ramp_over_the_month_s_end_is_cut_where_it_is(bench: MeterBench) -> None:
    bench.wall = datetime(2026, 3, 31, 23, 59, 30, tzinfo=UTC)
    bench.draws(0)
    bench.draws(100, 60)
    assert bench.month("2026-03")[0] == pytest.approx(25 * 30 / 3_600_000)
    assert bench.month("2026-04")[0] == pytest.approx(75 * 30 / 3_600_000)


@pytest.mark.parametrize(
    ("month", "start", "hours"),
    [
        ("2026-03", datetime(2026, 3, 1, tzinfo=BERLIN), 31 * 24 - 1),
        ("2026-10", datetime(2026, 10, 1, tzinfo=BERLIN), 31 * 24 + 1),
        ("2026-11", datetime(2026, 11, 1, tzinfo=BERLIN), 30 * 24),
    ],
)
def test_a_month_has_the_hours_that_summer_time_leaves_it(
    month: str, start: datetime, hours: int
) -> None:
    bench = MeterBench(zone=BERLIN, wall=start.astimezone(UTC) - timedelta(hours=5))
    bench.runs(100, (hours + 10) * HOUR, every=290)
    assert bench.month(month)[0] == pytest.approx(hours * 0.1, rel=1e-9)


def test_a_price_counts_from_its_moment_on(bench: MeterBench) -> None:
    bench.draws(100)
    bench.wait(45)
    bench.costs(1.24)
    bench.draws(100, 15)
    kwh = 100 * 60 / 3_600_000
    cost = kwh * (0.75 * 0.24 + 0.25 * 1.24)
    assert bench.month("2026-03") == pytest.approx((kwh, cost), rel=1e-9)


def test_a_month_of_jittery_samples_is_right_to_a_thousandth() -> None:
    noise = random.Random(7)
    start = datetime(2026, 5, 1, tzinfo=UTC)
    bench = MeterBench(wall=start)

    def watts(seconds: float) -> float:
        daily = math.sin(2 * math.pi * seconds / DAY)
        hourly = math.sin(2 * math.pi * seconds / 1700)
        return 80 + 40 * daily + 20 * hourly

    def joules(seconds: float) -> float:
        """The integral of watts."""
        one, other = DAY / (2 * math.pi), 1700 / (2 * math.pi)
        daily = 40 * one * (1 - math.cos(seconds / one))
        hourly = 20 * other * (1 - math.cos(seconds / other))
        return 80 * seconds + daily + hourly

    elapsed = 0.0
    bench.draws(watts(0))
    while elapsed < 31 * DAY:
        step = 60 + noise.uniform(-20, 20)
        # Now and then a heartbeat is lost.
        step *= 2 if noise.random() < 0.02 else 1
        elapsed += step
        bench.draws(watts(elapsed), step)
    assert bench.kwh == pytest.approx(joules(elapsed) / 3_600_000, rel=1e-3)
    assert bench.kwh == pytest.approx(joules(elapsed) / 3_600_000, rel=1e-4)


def test_a_year_has_its_months_and_no_more_are_kept(bench: MeterBench) -> None:
    for _ in range(430):
        bench.wait(DAY)
        bench.runs(100, HOUR)
    assert len(bench.meter.months) == 13
    assert bench.kwh == pytest.approx(43.0)


def test_the_mean_is_of_the_last_day(bench: MeterBench) -> None:
    assert bench.meter.mean_watts() is None
    bench.runs(200, DAY)
    bench.runs(100, DAY)
    mean = bench.meter.mean_watts()
    assert mean is not None
    assert float(mean) == pytest.approx(100, rel=1e-3)


def test_the_mean_is_of_the_time_that_was_counted(bench: MeterBench) -> None:
    bench.runs(200, HOUR)
    bench.wait(8 * HOUR)
    bench.runs(100, HOUR)
    assert float(bench.meter.mean_watts() or 0) == pytest.approx(150, rel=1e-2)


def test_another_source_counts_on_from_where_the_last_one_was(
    bench: MeterBench,
) -> None:
    bench.runs(100, HOUR)
    bench.meter = bench.meter.restarted()
    bench.draws(1000, 60)
    bench.runs(1000, HOUR)
    assert bench.kwh == pytest.approx(1.1)
    assert float(bench.meter.mean_watts() or 0) == pytest.approx(1000)


# Counters of energy.


def test_a_counter_counts_its_differences(bench: MeterBench) -> None:
    for kwh in (120.0, 120.1, 120.3):
        bench.counts(kwh, HOUR)
    assert bench.kwh == pytest.approx(0.3)
    assert bench.month("2026-03")[1] == pytest.approx(0.072)


def test_what_a_counter_counted_while_nobody_looked_was_measured(
    bench: MeterBench,
) -> None:
    bench.counts(120)
    bench.counts(124.8, 2 * DAY)
    assert bench.kwh == pytest.approx(4.8)


def test_what_it_counted_over_the_month_s_end_is_spread_evenly(
    bench: MeterBench,
) -> None:
    bench.wall = datetime(2026, 3, 31, 18, tzinfo=UTC)
    bench.counts(1)
    bench.counts(2, 8 * HOUR)
    assert bench.month("2026-03")[0] == pytest.approx(0.75)
    assert bench.month("2026-04")[0] == pytest.approx(0.25)


def test_a_counter_that_began_anew_counts_from_zero(bench: MeterBench) -> None:
    for kwh in (120.0, 120.5, 0.2, 0.4):
        bench.counts(kwh, HOUR)
    assert bench.kwh == pytest.approx(0.9)


def test_a_counter_that_wavers_is_not_counted_twice(bench: MeterBench) -> None:
    for kwh in (120.0, 120.5, 120.4, 120.5, 120.6):
        bench.counts(kwh, HOUR)
    assert bench.kwh == pytest.approx(0.6)


@pytest.mark.parametrize("nonsense", [0, 1e9, 5000])
def test_a_counter_that_says_nonsense_once_counts_on(
    bench: MeterBench, nonsense: float
) -> None:
    for kwh in (1200.0, 1200.5, nonsense, 1200.6, 1200.7):
        bench.counts(kwh, 60)
    # What came with the nonsense is not known.
    assert bench.kwh == pytest.approx(0.6)


def test_a_share_of_a_counter_is_a_share_of_its_energy(bench: MeterBench) -> None:
    for kwh in (120.0, 121.0):
        bench.counts(kwh, HOUR, share=25)
    assert bench.kwh == pytest.approx(0.25)


def test_the_draw_behind_a_counter_falls_while_it_rests(bench: MeterBench) -> None:
    for kwh in (1.0, 1.1):
        bench.counts(kwh, HOUR)
    counter = bench.meter.counter
    assert counter
    assert float(counter.watts(bench.mono) or 0) == pytest.approx(100)
    assert float(counter.watts(bench.mono + HOUR) or 0) == pytest.approx(100)
    assert float(counter.watts(bench.mono + 10 * HOUR) or 0) == pytest.approx(10)


# Whatever comes.

_EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("draws"), st.floats(0, 1e4), st.floats(0, 400)),
        st.tuples(st.just("counts"), st.floats(0, 1e6), st.floats(0, 1e5)),
        st.tuples(st.just("mono"), st.floats(-1e6, 1e6), st.just(0.0)),
        st.tuples(st.just("wall"), st.floats(-1e8, 1e8), st.just(0.0)),
        st.tuples(st.just("costs"), st.floats(0, 100), st.just(0.0)),
        st.tuples(st.just("restarted"), st.just(0.0), st.just(0.0)),
    ),
    max_size=30,
)


def happens(bench: MeterBench, kind: str, value: float, after: float) -> None:
    match kind:
        case "draws":
            bench.draws(value, after)
        case "counts":
            bench.counts(value, after)
        case "mono":
            bench.mono += value
        case "wall":
            bench.wall += timedelta(seconds=value)
        case "costs":
            bench.costs(value)
        case _:
            bench.meter = bench.meter.restarted()


@given(_EVENTS, st.sampled_from([UTC, BERLIN, ZoneInfo("Pacific/Chatham")]))
@settings(max_examples=300, deadline=None)
def test_whatever_comes_it_never_falls_and_the_months_are_the_whole(
    events: list[tuple[str, float, float]], zone: ZoneInfo
) -> None:
    bench = MeterBench(zone=zone)
    for kind, value, after in events:
        before = bench.meter
        happens(bench, kind, value, after)
        assert bench.meter.kwh >= before.kwh
        assert len(bench.meter.months) <= 13
        for name in before.months.keys() & bench.meter.months.keys():
            assert bench.meter.months[name].kwh >= before.months[name].kwh
            assert bench.meter.months[name].cost >= before.months[name].cost
    if len(bench.meter.months) < 13:
        months = sum(month.kwh for month in bench.meter.months.values())
        assert float(months) == pytest.approx(bench.kwh, rel=1e-12)


@given(st.lists(st.floats(0, 1e4), min_size=2, max_size=20), st.floats(1, 300))
def test_more_samples_of_a_straight_line_change_nothing(
    levels: list[float], step: float
) -> None:
    coarse, fine = MeterBench(), MeterBench()
    for number, watts in enumerate(levels):
        if number:
            fine.draws((levels[number - 1] + watts) / 2, step / 2)
        after = 0 if number == 0 else step
        coarse.draws(watts, after)
        fine.draws(watts, after / 2)
    assert coarse.kwh == pytest.approx(fine.kwh, rel=1e-9, abs=1e-12)


def test_what_was_shown_before_its_memory_was_lost_is_the_least(
    bench: MeterBench,
) -> None:
    meter = Meter().at_least(Decimal(12), Decimal("1.5"), bench.now)
    assert (meter.kwh, meter.this_month(bench.now).cost) == (
        Decimal(12),
        Decimal("1.5"),
    )
    less = replace(meter, kwh=Decimal(20)).at_least(Decimal(12), Decimal(0), bench.now)
    assert less.kwh == 20
    assert less.this_month(bench.now).cost == Decimal("1.5")


def test_last_month_is_the_one_before(bench: MeterBench) -> None:
    bench.wall = datetime(2026, 12, 31, 23, tzinfo=UTC)
    bench.tariff = Tariff.fixed(Decimal(1))
    bench.runs(100, HOUR)
    bench.runs(200, HOUR)
    assert float(bench.meter.last_month(bench.now).cost) == pytest.approx(0.1)
    assert float(bench.meter.this_month(bench.now).cost) == pytest.approx(0.2)
