"""What survives a restart of the meters."""

from dataclasses import replace
from decimal import Decimal
import json
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.homelabcmd.core.power import snapshot
from custom_components.homelabcmd.core.power.snapshot import Saved

from .bench import MeterBench


@pytest.fixture
def bench() -> MeterBench:
    bench = MeterBench()
    bench.runs(100, 3600)
    return bench


def restart(bench: MeterBench, away: float) -> None:
    """Save, be away for some seconds, and load; the monotonic clock starts anew."""
    stored = json.loads(json.dumps(dump(bench)))
    bench.wait(away)
    bench.mono = 3.5
    saved = snapshot.load(stored, bench.now)
    assert saved.damaged == []
    bench.meter = saved.meters["nas"]


def dump(bench: MeterBench) -> dict[str, Any]:
    return snapshot.dump(Saved(meters={"nas": bench.meter}), bench.now)


def test_energy_months_and_the_mean_are_restored_to_the_last_digit(
    bench: MeterBench,
) -> None:
    before = bench.meter
    restart(bench, 900)
    assert replace(bench.meter, sample=None) == replace(before, sample=None)


def test_what_drew_nothing_is_read_again() -> None:
    bench = MeterBench()
    # Zeros of odd lengths: how long a computer's seconds are differs.
    for seconds in (0.1, 60.123456789, 1 / 3):
        bench.draws(0)
        bench.wait(seconds)
    bench.draws(0)
    restart(bench, 60)
    assert bench.kwh == 0


@pytest.mark.parametrize(("away", "kwh"), [(240, 0.1 + 0.1 / 15), (301, 0.1)])
def test_a_restart_is_bridged_if_it_was_short(
    bench: MeterBench, away: float, kwh: float
) -> None:
    restart(bench, away)
    bench.draws(100)
    assert bench.kwh == pytest.approx(kwh)


def test_a_counter_goes_on_counting_while_home_assistant_is_away(
    bench: MeterBench,
) -> None:
    bench.counts(50)
    restart(bench, 7200)
    bench.counts(50.2)
    assert bench.kwh == pytest.approx(0.3)


def test_a_clock_that_went_back_meanwhile_counts_nothing(bench: MeterBench) -> None:
    restart(bench, -5000)
    bench.draws(100)
    assert bench.kwh == pytest.approx(0.1)


def test_the_price_and_what_was_removed_are_restored(bench: MeterBench) -> None:
    saved = Saved(removed=bench.meter, price=Decimal("0.31"))
    loaded = snapshot.load(snapshot.dump(saved, bench.now), bench.now)
    assert loaded.price == Decimal("0.31")
    assert loaded.removed.months == bench.meter.months


@pytest.mark.parametrize(
    "damage",
    [
        {"kwh": "much"},
        {"kwh": "-1"},
        {"kwh": "NaN"},
        {"kwh": "1e99999999"},
        {"sample": [float("nan"), "3"]},
        {"counter": [float("inf"), "3"]},
        {"counter": [-5, "3"]},
        {"months": {"2026-13": ["1", "1"]}},
        {"months": []},
        {"hours": [[1]]},
        {"sample": ["soon", "3"]},
        {"counter": {}, "sample": 5},
    ],
)
def test_a_damaged_meter_costs_no_other(
    bench: MeterBench, damage: dict[str, Any]
) -> None:
    stored = dump(bench)
    stored["meters"]["pi"] = {**stored["meters"]["nas"], **damage}
    saved = snapshot.load(stored, bench.now)
    assert list(saved.meters) == ["nas"]
    assert len(saved.damaged) == 1


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["kwh", "months", "sample"]), inner)
    ),
    max_leaves=8,
)


_NUMBERS = st.sampled_from(["0", "1.5", "-1", "NaN", "1e99999999", "1e-99999999", 3])
_METERS = st.fixed_dictionaries(
    {"kwh": _NUMBERS},
    optional={
        "months": st.dictionaries(
            st.sampled_from(["2026-03", "2026-3", "1-1"]),
            st.lists(_NUMBERS, min_size=2, max_size=2),
        ),
        "hours": st.lists(st.tuples(st.integers(), _NUMBERS, _NUMBERS), max_size=2),
        "sample": st.tuples(st.floats(), _NUMBERS),
        "counter": st.tuples(st.floats(), _NUMBERS),
    },
)


@given(
    st.dictionaries(
        st.sampled_from(["meters", "removed", "price", "saved_at"]),
        _JSON | st.dictionaries(st.text(max_size=3), _JSON | _METERS),
    )
)
def test_whatever_the_file_holds_is_read_and_counts_on(stored: dict[str, Any]) -> None:
    bench = MeterBench()
    for meter in snapshot.load(stored, bench.now).meters.values():
        bench.meter = meter
        bench.meter.mean_watts()
        bench.counts(5, 60)
        bench.runs(100, 120)
        assert bench.meter.kwh >= meter.kwh
