"""The whole way with a real Home Assistant; the others have a hub that obeys a test."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.api import Api
from harness.integration import DOMAIN
from harness.lab.host import HUB_ADDRESS, Host
from harness.waiting import until

from .home import INTERVAL, enrol, status
from .hub import PORT
from .traces import traces

pytestmark = [pytest.mark.hosts, pytest.mark.asyncio(loop_scope="module")]

SERVICE = "homelab-agent.service"
UNINSTALL = "sh /opt/homelab-agent/install.sh --uninstall"


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
    (issue,) = (await home.command("repairs/list_issues"))["issues"]
    assert issue["translation_key"] == "agent_uninstalled"

    async def offline() -> bool | None:
        return await status(home, "leaving") == "offline" or None

    # It is disconnected in time, but nobody is alarmed: this was on purpose.
    await until(offline, "the end of the server", patience=4 * INTERVAL)
    assert await home.action(DOMAIN, "list_alerts", server="leaving") == {"alerts": []}
    await home.post(f"/api/services/{DOMAIN}/remove_server", {"server": "leaving"})
    assert await home.command("repairs/list_issues") == {"issues": []}


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
