"""The messages an agent sends: heartbeat, command result, wait."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar

from .fields import (
    FieldPath,
    Fields,
    boolean,
    choice,
    integer,
    invalid,
    list_of,
    load_json,
    matching,
    moment,
    number,
    object_of,
    text,
    to_object,
)
from .inventory import (
    Agent,
    Collector,
    Container,
    Disk,
    Host,
    Metrics,
    Network,
    OsInfo,
    PackageUpdate,
    Service,
    Temperature,
    UpdateSet,
)
from .refusals import Code, Refusal
from .signing import SERVER_ID, SERVER_ID_RULE

PROTOCOL = 1
MAX_BODY = 256 * 1024
"""Bytes in a message, and in the hub's answer."""
MAX_OUTPUT = 16 * 1024
"""Bytes of a command's output."""

_SERVER_ID = matching(SERVER_ID, SERVER_ID_RULE)
_ID = text(128)
_MAX_ITEMS = 2000
_names = list_of(text(1024), _MAX_ITEMS)
_ids = list_of(_ID, _MAX_ITEMS)


def _output(value: object, path: FieldPath) -> str:
    if not isinstance(value, str):
        raise invalid(path, "send a text")
    try:
        size = len(value.encode("utf-8"))
    except UnicodeEncodeError:
        raise invalid(path, "send a text without lone surrogates") from None
    if size > MAX_OUTPUT:
        raise invalid(path, f"send at most {MAX_OUTPUT} bytes")
    return value


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """How far a command is that takes long."""

    command_id: Annotated[str, _ID]
    step: Annotated[str | None, text(32)] = None
    """"waiting", "lists", "simulate", "download" or "install"."""
    percent: Annotated[float | None, number(0, 100)] = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Heartbeat:
    """What a server says of itself, once per interval."""

    type: ClassVar[str] = "heartbeat"

    server_id: Annotated[str, _SERVER_ID]
    timestamp: Annotated[datetime, moment]
    metrics: Annotated[Metrics, object_of(Metrics)]
    machine_id: Annotated[str | None, _ID] = None
    boot_id: Annotated[str | None, _ID] = None
    run_id: Annotated[str | None, _ID] = None
    """Random per start of the agent."""
    sequence: Annotated[int | None, integer(1)] = None
    """1, 2, 3 ... within a run; a retry has the same one."""
    services: Annotated[
        tuple[Service, ...], list_of(object_of(Service), _MAX_ITEMS)
    ] = ()
    os_info: Annotated[OsInfo | None, object_of(OsInfo)] = None
    updates_available: Annotated[int | None, integer()] = None
    security_updates: Annotated[int | None, integer()] = None
    agent: Annotated[Agent | None, object_of(Agent)] = None
    host: Annotated[Host | None, object_of(Host)] = None
    disks: Annotated[tuple[Disk, ...], list_of(object_of(Disk), _MAX_ITEMS)] = ()
    networks: Annotated[
        tuple[Network, ...], list_of(object_of(Network), _MAX_ITEMS)
    ] = ()
    temperatures: Annotated[
        tuple[Temperature, ...], list_of(object_of(Temperature), _MAX_ITEMS)
    ] = ()
    containers: Annotated[
        tuple[Container, ...], list_of(object_of(Container), _MAX_ITEMS)
    ] = ()
    power_watts: Annotated[float | None, number(0, 1e6)] = None
    reboot_required: Annotated[bool | None, boolean] = None
    package_updates: Annotated[
        tuple[PackageUpdate, ...] | None,
        list_of(object_of(PackageUpdate), _MAX_ITEMS),
    ] = None
    update_sets: Annotated[
        tuple[UpdateSet, ...] | None, list_of(object_of(UpdateSet), 2)
    ] = None
    """What can be installed; None when it did not change since last sent."""
    available_services: Annotated[tuple[str, ...] | None, _names] = None
    """What could be watched; None when it did not change since last sent."""
    available_containers: Annotated[tuple[str, ...] | None, _names] = None
    collectors: Annotated[
        tuple[Collector, ...], list_of(object_of(Collector), _MAX_ITEMS)
    ] = ()
    accepted: Annotated[tuple[str, ...], _ids] = ()
    progress: Annotated[
        tuple[Progress, ...], list_of(object_of(Progress), _MAX_ITEMS)
    ] = ()
    """Of the commands that run, as far as it is known."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CommandResult:
    """How a command ended; repeated until a signed reply acknowledges it."""

    type: ClassVar[str] = "command_result"

    server_id: Annotated[str, _SERVER_ID]
    machine_id: Annotated[str | None, _ID] = None
    run_id: Annotated[str | None, _ID] = None
    command_id: Annotated[str, _ID]
    outcome: Annotated[
        str, choice("succeeded", "failed", "refused", "expired", "interrupted")
    ]
    success: Annotated[bool, boolean]
    output: Annotated[str | None, _output] = None
    error: Annotated[str | None, _output] = None
    exit_code: Annotated[int | None, integer(-(2**31), 2**32)] = None
    started_at: Annotated[datetime | None, moment] = None
    finished_at: Annotated[datetime | None, moment] = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Wait:
    """A long poll: answered when there is a command, or after 25 seconds."""

    type: ClassVar[str] = "wait"

    server_id: Annotated[str, _SERVER_ID]
    machine_id: Annotated[str | None, _ID] = None
    run_id: Annotated[str | None, _ID] = None
    accepted: Annotated[tuple[str, ...], _ids] = ()


Message = Heartbeat | CommandResult | Wait

_READERS: dict[str, Any] = {
    kind.type: object_of(kind) for kind in (Heartbeat, CommandResult, Wait)
}


def parse_message(body: bytes, server_id: str) -> Message:
    """Read the body of a request that `server_id` has signed.

    Raises Refusal `invalid_json`, `invalid_field` or `unsupported_protocol`.
    """
    return read_message(load_json(body), server_id)


def kind_of(data: object) -> str | None:
    """Return the type that a message claims to have; None if we know none such."""
    kind = data.get("type") if isinstance(data, dict) else None
    return kind if isinstance(kind, str) and kind in _READERS else None


def read_message(data: object, server_id: str) -> Message:
    """Read the decoded body of a request that `server_id` has signed.

    Raises Refusal `invalid_field` or `unsupported_protocol`.
    """
    fields = Fields(data)
    kind = fields.need("type", choice(*_READERS))
    message: Message = _READERS[kind](data, "")
    if message.server_id != server_id:
        raise invalid("server_id", "send the id that the request header names")
    if not isinstance(message, Heartbeat) and message.run_id is None:
        # An agent from before there were commands; it can only report.
        missing = "machine_id" if message.machine_id is None else "run_id"
        raise missing_sender(missing)
    protocol = fields.need("protocol", integer(0))
    if protocol != PROTOCOL:
        raise Refusal(
            Code.UNSUPPORTED_PROTOCOL,
            f"This hub speaks protocol {PROTOCOL}; update the agent or the hub.",
            "protocol",
        )
    return message


def missing_sender(field: str) -> Refusal:
    """Return the refusal of a message that does not say who sent it."""
    return invalid(field, "this field is missing; send it, or update the agent")


def dump_message(message: Message) -> dict[str, Any]:
    """Return the message as a JSON object."""
    return {"type": message.type, "protocol": PROTOCOL, **to_object(message)}
