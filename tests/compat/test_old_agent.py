"""The first agent, as a process, against today's hub."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
import json
from pathlib import Path
import subprocess
import sys
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.homelabcmd.hub import administration
from custom_components.homelabcmd.hub.hub import Hub
from tests.builders import heartbeat, signed, verified
from tests.ha.conftest import _custom_integrations, address, hub  # noqa: F401
from tests.ha.setup_hub import WEBHOOK_ID, key_of, state_of

from .frozen import BUNDLE, is_unchanged

_DEBIAN12 = Path(__file__).parents[2] / ".venv-agent/bin/python"
PATIENCE = 20


@pytest.fixture(params=[sys.executable, str(_DEBIAN12)], ids=["newest", "3.11"])
def python(request: pytest.FixtureRequest) -> str:
    """Return a Python that the agent runs on; the second is made by script/test."""
    if not Path(request.param).exists():
        pytest.skip("no .venv-agent; script/test agent makes it")
    python: str = request.param
    return python


@pytest.fixture
async def config(
    hass: HomeAssistant,
    hub: Hub,  # noqa: F811
    hass_client_no_auth: ClientSessionGenerator,
    tmp_path: Path,
) -> Path:
    """Serve the hub on a real port and return the settings of its agent."""
    client = await hass_client_no_auth()
    hass.config.internal_url = f"http://127.0.0.1:{client.server.port}"
    path = tmp_path / "config.yaml"
    path.write_text(administration.agent_config(hub, "nas"))
    path.chmod(0o600)
    return path


@contextmanager
def agent(python: str, command: str, config: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [python, "-I", BUNDLE, command, "--config", config],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


async def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Return exit code, output and log."""
    output, log = await asyncio.to_thread(process.communicate, timeout=PATIENCE)
    return process.returncode, output, log


def test_the_first_agent_is_the_one_that_was_frozen() -> None:
    assert is_unchanged()


async def test_its_report_arrives(
    hass: HomeAssistant,
    hub: Hub,  # noqa: F811
    config: Path,
    python: str,
) -> None:
    with agent(python, "run", config) as process:
        for _ in range(PATIENCE * 10):
            if state_of(hass, "connectivity") == "on":
                break
            await asyncio.sleep(0.1)
        await hass.async_block_till_done()
        assert state_of(hass, "connectivity") == "on"
        assert 0 <= float(state_of(hass, "memory_percent")) <= 100
        (device,) = dr.async_entries_for_config_entry(
            dr.async_get(hass), hub.entry.entry_id
        )[1:]
        assert "0.1.0" in (device.sw_version or "")
        assert not hub.stats.refused
        assert process.poll() is None
        process.terminate()
        code, output, log = await ended(process)
    assert (code, output) == (0, "")
    # The one line with which it starts: nothing that it did not understand.
    assert len(log.splitlines()) == 1, log


async def test_its_check_finds_nothing_wrong(
    hub: Hub,  # noqa: F811
    config: Path,
    python: str,
) -> None:
    with agent(python, "check", config) as process:
        code, output, _ = await ended(process)
    assert code == 0, output
    assert "ok   signature" in output


async def test_it_hears_that_its_server_was_removed(
    hub: Hub,  # noqa: F811
    config: Path,
    python: str,
) -> None:
    await administration.async_remove_server(hub, "nas")
    with agent(python, "run", config) as process:
        code, _, log = await ended(process)
    assert code == 10
    assert "was removed in Home Assistant" in log


async def test_what_a_newer_agent_says_besides_is_ignored(
    hass: HomeAssistant,
    hub: Hub,  # noqa: F811
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    def extended(value: Any) -> Any:
        """Add a field to every object, however deep."""
        if isinstance(value, dict):
            known = {name: extended(item) for name, item in value.items()}
            return known | {"of_a_newer_agent": {"a": [1, None, "x"]}}
        return [extended(item) for item in value] if isinstance(value, list) else value

    body = heartbeat(
        disks=[{"mount": "/", "total_gb": 10.0}],
        containers=[{"name": "web", "status": "running"}],
        collectors=[{"name": "cpu", "duration_ms": 1.0}],
    )
    request = signed(key_of(hub), json.dumps(extended(body)).encode())
    client = await hass_client_no_auth()
    response = await client.post(
        f"/api/webhook/{WEBHOOK_ID}", data=request.body, headers=request.headers
    )
    reply = verified(key_of(hub), response.headers, await response.read())
    assert (response.status, reply["received"]) == (200, True)
    assert state_of(hass, "cpu_percent") == "12"
