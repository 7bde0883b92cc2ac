"""The whole way with a real Home Assistant; the others have a hub that obeys a test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from harness.account import sign_up
from harness.api import Api, connect
from harness.configuration import Configuration
from harness.home_assistant import HomeAssistant
from harness.integration import DOMAIN, set_options, set_up
from harness.lab.host import HUB_ADDRESS, Host
from harness.waiting import until

from .hub import PORT
from .traces import traces

pytestmark = [pytest.mark.hosts, pytest.mark.asyncio(loop_scope="module")]

INTERVAL = 10
"""Seconds; the least that the options allow."""
SERVICE = "homelab-agent.service"
UNINSTALL = "sh /opt/homelab-agent/install.sh --uninstall"


class LabConfiguration(Configuration):
    """One that listens in the lab instead of on loopback."""

    @property
    def url(self) -> str:
        return f"http://{HUB_ADDRESS}:{PORT}"

    def _http(self) -> dict[str, Any]:
        content = super()._http()
        content["stable"]["server_host"] = [HUB_ADDRESS]
        return content


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def home(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Api]:
    """Return a Home Assistant with the hub set up."""
    folder = tmp_path_factory.mktemp("home-assistant")
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
    listed = await home.action(DOMAIN, "list_servers", server=server_id)
    (server,) = listed["servers"]
    found: str = server["status"]
    return found


async def test_a_server_comes_and_goes(home: Api, host: Host) -> None:
    before = traces(host)
    output = await enrol(home, host, "nas")
    assert f"http://{HUB_ADDRESS}:{PORT}: HomelabCmd answers" in output
    assert await status(home, "nas") == "online"

    checked = await asyncio.to_thread(host.run, "homelab-agent check")
    assert checked.status == 0, checked.output

    await home.post(f"/api/services/{DOMAIN}/remove_server", {"server": "nas"})

    async def ended() -> bool | None:
        state = f"systemctl show --value -p ActiveState {SERVICE}"
        return await asyncio.to_thread(host.read, state) == "inactive" or None

    await until(ended, "the end of the agent", patience=3 * INTERVAL)
    assert "was removed in Home Assistant" in host.read(f"journalctl -u {SERVICE}")

    said = await asyncio.to_thread(host.read, UNINSTALL)
    assert "has removed nas already" in said
    assert traces(host) ^ before == set()


async def test_a_server_that_goes_first_says_so(home: Api, host: Host) -> None:
    before = traces(host)
    await enrol(home, host, "leaving")
    said = await asyncio.to_thread(host.read, UNINSTALL)
    assert "Home Assistant was told" in said
    assert traces(host) ^ before == set()
    # It is disconnected when it has been silent for long enough, and no repair asks who
    # it was.
    assert await home.command("repairs/list_issues") == {"issues": []}

    async def offline() -> bool | None:
        return await status(home, "leaving") == "offline" or None

    await until(offline, "the end of the server", patience=4 * INTERVAL)


async def test_two_servers_with_one_machine_id_stay_two(
    home: Api, boot: Callable[..., Host]
) -> None:
    def cloned(root: Path) -> None:
        (root / "etc/machine-id").write_text("0123456789abcdef0123456789abcdef\n")

    for server_id in ("original", "clone"):
        await enrol(home, boot(cloned), server_id)
    await asyncio.sleep(1.5 * INTERVAL)
    assert await status(home, "original") == "online"
    assert await status(home, "clone") == "online"
    assert await home.command("repairs/list_issues") == {"issues": []}
