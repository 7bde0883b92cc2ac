#!/usr/bin/env python3
"""Measure what a heartbeat costs a real Home Assistant: processor time and rows.

Servers report to one, and all that its process uses while they do is counted, less
what it uses when nobody reports. Three ways with the same figures:

  bare   a webhook that parses the message, writes three states and answers: the floor
  ours   this integration
  mqtt   Home Assistant's own MQTT integration with 40 entities of each server that it
         has discovered; only where mosquitto and paho-mqtt are installed

The figures are reported and nothing is judged. They depend on the machine and on what
else runs on it; their ratios do much less.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
import os
from pathlib import Path
import sys
import tempfile

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "agent")]

from benchmarks.hub.fleet import Machine  # noqa: E402 - the path comes first
from benchmarks.hub.meter import (  # noqa: E402
    LOOP,
    OTHERS,
    RECORDER,
    Account,
    account,
)
from benchmarks.hub.mqtt import missing, mqtt  # noqa: E402
from benchmarks.hub.ways import Send, Way, bare, ours  # noqa: E402
from harness.account import sign_up  # noqa: E402
from harness.api import Api, connect  # noqa: E402
from harness.configuration import Configuration  # noqa: E402
from harness.home_assistant import HomeAssistant  # noqa: E402
from harness.ports import any_free  # noqa: E402

PROBE = ROOT / "benchmarks/hub/probe"
COMMIT_SECONDS = 5
"""Home Assistant's default."""
SAVED_SECONDS = 40
"""By then Home Assistant and we have saved what new servers and entities brought."""
REST_SECONDS = 20
WARM_UP = 3
"""Heartbeats of each server before anything is counted: entities are made with them."""
LEAST = 0.05
"""Of less than that no ratio is worth telling."""
OURS = "ours"
WAYS: dict[str, Way] = {"bare": bare, OURS: ours, "mqtt": mqtt}


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How many servers report, how often, for how long; times are in seconds."""

    servers: int
    interval: float
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What one heartbeat costs."""

    heartbeats: int
    """How many it is the mean of."""
    loop: float
    """Milliseconds of the processor, as are the next four."""
    recorder: float
    others: float
    searching: float
    """Looking through all of the memory for garbage; it is in one of those above."""
    rows: float

    @classmethod
    def of(cls, used: Account, idle: Account, heartbeats: int) -> Cost:
        """Take what was used, less what is used at rest."""
        share = used.seconds / idle.seconds

        def each(thread: str) -> float:
            return 1000 * (used.cpu[thread] - share * idle.cpu[thread]) / heartbeats

        return cls(
            heartbeats=heartbeats,
            loop=each(LOOP),
            recorder=each(RECORDER),
            others=each(OTHERS),
            searching=1000 * used.searching / heartbeats,
            rows=used.rows / heartbeats,
        )

    @property
    def cpu(self) -> float:
        """All threads together."""
        return self.loop + self.recorder + self.others

    @property
    def steady(self) -> float:
        """Without the searches, of which a short measurement has one more or less."""
        return self.cpu - self.searching


async def report(machines: Sequence[Machine], pace: Pace, send: Send) -> int:
    """Have all servers report, spread over the interval; return how often they did."""
    loop = asyncio.get_running_loop()
    start = loop.time()

    async def run(number: int, machine: Machine) -> int:
        due, sent = start + number * pace.interval / len(machines), 0
        while due < start + pace.seconds:
            await asyncio.sleep(due - loop.time())
            await send(machine)
            sent, due = sent + 1, due + pace.interval
        return sent

    async with asyncio.TaskGroup() as group:
        running = [
            group.create_task(run(number, machine))
            for number, machine in enumerate(machines)
        ]
    return sum(task.result() for task in running)


