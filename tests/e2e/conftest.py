"""Fixtures of the end-to-end tests: one Home Assistant and one browser for all."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from harness.log import troubles

from .home import Home, open_home

FOLDER = pytest.StashKey[Path]()


@pytest.fixture(scope="session")
def folder(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Path:
    """Return where logs and pictures go; pytest keeps those of the last three runs."""
    made = tmp_path_factory.mktemp("e2e")
    request.config.stash[FOLDER] = made
    return made


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_home(folder: Path) -> AsyncIterator[Home]:
    async with open_home(folder) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def home(shared_home: Home) -> AsyncIterator[Home]:
    """Return the Home Assistant whose log is read after the test."""
    log = shared_home.home_assistant.child.log
    before = log.stat().st_size
    yield shared_home
    with log.open("rb") as file:
        file.seek(before)
        assert troubles(file.read().decode()) == []
    for child in shared_home.agents:
        assert "Traceback" not in child.output()


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    made = config.stash.get(FOLDER, None)
    if made and terminalreporter.stats.keys() & {"failed", "error"}:
        terminalreporter.write_line(f"logs and pictures: {made}")
