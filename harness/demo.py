"""The demo: a Home Assistant with HomelabCmd, this machine's agent, simulated servers.

Started by script/demo.
"""

import argparse
import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
import logging
from pathlib import Path
import shutil
import signal
import sys
from urllib.parse import urlsplit

from . import account as accounts, agent, integration
from .account import Account, sign_up
from .api import Api, connect
from .configuration import Configuration
from .haste import INTERVAL, OFFLINE, hurry
from .home_assistant import RESTART, HomeAssistant
from .introduction import INTRODUCTION, SIMULATED
from .lock import LockedError, locked
from .paths import ROOT
from .ports import LOOPBACK, NoPortError, first_free
from .process import Child, ProcessError
from .servers import heard_since, server_id, servers, this_machine
from .simulation.scene import simulation
from .terminal import fail, progress, say

USER, PASSWORD = "demo", "password"


@dataclass(frozen=True, kw_only=True)
class Folder:
    """Where the demo keeps everything."""

    path: Path

    @property
    def lock(self) -> Path:
        """Says which demo is using the folder."""
        return self.path / "lock"

    @property
    def token(self) -> Path:
        """The token of the user; written last, so that without it nothing is ready."""
        return self.path / "token"

    @property
    def agent_config(self) -> Path:
        """The agent's configuration, with its key."""
        return self.path / "agent" / "config.yaml"

    @property
    def agent_log(self) -> Path:
        """What the agent wrote."""
        return self.path / "agent.log"

    @property
    def simulated(self) -> Path:
        """The simulated servers' keys."""
        return self.path / "simulated.json"

    @property
    def simulation_log(self) -> Path:
        """What the simulated servers complained of."""
        return self.path / "simulation.log"

    @property
    def log(self) -> Path:
        """Home Assistant's log."""
        return self.path / "home-assistant.log"

    def configuration(self, port: int) -> Configuration:
        """Return how Home Assistant is configured."""
        return Configuration(
            directory=self.path / "home-assistant",
            port=port,
            name="Demo",
            purge_keep_days=30,
            trust_loopback=True,
        )

    def clear(self) -> None:
        """Delete everything but the lock."""
        for path in self.path.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            elif path != self.lock:
                path.unlink()


async def _account(folder: Folder, url: str) -> Account:
    """Return the user, who signs up at the first start."""
    if folder.token.exists():
        return accounts.load(folder.token, url)
    account = await sign_up(url, USER, PASSWORD)
    accounts.save(folder.token, account)
    progress("the user has signed up")
    return account


async def _set_up(api: Api) -> None:
    """Set up the integration, if it is not."""
    if await integration.entry_id(api) is not None:
        return
    await hurry(api, await integration.set_up(api))
    await integration.show_first(api)
    progress("HomelabCmd is set up")


async def _enrol(folder: Folder, api: Api, url: str, name: str) -> None:
    """Add this machine as a server, if it is not, and set its agent up."""
    if server_id(name) not in await servers(api):
        enrolment = await integration.add_server(api, server_id(name), name=name)
        progress(f"{name} is added as a server")
    elif folder.agent_config.exists():
        known = agent.read_config(folder.agent_config)
        # The port may be another one today.
        enrolment = replace(known, url=f"{url}{urlsplit(known.url).path}")
    else:
        raise ProcessError(f"{folder.agent_config} is gone: script/demo --reset")
    agent.write_config(folder.agent_config, enrolment)


async def _run(folder: Folder, port: int, *, real_only: bool) -> None:
    """Run the demo until it is cancelled or Home Assistant is stopped from within."""
    name = this_machine()
    async with AsyncExitStack() as programs:
        progress("Home Assistant starts")
        home_assistant = await HomeAssistant.boot(
            folder.configuration(port), folder.log
        )
        programs.push_async_callback(home_assistant.stop)
        url = home_assistant.url
        account = await _account(folder, url)
        async with connect(url, account.token) as api:
            await _set_up(api)
            await _enrol(folder, api, url, name)
            progress("the agent starts")
            started = datetime.now(UTC)
            reporter = await agent.start(folder.agent_config, folder.agent_log)
            programs.push_async_callback(reporter.stop)
            await heard_since(api, server_id(name), started, reporter)
            progress(f"the first heartbeat of {name} is in")
            simulated = 0
            if not real_only:
                simulated = await programs.enter_async_context(
                    simulation(
                        api,
                        folder.simulated,
                        home_assistant.configuration,
                        INTERVAL,
                    )
                )
            device = await integration.device_id(api, server_id(name))
        say(
            INTRODUCTION.format(
                url=url,
                dashboard=integration.DASHBOARD,
                domain=integration.DOMAIN,
                user=USER,
                password=PASSWORD,
                name=name,
                device=device,
                interval=INTERVAL,
                offline=OFFLINE,
                agent=reporter.process.pid,
                simulated=SIMULATED.format(count=simulated) if simulated else "",
                folder=_shown(folder.path),
            )
        )
        watched = asyncio.create_task(_tell_end(reporter))
        programs.callback(watched.cancel)
        while await home_assistant.child.process.wait() == RESTART:
            progress("Home Assistant restarts")
            home_assistant = await HomeAssistant.boot(
                home_assistant.configuration, folder.log
            )
            programs.push_async_callback(home_assistant.stop)
            progress("Home Assistant is back")
        progress("Home Assistant has ended")


async def _tell_end(reporter: Child) -> None:
    """Say so if the agent ends by itself, or by somebody else."""
    code = await reporter.process.wait()
    progress(f"the agent has ended (code {code}); start the demo again to start it")


def _shown(path: Path) -> Path:
    """Return a path as it is called from the checkout."""
    return path.relative_to(ROOT)


async def _until_signal(folder: Folder, port: int, *, real_only: bool) -> None:
    """Run the demo; a signal ends it, a second one changes nothing."""
    demo = asyncio.create_task(_run(folder, port, real_only=real_only))
    stopping = asyncio.Event()

    def stop() -> None:
        if not stopping.is_set():
            stopping.set()
            say("")
            progress("stopping")
            demo.cancel()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop)
    try:
        await demo
    except asyncio.CancelledError:
        progress("stopped")


def main() -> int:
    """Run the demo and return the exit code."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=8123)
    parser.add_argument("--reset", action="store_true")
    parser.add_argument("--real-only", action="store_true")
    options = parser.parse_args()
    folder = Folder(path=ROOT / ".demo")
    folder.path.mkdir(mode=0o700, exist_ok=True)
    try:
        with locked(folder.lock) as holder:
            # Before anything is deleted: nothing may be lost for a wrong port.
            port = first_free(options.port)
            # Without a user nothing is worth keeping: the first start was cut short.
            if options.reset or not folder.token.exists():
                folder.clear()
            if options.real_only and folder.simulated.exists():
                fail("what was kept has simulated servers in it; add --reset")
                return 1
            if port != options.port:
                progress(f"port {options.port} is in use; taking {port}")
            holder.write(f"http://{LOOPBACK}:{port}{integration.DASHBOARD}")
            holder.flush()
            logging.basicConfig(filename=folder.simulation_log)
            asyncio.run(_until_signal(folder, port, real_only=options.real_only))
    except LockedError as error:
        fail(f"a demo of this checkout is running: {error} (Ctrl-C there ends it)")
    except (NoPortError, ProcessError) as error:
        fail(str(error))
    except TimeoutError:
        fail(f"this took too long; look at the logs in {_shown(folder.path)}")
    else:
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
