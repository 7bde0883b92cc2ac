"""Files of alerts that are damaged, half written or of a newer version."""

import json
from pathlib import Path
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.helpers import issue_registry as ir
import pytest

from .lab import Lab, disk, full

STANDING = "homelabcmd.alerts"
HISTORY = "homelabcmd.alert_history"


@pytest.fixture
def hass_config_dir(hass_tmp_config_dir: str) -> str:
    """Have a folder for the files."""
    return hass_tmp_config_dir


@pytest.fixture
def hass_storage() -> dict[str, Any]:
    """Have real files, and not the memory that tests have instead."""
    return {}


class Storage:
    """The files in the folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, name: str, content: str) -> None:
        """Replace what a file holds."""
        (self._folder / name).write_text(content)

    def read(self, name: str) -> Any:
        """Return what a file holds."""
        return json.loads((self._folder / name).read_text())

    def kept(self, name: str, what: str) -> list[str]:
        """Return what the files hold that were put aside."""
        return [path.read_text() for path in self._folder.glob(f"{name}.{what}.*")]


@pytest.fixture
def storage(hass_config_dir: str) -> Storage:
    """Return the files."""
    return Storage(Path(hass_config_dir) / ".storage")


def _issue(lab: Lab) -> bool:
    return bool(ir.async_get(lab.hass).async_get_issue("homelabcmd", "alerts_damaged"))


@pytest.fixture
async def past(lab: Lab) -> list[dict[str, Any]]:
    """Let one alert be open and another over, and stop; return both."""
    await lab.report(**full(95))
    await lab.report("pi", **full(95))
    await lab.minutes(1, "pi", **full(20))
    await lab.minutes(1, **full(95))
    # What people are told of it is on its way by then.
    await lab.wait(5)
    alerts = await lab.alerts()
    await lab.stop()
    return alerts


@pytest.mark.parametrize(
    "content",
    [
        '{"version": 99, "data": {"servers": {}}}',
        '{"version": 1}',
        '{"data": {}}',
        '{"version": null, "data": {}}',
        "[]",
        "[1]",
        '"nonsense"',
        "0",
    ],
)
async def test_a_file_that_can_t_be_used_is_kept_and_said(
    lab: Lab,
    past: list[dict[str, Any]],
    storage: Storage,
    caplog: pytest.LogCaptureFixture,
    content: str,
) -> None:
    storage.write(STANDING, content)
    await lab.start()
    assert lab.hub.entry.state is ConfigEntryState.LOADED
    assert _issue(lab)
    assert "can't be read and is left out" in caplog.text
    # What was over is in the other file, what still is wrong opens anew.
    assert await lab.alerts() == [
        alert for alert in past if alert["status"] == "resolved"
    ]
    await lab.minutes(1, **full(95))
    assert await lab.standing() == {"disk_critical /": "open"}
    assert storage.kept(STANDING, "damaged") == [content]
    await lab.restart()
    assert not _issue(lab)


@pytest.mark.parametrize("content", ["", "{", '{"version": 1, "data": {"serv'])
@pytest.mark.parametrize("name", [STANDING, HISTORY])
async def test_a_file_that_was_half_written_costs_only_what_is_in_it(
    lab: Lab, past: list[dict[str, Any]], storage: Storage, name: str, content: str
) -> None:
    storage.write(name, content)
    await lab.start()
    # What ended lately is in both files.
    lost = "open" if name == STANDING else None
    left = [alert for alert in past if alert["status"] != lost]
    assert await lab.alerts() == left
    assert storage.kept(name, "corrupt") == [content]
    issues = ir.async_get(lab.hass).issues.values()
    assert [issue for issue in issues if issue.translation_key == "storage_corruption"]


async def test_what_ended_stays_in_the_first_file_until_the_second_could_be_written(
    lab: Lab, storage: Storage, hass_config_dir: str
) -> None:
    # Nothing can be written where a folder is, not even by root.
    in_the_way = Path(hass_config_dir) / ".storage" / HISTORY
    in_the_way.mkdir()
    await lab.report(**full(95))
    await lab.report(**full(20))
    await lab.minutes(1, **full(20))
    await lab.minutes(15, **full(20))
    [alert] = await lab.alerts()
    assert await _ended(lab, storage) == [alert["alert_id"]]
    in_the_way.rmdir()
    await lab.minutes(3, **full(20))
    assert await _ended(lab, storage) == []
    [kept] = storage.read(HISTORY)["data"]["alerts"]
    assert kept["alert_id"] == alert["alert_id"]


async def _ended(lab: Lab, storage: Storage) -> list[str]:
    await lab.hub.alerting.async_save()
    return [entry["alert_id"] for entry in storage.read(STANDING)["data"]["ended"]]


@pytest.mark.parametrize(
    "data", [[], None, {"servers": 1}, {"servers": {"nas": 1, "?": {}}}, {"ended": [1]}]
)
async def test_data_of_another_shape_do_no_harm(
    lab: Lab, past: list[dict[str, Any]], storage: Storage, data: Any
) -> None:
    storage.write(STANDING, json.dumps({"version": 1, "data": data}))
    await lab.start()
    await lab.report(**full(95))
    assert await lab.standing() == {"disk_critical /": "open"}
    assert len(await lab.alerts()) == len(past)


async def test_one_damaged_alert_is_left_out_and_the_others_stay(
    lab: Lab, storage: Storage, caplog: pytest.LogCaptureFixture
) -> None:
    await lab.report(disks=[disk(95), disk(95, "/srv")])
    await lab.stop()
    before = storage.read(STANDING)
    tracks = before["data"]["servers"]["nas"]["tracks"]
    tracks[0]["alert"]["severity"] = "nonsense"
    before["data"]["saved_at"] = "nonsense"
    storage.write(STANDING, json.dumps(before))
    await lab.start()
    assert len(await lab.standing()) == 1
    assert _issue(lab)
    assert "severity" in caplog.text
    [kept] = storage.kept(STANDING, "damaged")
    assert json.loads(kept) == before
