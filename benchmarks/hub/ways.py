"""The ways in which a heartbeat reaches Home Assistant."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
import time

import aiohttp

from harness import integration
from harness.api import Api
from homelab_agent.protocol.signing import HEADER_SERVER, Secret, signed_headers

from .fleet import BOXES, UNITS, Machine

type Send = Callable[[Machine], Awaitable[None]]
"""Sends a server's next heartbeat; returns once it was answered, where it is."""
type Way = Callable[[Api, Sequence[Machine]], AbstractAsyncContextManager[Send]]


async def _check(response: aiohttp.ClientResponse) -> None:
    """Raise ValueError unless the message was taken in: 200 alone says nothing."""
    answer = await response.read()
    if b'"received":' not in answer:
        raise ValueError(f"a heartbeat was not taken in: {answer!r}")


@asynccontextmanager
async def bare(api: Api, _machines: Sequence[Machine]) -> AsyncIterator[Send]:
    """Post to the webhook of the probe."""
    async with aiohttp.ClientSession(raise_for_status=True) as session:

        async def send(machine: Machine) -> None:
            url, body = f"{api.url}/api/webhook/probe", machine.heartbeat()
            async with session.post(url, data=body) as response:
                await _check(response)

        yield send


@asynccontextmanager
async def ours(api: Api, machines: Sequence[Machine]) -> AsyncIterator[Send]:
    """Post to the integration as its agents do."""
    await integration.set_up(api)
    enrolled = {}
    for machine in machines:
        server_id = machine.server_id
        enrolled[server_id] = await integration.add_server(
            api, server_id, name=machine.life.server.name
        )
        await api.action(
            integration.DOMAIN,
            "update_server",
            server=server_id,
            services=UNITS,
            containers=BOXES,
        )
    async with aiohttp.ClientSession(raise_for_status=True) as session:

        async def send(machine: Machine) -> None:
            enrolment, body = enrolled[machine.server_id], machine.heartbeat()
            key = Secret.parse(enrolment.key)
            headers = signed_headers(key, int(time.time()), body)
            headers |= {
                HEADER_SERVER: machine.server_id,
                "Content-Type": "application/json",
            }
            async with session.post(
                enrolment.url, data=body, headers=headers
            ) as response:
                await _check(response)

        yield send
