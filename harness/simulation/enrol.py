"""Adds the simulated servers to the hub, and keeps their keys for the next start."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
import json
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from .. import integration, private_file
from ..api import Api
from ..integration import DOMAIN, Enrolment
from ..servers import servers
from .heartbeat import MARK
from .model import Life, Server
from .table import SERVERS


@dataclass(frozen=True, kw_only=True)
class Fleet:
    """The simulated servers that the hub knows, and since when there are any."""

    since: datetime
    keys: dict[str, Enrolment] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what was kept."""
        data = json.loads(path.read_text())
        return cls(
            since=datetime.fromisoformat(data["since"]),
            keys={key["server_id"]: Enrolment(**key) for key in data["keys"]},
        )

    def save(self, path: Path) -> None:
        """Keep everything, for this user only."""
        keys = [asdict(key) for key in self.keys.values()]
        data = {"since": self.since.isoformat(), "keys": keys}
        private_file.write(path, json.dumps(data, indent=2))

    def at(self, url: str) -> Self:
        """Return the fleet that reports to another address of the same hub."""
        return replace(
            self,
            keys={
                name: replace(key, url=f"{url}{urlsplit(key.url).path}")
                for name, key in self.keys.items()
            },
        )

    def lives(self, known: Sequence[Server] = SERVERS) -> list[tuple[Life, Enrolment]]:
        """Return every server with its key."""
        offset = self.since.astimezone().utcoffset()
        assert offset is not None  # noqa: S101 - an aware time has one
        return [
            (
                Life(server=server, since=self.since, offset=offset),
                self.keys[server.server_id],
            )
            for server in known
            if server.server_id in self.keys
        ]


async def enrol(api: Api) -> Fleet:
    """Add all servers and say what of each is to be watched."""
    keys, known = {}, await servers(api)
    for server in SERVERS:
        if server.server_id in known:
            # A start was cut short before the key was kept.
            await api.post(
                f"/api/services/{DOMAIN}/remove_server", {"server": server.server_id}
            )
        keys[server.server_id] = await integration.add_server(
            api,
            server.server_id,
            name=server.name,
            tdp_watts=server.tdp_watts,
            location=server.location,
            tags=[MARK, "pi" if server.tdp_watts < 10 else "omv"],
        )
        await _watch(api, server)
    return Fleet(since=datetime.now(UTC), keys=keys)


async def _watch(api: Api, server: Server) -> None:
    await api.action(
        DOMAIN,
        "update_server",
        server=server.server_id,
        services=server.unit_names,
        containers=server.box_names,
    )


async def still_there(api: Api, fleet: Fleet) -> Fleet:
    """Return the fleet without the servers that the user has removed."""
    known = await servers(api)
    keys = {name: key for name, key in fleet.keys.items() if name in known}
    return replace(fleet, keys=keys)
