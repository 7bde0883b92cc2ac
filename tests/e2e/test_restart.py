"""Home Assistant restarts, and no server notices."""

from datetime import UTC, datetime

import pytest

from harness import integration
from harness.servers import heard_since, servers
from harness.waiting import until

from .history import recorded
from .home import INTERVAL, Home, set_up, states

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

SERVER = "cellar"
LASTING = ("hostname", "mac_address", "ip_address", "registered_at", "kernel", "tags")


async def test_servers_survive_a_restart_while_the_agent_runs(home: Home) -> None:
    database = home.home_assistant.configuration.database
    async with home.api() as api:
        await set_up(api)
        enrolment = await integration.add_server(api, SERVER, tags=["e2e"])
        started = datetime.now(UTC)
        agent = await home.start_agent(enrolment)
        await heard_since(api, SERVER, started, agent)
        before = (await servers(api))[SERVER]
        ids = await integration.entity_ids(api)
        disk, connectivity = (
            ids[f"{SERVER}_disk_percent"],
            ids[f"{SERVER}_connectivity"],
        )
        shown = (await states(api, SERVER))["disk_percent"]

    down = datetime.now(UTC)
    await home.restart()
    up = datetime.now(UTC)

    async with home.api() as api:
        now = await states(api, SERVER)
        assert now["connectivity"] == "on"
        assert "unavailable" not in now.values()
        assert await integration.entity_ids(api) == ids

        heard = await heard_since(api, SERVER, up, agent, patience=2 * INTERVAL)
        assert (heard - up).total_seconds() < 2 * INTERVAL
        after = (await servers(api))[SERVER]
        assert after["status"] == "online"
        assert {name: after[name] for name in LASTING} == {
            name: before[name] for name in LASTING
        }

        async def rows() -> list[str | None] | None:
            return recorded(database, disk, down.timestamp()) or None

        # The first one since is the one from before: restored until the heartbeat.
        assert (await until(rows, "a row of the recorder", patience=10))[0] == shown
        told = recorded(database, connectivity, down.timestamp())
        assert set(told) == {"on"}
    await agent.stop()
