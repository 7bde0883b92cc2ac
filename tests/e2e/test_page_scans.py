"""Machines without an agent are scanned on the dashboard, over real SSH."""

import json
from pathlib import Path
import re
from typing import Any, Literal

from playwright.async_api import Locator, Page, ViewportSize, expect
import pytest

from harness import integration
from harness.account import Account
from harness.api import Api
from harness.browser import DESKTOP, window as open_window
from harness.texts import text
from harness.waiting import until

from ..ha.scans.ssh_server import PASSWORD
from . import axe
from .home import Home, set_up
from .scanned import HOST, HOSTILE, USER, Scanned, scanned

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

VIEW = f"{integration.DASHBOARD}/scans"
SMALL = ViewportSize(width=360, height=800)
ENDS = 20000
"""Milliseconds that a scan may take on a busy machine: all its answers are short."""


def say(name: str, **values: str) -> str:
    return text(f"selector.dashboard.options.{name}", **values)


def form(page: Page) -> Locator:
    return page.locator("homelabcmd-scans form")


def newest(page: Page) -> Locator:
    return page.locator("homelabcmd-scans li").first


async def press(place: Locator, name: str) -> None:
    await place.get_by_role("button", name=name, exact=True).press("Enter")


async def fill_in(page: Page, machine: Scanned, *, full: bool = False) -> None:
    fields = form(page)
    await fields.get_by_label(say("scan_host"), exact=True).fill(HOST)
    await fields.get_by_label(say("scan_port"), exact=True).fill(
        str(machine.server.port)
    )
    await fields.get_by_label(say("scan_user"), exact=True).fill(USER)
    await fields.get_by_label(say("scan_password"), exact=True).fill(PASSWORD)
    if full:
        await fields.get_by_role("radio", name=say("scan_full")).check()


async def expect_status(page: Page, status: str) -> None:
    await expect(newest(page)).to_contain_text(say(f"scan_{status}"), timeout=ENDS)


async def kept_nowhere(page: Page) -> None:
    """The password is neither in what the browser keeps nor in what is shown."""
    kept = await page.evaluate(
        "JSON.stringify([{...localStorage}, {...sessionStorage}, location.href])"
    )
    assert PASSWORD not in kept
    field = form(page).get_by_label(say("scan_password"), exact=True)
    await expect(field).to_have_value("")


async def scan(api: Api, machine: Scanned) -> dict[str, Any]:
    """Scan by an action, and return all that is known at the end."""
    answer = await api.action(
        integration.DOMAIN,
        "scan_host",
        **machine.place,
        username=USER,
        password=PASSWORD,
        scan_type="quick",
    )
    scan_id = answer["scan"]["scan_id"]

    async def ended() -> dict[str, Any] | None:
        answer = await api.action(integration.DOMAIN, "list_scans", scan_id=scan_id)
        [found] = answer["scans"]
        return found if found["completed_at"] else None

    return await until(ended, "the scan ends", patience=20)


async def trust(api: Api, machine: Scanned) -> None:
    """Have a machine's key known before the page is opened."""
    await scan(api, machine)
    place = machine.place | {"fingerprint": machine.server.fingerprint}
    await api.post(f"/api/services/{integration.DOMAIN}/trust_host", place)


async def forget(api: Api, machine: Scanned) -> None:
    """Leave nothing to repair behind."""
    await api.post(f"/api/services/{integration.DOMAIN}/forget_host", machine.place)


