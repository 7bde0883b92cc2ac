"""Install an agent on a host, have it watch something, and read its heartbeats."""

from __future__ import annotations

from collections.abc import Callable
import json
import time
from typing import Any

from harness.lab.host import Host
from homelab_agent.protocol.replies import Config
from tests.agent.fake_hub import Answer, FakeHub, Request

from .hub import Hub


def watch(hub: Hub, services: tuple[str, ...], containers: tuple[str, ...]) -> None:
    """Have the hub ask for these from the next heartbeat on."""
    config = Config(
        heartbeat_interval_seconds=10, services=services, containers=containers
    )

    def respond(server: FakeHub, request: Request) -> Answer:
        known = request.json["type"] == "heartbeat"
        return (
            server.reply(request, config=config) if known else server.received(request)
        )

    hub.servers["nas"].respond = respond


def install(host: Host, hub: Hub) -> None:
    """Install the agent as a person does."""
    result = host.run(hub.line("nas"))
    assert result.status == 0, result.output


def beat(hub: Hub, fits: Callable[[dict], Any], seconds: float = 45) -> dict:
    """Return the first heartbeat from now on that fits."""
    until, last = time.monotonic() + seconds, {}
    while time.monotonic() < until:
        last = hub.servers["nas"].next_request(timeout=seconds).json
        if last["type"] == "heartbeat" and fits(last):
            return last
    raise AssertionError(json.dumps(last, indent=1))


def errors(heartbeat: dict) -> dict[str, str]:
    """Return what each collector complains about."""
    found = heartbeat["collectors"]
    return {each["name"]: each["error"] for each in found if each.get("error")}
