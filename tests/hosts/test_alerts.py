"""Alerts of what really happens to a host."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
import subprocess
from typing import Any

import pytest

from harness.account import Account
from harness.api import Api
from harness.integration import (
    DOMAIN,
    add_target,
    entity_ids,
    entry_id,
    remove_targets,
)
from harness.lab.host import Host
from harness.phone import ANDROID, Phone, phone
from harness.slack import Slack, slack_stand_in
from harness.waiting import until

from .home import INTERVAL, enrol

pytestmark = [pytest.mark.hosts, pytest.mark.asyncio(loop_scope="module")]

MOUNT = "/srv/data"
SIZE, MUCH, SOME = 64, 46, 6
"""Of the data disk and of files on it, in MiB: one fills it to 86 %, both to 97 %."""

type Alert = dict[str, Any]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Callable[[Path], None]]:
    """Return what mounts a small data disk on a host."""
    with ExitStack() as stack:

        def mount(root: Path) -> None:
            image, point = tmp_path / "data.img", root / MOUNT.lstrip("/")
            point.mkdir(parents=True)
            with image.open("wb") as file:
                file.truncate(SIZE * 1024 * 1024)
            for command in (
                ("mkfs.ext4", "-q", "-m", "0", image),
                ("mount", "-o", "loop", image, point),
            ):
                subprocess.run(command, check=True)
            stack.callback(subprocess.run, ("umount", "--lazy", point), check=True)

        yield mount


async def alerts(home: Api, server_id: str, status: str | None = None) -> list[Alert]:
    wanted = {"status": status} if status else {}
    answer = await home.action(DOMAIN, "list_alerts", server=server_id, **wanted)
    found: list[Alert] = answer["alerts"]
    return found


async def the_alert(home: Api, server_id: str, **looks: object) -> Alert:
    """Wait for the alert of a server that looks so."""

    async def look() -> Alert | None:
        for alert in await alerts(home, server_id):
            if all(alert[name] == value for name, value in looks.items()):
                return alert
        return None

    return await until(look, f"an alert with {looks}", patience=6 * INTERVAL)


async def state(home: Api, unique_id: str) -> str:
    entity_id = (await entity_ids(home))[unique_id]
    found: str = (await home.get(f"/api/states/{entity_id}"))["state"]
    return found


async def read(host: Host, command: str) -> str:
    return await asyncio.to_thread(host.read, command)


@asynccontextmanager
async def told(home: Api, server_id: str) -> AsyncIterator[tuple[Phone, Slack]]:
    """Return a phone and a Slack that are told of a server."""
    entry = await entry_id(home)
    assert entry is not None
    owner = Account(url=home.url, token=home.token)
    async with phone(owner, "Pixel", ANDROID) as pixel, slack_stand_in() as slack:
        chosen = f"phone:{await pixel.device_id(home)}"
        await add_target(home, entry, chosen, servers=[server_id], name="Pixel")
        await add_target(
            home,
            entry,
            "slack_webhook",
            servers=[server_id],
            name="Slack",
            url=slack.webhook,
        )
        yield pixel, slack
        await remove_targets(home, entry, ("Pixel", "Slack"))


async def slack_title(slack: Slack) -> str:
    """Return what Slack shows next, with its colour."""
    [attachment] = (await slack.received(patience=6 * INTERVAL)).body["attachments"]
    return f"{attachment['fallback']} {attachment['color']}"


async def test_a_disk_fills_up_and_is_freed(
    home: Api, boot: Callable[..., Host], disk: Callable[[Path], None]
) -> None:
    host = await asyncio.to_thread(boot, disk)
    await enrol(home, host, "filled")
    assert await alerts(home, "filled") == []
    async with told(home, "filled") as (pixel, slack):
        await read(host, f"fallocate -l {MUCH}M {MOUNT}/films")
        alert = await the_alert(home, "filled", subject=MOUNT, status="open")
        assert alert["type"] == "disk_warning"
        assert alert["severity"] == "high"
        assert alert["metric_value"] >= alert["threshold_value"] == 80
        assert await state(home, "filled_alert") == "on"
        title = f"Disk {MOUNT} on filled is filling up"
        shown = await pixel.received()
        assert shown.title == title
        assert await slack_title(slack) == f"{title} #ff9900"

        alert_id = alert["alert_id"]
        await pixel.press(shown.buttons["Acknowledge"], shown)
        assert (await pixel.received()).clears
        assert await slack_title(slack) == f"Acknowledged: {title} #ff9900"
        (alert,) = await alerts(home, "filled")
        assert alert["status"] == "acknowledged"
        assert alert["acknowledged_by"]["name"] == "User"

        # It gets worse: the same alert, and what was acknowledged was not this.
        await read(host, f"fallocate -l {SOME}M {MOUNT}/more")
        await the_alert(home, "filled", alert_id=alert_id, type="disk_critical")
        worse = await pixel.received()
        title = f"Disk {MOUNT} on filled is almost full"
        assert (worse.title, worse.tag) == (title, shown.tag)
        assert await slack_title(slack) == f"{title} #ff0000"

        await read(host, f"rm {MOUNT}/films {MOUNT}/more")
        alert = await the_alert(home, "filled", alert_id=alert_id, status="resolved")
        assert alert["resolution"] == "cleared"
        assert alert["notified"] is True
        assert len(await alerts(home, "filled")) == 1
        assert await state(home, "filled_alert") == "off"
        last = await pixel.received()
        assert (last.title, last.tag) == (f"Resolved: {title}", shown.tag)
        assert pixel.shown == (last,)
        assert await slack_title(slack) == f"Resolved: {title} #36a64f"


async def test_a_cut_cable_is_one_alert_whatever_happens_behind_it(
    home: Api, boot: Callable[..., Host], disk: Callable[[Path], None]
) -> None:
    host = await asyncio.to_thread(boot, disk)
    await enrol(home, host, "cut")
    host.plug(in_=False)
    offline = await the_alert(home, "cut", type="server_offline", status="open")
    assert offline["severity"] == "critical"
    await read(host, f"fallocate -l {MUCH}M {MOUNT}/films")
    await asyncio.sleep(3 * INTERVAL)
    # Whether somebody was told by now is another matter.
    (still,) = await alerts(home, "cut")
    assert still | {"notified": None} == offline | {"notified": None}
    assert await state(home, "cut_connectivity") == "off"

    host.plug(in_=True)
    found = await the_alert(home, "cut", type="server_offline", status="resolved")
    assert found["alert_id"] == offline["alert_id"]
    # What happened meanwhile is told now.
    await the_alert(home, "cut", subject=MOUNT, status="open")
    assert len(await alerts(home, "cut")) == 2
    assert await state(home, "cut_connectivity") == "on"
