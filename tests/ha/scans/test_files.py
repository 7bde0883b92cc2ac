"""The files of the scans, as they are on disk."""

from pathlib import Path

from homeassistant.core import HomeAssistant
import pytest

from .bench import Bench


@pytest.fixture
def hass_config_dir(hass_tmp_config_dir: str) -> str:
    """Have the files in a folder of the test's own."""
    return hass_tmp_config_dir


@pytest.fixture
def hass_storage() -> None:
    """Write files for real."""


def files(hass: HomeAssistant) -> dict[str, Path]:
    """Return the files of the scans."""
    folder = Path(hass.config.path(".storage"))
    return {
        path.name: path
        for part in ("scan*", "ssh_key*")
        for path in folder.glob(f"homelabcmd.{part}")
    }


async def test_nobody_else_may_read_them(bench: Bench) -> None:
    await bench.call("get_scan_key")
    scan = await bench.trusted()
    await bench.hub.scanner.async_save()
    found = files(bench.hass)
    names = {"homelabcmd.ssh_key", "homelabcmd.scans"}
    assert found.keys() == names | {f"homelabcmd.scan.{scan['scan_id']}"}
    assert {path.stat().st_mode & 0o777 for path in found.values()} == {0o600}


async def test_they_are_gone_with_the_integration(bench: Bench) -> None:
    await bench.call("get_scan_key")
    await bench.trusted()
    await bench.hass.config_entries.async_remove(bench.hub.entry.entry_id)
    assert files(bench.hass) == {}


async def test_a_damaged_key_is_kept_and_a_new_one_is_made(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    line = (await bench.call("get_scan_key"))["line"]
    path = files(bench.hass)["homelabcmd.ssh_key"]
    entry_id = bench.hub.entry.entry_id
    await bench.hass.config_entries.async_reload(entry_id)
    assert (await bench.call("get_scan_key"))["line"] == line
    damaged = path.read_text().replace("BEGIN OPENSSH", "BEGIN NONSENSE")
    path.write_text(damaged)
    await bench.hass.config_entries.async_reload(entry_id)
    assert (await bench.call("get_scan_key"))["line"] != line
    assert "must be given its line" in caplog.text
    copies = [path for name, path in files(bench.hass).items() if "damaged" in name]
    assert [copy.read_text() for copy in copies] == [damaged]


async def test_a_result_that_is_damaged_is_not_there(bench: Bench) -> None:
    scan = await bench.trusted()
    files(bench.hass)[f"homelabcmd.scan.{scan['scan_id']}"].write_text(
        '{"version": 1, "minor_version": 1, "key": "x", "data": {"facts": {"cpu": 1}}}'
    )
    again = await bench.look(scan["scan_id"])
    assert (again["status"], again["results"]) == ("completed", None)
    assert (await bench.scan())["results"]["changes"] is None
