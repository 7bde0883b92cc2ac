"""The hub's answers, written by the hub and read by the agent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from .fields import (
    FieldPath,
    Fields,
    Reader,
    boolean,
    choice,
    dump_json,
    integer,
    invalid,
    list_of,
    load_json,
    moment,
    number,
    object_of,
    text,
    to_object,
)

TYPE = "reply"
MIN_INTERVAL = 10
MAX_INTERVAL = 3600
"""Limits of `heartbeat_interval_seconds`."""

_ID = text(128)
_NAMES: Reader[tuple[str, ...]] = list_of(text(1024), 2000)


def _parameters(value: object, path: FieldPath) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise invalid(path, "send a JSON object")
    try:
        dump_json(value)
    except (ValueError, RecursionError):
        raise invalid(path, "send what can be written as UTF-8 JSON") from None
    return value


@dataclass(frozen=True, kw_only=True, slots=True)
class Command:
    """An approved action on its way to the agent."""

    command_id: Annotated[str, _ID]
    action: Annotated[str, text(64)]
    """One of the specification's; a newer hub may know more than an older agent."""
    target: Annotated[str, text(1024, empty=True)]
    parameters: Annotated[dict[str, Any], _parameters]
    queued_at: Annotated[datetime, moment]
    expires_at: Annotated[datetime, moment]
    timeout_seconds: Annotated[float, number(1, 86400)]


@dataclass(frozen=True, kw_only=True, slots=True)
class Config:
    """What is set in Home Assistant and travels to the agent."""

    heartbeat_interval_seconds: Annotated[int, integer(MIN_INTERVAL, MAX_INTERVAL)]
    services: Annotated[tuple[str, ...], _NAMES] = ()
    containers: Annotated[tuple[str, ...], _NAMES] = ()
    urls: Annotated[tuple[str, ...], list_of(text(2048), 20)] = ()
    """Addresses of the hub to try, best first."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Detail:
    """Why a message was refused."""

    code: Annotated[str, text(64)]
    message: Annotated[str, text(1024)]
    field: Annotated[str | None, text(1024)] = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """A signed answer: either received, or refused with a detail."""

    in_reply_to: Annotated[str, _ID]
    """The `webhook-id` of the request."""
    server_time: Annotated[datetime, moment]
    received: Annotated[bool, boolean] = False
    stale: Annotated[bool | None, boolean] = None
    """The hub had this heartbeat, or a later one, already; nothing changed."""
    pending_commands: Annotated[
        tuple[Command, ...], list_of(object_of(Command), 1000)
    ] = ()
    config: Annotated[Config | None, object_of(Config)] = None
    detail: Annotated[Detail | None, object_of(Detail)] = None


_READ_REPLY = object_of(Reply)


def dump_reply(reply: Reply) -> dict[str, Any]:
    """Return the answer as a JSON object; a refusal has only what belongs to it."""
    data = to_object(reply)
    if reply.detail is not None:
        for name in ("received", "pending_commands"):
            del data[name]
    return {"type": TYPE, **data}


def parse_reply(body: bytes) -> Reply:
    """Read an answer whose signature was verified; raises Refusal."""
    data = load_json(body)
    Fields(data).need("type", choice(TYPE))
    return _READ_REPLY(data, "")
