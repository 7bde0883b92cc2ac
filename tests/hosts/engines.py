"""Real container engines on a host, with an image that comes from nowhere."""

from __future__ import annotations

from dataclasses import dataclass
import json
from pathlib import Path

from harness.lab.host import Host

# The hosts have neither a network for containers nor controllers for their limits.
DOCKER = {"bridge": "none", "iptables": False}
PODMAN = """[containers]
pids_limit = 0
default_ulimits = ["nofile=1024:20000", "nproc=4096:4096"]
[engine]
runtime = "runc"
"""
PROGRAMS = ("sh", "sleep", "true", "false")
INSTALL = (
    "DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends"
)


@dataclass(frozen=True)
class Engine:
    """One of the two, by the name of its command."""

    command: str
    packages: str
    store: str
    units: str

    def prepare(self, root: Path) -> None:
        """Configure it on a host that is not booted yet."""
        for name, text in (
            ("etc/docker/daemon.json", json.dumps(DOCKER)),
            ("etc/containers/containers.conf", PODMAN),
        ):
            (root / name).parent.mkdir(exist_ok=True)
            (root / name).write_text(text)

    def install(self, host: Host) -> None:
        """Install it from the host's mirror, with an image called box:1 and box:2."""
        # On the hosts' own file system, which is made of layers, it can make no layers.
        host.read(f"mkdir -p {self.store} && mount -t tmpfs store {self.store}")
        host.read(f"apt-get update -qq && {INSTALL} busybox-static {self.packages}")
        host.read(f"systemctl start {self.units}")
        host.read(
            "mkdir -p /tmp/box/bin && cp /bin/busybox /tmp/box/bin/ && cd /tmp/box/bin "
            f"&& for name in {' '.join(PROGRAMS)}; do ln -s busybox $name; done"
        )
        for number in (1, 2):
            host.read(f"tar -C /tmp/box -c . | {self.command} import - box:{number}")

    def run(
        self,
        host: Host,
        name: str,
        *options: str,
        image: str = "box:1",
        does: str = "sleep 9999",
    ) -> str:
        """Start a container and return its id."""
        given = " ".join(("--network none --name", name, *options, image, does))
        return host.read(f"{self.command} run -d {given}").split("\n")[-1]


ENGINES = (
    Engine(
        "docker",
        "docker.io $(apt-cache pkgnames docker-cli | grep -x docker-cli)",
        "/var/lib/docker",
        "docker.service",
    ),
    Engine("podman", "podman runc", "/var/lib/containers", "podman.socket"),
)
