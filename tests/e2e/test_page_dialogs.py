"""The pages' buttons open the dialogs of servers and options."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Page, ViewportSize, expect
import pytest

from harness import integration
from harness.api import Api
from harness.browser import DESKTOP, Window, window as open_window
from harness.texts import text

from .home import Home, server_card, set_up

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

SERVER = "config_subentries.server"
SMALL = ViewportSize(width=360, height=800)
LOAD = 15000
"""Milliseconds that the frontend may take to fetch its forms, on a busy machine."""


def say(name: str) -> str:
    return text(f"selector.dashboard.options.{name}")


async def press(page: Page, name: str) -> None:
    await page.get_by_role("button", name=name, exact=True).press("Enter")


async def titled(page: Page, title: str) -> None:
    heading = page.get_by_role("dialog").get_by_role("heading", name=title, exact=True)
    await expect(heading).to_be_visible(timeout=LOAD)


async def details(api: Api, server_id: str) -> dict[str, Any] | None:
    answer = await api.action(integration.DOMAIN, "list_servers")
    found = (one for one in answer["servers"] if one["server_id"] == server_id)
    return next(found, None)


@asynccontextmanager
async def added(api: Api, server_id: str, name: str) -> AsyncIterator[None]:
    await set_up(api)
    await integration.add_server(api, server_id, name=name)
    try:
        yield
    finally:
        await remove(api, server_id)


async def remove(api: Api, server_id: str) -> None:
    await api.post(
        f"/api/services/{integration.DOMAIN}/remove_server", {"server": server_id}
    )


async def open_server(opened: Window, server_id: str) -> Page:
    await opened.open(f"{integration.DASHBOARD}/server-{server_id}")
    return opened.page


@pytest.mark.parametrize("size", [DESKTOP, SMALL], ids=["desktop", "phone"])
async def test_server_is_added_by_keyboard(home: Home, size: ViewportSize) -> None:
    name = f"Dialog server {size['width']}"
    server_id = name.lower().replace(" ", "-")
    async with (
        home.api() as api,
        open_window(home.chromium, home.account, size=size) as opened,
    ):
        await set_up(api)
        page = opened.page
        await opened.open(integration.DASHBOARD)
        await press(page, say("add"))
        await titled(page, text(f"{SERVER}.step.user.title"))
        # Without a name it stays.
        await press(page, say("submit"))
        await expect(page.get_by_role("alert")).to_have_text(say("not_complete"))
        field = page.get_by_role("dialog").get_by_role("textbox", name="Name")
        await field.fill("🚀")
        await field.press("Enter")
        await expect(page.get_by_role("dialog")).to_contain_text(
            text(f"{SERVER}.error.unusable_name")
        )
        await field.fill(name)
        await field.press("Enter")
        await titled(page, text(f"{SERVER}.step.agent.title", name=name))
        await expect(page.get_by_role("dialog")).to_contain_text(server_id)
        await press(page, text(f"{SERVER}.step.agent.menu_options.finish"))
        await expect(page.get_by_role("dialog")).to_contain_text(
            text(f"{SERVER}.abort.server_added", name=name)
        )
        await page.get_by_role("button", name=say("close")).last.press("Enter")
        await expect(page.get_by_role("dialog")).to_have_count(0)
        await expect(server_card(opened, name)).to_be_visible()
        await remove(api, server_id)
        assert opened.complaints == []


async def test_edit_changes_the_server(home: Home) -> None:
    async with (
        home.api() as api,
        added(api, "edited", "Edited server"),
        home.window("edited") as opened,
    ):
        page = await open_server(opened, "edited")
        await press(page, say("edit"))
        await titled(page, "Edited server")
        await press(page, text(f"{SERVER}.step.reconfigure.menu_options.settings"))
        await titled(page, text(f"{SERVER}.step.settings.title"))
        watts = page.get_by_role("dialog").get_by_role("spinbutton")
        await expect(watts).to_have_value("50")
        await watts.fill("123")
        await watts.press("Enter")
        await expect(page.get_by_role("dialog")).to_contain_text(
            text(f"{SERVER}.abort.reconfigure_successful")
        )
        changed = await details(api, "edited")
        assert changed is not None
        assert changed["tdp_watts"] == 123
        assert opened.complaints == []


async def test_services_opens_the_watch_list_and_escape_ends_it(home: Home) -> None:
    flows = "config_entries/flow/progress"
    async with (
        home.api() as api,
        added(api, "watching", "Watching server"),
        home.window("watching") as opened,
    ):
        page = await open_server(opened, "watching")
        before = await api.command(flows)
        await press(page, say("services"))
        title = text(f"{SERVER}.step.watch.title", name="Watching server")
        await titled(page, title)
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("dialog")).to_have_count(0)
        assert await api.command(flows) == before
        assert opened.complaints == []


async def test_settings_opens_the_options(home: Home) -> None:
    async with (
        home.api() as api,
        added(api, "settled", "Settled server"),
        home.window("options") as opened,
    ):
        page = opened.page
        await opened.open(integration.DASHBOARD)
        await press(page, say("settings"))
        await titled(page, text("options.step.init.title"))
        await press(page, text("options.step.init.menu_options.general"))
        await titled(page, text("options.step.general.title"))
        await press(page, say("submit"))
        await expect(page.get_by_role("dialog")).to_have_count(0)
        assert opened.complaints == []


async def test_sidebar_entry_can_be_switched_off(home: Home) -> None:
    async with (
        home.api() as api,
        added(api, "hidden", "Hidden server"),
        home.window("sidebar") as opened,
    ):
        entry = await integration.entry_id(api)
        assert entry is not None
        page = opened.page
        link = page.locator(f"ha-sidebar a[href='{integration.DASHBOARD}']")
        await opened.open(integration.DASHBOARD)
        await expect(link).to_have_count(1)
        await integration.set_options(api, entry, show_in_sidebar=False)
        await expect(link).to_have_count(0)
        await opened.open(integration.DASHBOARD)
        await expect(server_card(opened, "Hidden server")).to_be_visible()
        await expect(link).to_have_count(0)
        await integration.set_options(api, entry, show_in_sidebar=True)
        await expect(link).to_have_count(1)
        assert opened.complaints == []


async def test_page_is_left_where_forms_are_not_to_be_had(home: Home) -> None:
    async with (
        home.api() as api,
        added(api, "bare", "Bare server"),
        home.window("bare") as opened,
    ):
        page = opened.page
        await opened.open(integration.DASHBOARD)
        await page.evaluate("() => { delete window.loadCardHelpers; }")
        await press(page, say("add"))
        await page.wait_for_url("**/config/integrations/integration/homelabcmd")
