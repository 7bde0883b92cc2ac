"""What must survive a restart, as plain versioned JSON."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
import re
from typing import Annotated, Any

from ...protocol.fields import (
    boolean,
    choice,
    integer,
    invalid,
    list_of,
    matching,
    moment,
    object_of,
    text,
    to_object,
)
from ...protocol.inventory import Agent, Host, OsInfo
from ...protocol.refusals import Refusal
from ...protocol.signing import SERVER_ID, SERVER_ID_RULE, Secret
from . import inventory_snapshot
from .identity import ALTERNATION_WINDOW, Identity, Run
from .keys import KeyRing, ServerKeys, Tombstone
from .server import Facts, Presence, ServerState

VERSION = 1

_CALENDAR = (datetime(1900, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC))
"""Beyond these nobody can reckon with a time: not Home Assistant, not its time zone."""
_read_server_id = matching(SERVER_ID, SERVER_ID_RULE)


def _secret(value: object, path: str) -> str:
    try:
        return Secret.parse(text(64)(value, path)).dump()
    except ValueError as err:
        raise invalid(path, str(err)) from None


def _time(value: object, path: str) -> datetime:
    read = moment(value, path)
    if not _CALENDAR[0] <= read <= _CALENDAR[1]:
        raise invalid(path, "no such time is possible")
    return read


@dataclass(frozen=True, kw_only=True)
class _Keys:
    current: Annotated[str, _secret]
    previous: Annotated[str | None, _secret] = None
    removed_at: Annotated[datetime | None, _time] = None


@dataclass(frozen=True, kw_only=True)
class _Run:
    run_id: Annotated[str, text(128)]
    sequence: Annotated[int, integer()]
    ended: Annotated[datetime, _time]


@dataclass(frozen=True, kw_only=True)
class _Server:
    registered_at: Annotated[datetime | None, _time] = None
    presence: Annotated[str, choice(*Presence)] = Presence.UNKNOWN
    last_seen: Annotated[datetime | None, _time] = None
    uninstalled: Annotated[bool, boolean] = False
    machine_id: Annotated[str | None, text(128)] = None
    run_id: Annotated[str | None, text(128)] = None
    sequence: Annotated[int, integer()] = 0
    earlier: Annotated[tuple[_Run, ...], list_of(object_of(_Run), 100)] = ()
    agent: Annotated[Agent, object_of(Agent)] = field(default_factory=Agent)
    host: Annotated[Host, object_of(Host)] = field(default_factory=Host)
    os_info: Annotated[OsInfo, object_of(OsInfo)] = field(default_factory=OsInfo)


@dataclass(kw_only=True)
class Snapshot:
    """The restored memory of the hub."""

    keys: KeyRing = field(default_factory=KeyRing)
    states: dict[str, ServerState] = field(default_factory=dict)
    crashed: bool = False
    """Whether messages may have been heard that are not remembered here."""
    damaged: list[str] = field(default_factory=list)
    """Entries that could not be read, for the log."""


def dump(
    keys: KeyRing,
    states: Mapping[str, ServerState],
    wall: datetime,
    mono: float,
    *,
    stopped: bool = False,
) -> dict[str, Any]:
    """Return everything that must survive as JSON values.

    `stopped` says that nothing can come after: what runs on may crash.
    """
    return {
        "stopped": stopped,
        "servers": {
            server_id: to_object(_remember(state, wall, mono))
            for server_id, state in states.items()
        },
        "inventories": {
            server_id: inventory_snapshot.dump(state.inventory)
            for server_id, state in states.items()
        },
        "keys": {
            server_id: to_object(_dump_keys(held, None))
            for server_id, held in keys.servers.items()
        },
        "removed": {
            server_id: to_object(_dump_keys(tombstone.keys, tombstone.removed_at))
            for server_id, tombstone in keys.tombstones.items()
        },
    }


def load(data: object, wall: datetime, mono: float) -> Snapshot:
    """Read a snapshot; what is damaged is left out and named, all else stays.

    A server that was online counts as heard just now: while Home Assistant was away
    nobody could report.
    """
    snapshot = Snapshot()
    if data is None:
        return snapshot
    damaged = snapshot.damaged
    content = _mapping(data, "data", damaged)
    for server_id, held in _entries(content, "keys", _Keys, damaged):
        snapshot.keys.servers[server_id] = _load_keys(held)
    for server_id, held in _entries(content, "removed", _Keys, damaged):
        if server_id not in snapshot.keys.servers:
            snapshot.keys.tombstones[server_id] = Tombstone(
                keys=_load_keys(held), removed_at=held.removed_at or wall
            )
    inventories = _mapping(content.get("inventories"), "inventories", damaged)
    for server_id, entry in _entries(content, "servers", _Server, damaged):
        inventory = inventory_snapshot.load(
            inventories.get(server_id), f"inventories.{server_id}", damaged
        )
        snapshot.states[server_id] = replace(
            _recall(server_id, entry, wall, mono), inventory=inventory
        )
    stopped = content.get("stopped") is True and not damaged
    # Nothing was ever signed with keys that are yet to be made.
    snapshot.crashed = bool(snapshot.keys.servers) and not stopped
    return snapshot


def _mapping(value: object, path: str, damaged: list[str]) -> Mapping[str, Any]:
    """Return an object; what is none is named, if there is anything at all."""
    if isinstance(value, dict):
        return value
    if value is not None:
        damaged.append(f"{path}: not an object")
    return {}


def _entries[T](
    content: Mapping[str, Any], section: str, kind: type[T], damaged: list[str]
) -> Iterator[tuple[str, T]]:
    for name, value in _mapping(content.get(section), section, damaged).items():
        path = f"{section}.{name}"
        try:
            server_id = _read_server_id(name, path)
        except Refusal as err:
            damaged.append(str(err))
            continue
        if (entry := _readable(kind, value, path, damaged)) is not None:
            yield server_id, entry


def _readable[T](
    kind: type[T], value: object, path: str, damaged: list[str]
) -> T | None:
    """Read an entry without the parts that can't be read, if it can do without them."""
    read, named = object_of(kind), len(damaged)
    parts = value
    while True:
        try:
            return read(parts, path)
        except Refusal as err:
            field = (err.field or "").removeprefix(f"{path}.")
            name = re.split(r"[.\[]", field, maxsplit=1)[0]
            if isinstance(parts, dict) and name in parts:
                damaged.append(str(err))
                parts = {key: part for key, part in parts.items() if key != name}
                continue
            if len(damaged) == named:
                damaged.append(str(err))
            return None


