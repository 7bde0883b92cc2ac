"""A server that does nothing but fill its disk, and only reports when it is told to."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

import aiohttp

from harness import integration
from harness.api import Api
from harness.simulation.curves import STEADY
from harness.simulation.model import Life, Load, Server, Traffic, Volume
from harness.simulation.sender import Reporter
from homelab_agent.outcomes import Delivered

_INTERVAL, _OFFLINE = 60, 180


@dataclass(frozen=True, kw_only=True)
class FillingHost:
    """The server; its heartbeats are signed as an agent's are."""

    mount: str
    reporter: Reporter

    @classmethod
    async def add(cls, api: Api, server_id: str, name: str, mount: str) -> Self:
        """Add it to the hub, to which its silence is no news for some minutes."""
        entry = await integration.entry_id(api) or await integration.set_up(api)
        await integration.set_options(
            api,
            entry,
            heartbeat_interval_seconds=_INTERVAL,
            server_offline_seconds=_OFFLINE,
        )
        enrolment = await integration.add_server(api, server_id, name=name)
        life = _life(server_id, name, mount, percent=0)
        return cls(mount=mount, reporter=Reporter(life=life, enrolment=enrolment))

    async def disk_is(self, percent: float) -> None:
        """Report how full its disk is."""
        server = self.reporter.life.server
        self.reporter.life = _life(
            server.server_id, server.name, self.mount, percent=percent
        )
        async with aiohttp.ClientSession() as session:
            outcome = await self.reporter.report(session)
        assert isinstance(outcome, Delivered), outcome


def _life(server_id: str, name: str, mount: str, *, percent: float) -> Life:
    root = Volume(mount="/", device="/dev/nvme0n1p2", total_gb=250, percent=20)
    data = Volume(mount=mount, device="/dev/sda1", total_gb=4000, percent=percent)
    server = Server(
        server_id=server_id,
        name=name,
        number=77,
        location="Cellar",
        tdp_watts=20,
        cpu_model="Intel N100",
        cpu_count=4,
        memory_gb=8,
        memory_percent=(20, 5),
        load=Load(curve=STEADY, idle=2, peak=4),
        traffic=Traffic(received=(2, 4), sent=(2, 4)),
        disks=(root, data),
        probes=(),
    )
    return Life(server=server, since=datetime.now(UTC))
