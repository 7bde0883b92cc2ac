"""A real Home Assistant in the lab, and servers that are enrolled in it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from harness.account import sign_up
from harness.api import Api, connect
from harness.configuration import Configuration
from harness.home_assistant import HomeAssistant
from harness.integration import DOMAIN, set_options, set_up
from harness.lab.host import HUB_ADDRESS, Host

from .hub import PORT

INTERVAL = 10
"""Seconds; the least that the options allow."""


class LabConfiguration(Configuration):
    """One that listens in the lab instead of on loopback."""

    @property
    def url(self) -> str:
        return f"http://{HUB_ADDRESS}:{PORT}"

    def _http(self) -> dict[str, Any]:
        content = super()._http()
        content["stable"]["server_host"] = [HUB_ADDRESS]
        return content


@asynccontextmanager
async def open_home(folder: Path) -> AsyncIterator[Api]:
    """Boot a Home Assistant with the hub set up."""
    configuration = LabConfiguration(directory=folder / "config", port=PORT)
    running = await HomeAssistant.boot(configuration, folder / "home-assistant.log")
    try:
        account = await sign_up(running.url, "user", "password")
        async with connect(running.url, account.token) as api:
            entry = await set_up(api)
            await set_options(
                api,
                entry,
                heartbeat_interval_seconds=INTERVAL,
                server_offline_seconds=2 * INTERVAL,
            )
            yield api
    finally:
        await running.stop()


async def enrol(home: Api, host: Host, server_id: str) -> str:
    """Add a server, paste its line, and return what that said."""
    added = await home.action(DOMAIN, "add_server", server_id=server_id)
    result = await asyncio.to_thread(host.run, added["install_command"])
    # What README.md shows; pytest's -rP shows it.
    print(f"$ {added['install_command']}\n{result.output}")  # noqa: T201
    assert result.status == 0, result.output
    assert "this server is now in Home Assistant" in result.output
    return result.output


async def status(home: Api, server_id: str) -> str:
    """Return whether Home Assistant calls a server online."""
    listed = await home.action(DOMAIN, "list_servers", server=server_id)
    (server,) = listed["servers"]
    found: str = server["status"]
    return found