def _dump_keys(keys: ServerKeys, removed_at: datetime | None) -> _Keys:
    return _Keys(
        current=keys.current.dump(),
        previous=keys.previous.dump() if keys.previous else None,
        removed_at=removed_at,
    )


def _load_keys(entry: _Keys) -> ServerKeys:
    return ServerKeys(
        current=Secret.parse(entry.current),
        previous=Secret.parse(entry.previous) if entry.previous else None,
    )


def _remember(state: ServerState, wall: datetime, mono: float) -> _Server:
    return _Server(
        registered_at=state.registered_at,
        presence=state.presence,
        last_seen=state.last_seen,
        uninstalled=state.uninstalled,
        machine_id=state.identity.machine_id,
        run_id=state.identity.run_id,
        sequence=state.identity.sequence,
        earlier=tuple(
            _Run(
                run_id=run.run_id,
                sequence=run.sequence,
                ended=wall - timedelta(seconds=mono - run.ended),
            )
            for run in state.identity.earlier
            # Longer ago, it says nothing any more.
            if mono - run.ended <= ALTERNATION_WINDOW
        ),
        agent=state.facts.agent,
        host=state.facts.host,
        os_info=state.facts.os_info,
    )


def _recall(server_id: str, entry: _Server, wall: datetime, mono: float) -> ServerState:
    return ServerState(
        server_id=server_id,
        registered_at=entry.registered_at or wall,
        presence=Presence(entry.presence),
        last_seen=entry.last_seen,
        uninstalled=entry.uninstalled,
        heard=mono if entry.presence == Presence.ONLINE else None,
        identity=Identity(
            machine_id=entry.machine_id,
            run_id=entry.run_id,
            sequence=entry.sequence,
            earlier=tuple(
                Run(
                    run_id=run.run_id,
                    sequence=run.sequence,
                    # A clock that was set back must not put it into the future.
                    ended=mono - max((wall - run.ended).total_seconds(), 0),
                )
                for run in entry.earlier
                if wall - run.ended <= timedelta(seconds=ALTERNATION_WINDOW)
            ),
        ),
        facts=Facts(agent=entry.agent, host=entry.host, os_info=entry.os_info),
    )
