"""The Home Assistant that the end-to-end tests share."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Locator

from harness import agent, browser, integration
from harness.account import Account, sign_up
from harness.api import Api, connect
from harness.configuration import Configuration
from harness.home_assistant import HomeAssistant
from harness.integration import Enrolment
from harness.ports import any_free
from harness.process import Child
from harness.slack import Slack, slack_stand_in

INTERVAL, OFFLINE = 10, 20
"""Seconds; the smallest that the options allow."""


@dataclass(kw_only=True)
class Home:
    """Home Assistant, its agents, its Slack and the user's browser."""

    folder: Path
    chromium: Browser
    slack: Slack
    home_assistant: HomeAssistant
    account: Account
    agents: list[Child] = field(default_factory=list)
    excused: list[str] = field(default_factory=list)
    """Complaints in the log that the running test asks for."""

    @classmethod
    async def open(cls, folder: Path, chromium: Browser, slack: Slack) -> Home:
        """Boot a new Home Assistant and sign up."""
        configuration = Configuration(
            directory=folder / "home-assistant", port=any_free(), slack_api=slack.api
        )
        running = await HomeAssistant.boot(configuration, folder / "home-assistant.log")
        try:
            account = await sign_up(running.url, "user", "password")
        except BaseException:
            await running.stop()
            raise
        return cls(
            folder=folder,
            chromium=chromium,
            slack=slack,
            home_assistant=running,
            account=account,
        )

    async def close(self) -> None:
        """Stop everything."""
        for child in self.agents:
            await child.stop()
        await self.home_assistant.stop()

    async def restart(self) -> None:
        """Shut Home Assistant down in good order and boot it again."""
        async with self.stopped():
            pass

    @asynccontextmanager
    async def stopped(self) -> AsyncIterator[None]:
        """Shut Home Assistant down in good order, and boot it again afterwards."""
        assert await self.home_assistant.stop() == 0
        yield
        self.home_assistant = await HomeAssistant.boot(
            self.home_assistant.configuration, self.home_assistant.child.log
        )

    def api(self) -> AbstractAsyncContextManager[Api]:
        """Connect as the user."""
        return connect(self.account.url, self.account.token)

    def window(self, name: str) -> AbstractAsyncContextManager[browser.Window]:
        """Open a browser window; its last moment is kept if the test fails in it."""
        return browser.window(
            self.chromium, self.account, last_look=self.folder / f"{name}.png"
        )

    async def start_agent(self, enrolment: Enrolment) -> Child:
        """Start an agent of this machine."""
        config = self.folder / enrolment.server_id / "config.yaml"
        agent.write_config(config, enrolment)
        child = await agent.start(config, config.with_name("agent.log"))
        self.agents.append(child)
        return child


async def set_up(api: Api) -> None:
    """Set the integration up, if it is not, and have everything happen fast."""
    entry = await integration.entry_id(api) or await integration.set_up(api)
    await integration.set_options(
        api,
        entry,
        heartbeat_interval_seconds=INTERVAL,
        server_offline_seconds=OFFLINE,
    )


def server_card(window: browser.Window, name: str) -> Locator:
    """Return the card of a server on the overview."""
    called = window.page.get_by_text(name, exact=True)
    return window.page.locator("homelabcmd-servers li").filter(has=called)


async def overview_card(window: browser.Window, name: str) -> Locator:
    """Open the overview and return the card of a server."""
    await window.open(integration.DASHBOARD)
    return server_card(window, name)


@asynccontextmanager
async def open_home(folder: Path) -> AsyncIterator[Home]:
    """Start everything that the tests share, and stop it."""
    async with browser.browser() as chromium, slack_stand_in() as slack:
        home = await Home.open(folder, chromium, slack)
        try:
            yield home
        finally:
            await home.close()


async def states(api: Api, server_id: str) -> dict[str, str]:
    """Return the states of a server's enabled entities, by the keys of these."""
    ids = await integration.entity_ids(api)
    known: dict[str, Any] = {
        state["entity_id"]: state["state"] for state in await api.get("/api/states")
    }
    return {
        unique_id.removeprefix(f"{server_id}_"): known[entity_id]
        for unique_id, entity_id in ids.items()
        if unique_id.startswith(f"{server_id}_") and entity_id in known
    }
