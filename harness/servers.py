"""What the hub knows of its servers, and waiting for it to know more."""

from datetime import datetime
import re
import socket
from typing import Any

from .api import Api
from .integration import DOMAIN
from .process import Child, ProcessError
from .waiting import until

_MAX_ID = 63


def this_machine() -> str:
    """Return the name of this machine."""
    return socket.gethostname().partition(".")[0]


def server_id(name: str) -> str:
    """Make a server id of a name."""
    slug = re.sub("[^a-z0-9]+", "-", name.lower()).strip("-")
    return slug[:_MAX_ID].rstrip("-") or "server"


async def servers(api: Api) -> dict[str, dict[str, Any]]:
    """Return the servers as the action lists them, by their ids."""
    answer = await api.action(DOMAIN, "list_servers")
    return {server["server_id"]: server for server in answer["servers"]}


async def heard_since(
    api: Api, server: str, moment: datetime, agent: Child, *, patience: float = 60
) -> datetime:
    """Return when the first heartbeat after a moment came, once it did."""

    async def look() -> datetime | None:
        if agent.exit_code is not None:
            raise ProcessError(f"the agent ended: {agent.output()}")
        last_seen = (await servers(api))[server]["last_seen"]
        if last_seen is None:
            return None
        heard = datetime.fromisoformat(last_seen)
        return heard if heard > moment else None

    return await until(look, f"a heartbeat of {server}", patience=patience)
