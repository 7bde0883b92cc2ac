"""Scans last for 30 days, over restarts, and are gone with the integration."""

from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.homelabcmd.storage.saved_file import PrivateStore

from ..setup_hub import pass_time
from .bench import Bench
from .test_scanning import hang


async def restart(bench: Bench) -> None:
    """Load the hub anew."""
    entry = bench.hub.entry
    await bench.hass.config_entries.async_reload(entry.entry_id)
    bench.hub = entry.runtime_data


def results(hass_storage: dict[str, Any]) -> list[str]:
    return [name for name in hass_storage if name.startswith("homelabcmd.scan.")]


async def test_scans_and_trust_survive_a_restart(bench: Bench) -> None:
    before = await bench.trusted()
    await restart(bench)
    assert await bench.look(before["scan_id"]) == before
    assert (await bench.scan())["status"] == "completed"


async def test_what_runs_at_a_restart_is_interrupted(bench: Bench) -> None:
    bench.server.shell = hang
    await bench.trust(without_verification=True)
    scan_id = (await bench.begin())["scan_id"]
    await bench.server.until(lambda: bool(bench.server.asked))
    await restart(bench)
    scan = await bench.look(scan_id)
    assert scan["error"]["code"] == "interrupted"
    await bench.server.until(lambda: bench.server.connections == 0)


async def test_results_are_forgotten_after_30_days(
    bench: Bench, hass_storage: dict[str, Any], freezer: FrozenDateTimeFactory
) -> None:
    await bench.trusted()
    assert len(results(hass_storage)) == 1
    pass_time(bench.hub, freezer, timedelta(days=30, hours=2).total_seconds())
    await bench.hass.async_block_till_done(wait_background_tasks=True)
    assert (await bench.call("list_scans"))["scans"] == []
    assert results(hass_storage) == []


async def test_a_result_that_can_not_be_saved_is_said(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bench.scan()
    await bench.trust(fingerprint=bench.server.fingerprint)
    write = PrivateStore._async_write_data

    async def full(self: PrivateStore, data: dict[str, Any]) -> None:
        if self.key.startswith("homelabcmd.scan."):
            self.on_disk = False
            return
        await write(self, data)

    monkeypatch.setattr(PrivateStore, "_async_write_data", full)
    scan = await bench.scan()
    assert scan["error"]["code"] == "not_saved"
