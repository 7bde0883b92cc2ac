"""Hosts that are booted for a test, and a hub for them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from functools import partial
from itertools import count
from pathlib import Path
import shutil
import subprocess

import pytest
import pytest_asyncio

from harness.api import Api
from harness.lab.host import Host
from harness.paths import ROOT

from .home import open_home
from .hub import Hub
from .mirror import SOURCE, Mirror

Prepare = Callable[[Path], object]
_numbers = count(11)


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return the agent's code as it is released."""
    path = tmp_path_factory.mktemp("bundle") / "homelab-agent.pyz"
    subprocess.run([ROOT / "script/build-agent", path], check=True)
    return path.read_bytes()


@pytest.fixture
def hub(bundle: bytes) -> Iterator[Hub]:
    """Return a hub that knows the server "nas"."""
    with Hub(bundle) as hub:
        hub.add("nas")
        yield hub


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    """Return the mirror that hosts get packages from."""
    with Mirror() as mirror:
        yield mirror


@pytest.fixture
def boot(mirror: Mirror) -> Iterator[Callable[..., Host]]:
    """Return what boots a host; each of `prepare` may change its files first."""
    with ExitStack() as stack:
        yield partial(boot_one, stack)


def boot_one(stack: ExitStack, *prepare: Prepare) -> Host:
    """Boot a host that lasts as long as `stack`."""
    number = next(_numbers)
    root = stack.enter_context(Host.prepared(f"host-{number}"))
    for path in root.glob("etc/apt/sources.list*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    (root / "etc/apt/sources.list").write_text(SOURCE)
    for change in prepare:
        change(root)
    address = f"10.77.0.{number}"
    return stack.enter_context(Host.booted(f"host-{number}", address, root))


@pytest.fixture
def host(boot: Callable[..., Host]) -> Host:
    """Return a host that was never touched."""
    return boot()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def home(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Api]:
    """Return a Home Assistant with the hub set up; it has the place of `hub`."""
    async with open_home(tmp_path_factory.mktemp("home-assistant")) as api:
        yield api
