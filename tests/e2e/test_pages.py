"""The pages load, every time, follow what happens, and can be acted on."""

from typing import Literal

from playwright.async_api import ViewportSize, expect
import pytest

from harness import integration
from harness.account import Account
from harness.browser import DESKTOP, Window, window as open_window
from harness.texts import text

from .home import Home, server_card, set_up
from .troubled import HOSTILE, troubled

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

NAMES = ("Pages server 2", "Pages server 10")
SMALL = ViewportSize(width=360, height=800)
# A card that can't be drawn, and what the frontend shows in place of a dashboard.
BROKEN = "hui-error-card, hui-error-badge, hui-error-section"
NO_STRATEGY = "Error loading the dashboard strategy"
SOON = 1000
"""Milliseconds within which a click changes the page."""


def say(name: str) -> str:
    return text(f"selector.dashboard.options.{name}")


async def look_at(window: Window) -> None:
    page = window.page
    places = []
    for name in NAMES:
        card = server_card(window, name)
        await expect(card).to_be_visible(timeout=15000)
        box = await card.bounding_box()
        assert box is not None
        places.append((box["y"], box["x"]))
    assert places == sorted(places)
    await expect(page.get_by_text(say("waiting")).first).to_be_visible()
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
        card = server_card(window, name)
        await expect(card).to_be_hidden()
        await integration.add_server(api, "pages-server-3", name=name)
        await expect(card).to_be_visible(timeout=2000)
        # Its view is there, too.
        await card.get_by_role("link").press("Enter")
        await expect(window.page.locator("homelabcmd-facts").first).to_contain_text(
            say("waiting")
        )
        assert window.complaints == []


async def test_alert_and_action_are_answered_by_clicks(home: Home) -> None:
    async with (
        home.api() as api,
        troubled(api, "clicked"),
        home.window("clicked") as window,
    ):
        page = window.page
        await window.open(integration.DASHBOARD)
        row = page.locator("homelabcmd-alerts li").filter(has_text="clicked").first
        await row.get_by_role("button").click()
        await expect(row).to_contain_text("acknowledged", timeout=SOON)
        action = page.locator("homelabcmd-actions li").filter(has_text="clicked")
        await action.get_by_role("button", name=say("approve")).click()
        await expect(action).to_have_count(0, timeout=SOON)
        answer = await api.action(integration.DOMAIN, "list_actions", server="clicked")
        assert [each["status"] for each in answer["actions"]] == ["approved"]
        assert window.complaints == []


async def test_auto_asks_first_and_is_reached_by_keyboard(home: Home) -> None:
    async with (
        home.api() as api,
        troubled(api, "automatic"),
        home.window("automatic") as window,
    ):
        page = window.page
        await window.open(integration.DASHBOARD)
        action = page.locator("homelabcmd-actions li").filter(has_text="automatic")
        auto = action.get_by_role("button", name=f"{say('auto')}:")
        await auto.press("Enter")
        dialog = page.get_by_role("dialog")
        await expect(dialog).to_contain_text("without asking anybody")
        await page.keyboard.press("Escape")
        await expect(dialog).to_have_count(0)
        await expect(action).to_have_count(1)
        await auto.press("Enter")
        await dialog.get_by_role("button", name=say("auto_yes")).press("Enter")
        await expect(action).to_have_count(0, timeout=SOON)
        await api.post(
            f"/api/services/{integration.DOMAIN}/set_auto_approve",
            {"action_type": "restart_service", "enabled": False},
        )
        assert window.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, SMALL], ids=["desktop", "phone"])
async def test_hostile_names_stay_text_and_fit(
    home: Home, size: ViewportSize, scheme: Literal["light", "dark"]
) -> None:
    async with (
        home.api() as api,
        troubled(api, "hostile"),
        open_window(home.chromium, home.account, size=size, scheme=scheme) as window,
    ):
        for view in ("", "/server-hostile", "/alerts", "/actions", "/costs"):
            await window.open(f"{integration.DASHBOARD}{view}")
            shown = window.page.get_by_text(HOSTILE).filter(visible=True)
            await expect(shown.first).to_be_visible()
            await expect(window.page.locator("img[src=x]")).to_have_count(0)
            await expect(window.page.locator(BROKEN)).to_have_count(0)
            width = await window.page.evaluate("document.documentElement.scrollWidth")
            assert width == size["width"], view
        assert window.complaints == []


async def test_who_is_no_administrator_sees_and_cannot_act(
    home: Home, guest: Account
) -> None:
    async with (
        home.api() as api,
        troubled(api, "looked-at"),
        open_window(home.chromium, guest) as window,
    ):
        await window.open(integration.DASHBOARD)
        for name in ("servers", "alerts", "actions"):
            part = window.page.locator(f"homelabcmd-{name}")
            await expect(part).to_contain_text("looked-at")
            await expect(part.get_by_role("button")).to_have_count(0)
        await expect(window.page.get_by_text(say("add"))).to_have_count(0)
        assert window.complaints == []
