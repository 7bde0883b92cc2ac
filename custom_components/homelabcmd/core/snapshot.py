"""What must survive a restart, as plain versioned JSON."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Annotated, Any

from ..protocol.fields import (
    boolean,
    choice,
    integer,
    list_of,
    matching,
    moment,
    object_of,
    text,
    to_object,
)
from ..protocol.inventory import Agent, Host, OsInfo
from ..protocol.refusals import Refusal
from ..protocol.signing import SERVER_ID, SERVER_ID_RULE, Secret
from . import remembered
from .identity import Identity, Run
from .inventory import Inventory
from .keys import KeyRing, ServerKeys, Tombstone
from .server import Facts, Presence, ServerState

VERSION = 1


def _secret(value: object, path: str) -> str:
    return Secret.parse(text(64)(value, path)).dump()


@dataclass(frozen=True, kw_only=True)
class _Keys:
    current: Annotated[str, _secret]
    previous: Annotated[str | None, _secret] = None
    removed_at: Annotated[datetime | None, moment] = None


@dataclass(frozen=True, kw_only=True)
class _Run:
    run_id: Annotated[str, text(128)]
    sequence: Annotated[int, integer()]
    ended: Annotated[datetime, moment]


@dataclass(frozen=True, kw_only=True)
class _Server:
    registered_at: Annotated[datetime, moment]
    presence: Annotated[str, choice(*Presence)]
    last_seen: Annotated[datetime | None, moment] = None
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
    damaged: list[str] = field(default_factory=list)
    """Entries that could not be read, for the log."""


def dump(
    keys: KeyRing, states: Mapping[str, ServerState], wall: datetime, mono: float
) -> dict[str, Any]:
    """Return everything that must survive as JSON values."""
    return {
        "servers": {
            server_id: to_object(_remember(state, wall, mono))
            for server_id, state in states.items()
        },
        "inventories": {
            server_id: remembered.dump(state.inventory)
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


def load(data: Mapping[str, Any], wall: datetime, mono: float) -> Snapshot:
    """Read a snapshot; one damaged entry is left out and named, the others stay.

    A server that was online counts as heard just now: while Home Assistant was away
    nobody could report.
    """
    snapshot = Snapshot()
    for server_id, held in _entries(data, "keys", _Keys, snapshot):
        snapshot.keys.servers[server_id] = _load_keys(held)
    for server_id, held in _entries(data, "removed", _Keys, snapshot):
        if held.removed_at is not None and server_id not in snapshot.keys.servers:
            snapshot.keys.tombstones[server_id] = Tombstone(
                keys=_load_keys(held), removed_at=held.removed_at
            )
    for server_id, entry in _entries(data, "servers", _Server, snapshot):
        inventory = _inventory(data, server_id, snapshot)
        snapshot.states[server_id] = replace(
            _recall(server_id, entry, wall, mono), inventory=inventory
        )
    return snapshot


def _inventory(
    data: Mapping[str, Any], server_id: str, snapshot: Snapshot
) -> Inventory:
    inventories = data.get("inventories")
    if not isinstance(inventories, dict):
        return Inventory()
    return remembered.load(
        inventories.get(server_id), f"inventories.{server_id}", snapshot.damaged
    )


def _entries[T](
    data: Mapping[str, Any], section: str, kind: type[T], snapshot: Snapshot
) -> list[tuple[str, T]]:
    entries: list[tuple[str, T]] = []
    content = data.get(section)
    for name, value in content.items() if isinstance(content, dict) else ():
        path = f"{section}.{name}"
        try:
            server_id = matching(SERVER_ID, SERVER_ID_RULE)(name, path)
            entries.append((server_id, object_of(kind)(value, path)))
        except (Refusal, ValueError) as err:
            snapshot.damaged.append(f"{path}: {err}")
    return entries


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
        ),
        agent=state.facts.agent,
        host=state.facts.host,
        os_info=state.facts.os_info,
    )


def _recall(server_id: str, entry: _Server, wall: datetime, mono: float) -> ServerState:
    return ServerState(
        server_id=server_id,
        registered_at=entry.registered_at,
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
            ),
        ),
        facts=Facts(agent=entry.agent, host=entry.host, os_info=entry.os_info),
    )
