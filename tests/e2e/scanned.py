"""A machine without an agent, which the end-to-end tests scan over real SSH."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncssh

from ..core.scans import samples
from ..ha.scans.ssh_server import SshServer, answer

HOST, USER = "127.0.0.1", "ana"
HOSTILE = "<img src=x>" + "W" * 60
"""A name that is longer than a phone is wide, and would be markup elsewhere."""

_PORTS = """Netid State  Recv-Q Send-Q Local Address:Port  Peer Address:PortProcess
tcp   LISTEN 0      128    0.0.0.0:22          0.0.0.0:*
"""
_PORT = "tcp   LISTEN 0      128    0.0.0.0:{port}          0.0.0.0:*\n"

# What is asked, by a word that is in no other question; all else is not known.
_ANSWERS = {
    "os-release": samples.OS_RELEASE,
    "uname": f"{HOSTILE}\n6.12.48+deb13-amd64\nx86_64",
    "/proc/cpuinfo": samples.CPU,
    "/proc/meminfo": samples.MEMORY,
    "/proc/uptime": "1051920.55 4000000.00",
    "df -PklT": samples.DF,
    "apt-get": samples.APT,
    " who ": samples.WHO,
    "dpkg-query": samples.DPKG,
    "ip addr": samples.IP_ADDR,
    "ip route": samples.IP_ROUTE,
    "resolv.conf": samples.RESOLV_CONF,
    "docker": samples.CONTAINERS,
    "systemctl --failed": samples.FAILED,
    "/etc/passwd": samples.PASSWD,
    "crontab": samples.CRON,
    "list-timers": samples.TIMERS,
    "sshd": samples.SSHD,
}


@dataclass
class Scanned:
    """The machine: what it listens on, and whether it answers at all."""

    server: SshServer
    ports: list[int] = field(default_factory=list)
    goes_on: asyncio.Event = field(default_factory=asyncio.Event)
    """Until then it keeps whoever asks for its ports waiting."""

    async def serve(self, process: asyncssh.SSHServerProcess[bytes]) -> None:
        """Answer one question."""
        asked = process.command or ""
        if "ss -tuln" in asked:
            await self.goes_on.wait()
            listens = (_PORT.format(port=port) for port in self.ports)
            answer(process, "".join((_PORTS, *listens)))
            return
        known = (text for word, text in _ANSWERS.items() if word in asked)
        answer(process, next(known, ""))

    @property
    def place(self) -> dict[str, Any]:
        """Where it is, for actions."""
        return {"host": HOST, "port": self.server.port}


@asynccontextmanager
async def scanned() -> AsyncIterator[Scanned]:
    """Run a machine that answers at once."""
    async with SshServer() as server:
        machine = Scanned(server)
        server.shell = machine.serve
        machine.goes_on.set()
        yield machine
