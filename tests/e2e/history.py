"""What the recorder has written: its database, read past Home Assistant."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
import sqlite3

_ROWS = """
  SELECT states.state FROM states
  JOIN states_meta ON states_meta.metadata_id = states.metadata_id
  WHERE states_meta.entity_id = ? AND states.last_updated_ts >= ?
  ORDER BY states.last_updated_ts
"""


@contextmanager
def _opened(database: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        yield connection


def recorded(database: Path, entity_id: str, since: float = 0) -> list[str | None]:
    """Return the states of an entity in their order; `since` is a timestamp."""
    with _opened(database) as connection:
        return [row[0] for row in connection.execute(_ROWS, (entity_id, since))]
