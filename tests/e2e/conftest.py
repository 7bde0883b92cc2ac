"""Fixtures of the end-to-end tests: one Home Assistant and one browser for all."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio

from harness import slack
from harness.account import Account, add_user
from harness.api import Api
from harness.log import troubles
from harness.slack import Slack

from .home import Home, open_home
from .phones import Phones

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
    shared_home.excused.clear()
    yield shared_home
    with log.open("rb") as file:
        file.seek(before)
        found = troubles(file.read().decode())
    excused = shared_home.excused
    assert [x for x in found if not any(text in x for text in excused)] == []
    for child in shared_home.agents:
        assert "Traceback" not in child.output()


@pytest_asyncio.fixture(loop_scope="session")
async def api(home: Home) -> AsyncIterator[Api]:
    async with home.api() as connected:
        yield connected


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def guest(shared_home: Home) -> Account:
    """Return a user who is no administrator."""
    async with shared_home.api() as api:
        return await add_user(api, "guest", "password", is_admin=False)


@pytest_asyncio.fixture(loop_scope="session")
async def phones(home: Home) -> AsyncIterator[Phones]:
    async with AsyncExitStack() as stack:
        yield Phones(stack, home)


@pytest_asyncio.fixture(loop_scope="session")
async def channel(home: Home) -> AsyncIterator[Slack]:
    """Return Slack, set up in Home Assistant, with no messages in it yet."""
    async with home.api() as api:
        await slack.set_up(api)
    home.slack.forget()
    yield home.slack
    home.slack.forget()


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    made = config.stash.get(FOLDER, None)
    if made and terminalreporter.stats.keys() & {"failed", "error"}:
        terminalreporter.write_line(f"logs and pictures: {made}")
