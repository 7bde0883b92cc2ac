"""One Home Assistant, one agent, one helper and the network between them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
import json
from pathlib import Path
import random
import shutil
import sys
from typing import Any
from urllib.parse import urlsplit

from harness import agent as agents, integration
from harness.account import Account, sign_up
from harness.api import ApiError, connect
from harness.configuration import Configuration
from harness.home_assistant import HomeAssistant
from harness.integration import DOMAIN, Enrolment
from harness.paths import AGENT, ROOT
from harness.ports import any_free
from harness.process import Child
from harness.waiting import until

from .bad_network import BadNetwork
from .root_helper import PACKAGE, RootHelper

SERVER = "nas"
_WAITS = ("nothing was queued", "are being installed", "can't be decided")
"""Answers after which it is asked for again."""
FINAL = {"completed", "failed", "rejected", "expired", "lost"}


@dataclass
class Scene:
    """Everything that can be killed, and what is to be seen of it."""

    folder: Path
    dice: random.Random
    home: HomeAssistant
    account: Account
    network: BadNetwork
    helper: RootHelper
    config: Path
    agent: Child | None = None
    boots: int = 1
    known: dict[str, dict[str, Any]] = field(default_factory=dict)
    """All actions that were ever approved, as they were last seen."""
    backed_up: set[str] = field(default_factory=set)
    forgotten: set[str] = field(default_factory=set)
    """What Home Assistant can't know any more: it was restored from before it."""
    _power: asyncio.Lock = field(default_factory=asyncio.Lock)
    """What stops and starts the agent: the machine may reboot at any time."""
    unheard: set[str] = field(default_factory=set)
    """What may have ended since the backup: nobody tells a second time. It is lost
    after a quarter of an hour, for which no test waits."""

    @property
    def root(self) -> Path:
        """The made-up machine."""
        return self.helper.root

    # The agent and its machine.

    async def start_agent(self) -> None:
        """Start the agent."""
        boot = self.root / "proc/sys/kernel/random/boot_id"
        boot.parent.mkdir(parents=True, exist_ok=True)
        boot.write_text(f"boot-{self.boots}\n")
        self.state.mkdir(exist_ok=True)
        self.agent = await Child.start(
            "the agent",
            [
                *(sys.executable, "-m", "tests.e2e.crashes.agent_process"),
                *(str(self.root), "run", "--config", str(self.config)),
            ],
            self.folder / "agent.log",
            PYTHONPATH=f"{AGENT}:{ROOT}",
            STATE_DIRECTORY=str(self.state),
        )

    @property
    def state(self) -> Path:
        """The folder that systemd would give the agent."""
        return self.folder / "state"

    async def kill_agent(self) -> None:
        """Kill it -9."""
        if self.agent is not None:
            await self.agent.kill()

    async def reboot(self) -> None:
        """Cut the power of the server."""
        async with self._power:
            await self.kill_agent()
            self.helper.reboot()
            self.boots += 1
            await self.start_agent()

    async def crash_agent(self) -> None:
        """Kill the agent -9 and start it again."""
        async with self._power:
            await self.kill_agent()
            await self.start_agent()

    @asynccontextmanager
    async def full_disk(self) -> AsyncIterator[None]:
        """Keep the agent from writing its journal."""
        # A folder where the file is to be: nothing can be written, not even by root.
        blocked = self.state / "journal.part"
        blocked.unlink(missing_ok=True)
        blocked.mkdir()
        try:
            yield
        finally:
            blocked.rmdir()

    # Home Assistant.

    async def kill_home(self) -> None:
        """Kill it -9 and boot it again."""
        await self.home.child.kill()
        await self._boot()

    async def restore_backup(self) -> None:
        """Kill it -9 and boot it with what it knew some time ago."""
        await self.home.child.kill()
        storage = self.home.configuration.directory / ".storage"
        backup = self.folder / "backup"
        shutil.copytree(backup, storage, dirs_exist_ok=True)
        self.forgotten |= self.known.keys() - self.backed_up
        saved = json.loads((storage / "homelabcmd.actions").read_text())
        self.unheard |= {
            action["action_id"]
            for action in saved["data"]["actions"]
            if action["status"] == "executing"
        }
        await self._boot()

    def back_up(self) -> None:
        """Keep what Home Assistant has saved."""
        storage = self.home.configuration.directory / ".storage"
        backup = self.folder / "backup"
        backup.mkdir(exist_ok=True)
        for path in storage.glob("homelabcmd*"):
            shutil.copy(path, backup)
        self.backed_up = set(self.known)

    async def _boot(self) -> None:
        self.home = await HomeAssistant.boot(
            self.home.configuration, self.home.child.log
        )

    # What is asked for, and what becomes of it.

    async def ask(self, action_type: str, target: str) -> str:
        """Ask for something as the owner, and approve it; returns its id.

        What the server allows is known from its heartbeats; a hub that was killed may
        have to wait for one.
        """

        async def ask() -> str | None:
            try:
                return await self._ask(action_type, target)
            except ApiError as error:
                if not any(reason in str(error) for reason in _WAITS):
                    raise
                return None

        return await until(ask, "the server to be managed", patience=120)

    async def _ask(self, action_type: str, target: str) -> str:
        async with connect(self.account.url, self.account.token) as api:
            answer = await api.action(
                *(DOMAIN, "queue_action"),
                server=SERVER,
                action_type=action_type,
                target=target,
            )
            action: dict[str, Any] = answer["action"]
            if action["status"] == "pending":
                answer = await api.action(
                    DOMAIN, "approve_action", action_id=action["action_id"]
                )
                action = answer["action"]
        self.known[action["action_id"]] = action
        return str(action["action_id"])

    async def look(self) -> None:
        """See how far all actions are."""
        async with connect(self.account.url, self.account.token) as api:
            answer = await api.action(DOMAIN, "list_actions", limit=500)
        found = {action["action_id"]: action for action in answer["actions"]}
        lost = {
            action_id: action | {"status": "forgotten"}
            for action_id, action in self.known.items()
            if action_id not in found
        }
        self.known = {**lost, **found}

    async def settled(self, patience: float = 120) -> list[dict[str, Any]]:
        """Return all actions that Home Assistant knows, once all of them have ended."""

        async def ended() -> list[dict[str, Any]] | None:
            async with connect(self.account.url, self.account.token) as api:
                answer = await api.action(DOMAIN, "list_actions", limit=500)
            actions: list[dict[str, Any]] = answer["actions"]
            done = all(
                action["status"] in FINAL or action["action_id"] in self.unheard
                for action in actions
            )
            return actions if done else None

        return await until(ended, "the end of all actions", patience=patience)


