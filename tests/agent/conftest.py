"""Fixtures of the agent's tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
import importlib.util
from pathlib import Path

import pytest

from .builders import Machine
from .fake_hub import FakeHub


@pytest.fixture
def hub(loopback: None) -> Iterator[FakeHub]:
    """Return a hub that runs."""
    hub = FakeHub()
    hub.start()
    yield hub
    hub.stop()


@pytest.fixture
def machine(hub: FakeHub) -> Machine:
    """Return a machine whose time passes only while its agent waits."""
    machine = Machine(hub)
    hub.now = machine.true_time
    return machine


@pytest.fixture
def write_config(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes the settings for a hub."""

    def write(hub: FakeHub, *lines: str) -> Path:
        path = tmp_path / "config.yaml"
        path.write_text(
            f"url: {hub.url}\nserver_id: {hub.server_id}\nkey: {hub.key.dump()}\n"
            + "".join(f"{line}\n" for line in lines)
        )
        path.chmod(0o600)
        return path

    return write


@pytest.fixture
def unix_sockets(loopback: None) -> None:
    """Allow sockets that are paths, which Home Assistant's plugin forbids too."""
    if importlib.util.find_spec("pytest_socket") is None:
        return
    import pytest_socket  # noqa: PLC0415 - the agent's Python 3.11 suite has none

    # Until the next test, for which the plugin sets it anew.
    pytest_socket.socket_allow_hosts(["127.0.0.1"], allow_unix_socket=True)
