"""Figures are written when they have moved, and rest costs nothing."""

from hypothesis import given, strategies as st
import pytest

from custom_components.homelabcmd.core import deadband
from custom_components.homelabcmd.core.deadband import (
    REFRESH_SECONDS,
    Deadband,
    Written,
    worth_writing,
)

BANDS = [
    deadband.CPU,
    deadband.MEMORY,
    deadband.DISK,
    deadband.LOAD,
    deadband.TEMPERATURE,
    deadband.RATE,
    deadband.POWER,
    deadband.POWER_SUM,
    deadband.MEMORY_GB,
    deadband.DISK_GB,
    deadband.COUNT,
    deadband.COST,
    deadband.USAGE_CPU,
    deadband.USAGE_MEMORY,
]
figures = st.floats(0, 1e6)


@pytest.mark.parametrize("band", BANDS)
@given(start=figures, more=st.floats(0, 1e3), up=st.booleans())
def test_a_step_of_twice_the_deadband_is_never_late(
    band: Deadband, start: float, more: float, up: bool
) -> None:
    step = 2 * max(band.step, band.share * start) + more
    value = start + step if up else start - step
    assert worth_writing(band, Written(value=start, at=0), value, 0)


@pytest.mark.parametrize("band", BANDS)
@given(start=figures, part=st.floats(-0.99, 0.99), after=st.floats(0, 899))
def test_what_moves_by_less_than_the_deadband_waits(
    band: Deadband, start: float, part: float, after: float
) -> None:
    value = start + part * band.step
    assert not worth_writing(band, Written(value=start, at=0), value, after)


def test_after_a_quarter_of_an_hour_a_small_move_is_written_and_rest_is_not() -> None:
    written = Written(value=50.0, at=0)
    assert worth_writing(deadband.CPU, written, 50.6, REFRESH_SECONDS)
    assert not worth_writing(deadband.CPU, written, 50.4, REFRESH_SECONDS)
    assert not worth_writing(deadband.CPU, written, 50.6, REFRESH_SECONDS - 1)


def test_a_boot_time_that_jitters_is_never_written_again() -> None:
    written = Written(value=1e9, at=0)
    assert not worth_writing(deadband.BOOT_TIME, written, 1e9 + 60, 1e6)
    assert worth_writing(deadband.BOOT_TIME, written, 1e9 + 120, 1)


def test_a_figure_that_comes_or_goes_is_written() -> None:
    assert worth_writing(deadband.CPU, None, 1.0, 0)
    assert worth_writing(deadband.CPU, Written(value=1.0, at=0), None, 0)
    assert not worth_writing(deadband.CPU, None, None, 0)


@given(st.lists(figures, min_size=1, max_size=60))
def test_what_is_shown_never_strays_from_what_is_measured(values: list[float]) -> None:
    band, written = deadband.CPU, None
    for minute, value in enumerate(values):
        if worth_writing(band, written, value, minute * 60):
            written = Written(value=value, at=minute * 60)
        assert written is not None
        assert abs(written.value - value) < band.step


def test_whole_figures_are_shown_without_decimals() -> None:
    assert str(deadband.CPU.round(45.4)) == "45"
    assert str(deadband.DISK.round(45.44)) == "45.4"
