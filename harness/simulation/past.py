"""Gives the recorder the month that it would have seen of the simulated servers.

Heartbeats can't be sent for the past. So the states of two days and the hourly
statistics of a month are written beside what Home Assistant itself has begun.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
import sqlite3
from typing import Any

from .. import integration
from ..api import Api
from ..waiting import until
from .figures import Figures, figures
from .model import Life
from .series import Series, all_series

_STATISTICS, _HOUR, _SAMPLES = timedelta(days=30), timedelta(hours=1), 6
_STATES, _STEP = timedelta(hours=48), timedelta(minutes=5)
_BATCH = 4000
"""Rows in one transaction: Home Assistant writes to the same file."""
_PATIENCE = 30
"""Seconds for Home Assistant to write, or to let us write."""

_INSERT_STATE = """
  INSERT INTO states (metadata_id, attributes_id, state, last_updated_ts, origin_idx)
  VALUES (?, ?, ?, ?, 0)
"""
_INSERT_STATISTIC = """
  INSERT OR IGNORE INTO statistics
    (metadata_id, start_ts, mean, min, max, created_ts)
  VALUES (?1, ?2, ?3, ?4, ?5, ?2 + 3600)
"""
_SET_UP = """
  SELECT statistic_id, statistics_meta.id FROM statistics_meta
  WHERE EXISTS (SELECT 1 FROM statistics WHERE metadata_id = statistics_meta.id)
"""
_FIRST = """
  SELECT states_meta.entity_id, states.metadata_id, states.attributes_id,
         MIN(states.last_updated_ts)
  FROM states JOIN states_meta ON states_meta.metadata_id = states.metadata_id
  WHERE states.state NOT IN ('unavailable', 'unknown')
  GROUP BY states.metadata_id
"""

type First = tuple[int, int, float]
"""Of an entity: its metadata, its attributes, and when it had its first state."""
type Statistic = tuple[float, float, float, float]
"""Of an hour: its start, mean, lowest and highest value."""
type Row = tuple[int, int, str, float]


async def tell(api: Api, lives: Sequence[Life], database: Path) -> None:
    """Have the recorder know the past of servers that have just reported first."""
    entity_ids = await integration.entity_ids(api)
    units = {
        state["entity_id"]: state["attributes"].get("unit_of_measurement")
        for state in await api.get("/api/states")
        if state["state"] not in {"unavailable", "unknown"}
    }
    series = {life: list(all_series(life, entity_ids, units)) for life in lives}
    wanted = {one.entity_id for all_of_it in series.values() for one in all_of_it}

    async def recorded() -> dict[str, First] | None:
        found = await asyncio.to_thread(_recorded, database)
        return found if wanted <= found.keys() else None

    first = await until(recorded, "a row for every sensor", patience=_PATIENCE)
    rows = [row for life in lives for row in _rows(life, series[life], first)]
    await asyncio.to_thread(_write, database, _INSERT_STATE, rows)
    await _tell_statistics(api, series, database)


async def _tell_statistics(
    api: Api, series: Mapping[Life, Sequence[Series]], database: Path
) -> None:
    """Write hourly statistics for a month.

    Home Assistant's import takes a query for each row: minutes of a busy recorder. So
    it gets the last hour, which has it set up each statistic, and the rest is written.
    """
    known = {
        each["statistic_id"]: each
        for each in await api.command("recorder/list_statistic_ids")
    }
    hours = {
        one.entity_id: statistics
        for life, all_of_it in series.items()
        for one, statistics in _hours(
            life, [one for one in all_of_it if one.entity_id in known]
        )
    }
    for entity_id, statistics in hours.items():
        await _import_last(api, known[entity_id], statistics[-1])

    async def set_up() -> dict[str, int] | None:
        found = await asyncio.to_thread(_statistics, database)
        return found if hours.keys() <= found.keys() else None

    ids = await until(set_up, "a statistic for every sensor", patience=_PATIENCE)
    rows = [
        (ids[entity_id], *statistic)
        for entity_id, statistics in hours.items()
        for statistic in statistics[:-1]
    ]
    await asyncio.to_thread(_write, database, _INSERT_STATISTIC, rows)


def _recorded(database: Path) -> dict[str, First]:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return {row[0]: row[1:] for row in connection.execute(_FIRST)}


def _rows(
    life: Life, series: Sequence[Series], first: dict[str, First]
) -> Iterator[Row]:
    last: dict[str, float] = {}
    for moment, measured in _sampled(life, life.since - _STATES, life.since, _STEP):
        for one in series:
            metadata, attributes, began = first[one.entity_id]
            value, at = one.value(measured), moment.timestamp()
            if at < began and value != last.get(one.entity_id):
                last[one.entity_id] = value
                yield metadata, attributes, str(value), at


def _statistics(database: Path) -> dict[str, int]:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return dict(connection.execute(_SET_UP).fetchall())


def _write(database: Path, insert: str, rows: Sequence[tuple[object, ...]]) -> None:
    with closing(sqlite3.connect(database, timeout=_PATIENCE)) as connection:
        for start in range(0, len(rows), _BATCH):
            with connection:
                connection.executemany(insert, rows[start : start + _BATCH])


def _hours(
    life: Life, series: Sequence[Series]
) -> Iterator[tuple[Series, list[Statistic]]]:
    """Yield each sensor's statistics of the month, hour by hour."""
    # The hour that is running is for Home Assistant itself.
    end = life.since.replace(minute=0, second=0, microsecond=0)
    hours: dict[datetime, list[Figures]] = defaultdict(list)
    step = _HOUR / _SAMPLES
    for moment, measured in _sampled(life, end - _STATISTICS, end, step):
        hours[moment.replace(minute=0)].append(measured)
    for one in series:
        values = {
            hour: [one.value(measured) for measured in samples]
            for hour, samples in hours.items()
        }
        yield (
            one,
            [
                (hour.timestamp(), sum(told) / len(told), min(told), max(told))
                for hour, told in values.items()
            ],
        )


async def _import_last(api: Api, about: dict[str, Any], statistic: Statistic) -> None:
    start, mean, low, high = statistic
    await api.command(
        "recorder/import_statistics",
        metadata={
            "has_sum": False,
            "mean_type": about["mean_type"],
            "name": None,
            "source": "recorder",
            "statistic_id": about["statistic_id"],
            "unit_class": about["unit_class"],
            "unit_of_measurement": about["statistics_unit_of_measurement"],
        },
        stats=[
            {
                "start": datetime.fromtimestamp(start, UTC).isoformat(),
                "mean": mean,
                "min": low,
                "max": high,
            }
        ],
    )


def _sampled(
    life: Life, start: datetime, end: datetime, step: timedelta
) -> Iterator[tuple[datetime, Figures]]:
    for number in range((end - start) // step):
        moment = start + number * step
        yield moment, figures(life, moment)
