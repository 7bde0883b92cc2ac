"""Takes the pictures of the documentation; started by script/screenshots."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
import sys
import tempfile

from playwright.async_api import ViewportSize

from . import agent, dialogs, integration
from .account import sign_up
from .api import Api, connect
from .browser import DESKTOP, Window, browser, window
from .configuration import Configuration
from .home_assistant import HomeAssistant
from .paths import ROOT
from .ports import any_free
from .servers import heard_since, server_id, servers
from .terminal import progress

IMAGES = ROOT / "docs/images"
# No higher than what there is to see.
_DASHBOARD = ViewportSize(width=1400, height=480)
_DEVICE = ViewportSize(width=1400, height=1018)

_REPORTING, _SILENT, _NEW = "Media server", "Pi-hole", "Backup server"
# Some sensors have a value only after the second heartbeat.
_HEARTBEATS = 3

# Writes other texts over those of this machine, wherever they are on the page.
_REPLACE = """(texts) => {
  const walk = (root) => {
    for (const node of root.childNodes) {
      if (node.shadowRoot) walk(node.shadowRoot);
      walk(node);
      if (node.nodeType !== Node.TEXT_NODE) continue;
      for (const [ours, other] of Object.entries(texts)) {
        if (node.data.includes(ours)) node.data = node.data.replaceAll(ours, other);
      }
    }
  };
  walk(document);
}"""


@asynccontextmanager
async def _servers(api: Api, folder: Path) -> AsyncIterator[None]:
    """Have one server that reports and one that was never heard."""
    entry = await integration.set_up(api)
    await integration.set_options(
        api, entry, heartbeat_interval_seconds=10, server_offline_seconds=30
    )
    await integration.add_server(api, server_id(_SILENT), name=_SILENT)
    enrolment = await integration.add_server(
        api, server_id(_REPORTING), name=_REPORTING, location="Basement"
    )
    agent.write_config(folder / "agent.yaml", enrolment)
    heard = datetime.now(UTC)
    reporter = await agent.start(folder / "agent.yaml", folder / "agent.log")
    try:
        for number in range(_HEARTBEATS):
            heard = await heard_since(api, enrolment.server_id, heard, reporter)
            progress(f"heartbeat {number + 1} of {_HEARTBEATS}")
        yield
    finally:
        await reporter.stop()


async def _disguise(api: Api, device: str) -> dict[str, str]:
    """Return what tells on which machine this was, with what to show in its place."""
    server = (await servers(api))[server_id(_REPORTING)]
    devices = await api.command("config/device_registry/list")
    model = next(found["model"] for found in devices if found["id"] == device)
    ours = {
        "http://homeassistant.local:8123": api.url,
        "6.1.0-40-amd64": server["kernel"],
        "192.168.1.42": server["ip_address"],
        "DC:A6:32:01:02:03": (server["mac_address"] or "").upper(),
        "Intel(R) N100": model,
    }
    return {mine: other for other, mine in ours.items() if mine}


async def _take(opened: Window, name: str, disguise: Mapping[str, str]) -> None:
    await opened.settled()
    await opened.page.evaluate(_REPLACE, disguise)
    await opened.page.screenshot(path=IMAGES / f"{name}.png", animations="disabled")
    progress(f"{name}.png")


async def _take_all(folder: Path) -> None:
    progress("Home Assistant starts")
    home_assistant = await HomeAssistant.boot(
        Configuration(directory=folder / "home-assistant", port=any_free()),
        folder / "home-assistant.log",
    )
    try:
        account = await sign_up(home_assistant.url, "demo", "password")
        async with (
            connect(account.url, account.token) as api,
            _servers(api, folder),
            browser() as running,
        ):
            device = await integration.device_id(api, server_id(_REPORTING))
            disguise = await _disguise(api, device)
            async with window(running, account, size=_DASHBOARD) as opened:
                await opened.open(integration.DASHBOARD)
                await _take(opened, "dashboard", disguise)
            async with window(running, account, size=_DEVICE) as opened:
                await opened.open(f"/config/devices/device/{device}")
                await _take(opened, "device", disguise)
            async with window(running, account, size=DESKTOP) as opened:
                await dialogs.open_add_server(opened)
                await dialogs.name_server(opened, _NEW)
                await _take(opened, "add-server", disguise)
    finally:
        await home_assistant.stop()


def main() -> int:
    """Take all pictures and return the exit code."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="homelabcmd-") as folder:
        asyncio.run(_take_all(Path(folder)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
