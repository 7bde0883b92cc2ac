"""A server with an alert and an action that waits, whose names are hostile."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
import uuid

import aiohttp

from harness import integration
from harness.api import Api
from harness.integration import Enrolment
from tests.builders import heartbeat, metrics, signed

from .home import set_up

HOSTILE = "<img src=x onerror=alert(1)> {{ states }} **x**"


async def beat(server: Enrolment, **changes: Any) -> None:
    """Send a heartbeat of a server that watches one unit, which is down."""
    changes = {
        "services": [{"name": f"{HOSTILE}.service", "status": "failed"}],
        "disks": [{"mount": f"/{HOSTILE}", "total_gb": 9, "used_gb": 9, "percent": 97}],
        "metrics": metrics(disk_percent=10),
        "machine_id": server.server_id.ljust(64, "0"),
        "run_id": uuid.uuid4().hex,
        "agent": {
            "version": "0.1.0",
            "mode": "managed",
            "python": "3.11.2",
            "allowed": {"restart_service": [f"{HOSTILE}.service"]},
        },
    } | changes
    body = heartbeat(server.server_id, **changes)
    request = signed(server.key, body, server_id=server.server_id)
    async with (
        aiohttp.ClientSession(raise_for_status=True) as session,
        session.post(server.url, data=request.body, headers=request.headers),
    ):
        pass


@asynccontextmanager
async def troubled(api: Api, server_id: str) -> AsyncIterator[Enrolment]:
    """Add a server with an alert, and an action that waits; its names are hostile."""
    await set_up(api)
    server = await integration.add_server(
        api,
        server_id,
        name=f"{HOSTILE} {server_id}",
        tags=[HOSTILE],
        location=HOSTILE,
    )
    await api.action(
        integration.DOMAIN, "update_server", server=server_id, services=[HOSTILE]
    )
    await beat(server)
    for _ in range(2):
        await api.action(
            integration.DOMAIN,
            "queue_action",
            server=server_id,
            action_type="restart_service",
            target=HOSTILE,
        )
    try:
        yield server
    finally:
        await api.post(
            f"/api/services/{integration.DOMAIN}/remove_server", {"server": server_id}
        )
