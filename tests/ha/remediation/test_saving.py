"""Nothing counts as saved that is not on disk: no approval, and no result."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
import threading
from typing import Any

from homeassistant.helpers import storage as ha_storage
import pytest

from ..alerts.test_files import Storage, hass_config_dir, hass_storage, storage
from .bench import Bench

__all__ = ["hass_config_dir", "hass_storage", "storage"]

FILE = "homelabcmd.actions"
PLEX = {"server": "nas", "service": "plex"}
NEXTCLOUD = {"server": "nas", "service": "nextcloud"}


@pytest.fixture
def file(hass_config_dir: str) -> Path:
    """Return where the actions are saved."""
    return Path(hass_config_dir) / ".storage" / FILE


@contextmanager
def _unwritable(path: Path) -> Iterator[None]:
    """Let a file not be written, not even by root: a folder is in its place."""
    aside = path.with_name(f"{path.name}.aside")
    if path.exists():
        path.rename(aside)
    path.mkdir()
    try:
        yield
    finally:
        path.rmdir()
        if aside.exists():
            aside.rename(path)


def _on_disk(storage: Storage) -> list[str]:
    return [action["status"] for action in storage.read(FILE)["data"]["actions"]]


def _written_at(file: Path) -> int:
    return file.stat().st_mtime_ns


async def test_what_could_not_be_saved_reaches_no_agent_until_it_could(
    bench: Bench, storage: Storage, file: Path
) -> None:
    with _unwritable(file):
        approved = await bench.ask("restart_service", bench.admin, **PLEX)
        assert approved["status"] == "approved"
        assert await bench.beat() == []
        await bench.lab.wait(60)
        assert await bench.beat() == [], "tried again, in vain"
        await bench.lab.wait(40)
    parked = bench.parked()
    await bench.until_parked()
    await bench.lab.wait(20)
    [command] = await asyncio.wait_for(parked, 5)
    assert command["command_id"] == approved["action_id"]
    assert _on_disk(storage) == ["approved"]
    assert await bench.beat() == [command]


async def test_another_save_that_succeeds_does_for_the_one_that_failed(
    bench: Bench, file: Path
) -> None:
    with _unwritable(file):
        first = await bench.ask("restart_service", bench.admin, **PLEX)
    nextcloud = {"action_type": "restart_service", "target": "nextcloud"}
    await bench.ask("queue_action", None, server="nas", **nextcloud)
    [command] = await bench.beat()
    assert command["command_id"] == first["action_id"]


async def test_a_result_is_acknowledged_when_it_is_on_disk_and_not_before(
    bench: Bench, storage: Storage, file: Path
) -> None:
    action_id = (await bench.ask("restart_service", bench.admin, **PLEX))["action_id"]
    bench.accepted = [action_id]
    await bench.beat()
    with _unwritable(file):
        assert await bench.end(action_id) == "not_saved"
        assert await bench.end(action_id) == "not_saved", "a repetition"
    assert await bench.end(action_id) == "received"
    assert _on_disk(storage) == ["completed"]
    written = _written_at(file)
    assert await bench.end(action_id) == "received"
    assert _written_at(file) == written, "it was there already"


class _Disk:
    """A slow disk: each write of the actions waits until it is let go."""

    def __init__(self, write: Callable[..., None]) -> None:
        self._write = write
        self._let_go = threading.Semaphore(0)
        self._begun = 0

    def write(self, path: str, *args: Any, **more: Any) -> None:
        """Stand in for Home Assistant's."""
        if path.endswith(FILE):
            self._begun += 1
            assert self._let_go.acquire(timeout=10)
        self._write(path, *args, **more)

    async def until_begun(self, writes: int) -> None:
        """Return when so many writes have begun."""
        while self._begun < writes:  # noqa: ASYNC110 - a thread counts them
            await asyncio.sleep(0)

    def let_go(self, writes: int = 1) -> None:
        """Let so many writes end."""
        self._let_go.release(writes)


@pytest.fixture
def disk(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Iterator[_Disk]:
    """Make writing slow from now on."""
    disk = _Disk(ha_storage.write_utf8_file_atomic)
    monkeypatch.setattr(ha_storage, "write_utf8_file_atomic", disk.write)
    yield disk
    disk.let_go(100)


async def test_what_is_approved_while_another_is_saved_waits_for_its_own_save(
    bench: Bench, disk: _Disk
) -> None:
    start = bench.lab.hass.loop.create_task
    first = start(bench.ask("restart_service", bench.admin, **PLEX))
    await disk.until_begun(1)
    second = start(bench.ask("restart_service", bench.admin, **NEXTCLOUD))
    await asyncio.sleep(0)
    assert len(await bench.actions(status="approved")) == 2
    assert await bench.offered() == []
    disk.let_go()
    await disk.until_begun(2)
    assert await bench.offered() == ["plex.service"]
    disk.let_go()
    await asyncio.gather(first, second)
    assert await bench.offered() == ["plex.service", "nextcloud (docker)"]


async def test_an_approval_holds_when_who_called_hangs_up_while_it_is_saved(
    bench: Bench, disk: _Disk, storage: Storage
) -> None:
    start = bench.lab.hass.loop.create_task
    parked = bench.parked()
    await bench.until_parked()
    call = start(bench.ask("restart_service", bench.admin, **PLEX))
    await disk.until_begun(1)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert await bench.offered() == []
    disk.let_go()
    [command] = await asyncio.wait_for(parked, 5)
    assert command["command_id"] == (await bench.only())["action_id"]
    assert _on_disk(storage) == ["approved"]


async def test_a_result_holds_when_the_agent_hangs_up_while_it_is_saved(
    bench: Bench, disk: _Disk, storage: Storage
) -> None:
    start = bench.lab.hass.loop.create_task
    disk.let_go()
    action_id = (await bench.ask("restart_service", bench.admin, **PLEX))["action_id"]
    told = start(bench.end(action_id))
    await disk.until_begun(2)
    told.cancel()
    with pytest.raises(asyncio.CancelledError):
        await told
    again = start(bench.end(action_id))
    disk.let_go(2)
    assert await again == "received"
    assert _on_disk(storage) == ["completed"]
