"""A browser that a person could sit in front of: Debian's chromium, headless."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
import json
from pathlib import Path
import shutil
from typing import Literal

from playwright.async_api import (
    Browser,
    ConsoleMessage,
    Error,
    Page,
    Route,
    ViewportSize,
    async_playwright,
)

from .account import Account
from .paths import INTEGRATION
from .ports import LOOPBACK

DESKTOP = ViewportSize(width=1400, height=1000)
PHONE = ViewportSize(width=412, height=915)

_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Without these it asks for its maker's addresses, on a closed network too.
    f"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE {LOOPBACK}, EXCLUDE localhost",
)
# What the frontend itself leaves uncaught when a page is left too early for it; "3" is
# its library's ERR_CONNECTION_LOST: something was asked after the page had hung up.
_HARMLESS = ("disconnected", "Transition was skipped", "3")
_LOST = "Failure writing unhandled promise rejection to system log: 3"
_NO_BRAND = '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>'

# The panel is there and nothing turns or grows any more.
_SETTLED = """async () => {
  const panel = () => document.querySelector("home-assistant")
    ?.shadowRoot?.querySelector("home-assistant-main")
    ?.shadowRoot?.querySelector("partial-panel-resolver");
  const look = () => {
    let elements = 0;
    let busy = panel()?.children.length ? 0 : 1;
    const walk = (root) => {
      for (const element of root.querySelectorAll("*")) {
        elements += 1;
        busy += /^(ha-spinner|hass-loading-screen|ha-fade-in)$/.test(element.localName);
        if (element.shadowRoot) walk(element.shadowRoot);
      }
    };
    walk(document);
    return { elements, busy };
  };
  let before = -1;
  let calm = 0;
  for (const end = Date.now() + 20000; Date.now() < end && calm < 4; ) {
    const { elements, busy } = look();
    calm = !busy && elements === before ? calm + 1 : 0;
    before = elements;
    await new Promise((resume) => setTimeout(resume, 150));
  }
}"""

# A page that is left in the middle of a long message makes a traceback in the log of
# Home Assistant. So wait until all that was asked is answered and all that was sent has
# arrived, and hang up before anything else is asked.
_HANG_UP = """async () => {
  const connection = document.querySelector("home-assistant")?.hass?.connection;
  const asked = () => [...connection.commands.values()].some((each) => !each.callback);
  const end = Date.now() + 10000;
  while (connection?.connected && asked() && Date.now() < end) {
    await new Promise((resume) => setTimeout(resume, 20));
  }
  const late = new Promise((resume) => setTimeout(resume, end - Date.now()));
  // Messages come in order, so that the answer to this one is the last.
  if (connection?.connected) await Promise.race([connection.ping(), late]);
  connection?.close();
}"""


@dataclass(frozen=True, kw_only=True)
class Window:
    """A browser window in which a user is logged in."""

    page: Page
    url: str
    complaints: list[str]
    """What a developer would see in red in the console."""

    async def open(self, path: str) -> None:
        """Load a path as if its address was typed in, and wait until it is drawn."""
        await self.hang_up()
        await self.page.goto(f"{self.url}{path}", wait_until="domcontentloaded")
        await self.settled()

    async def settled(self) -> None:
        """Wait until nothing on the page moves."""
        await self.page.evaluate(_SETTLED)

    async def hang_up(self) -> None:
        """End the page's connection once nothing is on its way to it."""
        await self.page.evaluate(_HANG_UP)


@asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    """Start the browser."""
    program = shutil.which("chromium")
    if program is None:
        raise FileNotFoundError("there is no chromium here: script/setup --browser")
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(
            executable_path=program, args=_FLAGS, headless=True
        )
        try:
            yield running
        finally:
            await running.close()


@asynccontextmanager
async def window(
    running: Browser,
    account: Account,
    *,
    size: ViewportSize = DESKTOP,
    scheme: Literal["dark", "light"] = "light",
    last_look: Path | None = None,
) -> AsyncIterator[Window]:
    """Open a window of its own, with the account logged in.

    If something goes wrong in it, `last_look` is a picture of the moment.
    """
    context = await running.new_context(
        viewport=size,
        color_scheme=scheme,
        # A worker that keeps pages would hide what the server sends.
        service_workers="block",
        reduced_motion="reduce",
    )
    storage = {
        "hassTokens": json.dumps(account.browser_login),
        "dockedSidebar": json.dumps("docked"),
    }
    await context.add_init_script(f"Object.assign(localStorage, {json.dumps(storage)})")
    await context.route("**/api/brands/**", _brand)
    page = await context.new_page()
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and message.text != _LOST:
            complaints.append(f"{message.text} ({message.location.get('url', '')})")

    def note_uncaught(error: Error) -> None:
        if error.message not in _HARMLESS:
            complaints.append(f"{error.message}\n{error.stack}")

    page.on("console", note)
    page.on("pageerror", note_uncaught)
    opened = Window(page=page, url=account.url, complaints=complaints)
    try:
        yield opened
        await opened.hang_up()
    except BaseException:
        if last_look:
            await page.screenshot(path=last_look)
        raise
    finally:
        await context.close()


async def _brand(route: Route) -> None:
    """Answer for Home Assistant, which fetches others' brands from the internet."""
    if f"/{INTEGRATION.name}/" in route.request.url:
        await route.continue_()
    else:
        await route.fulfill(body=_NO_BRAND, content_type="image/svg+xml")
