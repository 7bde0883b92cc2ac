"""What the hub names finds its way into what install.sh --managed proposes."""

from __future__ import annotations

import tomllib

import pytest

from harness.lab.host import Host

from .hub import Hub
from .reports import install, watch

pytestmark = pytest.mark.hosts

WATCHED = "/var/lib/homelab-agent/watched.json"


def test_what_the_hub_names_is_proposed(host: Host, hub: Hub) -> None:
    watch(hub, ("nginx", "smbd.service", "--now"), ("web", "../x"))
    install(host, hub)
    # Of an engine, the installer looks for nothing but the socket.
    host.read("touch /run/docker.sock")
    host.read(f"until [ -e {WATCHED} ]; do sleep 0.2; done")
    assert host.read(f"stat -c '%a %U %h' {WATCHED}") == "600 homelab-agent 1"
    shown = host.run("sh /opt/homelab-agent/install.sh --managed --dry-run")
    assert shown.status == 0, shown.output
    lines = [line for line in shown.output.splitlines() if line.startswith("    | ")]
    made = tomllib.loads("\n".join(line.removeprefix("    | ") for line in lines))
    assert made["restart_service"] == ["nginx", "smbd.service", "web (docker)"]
