"""A page that stays open neither leaks nor freezes."""

from typing import Any, NamedTuple

from playwright.async_api import CDPSession, expect
import pytest

from harness import integration
from harness.browser import Window

from .home import Home
from .troubled import troubled
from .updates import Updates

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

UPDATES = 1000
WARM_UP = 200
NAME = "lasting"
MAX_GROWTH = 1_000_000
"""Bytes; so much may Chromium and the frontend keep for reasons of their own."""


class Used(NamedTuple):
    """What a page holds once its garbage is gone."""

    heap: int
    nodes: int
    listeners: int


async def used(session: CDPSession) -> Used:
    # What is only held weakly goes with the second search.
    for _ in range(2):
        await session.send("HeapProfiler.collectGarbage")
    heap = await session.send("Runtime.getHeapUsage")
    counted = await session.send("Memory.getDOMCounters")
    return Used(heap["usedSize"], counted["nodes"], counted["jsEventListeners"])


async def update(window: Window, updates: Updates, count: int, *, lists: bool) -> None:
    """Tell of changes of everything, and wait until the page shows the last."""
    first = updates.first
    [server] = (one for one in first["servers"] if one["server_id"] == NAME)
    [alert, *_] = (one for one in first["alerts"] if one["server_id"] == NAME)
    [action, *_] = (one for one in first["actions"] if one["server_id"] == NAME)
    for number in range(count):
        news: dict[str, Any] = {
            "servers": [
                {
                    **server,
                    "cpu": number % 90,
                    "down": [f"unit {number}"],
                    "kernel": f"unit {number}",
                }
            ],
        }
        if lists:
            news |= {
                "alerts": [
                    {**alert, "alert_id": f"{number - back}", "title": f"Told {number}"}
                    for back in range(10)
                ],
                "actions": [{**action, "action_id": f"{number}"}],
                "standing": 10,
            }
        updates.tell(**news)
    page = window.page
    shown = page.locator("homelabcmd-servers li, homelabcmd-facts")
    last = shown.filter(has_text=f"unit {count - 1}")
    await expect(last.first).to_be_visible(timeout=60000)
    if lists:
        row = page.locator("homelabcmd-alerts li")
        await expect(row.first).to_contain_text(f"Told {count - 1}")


@pytest.mark.parametrize(
    ("view", "lists"),
    [
        ("", True),
        # Its lists ask the hub for more with each change, which is not the hub's then.
        (f"/server-{NAME}", False),
    ],
    ids=["overview", "server"],
)
async def test_a_thousand_updates_leave_nothing_behind(
    home: Home, view: str, *, lists: bool
) -> None:
    async with (
        home.api() as api,
        troubled(api, NAME),
        home.window("lasting") as window,
    ):
        updates = await Updates.of(window.page)
        session = await window.page.context.new_cdp_session(window.page)
        await window.open(f"{integration.DASHBOARD}{view}")
        await updates.told()
        await update(window, updates, WARM_UP, lists=lists)
        before = await used(session)
        await update(window, updates, UPDATES, lists=lists)
        after = await used(session)
        print(f"\nbefore {before}\nafter {UPDATES} updates {after}")  # noqa: T201
        assert after.heap - before.heap < MAX_GROWTH
        assert after.nodes - before.nodes < UPDATES / 10
        assert after.listeners - before.listeners < UPDATES / 10
        assert window.complaints == []
