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
from .browser import DESKTOP, PHONE, Window, browser, window
from .configuration import Configuration
from .haste import INTERVAL, hurry
from .home_assistant import HomeAssistant
from .paths import ROOT
from .ports import any_free
from .simulation.scene import simulation
from .terminal import progress
from .waiting import until

IMAGES = ROOT / "docs/images"
# No higher than what there is to see.
_DASHBOARD = ViewportSize(width=1400, height=1190)
_SERVER = ViewportSize(width=1400, height=1890)
_DEVICE = ViewportSize(width=1400, height=1330)

_SHOWN, _NEW = "omv-mediaserver", "Garage server"
# The last of the alerts to open.
_ALERTS = {"server_offline", "service_down", "container_down", "temperature_high"}
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


async def _are_open(api: Api) -> bool | None:
    answer = await api.action(integration.DOMAIN, "list_alerts")
    return {alert["type"] for alert in answer["alerts"]} >= _ALERTS or None


async def _take_all(folder: Path) -> None:
    progress("Home Assistant starts")
    home_assistant = await HomeAssistant.boot(
        Configuration(directory=folder / "home-assistant", port=any_free()),
        folder / "home-assistant.log",
    )
    try:
        account = await sign_up(home_assistant.url, "demo", "password")
        async with connect(account.url, account.token) as api, browser() as running:
            await hurry(api, await integration.set_up(api))
            keys, configuration = folder / "keys.json", home_assistant.configuration
            async with simulation(api, keys, configuration, INTERVAL):
                await until(lambda: _are_open(api), "all alerts", patience=_PATIENCE)
                await _take_each(api, running, account)
    finally:
        await home_assistant.stop()


async def _take_each(api: Api, running: Browser, account: Account) -> None:
    disguise = {api.url: "http://homeassistant.local:8123"}
    device = await integration.device_id(api, _SHOWN)
    async with window(running, account, size=_DASHBOARD) as opened:
        await opened.open(integration.DASHBOARD)
        await _take(opened, "dashboard", disguise)
    async with window(running, account, size=_SERVER) as opened:
        await opened.open(f"{integration.DASHBOARD}/server-{_SHOWN}")
        await _take(opened, "server", disguise)
    async with window(running, account, size=PHONE, scheme="dark") as opened:
        await opened.open(integration.DASHBOARD)
        await _take(opened, "phone", disguise)
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
