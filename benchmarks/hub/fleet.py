"""The servers that report: simulated ones, all of one kind.

With every heartbeat a minute passes for them, however fast they are sent; and it is
always the same evening, so that two measurements tell the same.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
import random

from harness.simulation.curves import HOME
from harness.simulation.heartbeat import Turn, heartbeat
from harness.simulation.model import (
    Box,
    Life,
    Load,
    Probe,
    Server,
    Traffic,
    Unit,
    Volume,
)
from homelab_agent.protocol.fields import dump_json
from homelab_agent.protocol.inventory import Container, Service
from homelab_agent.protocol.messages import Heartbeat, dump_message

_EVENING = datetime(2026, 3, 2, 18, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)
UNITS = ("smbd", "docker", "nginx", "plexmediaserver", "sonarr", "radarr")
BOXES = ("nextcloud", "n8n", "homeassistant", "jellyfin")

_TYPICAL = Server(
    server_id="",
    name="",
    number=0,
    location="Basement",
    tdp_watts=40,
    cpu_model="Intel N100",
    cpu_count=4,
    memory_gb=16.0,
    memory_percent=(30, 20),
    load=Load(curve=HOME, idle=5, peak=30, bursts=15),
    traffic=Traffic(received=(30, 2600), sent=(40, 5200)),
    disks=tuple(
        Volume(mount=mount, device=f"/dev/sd{letter}1", total_gb=500, percent=percent)
        for mount, letter, percent in (
            ("/", "a", 27),
            ("/srv/family", "b", 61),
            ("/srv/films", "c", 72),
            ("/srv/backup", "d", 44),
        )
    ),
    probes=(
        Probe(name="coretemp Package id 0", idle=38, by_load=30),
        Probe(name="nvme Composite", idle=36, by_load=10),
        Probe(name="drivetemp sdb", idle=34, by_load=4),
    ),
    units=tuple(Unit(name=name, memory_mb=100) for name in UNITS),
    boxes=tuple(
        Box(name=name, image=f"{name}:latest", memory_mb=200, health="healthy")
        for name in BOXES
    ),
)


@dataclass(kw_only=True)
class Machine:
    """One server, with what it says next."""

    life: Life
    random: random.Random
    sequence: int = 0
    moment: datetime = field(default=_EVENING)

    @classmethod
    def numbered(cls, number: int) -> Machine:
        """Return one of the servers."""
        server = replace(
            _TYPICAL,
            server_id=f"s{number:03}",
            name=f"Server {number}",
            number=number % 250 + 1,
        )
        return cls(
            life=Life(server=server, since=_EVENING),
            random=random.Random(number),  # noqa: S311 - the same each time
        )

    @property
    def server_id(self) -> str:
        """The id of the server."""
        return self.life.server.server_id

    def heartbeat(self) -> bytes:
        """Return the next heartbeat."""
        self.sequence += 1
        self.moment += _MINUTE
        turn = Turn(
            run_id="bench", sequence=self.sequence, services=UNITS, containers=BOXES
        )
        told = heartbeat(self.life, self.moment, turn)
        return dump_json(dump_message(self._busy(told)))

    def _busy(self, told: Heartbeat) -> Heartbeat:
        """Return the heartbeat with what units and containers use on the move."""
        return replace(
            told,
            services=tuple(self._used(item) for item in told.services),
            containers=tuple(self._used(item) for item in told.containers),
        )

    def _used[T: (Service, Container)](self, item: T) -> T:
        return replace(
            item,
            cpu_percent=round(abs(self.random.gauss(1, 0.5)), 1),
            memory_mb=round((item.memory_mb or 0) + self.random.gauss(0, 3), 1),
        )
