"""The webhook: cap, find the key, verify, parse, hand to the hub, sign the answer."""

import asyncio
import itertools
import secrets
import time

from aiohttp import ClientError, web
from homeassistant.components import webhook
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from homeassistant.util.json import json_loads

from ..const import DOMAIN
from ..core.servers.admission import Caller, identify
from ..hub.hub import Hub
from ..protocol.fields import dump_json, load_json
from ..protocol.messages import (
    MAX_BODY,
    CommandResult,
    Heartbeat,
    Message,
    kind_of,
    read_message,
)
from ..protocol.refusals import Code, Refusal
from ..protocol.replies import Detail, Reply, dump_reply
from ..protocol.signing import REPLY_PREFIX, signed_headers

_CHUNK = 64 * 1024
_READ_SECONDS = 15
"""Nobody who has proven nothing may hold memory for longer."""
_JSON = "application/json"
_STARTED = secrets.token_hex(8)
_ANSWERS = itertools.count(1)


def async_register(hass: HomeAssistant, hub: Hub) -> None:
    """Open the webhook of the hub."""

    async def handle(
        _hass: HomeAssistant, _webhook_id: str, request: web.Request
    ) -> web.Response:
        return await _handle(hub, request)

    webhook.async_register(
        hass,
        DOMAIN,
        "HomelabCmd",
        hub.webhook_id,
        handle,
        local_only=False,
        allowed_methods=("POST",),
    )


def async_unregister(hass: HomeAssistant, hub: Hub) -> None:
    """Close the webhook of the hub."""
    webhook.async_unregister(hass, hub.webhook_id)


async def _handle(hub: Hub, request: web.Request) -> web.Response:
    started = time.monotonic()
    try:
        body = await _read(request)
        caller = identify(request.headers, body, hub.keys)
    except Refusal as refusal:
        hub.stats.refused[refusal.code] += 1
        return web.Response(
            status=refusal.status,
            body=dump_json({"detail": refusal.detail()}),
            content_type=_JSON,
        )
    try:
        message = _admitted(hub, caller, body)
        reply = await _answer(hub, caller, message)
    except Refusal as refusal:
        hub.stats.refused[refusal.code] += 1
        return _signed(caller, _refused(caller, refusal), refusal.status)
    if isinstance(message, Heartbeat):
        hub.stats.took(time.monotonic() - started)
    return _signed(caller, reply)


def _admitted(hub: Hub, caller: Caller, body: bytes) -> Message:
    """Return the message; that they are too many comes before what is wrong in it."""
    hub.door.admit(caller)
    try:
        data = load_json(body, json_loads)
    except Refusal:
        hub.door.count(caller, None)
        raise
    hub.door.count(caller, kind_of(data))
    return read_message(data, caller.server_id)


async def _answer(hub: Hub, caller: Caller, message: Message) -> Reply:
    if isinstance(message, Heartbeat):
        return hub.heartbeat(caller, message)
    if isinstance(message, CommandResult):
        return await hub.async_result(caller, message)
    return await hub.async_wait(caller, message)


async def _read(request: web.Request) -> bytes:
    """Return the body; raises Refusal if it is too large or can't be read."""
    too_large = Refusal(
        Code.TOO_LARGE, f"The body is larger than {MAX_BODY // 1024} KiB; send less."
    )
    # A request by way of the cloud has no length, and a new stream at every look.
    if (getattr(request, "content_length", None) or 0) > MAX_BODY:
        raise too_large
    body, stream = bytearray(), request.content
    try:
        async with asyncio.timeout(_READ_SECONDS):
            while chunk := await stream.read(_CHUNK):
                body += chunk
                if len(body) > MAX_BODY:
                    raise too_large
    except TimeoutError:
        raise Refusal(
            Code.INVALID_SIGNATURE, "The body did not arrive in time; send it again."
        ) from None
    except ClientError, web.RequestPayloadError:
        # A body whose Content-Encoding does not fit can't be the one that was signed.
        raise Refusal(
            Code.INVALID_SIGNATURE, "The body can't be read; send it uncompressed."
        ) from None
    return bytes(body)


def _refused(caller: Caller, refusal: Refusal) -> Reply:
    return Reply(
        in_reply_to=caller.envelope.message_id,
        server_time=dt_util.utcnow(),
        detail=Detail(code=refusal.code, message=refusal.message, field=refusal.field),
    )


def _next_id() -> str:
    # No two answers share one. Nobody needs to guess it, so it need not be random:
    # asking the kernel for randomness costs more than the rest of a signature.
    return f"{REPLY_PREFIX}{_STARTED}{next(_ANSWERS):x}"


def _signed(caller: Caller, reply: Reply, status: int = 200) -> web.Response:
    body = dump_json(dump_reply(reply))
    timestamp = int(reply.server_time.timestamp())
    return web.Response(
        status=status,
        body=body,
        content_type=_JSON,
        headers=signed_headers(caller.secret, timestamp, body, _next_id()),
    )
