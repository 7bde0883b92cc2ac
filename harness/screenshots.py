"""Takes the pictures of the documentation; started by script/screenshots."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
import sys
import tempfile

from playwright.async_api import Browser, ViewportSize

from . import dialogs, integration
from .account import Account, sign_up
from .api import Api, connect
from .browser import DESKTOP, Window, browser, window
from .configuration import Configuration
from .home_assistant import HomeAssistant
from .paths import ROOT
from .ports import any_free
from .servers import servers
from .simulation.scene import simulation
from .terminal import progress
from .waiting import until

IMAGES = ROOT / "docs/images"
# No higher than what there is to see.
_DASHBOARD = ViewportSize(width=1400, height=1640)
_DEVICE = ViewportSize(width=1400, height=1330)

_SHOWN, _SILENT, _NEW = "omv-mediaserver", "omv-webserver2", "Garage server"
_INTERVAL, _OFFLINE = 10, 30
_PATIENCE = 90

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


async def _take(opened: Window, name: str, disguise: Mapping[str, str]) -> None:
    await opened.settled()
    await opened.page.evaluate(_REPLACE, disguise)
    await opened.page.screenshot(path=IMAGES / f"{name}.png", animations="disabled")
    progress(f"{name}.png")


async def _is_offline(api: Api) -> bool | None:
    return (await servers(api))[_SILENT]["status"] == "offline" or None


async def _take_all(folder: Path) -> None:
    progress("Home Assistant starts")
    home_assistant = await HomeAssistant.boot(
        Configuration(directory=folder / "home-assistant", port=any_free()),
        folder / "home-assistant.log",
    )
    try:
        account = await sign_up(home_assistant.url, "demo", "password")
        async with connect(account.url, account.token) as api, browser() as running:
            entry = await integration.set_up(api)
            await integration.set_options(
                api,
                entry,
                heartbeat_interval_seconds=_INTERVAL,
                server_offline_seconds=_OFFLINE,
            )
            keys, configuration = folder / "keys.json", home_assistant.configuration
            async with simulation(api, keys, configuration, _INTERVAL):
                await until(
                    lambda: _is_offline(api), "a silent server", patience=_PATIENCE
                )
                await _take_each(api, running, account)
    finally:
        await home_assistant.stop()


async def _take_each(api: Api, running: Browser, account: Account) -> None:
    disguise = {api.url: "http://homeassistant.local:8123"}
    device = await integration.device_id(api, _SHOWN)
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


def main() -> int:
    """Take all pictures and return the exit code."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="homelabcmd-") as folder:
        asyncio.run(_take_all(Path(folder)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
