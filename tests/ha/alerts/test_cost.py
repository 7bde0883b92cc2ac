"""What alerts cost in Home Assistant, against the heartbeats that bring them.

SERVERS=500 .venv/bin/pytest -s tests/ha/alerts/test_cost.py

Counted is the processor's time of the event loop: the request, its signature, the
states. What the recorder then does in its own thread is several times that.
"""

from collections.abc import AsyncIterator, Callable
from functools import wraps
from http.client import HTTPConnection
import os
import statistics
import time
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.homelabcmd.hub.hub import Hub
from tests.builders import Request, heartbeat, metrics, signed

from ..setup_hub import WEBHOOK_ID, hub_entry, key_of, set_up
from .lab import disk

SERVERS = int(os.environ.get("SERVERS", "100"))
ROUNDS = 6
SHARE = 0.10
SHARE_OF_THE_SICK = 0.20
"""Where all servers have five things wrong at a time."""
UNITS = tuple(f"unit{number}" for number in range(8))
BOXES = tuple(f"box{number}" for number in range(5))
MOUNTS = ("/", "/home", "/srv", "/mnt/a")


def thirty_things(cpu: float, percent: float) -> dict[str, Any]:
    """Return a heartbeat with which 30 things are judged."""
    return {
        "metrics": metrics(cpu_percent=cpu, memory_percent=40),
        "services": [{"name": name, "status": "running"} for name in UNITS],
        "containers": [{"name": name, "status": "running"} for name in BOXES],
        "disks": [disk(percent, mount) for mount in MOUNTS],
        "temperatures": [
            {"name": f"core {number}", "celsius": 50} for number in range(4)
        ],
        "updates_available": 0,
        "security_updates": 0,
        "reboot_required": False,
        "collectors": [{"name": f"c{number}"} for number in range(4)],
    }


class Meter:
    """Sums up the time that is spent in some functions."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def around[**P, R](self, function: Callable[P, R]) -> Callable[P, R]:
        @wraps(function)
        def measured(*args: P.args, **kwargs: P.kwargs) -> R:
            start = time.thread_time()
            try:
                return function(*args, **kwargs)
            finally:
                self.seconds += time.thread_time() - start

        return measured


@pytest.fixture
async def fleet(hass: HomeAssistant, address: str) -> AsyncIterator[Hub]:
    entry = hub_entry(
        [f"server{number}" for number in range(SERVERS)],
        services=[{"name": name, "critical": True} for name in UNITS],
        containers=[{"name": name, "critical": True} for name in BOXES],
    )
    assert await async_setup_component(hass, "webhook", {})
    yield await set_up(hass, entry)
    await hass.config_entries.async_unload(entry.entry_id)


async def test_alerts_cost_less_than_a_tenth_of_the_heartbeats(
    hass: HomeAssistant, fleet: Hub, hass_client_no_auth: ClientSessionGenerator
) -> None:
    port = (await hass_client_no_auth()).server.port
    assert port
    # Else most of the time would be that of asyncio watching itself.
    hass.loop.set_debug(False)
    meter = Meter()
    alerting = fleet.alerting
    for name in ("hear", "tell"):
        setattr(alerting, name, meter.around(getattr(alerting, name)))

    async def rounds(changes: list[dict[str, Any]]) -> tuple[float, float]:
        """Return the seconds of alerts and of all, for one heartbeat."""
        alerts, total = [], []
        for number in range(ROUNDS):
            body = changes[number % len(changes)]
            requests = [
                signed(
                    key_of(fleet, server_id),
                    heartbeat(server_id, **body),
                    server_id=server_id,
                )
                for server_id in fleet.servers
            ]
            meter.seconds = 0
            start = time.thread_time()
            await hass.async_add_executor_job(_send, port, requests)
            total.append((time.thread_time() - start) / SERVERS)
            alerts.append(meter.seconds / SERVERS)
        return statistics.median(alerts), statistics.median(total)

    calm = await rounds([thirty_things(20, 50), thirty_things(60, 52)])
    full = await rounds([thirty_things(99, 95), thirty_things(91, 97)])
    assert fleet.alerting.servers_with_alert() == SERVERS
    start = time.thread_time()
    fleet.tick()
    ticked = time.thread_time() - start
    print()  # noqa: T201
    for name, (alerts, total) in (("all well", calm), ("4 disks full", full)):
        print(  # noqa: T201
            f"{name:<13} {alerts * 1e6:5.0f} us of {total * 1e6:6.0f} us per "
            f"heartbeat: {alerts / total:.1%}"
        )
    print(f"a tick of {SERVERS} servers with alerts: {ticked * 1e3:.0f} ms")  # noqa: T201
    assert calm[0] < SHARE * calm[1]
    assert full[0] < SHARE_OF_THE_SICK * full[1]


def _send(port: int, requests: list[Request]) -> None:
    """Send heartbeats as agents do; in a thread, whose time is not Home Assistant's."""
    connection = HTTPConnection("127.0.0.1", port)
    for request in requests:
        path = f"/api/webhook/{WEBHOOK_ID}"
        connection.request("POST", path, request.body, request.headers)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200
    connection.close()