async def test_a_machine_is_recognised_scanned_and_compared(
    home: Home, tmp_path: Path
) -> None:
    async with (
        home.api() as api,
        scanned() as machine,
        home.window("scans") as window,
    ):
        await set_up(api)
        page = window.page
        await window.open(integration.DASHBOARD)
        await page.get_by_role("button", name=say("scan"), exact=True).press("Enter")
        await expect(page).to_have_url(re.compile(f"{VIEW}$"))
        await fill_in(page, machine)
        await press(form(page), say("scan"))

        row = newest(page)
        fingerprint = machine.server.fingerprint
        await expect(row.get_by_text(fingerprint)).to_be_visible(timeout=ENDS)
        assert machine.server.tried == []
        assert await axe.complaints(page) == (2, [])
        machine.goes_on.clear()
        await press(row, say("trust_and_scan"))
        await expect(row).to_contain_text(
            say("scan_progress", done="8", total="10"), timeout=ENDS
        )
        await expect(row.get_by_role("progressbar")).to_be_visible()
        assert await axe.complaints(page) == (2, [])
        machine.goes_on.set()
        await expect_status(page, "completed")
        assert machine.server.tried == [USER, f"{USER} by password"]
        await expect(row).to_contain_text("Debian GNU/Linux 12 (bookworm)")
        await expect(row).to_contain_text(say("scan_first"))
        await kept_nowhere(page)

        machine.ports.append(8080)
        await press(row, say("scan_again"))
        await expect(form(page).get_by_label(say("scan_host"))).to_have_value(HOST)
        focused = form(page).get_by_label(say("scan_password"), exact=True)
        await expect(focused).to_be_focused()
        await focused.fill(PASSWORD)
        await focused.press("Enter")
        since = page.get_by_role(
            "heading", name=re.compile(say("scan_changes_since", time=""))
        )
        await expect(since).to_be_visible(timeout=ENDS)
        changed = newest(page).get_by_role("row").filter(has_text="tcp *:8080")
        await expect(changed).to_contain_text(say("scan_added"))
        assert await axe.complaints(page) == (2, [])

        async with page.expect_download() as started:
            await press(newest(page), say("export"))
        download = await started.value
        assert re.fullmatch(
            rf"homelabcmd-scan-{re.escape(HOST)}-\d{{4}}-\d\d-\d\d\.json",
            download.suggested_filename,
        )
        await download.save_as(tmp_path / "scan.json")
        saved = json.loads((tmp_path / "scan.json").read_text())
        answer = await api.action(integration.DOMAIN, "list_scans", limit=1)
        assert saved["scan_id"] == answer["scans"][0]["scan_id"]
        assert saved["results"]["changes"]["ports"]["added"] == ["tcp *:8080"]
        assert window.complaints == []


async def test_a_password_is_asked_for_again_once_the_page_was_left(home: Home) -> None:
    async with (
        home.api() as api,
        scanned() as machine,
        home.window("left") as window,
    ):
        await set_up(api)
        await scan(api, machine)
        page = window.page
        await window.open(VIEW)
        row = newest(page)
        await row.get_by_role("button").press("Enter")
        await press(row, say("trust_and_scan"))
        await expect(form(page)).to_contain_text(say("key_trusted_now"))
        password = form(page).get_by_label(say("scan_password"), exact=True)
        await expect(password).to_be_focused()
        await password.fill(PASSWORD)
        await password.press("Enter")
        await expect_status(page, "completed")
        assert machine.server.tried == [USER, f"{USER} by password"]
        await kept_nowhere(page)
        assert window.complaints == []


async def test_what_is_typed_stays_when_the_page_is_drawn_anew(home: Home) -> None:
    async with (
        home.api() as api,
        scanned() as machine,
        home.window("anew") as window,
    ):
        await set_up(api)
        page = window.page
        await window.open(VIEW)
        await fill_in(page, machine, full=True)
        # Home Assistant makes all elements of a dashboard again for its entities.
        await form(page).evaluate("form => { form.dataset.old = 'yes'; }")
        await integration.add_server(api, "anew", name="Drawn anew")
        try:
            await expect(form(page)).not_to_have_attribute("data-old", "yes")
            for name, value in (("scan_host", HOST), ("scan_password", PASSWORD)):
                field = form(page).get_by_label(say(name), exact=True)
                await expect(field).to_have_value(value)
            full = form(page).get_by_role("radio", name=say("scan_full"))
            await expect(full).to_be_checked()
            await press(form(page), say("scan"))
            await press(newest(page), say("trust_and_scan"))
            await expect_status(page, "completed")
            assert window.complaints == []
        finally:
            await api.post(
                f"/api/services/{integration.DOMAIN}/remove_server", {"server": "anew"}
            )


async def test_a_scan_is_cancelled(home: Home) -> None:
    async with (
        home.api() as api,
        scanned() as machine,
        home.window("cancelled") as window,
    ):
        await set_up(api)
        await trust(api, machine)
        machine.goes_on.clear()
        page = window.page
        await window.open(VIEW)
        await fill_in(page, machine)
        await press(form(page), say("scan"))
        await expect_status(page, "running")
        cancel = newest(page).get_by_role("button", name=f"{say('cancel')}:")
        await cancel.press("Enter")
        await expect_status(page, "failed")
        await expect(newest(page)).to_contain_text(
            text("selector.scan_failure.options.cancelled")
        )
        machine.goes_on.set()
        assert window.complaints == []


