"""The dashboard loads, every time."""

from playwright.async_api import expect
import pytest

from harness import integration
from harness.browser import Window
from harness.texts import text

from .home import Home, set_up

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

NAMES = ("Pages server 2", "Pages server 10")
# A card that can't be drawn, and what the frontend shows in place of a dashboard.
BROKEN = "hui-error-card, hui-error-badge, hui-error-section"
NO_STRATEGY = "Error loading the dashboard strategy"


async def look_at(window: Window) -> None:
    page = window.page
    places = []
    for name in NAMES:
        heading = page.get_by_text(name, exact=True)
        await expect(heading).to_be_visible(timeout=15000)
        box = await heading.bounding_box()
        assert box is not None
        places.append((box["y"], box["x"]))
    assert places == sorted(places)
    waiting = page.get_by_text(text("selector.dashboard.options.waiting"))
    await expect(waiting.first).to_be_visible()
    await expect(page.get_by_text(NO_STRATEGY)).to_have_count(0)
    await expect(page.locator(BROKEN)).to_have_count(0)
    assert window.complaints == []


async def test_dashboard_loads_every_time(home: Home) -> None:
    async with home.api() as api:
        await set_up(api)
        for name in NAMES:
            server_id = name.lower().replace(" ", "-")
            await integration.add_server(api, server_id, name=name)
    for load in range(5):
        # The first with nothing in the browser's cache, the second with everything.
        async with home.window(f"page-{load}") as window:
            await window.open(integration.DASHBOARD)
            await look_at(window)
            await window.open(integration.DASHBOARD)
            await look_at(window)


async def test_open_dashboard_shows_a_server_that_is_added(home: Home) -> None:
    name = "Pages server 3"
    async with home.api() as api, home.window("added") as window:
        await set_up(api)
        await window.open(integration.DASHBOARD)
        heading = window.page.get_by_text(name, exact=True)
        await expect(heading).to_be_hidden()
        await integration.add_server(api, "pages-server-3", name=name)
        await expect(heading).to_be_visible()
        assert window.complaints == []
