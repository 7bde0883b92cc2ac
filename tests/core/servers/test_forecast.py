"""When a disk will be full, and when nobody can say."""

from collections.abc import Callable
import math
import random

from hypothesis import given, strategies as st
import pytest

from custom_components.homelabcmd.core.servers.forecast import Point, full_at

HOUR, DAY = 3600, 86400
NOW = 1_800_000_000.0
TWO_WEEKS = 14 * 24


def past(percent: Callable[[float], float], hours: int = TWO_WEEKS) -> list[Point]:
    """Return what was measured each hour, as a function of the days since then."""
    start = NOW - hours * HOUR
    return [Point(start + hour * HOUR, percent(hour / 24)) for hour in range(hours + 1)]


def days_left(points: list[Point]) -> float | None:
    moment = full_at(points, NOW)
    return None if moment is None else (moment - NOW) / DAY


def test_steady_growth_is_followed_to_its_end() -> None:
    assert days_left(past(lambda day: 60 + day)) == pytest.approx(26)


def test_growth_by_night_and_with_noise_is_growth() -> None:
    noise = random.Random(1)
    stairs = past(lambda day: 60 + math.floor(day) + noise.gauss(0, 0.3))
    assert days_left(stairs) == pytest.approx(26, abs=2)


@pytest.mark.parametrize(
    ("what", "points"),
    [
        ("stands still", past(lambda day: 60.0)),
        ("shrinks", past(lambda day: 80 - day)),
        ("grows by less than a point", past(lambda day: 60 + day / 20)),
        ("is full in more than a year", past(lambda day: 10 + day / 8)),
        ("was filled by one big copy", past(lambda day: 60 if day < 7 else 80)),
        (
            "was filled lately",
            past(lambda day: 60 if day < 11 else 60 + 5 * (day - 11)),
        ),
        ("is emptied each week", past(lambda day: 50 + 5 * (day % 7))),
        (
            "was tidied up just now",
            past(lambda day: 60 + day if day < 13.9 else 50),
        ),
        ("is full", past(lambda day: min(100.0, 86 + day))),
        ("has been watched for five days", past(lambda day: 60 + day, 5 * 24)),
        ("was seen now and then", past(lambda day: 60 + day)[::6]),
        ("was not seen since the day before", past(lambda day: 60 + day)[:-30]),
        ("was never seen", []),
    ],
)
def test_nothing_is_said_of_a_disk_that(what: str, points: list[Point]) -> None:
    assert days_left(points) is None


@given(
    st.lists(st.floats(0, 100), min_size=100, max_size=100),
    st.floats(0, 14 * DAY),
)
def test_whatever_is_said_lies_within_a_year(values: list[float], span: float) -> None:
    points = [
        Point(NOW - span + span * number / 99, value)
        for number, value in enumerate(values)
    ]
    moment = full_at(points, NOW)
    assert moment is None or NOW < moment <= NOW + 366 * DAY
