"""What a running Home Assistant has used: processor time by thread, rows, searches."""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
import os
from pathlib import Path
import sqlite3
import time

from harness.api import Api
from harness.home_assistant import HomeAssistant

_TICKS = os.sysconf("SC_CLK_TCK")
LOOP, RECORDER, OTHERS = "event loop", "recorder", "other threads"


@dataclass(frozen=True, kw_only=True)
class Account:
    """What was used until a moment, or in a time."""

    seconds: float
    """The time by the clock."""
    cpu: Mapping[str, float]
    """Seconds of the processor by thread."""
    rows: int
    """In the recorder's table of states."""
    searches: int
    """For garbage, in all of the memory."""
    searching: float
    """Seconds of the processor that they took; they are in `cpu` too."""

    def since(self, before: Account) -> Account:
        """Return what was used after an earlier account."""
        return Account(
            seconds=self.seconds - before.seconds,
            cpu={name: self.cpu[name] - before.cpu[name] for name in self.cpu},
            rows=self.rows - before.rows,
            searches=self.searches - before.searches,
            searching=self.searching - before.searching,
        )


async def account(running: HomeAssistant, api: Api) -> Account:
    """Return what was used until now."""
    searched = await api.get("/api/probe")
    return Account(
        seconds=time.monotonic(),
        cpu=_cpu(running.child.process.pid),
        rows=_rows(running.configuration.database),
        searches=searched["searches"],
        searching=searched["seconds"],
    )


def _cpu(pid: int) -> Mapping[str, float]:
    process = Path(f"/proc/{pid}")
    used = {LOOP: 0.0, RECORDER: 0.0}
    for thread in (process / "task").iterdir():
        name, seconds = _stat(thread)
        if int(thread.name) == pid:
            used[LOOP] += seconds
        elif name == "Recorder":
            used[RECORDER] += seconds
    # Threads that have ended count, too.
    _, total = _stat(process)
    used[OTHERS] = total - used[LOOP] - used[RECORDER]
    return used


def _stat(path: Path) -> tuple[str, float]:
    """Return the name of a process or thread, and its seconds of the processor."""
    before, _, after = (path / "stat").read_text().rpartition(") ")
    user, system = after.split()[11:13]
    return before.partition("(")[2], (int(user) + int(system)) / _TICKS


def _rows(database: Path) -> int:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        (count,) = connection.execute("select count(*) from states").fetchone()
        return int(count)
