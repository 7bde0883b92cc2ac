"""A server's view draws its past, and says what will come of it."""

from datetime import UTC, datetime, timedelta

from playwright.async_api import expect
import pytest

from harness import integration
from harness.api import Api
from harness.texts import text
from harness.waiting import until

from .home import Home
from .troubled import troubled

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

NAME = "aged"
DAYS = 400
LOAD = 15000


def say(name: str) -> str:
    return text(f"selector.dashboard.options.{name}")


async def tell_past(api: Api, entity_id: str, now: float, per_day: float) -> None:
    """Have the recorder know a past that leads in a straight line to a percentage."""
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    # Each hour of the last weeks, and of what was before each day's noon.
    hours = [*range(1, 21 * 24), *range(21 * 24, DAYS * 24, 24)]
    await api.command(
        "recorder/import_statistics",
        metadata={
            "mean_type": 1,
            "has_sum": False,
            "name": None,
            "source": "recorder",
            "statistic_id": entity_id,
            "unit_class": None,
            "unit_of_measurement": "%",
        },
        stats=[
            {
                "start": (hour - timedelta(hours=ago)).isoformat(),
                "mean": max(0, now - per_day * ago / 24),
            }
            for ago in reversed(hours)
        ],
    )

    async def known() -> bool | None:
        answer = await api.command(
            "recorder/statistics_during_period",
            start_time=(hour - timedelta(days=DAYS)).isoformat(),
            statistic_ids=[entity_id],
            period="hour",
        )
        return len(answer.get(entity_id, ())) >= len(hours) or None

    await until(known, f"the past of {entity_id}", patience=60)


async def test_past_is_drawn_and_continued(home: Home) -> None:
    async with (
        home.api() as api,
        troubled(api, NAME),
        home.window(NAME) as window,
    ):
        ids = await integration.entity_ids(api)
        await tell_past(api, ids[f"{NAME}_cpu_percent"], 50, 0.1)
        await tell_past(api, ids[f"{NAME}_disk_percent"], 70, 1)
        page = window.page
        await window.open(f"{integration.DASHBOARD}/server-{NAME}")
        graphs = page.locator("homelabcmd-graphs")
        for period, card in (
            ("week", "hui-statistics-graph-card"),
            ("month", "hui-statistics-graph-card"),
            ("year", "hui-statistics-graph-card"),
            ("day", "hui-history-graph-card"),
        ):
            button = graphs.get_by_role("button", name=say(period), exact=True)
            await button.press("Enter")
            await expect(button).to_have_attribute("aria-pressed", "true")
            cpu = graphs.locator(card).filter(has_text=say("cpu"))
            await expect(cpu.locator("canvas").first).to_be_visible(timeout=LOAD)
        soon = text("selector.dashboard.options.full", time="in 4 weeks")
        await window.open(f"{integration.DASHBOARD}/server-{NAME}")
        await expect(page.locator("homelabcmd-disks")).to_contain_text(soon)
        assert window.complaints == []