async def measure(way: Way, pace: Pace) -> Cost:
    """Boot a Home Assistant, have the servers report to it, return what that costs."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        running = await boot(folder)
        stack.push_async_callback(running.stop)
        user = await sign_up(running.url, "demo", "password")
        api = await stack.enter_async_context(connect(running.url, user.token))
        machines = [Machine.numbered(number) for number in range(pace.servers)]
        send = await stack.enter_async_context(way(api, machines))
        return await counted(running, api, machines, pace, send)


async def boot(folder: Path) -> HomeAssistant:
    """Start a Home Assistant with the probe in it."""
    configuration = Configuration(
        directory=folder / "home-assistant",
        port=any_free(),
        commit_interval=COMMIT_SECONDS,
        more={PROBE.name: None},
    )
    link = configuration.directory / "custom_components" / PROBE.name
    link.parent.mkdir(parents=True)
    link.symlink_to(PROBE)
    return await HomeAssistant.boot(configuration, folder / "home-assistant.log")


async def counted(
    running: HomeAssistant,
    api: Api,
    machines: Sequence[Machine],
    pace: Pace,
    send: Send,
) -> Cost:
    """Warm up, look at the idle process, then count what heartbeats cost."""
    warm_up = Pace(
        servers=pace.servers, interval=pace.interval, seconds=WARM_UP * pace.interval
    )
    await report(machines, warm_up, send)
    await asyncio.sleep(SAVED_SECONDS)
    resting = await account(running, api)
    await asyncio.sleep(REST_SECONDS)
    before = await account(running, api)
    heartbeats = await report(machines, pace, send)
    # The recorder has not written all of it yet.
    await asyncio.sleep(2 * COMMIT_SECONDS)
    after = await account(running, api)
    return Cost.of(after.since(before), before.since(resting), heartbeats)


FIGURES: dict[str, Callable[[Cost], float]] = {
    "processor time, ms": lambda cost: cost.cpu,
    "  of the event loop": lambda cost: cost.loop,
    "  of the recorder": lambda cost: cost.recorder,
    "  of other threads": lambda cost: cost.others,
    "  searching all memory for garbage": lambda cost: cost.searching,
    "processor time without that, ms": lambda cost: cost.steady,
    "rows of states": lambda cost: cost.rows,
}


def table(costs: dict[str, Cost]) -> str:
    """Return the costs side by side, with what ours is of the others."""
    others = [name for name in costs if name != OURS] if OURS in costs else []
    head = [*costs, *(f"{OURS}/{name}" for name in others)]
    lines = [f"{'a heartbeat':36}" + "".join(f"{name:>11}" for name in head)]
    for text, figure in FIGURES.items():
        values = {name: figure(cost) for name, cost in costs.items()}
        cells = [f"{value:.2f}" for value in values.values()]
        cells += [_ratio(values[OURS], values[name]) for name in others]
        lines.append(f"{text:36}" + "".join(f"{cell:>11}" for cell in cells))
    return "\n".join(lines)


def _ratio(value: float, other: float) -> str:
    return f"{value / other:.2f}" if other >= LEAST else "-"


def main() -> int:
    """Read the command line, measure, print the table."""
    parser = argparse.ArgumentParser(
        prog="script/bench hub",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--servers", type=int, default=60, help="how many servers report (60)")
    add("--interval", type=float, default=10, help="seconds between heartbeats (10)")
    add("--seconds", type=float, default=180, help="how long to count (180)")
    add("--way", action="append", choices=WAYS, help="only this one; may be repeated")
    options = parser.parse_args()
    wanted = options.way or list(WAYS)
    if "mqtt" in wanted and (what := missing()):
        print(f"mqtt is skipped: {what}", file=sys.stderr)
        wanted.remove("mqtt")
    pace = Pace(
        servers=options.servers, interval=options.interval, seconds=options.seconds
    )
    print(f"load of the machine before: {os.getloadavg()[0]:.2f}", file=sys.stderr)
    costs = {}
    for name in wanted:
        print(f"measuring {name}", file=sys.stderr)
        costs[name] = asyncio.run(measure(WAYS[name], pace))
    print(table(costs))
    return 0


if __name__ == "__main__":
    sys.exit(main())
