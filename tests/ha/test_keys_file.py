"""The file with the keys, when it is damaged, of a newer version, or no file at all."""

import json
from pathlib import Path
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.helpers import issue_registry as ir
import pytest

from .alerts.lab import Lab
from .alerts.test_files import Storage, hass_config_dir, hass_storage, storage
from .setup_hub import key_of

__all__ = ["hass_config_dir", "hass_storage", "storage"]

NAME = "homelabcmd"


def _issues(lab: Lab) -> set[str]:
    return {issue for domain, issue in ir.async_get(lab.hass).issues if domain == NAME}


async def _stopped(lab: Lab) -> dict[str, str]:
    """Have both servers known, and stop; return their keys."""
    for server_id in lab.hub.servers:
        await lab.report(server_id)
    keys = {server_id: key_of(lab.hub, server_id) for server_id in lab.hub.servers}
    await lab.stop()
    return keys


@pytest.mark.parametrize(
    "content",
    [
        '{"version": 99, "data": {"keys": {}}}',
        '{"version": 1}',
        '{"version": null, "data": {}}',
        '{"version": 1, "data": []}',
        '{"version": 1, "data": {"keys": [1]}}',
        "[1]",
        "0",
    ],
)
async def test_a_file_that_can_t_be_used_is_kept_and_said(
    lab: Lab, storage: Storage, content: str
) -> None:
    await _stopped(lab)
    storage.write(NAME, content)
    await lab.start()
    assert lab.hub.entry.state is ConfigEntryState.LOADED
    assert _issues(lab) == {"keys_lost"}
    assert storage.kept(NAME, "damaged") == [content]
    await lab.report()
    await lab.restart()
    await lab.report()


async def test_a_file_that_was_half_written_is_kept(lab: Lab, storage: Storage) -> None:
    await _stopped(lab)
    storage.write(NAME, '{"version": 1, "data": {"ke')
    await lab.start()
    assert "keys_lost" in _issues(lab)
    assert storage.kept(NAME, "corrupt") == ['{"version": 1, "data": {"ke']


async def test_a_folder_in_its_place_is_put_aside(
    lab: Lab, storage: Storage, hass_config_dir: str
) -> None:
    await _stopped(lab)
    path = Path(hass_config_dir) / ".storage" / NAME
    path.unlink()
    (path / "inside").mkdir(parents=True)
    await lab.start()
    assert _issues(lab) == {"keys_lost"}
    [kept] = path.parent.glob(f"{NAME}.damaged.*")
    assert (kept / "inside").is_dir()
    assert storage.read(NAME)["data"]["keys"].keys() == {"nas", "pi"}


async def test_one_damaged_key_costs_one_server_its_key(
    lab: Lab, storage: Storage, hass_config_dir: str
) -> None:
    keys = await _stopped(lab)
    saved = storage.read(NAME)
    saved["data"]["keys"]["pi"]["current"] = "whsec_nonsense"
    storage.write(NAME, json.dumps(saved))
    await lab.start()
    assert key_of(lab.hub) == keys["nas"]
    await lab.report("nas")
    await lab.report("pi")
    assert _issues(lab) == {"keys_damaged"}
    issue = ir.async_get(lab.hass).async_get_issue(NAME, "keys_damaged")
    assert issue is not None
    assert issue.translation_placeholders == {"servers": "PI"}
    [kept] = (Path(hass_config_dir) / ".storage").glob(f"{NAME}.damaged.*")
    assert json.loads(kept.read_text()) == saved
    assert kept.stat().st_mode & 0o777 == 0o600


async def test_a_damaged_identity_costs_no_key(lab: Lab, storage: Storage) -> None:
    keys = await _stopped(lab)
    saved = storage.read(NAME)
    run = {"run_id": "old", "sequence": 1, "ended": "0001-01-01T00:00:00"}
    saved["data"]["servers"]["nas"]["earlier"] = [run]
    storage.write(NAME, json.dumps(saved))
    await lab.start()
    assert _issues(lab) == {"memory_damaged"}
    assert {name: key_of(lab.hub, name) for name in keys} == keys
    await lab.report()
    await lab.restart()
    assert _issues(lab) == set()


async def test_a_disk_that_is_full_is_said_until_there_is_room(
    lab: Lab, storage: Storage, hass_config_dir: str
) -> None:
    folder = Path(hass_config_dir) / ".storage"
    before = storage.read(NAME)
    folder.rename(folder.with_name("aside"))
    # Nothing can be written below what is no folder; the tests may run as root.
    folder.write_text("")
    key = (await _rotated(lab)).dump()
    assert _issues(lab) == {f"not_saved_{NAME}"}
    folder.unlink()
    folder.with_name("aside").rename(folder)
    assert storage.read(NAME) == before
    await lab.wait(60)
    assert _issues(lab) == set()
    assert storage.read(NAME)["data"]["keys"]["nas"]["current"] == key


async def _rotated(lab: Lab) -> Any:
    return await lab.hub.async_rotate_key("nas", compromised=True)