async def test_another_key_is_shown_beside_the_one_that_is_trusted(home: Home) -> None:
    async with (
        home.api() as api,
        scanned() as machine,
        home.window("changed") as window,
    ):
        await set_up(api)
        await trust(api, machine)
        before = machine.server.fingerprint
        await machine.server.replace_key()
        page = window.page
        await window.open(VIEW)
        await fill_in(page, machine)
        await press(form(page), say("scan"))
        row = newest(page)
        for fingerprint in (before, machine.server.fingerprint):
            await expect(row.get_by_text(fingerprint)).to_be_visible(timeout=ENDS)
        assert machine.server.tried == []
        assert await axe.complaints(page) == (2, [])
        await row.get_by_role("link", name=say("to_repairs")).click()
        await expect(page).to_have_url(re.compile("/config/repairs"))
        title = text(
            "issues.host_key_changed.title", host=f"{HOST}:{machine.server.port}"
        )
        await expect(page.get_by_text(title)).to_be_visible(timeout=ENDS)
        await forget(api, machine)
        assert window.complaints == []


async def test_what_is_wrong_with_a_target_is_said_in_the_form(home: Home) -> None:
    async with (
        home.api() as api,
        scanned() as machine,
        home.window("refused") as window,
    ):
        await set_up(api)
        page = window.page
        await window.open(VIEW)
        await fill_in(page, machine)
        await form(page).get_by_label(say("scan_host"), exact=True).fill("8.8.8.8")
        await press(form(page), say("scan"))
        await expect(form(page).get_by_role("alert")).to_contain_text(
            "not in your home network"
        )
        # What was typed is still there, to be put right.
        field = form(page).get_by_label(say("scan_password"), exact=True)
        await expect(field).to_have_value(PASSWORD)
        await form(page).get_by_text(say("scan_key_use")).click()
        key = form(page).get_by_label(say("scan_key"), exact=True)
        await expect(key).to_have_value(re.compile("^restrict ssh-ed25519 "))
        assert window.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, SMALL], ids=["desktop", "phone"])
async def test_a_full_report_fits_and_has_nothing_that_axe_finds(
    home: Home, size: ViewportSize, scheme: Literal["light", "dark"]
) -> None:
    async with (
        home.api() as api,
        scanned() as machine,
        open_window(home.chromium, home.account, size=size, scheme=scheme) as window,
    ):
        await set_up(api)
        place = machine.place | {"without_verification": True}
        await api.post(f"/api/services/{integration.DOMAIN}/trust_host", place)
        page = window.page
        await window.open(VIEW)
        await fill_in(page, machine, full=True)
        await press(form(page), say("scan"))
        await expect_status(page, "completed")
        row = newest(page)
        await expect(row).to_contain_text(HOSTILE)
        await expect(row).to_contain_text(say("scan_unverified_long"))
        await expect(row).to_contain_text(say("scan_packages"))
        await expect(page.locator("img[src=x]")).to_have_count(0)
        assert await axe.complaints(page) == (2, [])
        width = await page.evaluate("document.documentElement.scrollWidth")
        assert width == size["width"]
        assert window.complaints == []
        await forget(api, machine)


async def test_who_is_no_administrator_reads_and_does_nothing(
    home: Home, guest: Account
) -> None:
    async with (
        home.api() as api,
        scanned() as machine,
        open_window(home.chromium, guest) as window,
    ):
        await set_up(api)
        await trust(api, machine)
        await scan(api, machine)
        page = window.page
        await window.open(integration.DASHBOARD)
        button = page.get_by_role("button", name=say("scan"), exact=True)
        await expect(button).to_have_count(0)
        await window.open(VIEW)
        await expect(form(page)).to_be_hidden()
        row = newest(page)
        await row.get_by_role("button").first.press("Enter")
        await expect(row).to_contain_text("Debian GNU/Linux 12", timeout=ENDS)
        await expect(row.get_by_role("button", name=say("scan_again"))).to_have_count(0)
        assert window.complaints == []
