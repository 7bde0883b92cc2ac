"""Fixtures of the agent's tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
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
