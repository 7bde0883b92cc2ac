"""The line that installs the agent, and the files that it fetches."""

import asyncio
import hashlib
import io
from pathlib import Path
import re
import subprocess
import zipfile

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.homelabcmd.core.hub.settings import ServerConfig
from custom_components.homelabcmd.errors import HomelabError
from custom_components.homelabcmd.hub import administration
from custom_components.homelabcmd.hub.hub import Hub
from custom_components.homelabcmd.wire import handout
from custom_components.homelabcmd.wire.handout import HANDOUT

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


_TOOLS = ("curl", "wget", "mktemp", "sha256sum", "rm", "cat", "cp", "stat")


async def _paste(line: str, folder: Path, *hidden: str) -> subprocess.CompletedProcess:
    """Paste a line into a shell where only sudo's shell finds any program.

    The installer, which that shell runs, is noted with all that it gets.
    """
    tools = folder / "tools"
    tools.mkdir()
    for name in _TOOLS:
        if name not in hidden:
            (tools / name).symlink_to(Path("/usr/bin", name))
    _program(folder, "sudo", f'shift; PATH={tools} exec /bin/sh "$@"')
    _program(
        tools,
        "sh",
        f'cat > {folder}/stdin; cp "$1" {folder}/script; echo "$1" > {folder}/path; '
        f'stat -c %a "$1" > {folder}/mode; shift; echo "$@" > {folder}/arguments; '
        "exit 7",
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


@pytest.mark.parametrize("hidden", ["curl", "wget"])
async def test_the_pasted_line_hands_the_installer_the_key_on_standard_input(
    hub: Hub, server: str, tmp_path: Path, hidden: str
) -> None:
    line = administration.install_command(hub, "nas")
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
    # Where others may make files, but none of root's may be renamed or changed.
    path = (tmp_path / "path").read_text().strip()
    assert re.fullmatch("/tmp/[^/]+", path)
    assert (tmp_path / "mode").read_text() == "600\n"
    assert not await asyncio.to_thread(Path(path).exists)


async def test_an_installer_that_was_changed_on_the_way_is_not_run(
    hass: HomeAssistant, hub: Hub, server: str, tmp_path: Path
) -> None:
    line = administration.install_command(hub, "nas")
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
        await administration.async_add_server(
            hub, ServerConfig(server_id="new", name="New")
        )
    assert caught.value.translation_key == "no_bundle"
    assert "new" not in hub.servers
    client = await hass_client_no_auth()
    for name in ("install.sh", "homelab-agent.pyz"):
        assert (await client.get(f"/api/homelabcmd/{name}")).status == 404
