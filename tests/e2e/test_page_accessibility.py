"""Nothing about our elements keeps anybody from using them."""

from typing import Literal

from playwright.async_api import ViewportSize, expect
import pytest

from harness import integration
from harness.browser import DESKTOP, window as open_window
from harness.texts import text

from . import axe
from .home import Home
from .troubled import troubled

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

SMALL = ViewportSize(width=360, height=800)
NAME = "accessible"
VIEWS = {"": 3, f"/server-{NAME}": 7, "/alerts": 1, "/actions": 1, "/costs": 1}
"""How many of our elements each has."""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, SMALL], ids=["desktop", "phone"])
async def test_axe_finds_nothing(
    home: Home, size: ViewportSize, scheme: Literal["light", "dark"]
) -> None:
    async with (
        home.api() as api,
        troubled(api, NAME),
        open_window(home.chromium, home.account, size=size, scheme=scheme) as window,
    ):
        for view, elements in VIEWS.items():
            await window.open(f"{integration.DASHBOARD}{view}")
            shown = window.page.get_by_text(NAME).filter(visible=True)
            await expect(shown.first).to_be_visible()
            assert await axe.complaints(window.page) == (elements, []), view


async def test_axe_finds_nothing_in_dialogs(home: Home) -> None:
    async with (
        home.api() as api,
        troubled(api, NAME),
        home.window(NAME) as window,
    ):
        page = window.page
        options = "selector.dashboard.options"
        await window.open(integration.DASHBOARD)
        await page.get_by_role("button", name=text(f"{options}.add")).press("Enter")
        title = text("config_subentries.server.step.user.title")
        await expect(page.get_by_role("heading", name=title)).to_be_visible()
        # The frontend fetches its fields one by one; they are not ours to judge.
        await expect(page.get_by_role("switch")).to_be_visible()
        assert await axe.complaints(page) == (4, [])
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("dialog")).to_have_count(0)
        auto = page.get_by_role("button", name=f"{text(f'{options}.auto')}:").first
        await auto.press("Enter")
        await expect(page.get_by_role("dialog")).to_be_visible()
        assert await axe.complaints(page) == (4, [])
