#!/usr/bin/env python3
"""Measure how soon the overview can be used, and what a page costs Home Assistant.

Servers report to a real Home Assistant, and a real browser opens the overview: five
times by its address, with an empty and then with a full cache, and five times by a
click from another page of the frontend, as people mostly come to it. It is usable once
the card of every server shows its figures.

Beside it stands what holds up the event loop of Home Assistant meanwhile: our own
command, and the longest time that the loop did nothing else, which is mostly Home
Assistant's own.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
import os
from pathlib import Path
import statistics
import sys
import tempfile
import time

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "agent")]

from benchmarks.hub.fleet import Machine  # noqa: E402 - the path comes first
from benchmarks.hub.ways import ours  # noqa: E402
from harness.account import Account, sign_up  # noqa: E402
from harness.api import Api, connect  # noqa: E402
from harness.browser import Window, browser, window  # noqa: E402
from harness.configuration import Configuration  # noqa: E402
from harness.home_assistant import HomeAssistant  # noqa: E402
from harness.integration import DASHBOARD  # noqa: E402
from harness.ports import any_free  # noqa: E402

PROBE = ROOT / "benchmarks/page/page_probe"
ROUNDS = 5
SETTLED_SECONDS = 20
"""By then Home Assistant has done what new entities bring."""
ELSEWHERE = "/config/info"
PATIENCE_MS = 120_000

# Resolves once each card has figures, with the milliseconds of it that passed after the
# frontend had the panel of dashboards, which is when it asks for ours.
_USABLE = """async (wanted) => {
  const find = (root, name) => {
    for (const each of root.querySelectorAll("*")) {
      if (each.localName === name) return each;
      const found = each.shadowRoot && find(each.shadowRoot, name);
      if (found) return found;
    }
    return undefined;
  };
  const shown = () =>
    find(document, "homelabcmd-servers")?.shadowRoot?.querySelectorAll(".figures")
      .length ?? 0;
  let since;
  while (shown() < wanted) {
    if (!since && find(document, "ha-panel-lovelace")) since = performance.now();
    await new Promise((resume) => setTimeout(resume, 5));
  }
  // What is in the page is on the screen with the next picture.
  await new Promise((resume) => requestAnimationFrame(() => setTimeout(resume)));
  return performance.now() - (since ?? performance.now());
}"""
# As a link of the frontend does it.
_GO = """(path) => {
  history.pushState(null, "", path);
  window.dispatchEvent(new CustomEvent("location-changed", { detail: {} }));
}"""


@dataclass(kw_only=True)
class Times:
    """Milliseconds of each round."""

    cold: float = 0
    loaded: list[float] = field(default_factory=list)
    drawn: list[float] = field(default_factory=list)
    """The last part of `loaded`."""
    gone_to: list[float] = field(default_factory=list)
    ours: list[float] = field(default_factory=list)
    longest: list[float] = field(default_factory=list)


async def measure(count: int) -> Times:
    """Boot a Home Assistant with so many servers, and open the overview."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        running = await boot(folder)
        stack.push_async_callback(running.stop)
        user = await sign_up(running.url, "demo", "password")
        api = await stack.enter_async_context(connect(running.url, user.token))
        await fill(stack, api, [Machine.numbered(number) for number in range(count)])
        await asyncio.sleep(SETTLED_SECONDS)
        return await timed(api, user, count)


async def boot(folder: Path) -> HomeAssistant:
    """Start a Home Assistant with the probe in it."""
    configuration = Configuration(
        directory=folder / "home-assistant", port=any_free(), more={PROBE.name: None}
    )
    link = configuration.directory / "custom_components" / PROBE.name
    link.parent.mkdir(parents=True)
    link.symlink_to(PROBE)
    return await HomeAssistant.boot(configuration, folder / "home-assistant.log")


async def fill(stack: AsyncExitStack, api: Api, machines: Sequence[Machine]) -> None:
    """Have all servers report, and go on doing so."""
    send = await stack.enter_async_context(ours(api, machines))

    async def report(number: int, machine: Machine) -> None:
        await asyncio.sleep(60 * number / len(machines))
        while True:
            await asyncio.sleep(60)
            await send(machine)

    for machine in machines:
        await send(machine)
        await send(machine)
    for number, machine in enumerate(machines):
        task = asyncio.create_task(report(number, machine))
        stack.callback(task.cancel)


async def timed(api: Api, user: Account, count: int) -> Times:
    """Open the overview again and again."""
    times = Times()
    await api.get("/api/page_probe")
    async with browser() as running, window(running, user) as opened:
        opened.page.set_default_timeout(PATIENCE_MS)
        times.cold, _ = await load(opened, count)
        await api.get("/api/page_probe")
        for _ in range(ROUNDS):
            loaded, drawn = await load(opened, count)
            times.loaded.append(loaded)
            times.drawn.append(drawn)
            noted = await api.get("/api/page_probe")
            times.ours += [1000 * seconds for seconds in noted["ours"]]
            times.longest.append(1000 * noted["longest"])
        for _ in range(ROUNDS):
            await opened.open(ELSEWHERE)
            began = time.perf_counter()
            await opened.page.evaluate(_GO, DASHBOARD)
            await opened.page.evaluate(_USABLE, count)
            times.gone_to.append(1000 * (time.perf_counter() - began))
    return times


async def load(opened: Window, count: int) -> tuple[float, float]:
    """Return the milliseconds from the typing of the address to the last card.

    And how many of them passed after the frontend was there.
    """
    await opened.hang_up()
    began = time.perf_counter()
    await opened.page.goto(f"{opened.url}{DASHBOARD}", wait_until="commit")
    drawn: float = await opened.page.evaluate(_USABLE, count)
    return 1000 * (time.perf_counter() - began), drawn


def table(found: dict[int, Times]) -> str:
    """Return the medians for each number of servers."""
    figures: dict[str, Callable[[Times], float]] = {
        "by a click from another page, ms": lambda one: median(one.gone_to),
        "by its address, ms": lambda one: median(one.loaded),
        "  after the frontend itself is there, ms": lambda one: median(one.drawn),
        "  with an empty cache (once), ms": lambda one: one.cold,
        "event loop held up by our command, ms": lambda one: median(one.ours),
        "  at the worst": lambda one: max(one.ours),
        "event loop busy at a stretch, ms": lambda one: median(one.longest),
    }
    head = [f"{count} servers" for count in found]
    lines = [f"{'the overview':40}" + "".join(f"{name:>14}" for name in head)]
    for text, figure in figures.items():
        cells = (f"{figure(times):.1f}" for times in found.values())
        lines.append(f"{text:40}" + "".join(f"{cell:>14}" for cell in cells))
    return "\n".join(lines)


def median(values: Sequence[float]) -> float:
    """Return the median."""
    return statistics.median(values)


def main() -> int:
    """Read the command line, measure, print the table."""
    parser = argparse.ArgumentParser(
        prog="script/bench page",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--servers",
        type=int,
        action="append",
        help="how many servers (25, and then 100); may be repeated",
    )
    options = parser.parse_args()
    print(f"load of the machine before: {os.getloadavg()[0]:.2f}", file=sys.stderr)
    found = {}
    for count in options.servers or (25, 100):
        print(f"measuring {count} servers", file=sys.stderr)
        found[count] = asyncio.run(measure(count))
    print(table(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
