"""A maintenance window opens and closes by the clock on the wall."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st
import pytest

from custom_components.homelabcmd.core.remediation.window import Day, Window

BERLIN = ZoneInfo("Europe/Berlin")
DAYS = frozenset(Day)
EPOCH = 1767225600
"""The first second of 2026."""


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


def window(start: str, end: str, *days: Day) -> Window:
    return Window(
        days=frozenset(days) or DAYS,
        start=time.fromisoformat(start),
        end=time.fromisoformat(end),
    )


@pytest.mark.parametrize(
    ("known", "now", "opens", "closes"),
    [
        # Before, at its start, within, at its end.
        (("03:00", "05:00"), "2026-03-02T02:59:59", "02 03:00", "02 05:00"),
        (("03:00", "05:00"), "2026-03-02T03:00:00", "02 03:00", "02 05:00"),
        (("03:00", "05:00"), "2026-03-02T04:59:59", "02 03:00", "02 05:00"),
        (("03:00", "05:00"), "2026-03-02T05:00:00", "03 03:00", "03 05:00"),
        # Past midnight it belongs to the day on which it began: the 1st is a Sunday.
        (("23:00", "02:00", Day.SUN), "2026-03-02T01:00:00", "01 23:00", "02 02:00"),
        (("23:00", "02:00", Day.SUN), "2026-03-02T02:00:00", "08 23:00", "09 02:00"),
        # From an hour to the same hour is a whole day.
        (("03:00", "03:00", Day.MON), "2026-03-03T02:00:00", "02 03:00", "03 03:00"),
        # Only on Mondays, and it has just ended.
        (("03:00", "05:00", Day.MON), "2026-03-02T06:00:00", "09 03:00", "09 05:00"),
    ],
)
def test_it_is_open_from_its_start_until_its_end(
    known: tuple[str, str, Day], now: str, opens: str, closes: str
) -> None:
    begins, ends = window(*known).next(at(now))
    assert f"{begins:%d %H:%M}" == opens
    assert f"{ends:%d %H:%M}" == closes


def test_the_night_in_which_clocks_change_has_one_window() -> None:
    night = window("01:30", "02:30")
    # The clock goes back from three to two: half past two is there twice.
    opens, closes = night.next(at("2026-10-25T01:00:00"))
    length = closes.timestamp() - opens.timestamp()
    assert length == timedelta(hours=1).total_seconds()
    # It goes on from two to three: half past two is not there at all.
    opens, closes = night.next(at("2026-03-29T01:00:00"))
    assert opens.timestamp() < closes.timestamp()


@given(
    st.sets(st.sampled_from(Day), min_size=1),
    st.times(),
    st.times(),
    st.integers(0, 2 * 365 * 86400),
)
def test_there_is_always_a_next_one_that_is_not_over(
    days: set[Day], start: time, end: time, passed: int
) -> None:
    known = Window(days=frozenset(days), start=start, end=end)
    local = datetime.fromtimestamp(EPOCH + passed, BERLIN)
    opens, closes = known.next(local)
    assert closes.timestamp() > local.timestamp()
    assert opens.timestamp() - local.timestamp() <= 8 * 86400
    assert Window.from_data(known.as_data()) == known


def test_a_window_in_the_hour_that_is_left_out_is_none() -> None:
    # On the night of Sunday the 29th of March two o'clock is three o'clock.
    for start, end in (("02:00", "03:00"), ("02:30", "03:15")):
        opens, closes = window(start, end, Day.SUN).next(at("2026-03-28T12:00:00"))
        assert f"{opens:%Y-%m-%d}" == "2026-04-05"
        assert closes > opens


def test_without_a_day_there_is_none() -> None:
    nothing = Window(days=frozenset(), start=time(3), end=time(5))
    with pytest.raises(ValueError, match="needs a day"):
        nothing.next(at("2026-03-02T00:00:00"))
