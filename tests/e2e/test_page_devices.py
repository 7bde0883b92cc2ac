"""Devices of the home network on the dashboard: looked for, and made servers of."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
import json
import re

from playwright.async_api import Locator, Page, expect
import pytest

from harness import integration
from harness.account import Account
from harness.api import Api
from harness.browser import window as open_window
from harness.texts import text

from . import axe
from .home import Home, set_up

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

VIEW = f"{integration.DASHBOARD}/scans"
NAME, MAC, ADDRESS = "garage-pi", "02:00:5e:00:00:01", "192.168.77.20"
LOAD = 15000
"""Milliseconds that the frontend may take to fetch its forms, on a busy machine."""


def say(name: str, **values: str) -> str:
    return text(f"selector.dashboard.options.{name}", **values)


def device(page: Page) -> Locator:
    return page.locator("homelabcmd-devices li").filter(has_text=NAME)


async def press(page: Page, name: str) -> None:
    """Press a button of the device; others have it, too."""
    await device(page).get_by_role("button", name=f"{say(name)}: {NAME}").press("Enter")


@asynccontextmanager
async def seen(home: Home) -> AsyncIterator[Api]:
    """Let Home Assistant have seen a device that a test can not have."""
    async with home.api() as api:
        await set_up(api)
    then = datetime.now(UTC) - timedelta(days=3)
    known = {
        "mac": MAC,
        "addresses": [ADDRESS],
        "name": NAME,
        "ssh": True,
        "sources": ["probe"],
        "first_seen": then.isoformat(),
        "last_seen": then.isoformat(),
    }
    key = f"{integration.DOMAIN}.devices"
    stored = {
        "version": 1,
        "minor_version": 1,
        "key": key,
        "data": {"version": 1, "devices": [known]},
    }
    async with home.stopped():
        folder = home.home_assistant.configuration.directory / ".storage"
        (folder / key).write_text(json.dumps(stored))
    async with home.api() as api:
        yield api


async def test_devices_are_looked_for_scanned_made_servers_of_and_forgotten(
    home: Home, guest: Account
) -> None:
    async with seen(home) as api:
        async with open_window(home.chromium, guest) as window:
            await window.open(VIEW)
            await expect(device(window.page)).to_contain_text(ADDRESS)
            buttons = window.page.locator("homelabcmd-devices").get_by_role("button")
            await expect(buttons).to_have_count(0)
            assert window.complaints == []
        async with home.window("devices") as window:
            page = window.page
            await window.open(VIEW)
            await expect(device(page)).to_contain_text(say("device_ssh"))
            assert await axe.complaints(page) == (2, [])
            look = page.get_by_role("button", name=say("look_around"), exact=True)
            await look.press("Enter")
            known = page.get_by_role("status").filter(
                has_text=re.compile(say("looked", count=r"\d+"))
            )
            await expect(known).to_be_visible(timeout=LOAD)

            await press(page, "scan")
            fields = page.locator("homelabcmd-scans form")
            await expect(
                fields.get_by_label(say("scan_host"), exact=True)
            ).to_have_value(ADDRESS)
            await expect(
                fields.get_by_label(say("scan_user"), exact=True)
            ).to_be_focused()

            await press(page, "make_server")
            dialog = page.get_by_role("dialog")
            title = text("config.step.device.title", name=NAME)
            await expect(dialog.get_by_role("heading", name=title)).to_be_visible(
                timeout=LOAD
            )
            await dialog.get_by_role("button", name=say("submit")).press("Enter")
            done = text("config.abort.device_added", name=NAME, command="", config="")
            await expect(dialog).to_contain_text(done.split("\n")[0], timeout=LOAD)
            await expect(dialog).to_contain_text(f"--server-id {NAME}")
            await dialog.get_by_role("button", name=say("close")).last.press("Enter")
            answer = await api.action(integration.DOMAIN, "list_servers", server=NAME)
            assert [each["server_id"] for each in answer["servers"]] == [NAME]

            await press(page, "forget")
            await dialog.get_by_role("button", name=say("forget")).press("Enter")
            await expect(device(page)).to_have_count(0)
            assert window.complaints == []
        await api.post(
            f"/api/services/{integration.DOMAIN}/remove_server", {"server": NAME}
        )


async def test_nothing_is_probed_before_somebody_is_sure(home: Home) -> None:
    async with home.api() as api, home.window("probed") as window:
        await set_up(api)
        answer = await api.action(integration.DOMAIN, "list_devices")
        networks = [each for each in answer["networks"] if each["probe"]]
        if not networks:
            pytest.skip("this machine is in no network that could be probed")
        [network, *_] = networks
        page = window.page
        await window.open(VIEW)
        name = say("probe", network=network["network"])
        await page.get_by_role("button", name=name, exact=True).press("Enter")
        dialog = page.get_by_role("dialog")
        await expect(dialog).to_contain_text(str(network["addresses"]))
        assert (await axe.complaints(page))[1] == []
        # Never yes: this would ask the machines around whoever runs the test.
        await page.keyboard.press("Escape")
        await expect(dialog).to_have_count(0)
        assert window.complaints == []
