"""A password is used once; our own key never leaves its file."""

import json
import logging
import subprocess
import sys

import pytest
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.homelabcmd.scans.password import HIDDEN
from tests.meta.sources import ROOT

from .bench import Bench
from .ssh_server import PASSWORD


def logged(caplog: pytest.LogCaptureFixture) -> str:
    """Return what is logged, but by the memory that tests have for files."""
    return "\n".join(
        record.getMessage()
        for record in caplog.records
        if not record.name.startswith("pytest_homeassistant")
    )


async def everything(bench: Bench, client: ClientSessionGenerator) -> str:
    """Return all that people, files and automations get to see."""
    states = [state.as_dict() for state in bench.hass.states.async_all()]
    diagnostics = await get_diagnostics_for_config_entry(
        bench.hass, client, bench.hub.entry
    )
    scans = await bench.call("list_scans")
    one = await bench.look(scans["scans"][0]["scan_id"])
    events = [event.as_dict() for event in (*bench.events, *bench.calls)]
    return json.dumps([states, diagnostics, scans, one, events], default=str)


async def test_a_password_is_nowhere_afterwards(
    bench: Bench,
    hass_client: ClientSessionGenerator,
    hass_storage: dict[str, object],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    await bench.trusted()
    await bench.scan(password="wrong " + PASSWORD)
    await bench.hub.scanner.async_save()
    assert bench.server.tried.count("ana by password") == 2
    assert PASSWORD not in await everything(bench, hass_client)
    assert PASSWORD not in logged(caplog)
    assert PASSWORD not in json.dumps(hass_storage, default=str)
    [data] = {
        str(event.data["service_data"]["password"])
        for event in bench.calls
        if event.data["service"] == "scan_host"
    }
    assert data == HIDDEN


async def test_a_call_that_is_refused_hides_its_password(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(Exception, match="nonsense"):
        await bench.begin(nonsense=1)
    assert PASSWORD not in logged(caplog)


async def test_our_key_is_in_its_file_and_nowhere_else(
    bench: Bench,
    hass_client: ClientSessionGenerator,
    hass_storage: dict[str, dict[str, dict[str, str]]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    key = await bench.call("get_scan_key")
    bench.server.authorized.append(key["line"])
    assert (await bench.trusted(password=None))["status"] == "completed"
    await bench.hub.scanner.async_save()
    secret = hass_storage["homelabcmd.ssh_key"]["data"]["private_key"].split("\n")[2]
    assert secret not in await everything(bench, hass_client)
    assert secret not in logged(caplog)
    others = {
        name: data for name, data in hass_storage.items() if "ssh_key" not in name
    }
    assert secret not in json.dumps(others, default=str)


def test_nothing_that_speaks_ssh_is_loaded_before_a_scan() -> None:
    check = (
        "import custom_components.homelabcmd, sys;"
        "assert 'asyncssh' not in sys.modules;"
        "assert 'custom_components.homelabcmd.scans.scanner' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", check], cwd=ROOT, check=True)
