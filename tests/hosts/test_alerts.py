"""Alerts of what really happens to a host."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
import subprocess
from typing import Any

import pytest

from harness.api import Api
from harness.integration import DOMAIN, entity_ids
from harness.lab.host import Host
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


async def test_a_disk_fills_up_and_is_freed(
    home: Api, boot: Callable[..., Host], disk: Callable[[Path], None]
) -> None:
    host = await asyncio.to_thread(boot, disk)
    await enrol(home, host, "filled")
    assert await alerts(home, "filled") == []

    await read(host, f"fallocate -l {MUCH}M {MOUNT}/films")
    alert = await the_alert(home, "filled", subject=MOUNT, status="open")
    assert alert["type"] == "disk_warning"
    assert alert["severity"] == "high"
    assert alert["metric_value"] >= alert["threshold_value"] == 80
    assert await state(home, "filled_alert") == "on"

    alert_id = alert["alert_id"]
    await home.post(
        f"/api/services/{DOMAIN}/acknowledge_alert",
        {"alert_id": alert_id, "note": "a larger one is ordered"},
    )
    (alert,) = await alerts(home, "filled")
    assert alert["status"] == "acknowledged"
    assert alert["acknowledged_by"]["name"] == "User"
    assert alert["acknowledged_note"] == "a larger one is ordered"

    # It gets worse: the same alert, and what was acknowledged was not this.
    await read(host, f"fallocate -l {SOME}M {MOUNT}/more")
    alert = await the_alert(home, "filled", alert_id=alert_id, type="disk_critical")
    assert alert["severity"] == "critical"

    await read(host, f"rm {MOUNT}/films {MOUNT}/more")
    alert = await the_alert(home, "filled", alert_id=alert_id, status="resolved")
    assert alert["resolution"] == "cleared"
    assert len(await alerts(home, "filled")) == 1
    assert await state(home, "filled_alert") == "off"


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
    assert await alerts(home, "cut") == [offline]
    assert await state(home, "cut_connectivity") == "off"

    host.plug(in_=True)
    found = await the_alert(home, "cut", type="server_offline", status="resolved")
    assert found["alert_id"] == offline["alert_id"]
    # What happened meanwhile is told now.
    await the_alert(home, "cut", subject=MOUNT, status="open")
    assert len(await alerts(home, "cut")) == 2
    assert await state(home, "cut_connectivity") == "on"
