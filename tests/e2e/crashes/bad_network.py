"""A network between agent and hub that loses, doubles, delays and garbles."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
import random
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout, web

from harness.ports import LOOPBACK, any_free


@dataclass
class Answer:
    """An answer as it came."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class BadNetwork:
    """Passes POSTs on to Home Assistant, badly."""

    upstream: str
    dice: random.Random
    bad: float = 0.0
    """The part of the messages to which something happens."""
    port: int = field(default_factory=any_free)
    happened: Counter[str] = field(default_factory=Counter)
    _last: Answer | None = None
    _runner: web.AppRunner | None = None
    _session: ClientSession | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{LOOPBACK}:{self.port}"

    async def start(self) -> None:
        """Listen."""
        app = web.Application()
        app.router.add_post("/{path:.*}", self._handle)
        self._session = ClientSession(timeout=ClientTimeout(total=60))
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, LOOPBACK, self.port).start()

    async def stop(self) -> None:
        """Listen no longer."""
        if self._runner is not None:
            await self._runner.cleanup()
        if self._session is not None:
            await self._session.close()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        headers = {
            name: value
            for name, value in request.headers.items()
            if name.lower().startswith(("webhook-", "x-homelab", "content-type"))
        }

        async def forward() -> Answer:
            assert self._session is not None
            async with self._session.post(
                f"{self.upstream}{request.path_qs}", data=body, headers=headers
            ) as response:
                kept = {
                    name: value
                    for name, value in response.headers.items()
                    if name.lower().startswith(("webhook-", "content-type"))
                }
                return Answer(response.status, kept, await response.read())

        do: Callable[..., Coroutine[Any, Any, Answer | None]] = _pass
        if self.dice.random() < self.bad:
            do = self.dice.choice(_FAULTS)
        self.happened[do.__name__.removeprefix("_")] += 1
        try:
            answer = await do(self, forward)
        except ClientError, TimeoutError:
            answer = None
        if answer is None:
            # As if a cable was pulled.
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=502)
        self._last = answer
        return web.Response(
            status=answer.status, body=answer.body, headers=answer.headers
        )


type _Forward = Callable[[], Coroutine[Any, Any, Answer]]


async def _pass(_net: BadNetwork, forward: _Forward) -> Answer | None:
    return await forward()


async def _lose_request(_net: BadNetwork, _forward: _Forward) -> Answer | None:
    return None


async def _lose_answer(_net: BadNetwork, forward: _Forward) -> Answer | None:
    await forward()
    return None


async def _double(_net: BadNetwork, forward: _Forward) -> Answer | None:
    first = await forward()
    await forward()
    return first


async def _delay(net: BadNetwork, forward: _Forward) -> Answer | None:
    await asyncio.sleep(net.dice.uniform(0, 2))
    answer = await forward()
    await asyncio.sleep(net.dice.uniform(0, 2))
    return answer


async def _answer_with_an_older_one(
    net: BadNetwork, forward: _Forward
) -> Answer | None:
    older = net._last
    answer = await forward()
    return older or answer


async def _garble(_net: BadNetwork, forward: _Forward) -> Answer | None:
    answer = await forward()
    garbled = answer.body.replace(b"plex", b"sshd").replace(b"unit", b"evil")
    return Answer(answer.status, answer.headers, garbled + b" ")


_FAULTS = (
    _lose_request,
    _lose_answer,
    _lose_answer,
    _double,
    _delay,
    _answer_with_an_older_one,
    _garble,
)
