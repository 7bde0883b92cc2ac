"""All alerts and all actions can be filtered."""

from playwright.async_api import Locator, expect
import pytest

from harness import integration
from harness.browser import Window
from harness.texts import text

from .home import Home
from .troubled import HOSTILE, troubled

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

NAME, OTHER = "filtered", "unfiltered-other"


def say(name: str) -> str:
    return text(f"selector.dashboard.options.{name}")


def row(window: Window, name: str) -> Locator:
    called = window.page.get_by_text(f"{HOSTILE} {name}")
    return window.page.locator("li.row").filter(has=called)


def choice(window: Window, name: str) -> Locator:
    return window.page.get_by_label(say(f"filter_{name}"), exact=True)


async def choose(window: Window, name: str, label: str) -> None:
    await choice(window, name).select_option(label=label)


async def test_alerts_are_filtered_by_what_they_are(home: Home) -> None:
    async with (
        home.api() as api,
        troubled(api, NAME),
        troubled(api, OTHER),
        home.window("filters") as window,
    ):
        await window.open(f"{integration.DASHBOARD}/alerts")
        ours, other = row(window, NAME).first, row(window, OTHER).first
        await expect(ours).to_be_visible()
        await expect(other).to_be_visible()

        await choose(window, "server", f"{HOSTILE} {NAME}")
        await expect(other).to_be_hidden()
        await expect(ours).to_be_visible()
        await choose(window, "severity", say("low"))
        await expect(ours).to_be_hidden()
        await expect(window.page.get_by_text(say("no_alerts"))).to_be_visible()
        await choose(window, "severity", say("critical"))
        await expect(ours).to_be_visible()
        await choose(window, "type", text("selector.alert_type.options.disk_critical"))
        await expect(ours).to_contain_text("almost full")
        await choose(window, "status", say("ended"))
        await expect(ours).to_be_hidden()
        assert window.complaints == []


async def test_actions_are_filtered_by_server_and_status(home: Home) -> None:
    async with (
        home.api() as api,
        troubled(api, NAME),
        troubled(api, OTHER),
        home.window("filters") as window,
    ):
        await window.open(f"{integration.DASHBOARD}/actions")
        ours, other = row(window, NAME).first, row(window, OTHER).first
        await expect(choice(window, "severity")).to_be_hidden()
        await choose(window, "server", f"{HOSTILE} {OTHER}")
        await expect(other).to_be_visible()
        await expect(ours).to_be_hidden()
        waiting = text("selector.action_status.options.pending")
        await choose(window, "status", waiting)
        await expect(other).to_be_visible()
        await choose(window, "status", text("selector.action_status.options.failed"))
        await expect(other).to_be_hidden()
        assert window.complaints == []