@asynccontextmanager
async def open_scene(folder: Path, dice: random.Random) -> AsyncIterator[Scene]:
    """Boot everything."""
    configuration = Configuration(directory=folder / "home-assistant", port=any_free())
    home = await HomeAssistant.boot(configuration, folder / "home-assistant.log")
    network = BadNetwork(configuration.url, dice)
    units = [f"unit{number}.service" for number in range(500)]
    helper = RootHelper(folder / "machine", units, dice)
    scene: Scene | None = None
    try:
        account = await sign_up(home.url, "user", "password")
        async with connect(account.url, account.token) as api:
            await integration.set_up(api)
            enrolment = await integration.add_server(api, SERVER)
        await network.start()
        await helper.start()
        config = folder / "agent.yaml"
        path = urlsplit(enrolment.url).path
        through = Enrolment(
            server_id=enrolment.server_id,
            url=f"{network.url}{path}",
            key=enrolment.key,
        )
        agents.write_config(config, through)
        allowed = helper.root / "etc/homelab-agent/allowed.toml"
        allowed.parent.mkdir(parents=True)
        allowed.write_text("restart_service = []\n")
        _put_apt(helper.root)
        scene = Scene(folder, dice, home, account, network, helper, config)
        helper.reboots = scene.reboot
        await scene.start_agent()
        await scene.ask("restart_service", units[-1])
        yield scene
    finally:
        if scene is not None:
            await scene.kill_agent()
            home = scene.home
        await network.stop()
        await helper.stop()
        await home.stop()


def _put_apt(root: Path) -> None:
    """Have one update to install, always."""
    apt_get = root / "usr/bin/apt-get"
    apt_get.parent.mkdir(parents=True)
    apt_get.write_text(
        f"#!/bin/sh\necho 'Inst {PACKAGE} [1.0] (1.1 Debian:13/stable [all])'\n"
    )
    apt_get.chmod(0o755)
