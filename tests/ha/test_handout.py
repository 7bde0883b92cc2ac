"""The line that installs the agent, and the files that it fetches."""

import asyncio
import hashlib
import io
from pathlib import Path
import subprocess
import zipfile

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.homelabcmd import handout, registry
from custom_components.homelabcmd.core.settings import ServerConfig
from custom_components.homelabcmd.errors import HomelabError
from custom_components.homelabcmd.handout import HANDOUT
from custom_components.homelabcmd.hub import Hub

from .setup_hub import WEBHOOK_ID, key_of


@pytest.fixture
async def server(
    hass: HomeAssistant, hub: Hub, hass_client_no_auth: ClientSessionGenerator
) -> str:
    """Serve the hub on a real port, and make that its address."""
    client = await hass_client_no_auth()
    hass.config.internal_url = f"http://127.0.0.1:{client.server.port}"
    return hass.config.internal_url


def _program(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)


async def _paste(line: str, folder: Path, *hidden: str) -> subprocess.CompletedProcess:
    """Paste a line into a shell whose sudo notes what it is to do."""
    for name in ("curl", "wget", "sh", "mktemp", "sha256sum", "rm", "cat", "cp"):
        if name not in hidden:
            target = next(path for path in (Path("/usr/bin", name), Path("/bin", name)))
            (folder / name).symlink_to(target)
    _program(
        folder,
        "sudo",
        f'cat > {folder}/stdin; shift; cp "$1" {folder}/script; shift; '
        f'echo "$@" > {folder}/arguments; exit 7',
    )
    return await asyncio.to_thread(
        subprocess.run,
        ["/bin/sh", "-c", line],
        env={"PATH": str(folder), "TMPDIR": str(folder)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def _left_behind(folder: Path) -> list[Path]:
    return list(folder.glob("tmp.*"))


@pytest.mark.parametrize("hidden", ["curl", "wget"])
async def test_the_pasted_line_hands_the_installer_the_key_on_standard_input(
    hub: Hub, server: str, tmp_path: Path, hidden: str
) -> None:
    line = registry.install_command(hub, "nas")
    assert "\n" not in line
    done = await _paste(line, tmp_path, hidden)
    assert done.returncode == 7, done.stderr
    assert (tmp_path / "stdin").read_text() == key_of(hub)
    served = hub.hass.data[HANDOUT]
    assert served is not None
    assert (tmp_path / "script").read_bytes() == served.installer
    arguments = (tmp_path / "arguments").read_text().split()
    url = f"{server}/api/webhook/{WEBHOOK_ID}"
    assert arguments == ["--server-id", "nas", "--url", url]
    assert not _left_behind(tmp_path)


async def test_an_installer_that_was_changed_on_the_way_is_not_run(
    hass: HomeAssistant, hub: Hub, server: str, tmp_path: Path
) -> None:
    line = registry.install_command(hub, "nas")
    hass.data[HANDOUT] = handout.Handout(bundle=b"", installer=b"echo evil")
    done = await _paste(line, tmp_path)
    assert done.returncode != 0
    assert not (tmp_path / "stdin").exists()


async def test_what_is_handed_out_needs_no_login_and_holds_no_secret(
    hub: Hub, hass_client_no_auth: ClientSessionGenerator
) -> None:
    client = await hass_client_no_auth()
    response = await client.get("/api/homelabcmd/install.sh")
    script = await response.text()
    assert (response.status, script[:9]) == (200, "#!/bin/sh")
    response = await client.get("/api/homelabcmd/homelab-agent.pyz")
    bundle = await response.read()
    assert response.status == 200
    assert f'BUNDLE_SHA256="{hashlib.sha256(bundle).hexdigest()}"' in script
    assert "homelab_agent/__main__.py" in zipfile.ZipFile(io.BytesIO(bundle)).namelist()
    for secret in (key_of(hub), WEBHOOK_ID):
        assert secret not in script
        assert secret.encode() not in bundle


async def test_a_copy_without_the_agent_says_so_and_adds_nothing(
    hass: HomeAssistant,
    hub: Hub,
    server: str,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    hass.data[HANDOUT] = None
    with pytest.raises(HomelabError) as caught:
        await registry.async_add_server(hub, ServerConfig(server_id="new", name="New"))
    assert caught.value.translation_key == "no_bundle"
    assert "new" not in hub.servers
    client = await hass_client_no_auth()
    for name in ("install.sh", "homelab-agent.pyz"):
        assert (await client.get(f"/api/homelabcmd/{name}")).status == 404
