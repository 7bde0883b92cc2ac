"""One server as its heartbeats tell it."""

from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from enum import StrEnum

from ...protocol.inventory import Agent, Collector, Host, OsInfo
from ...protocol.messages import CommandResult, Heartbeat, Wait, missing_sender
from . import identity as identities
from .identity import Identity, Verdict
from .inventory import Inventory, fold
from .rates import Rates, rates

MAX_STATE = 255
"""Characters that Home Assistant takes for a state."""
MANAGED = "managed"
"""The mode of an agent whose server lets it be asked for something."""
_GOODBYE = Collector(name="agent", error="uninstalled on this server")
"""The one trouble of an agent's last heartbeat."""


class Presence(StrEnum):
    """Is the server reporting?"""

    ONLINE = "online"
    OFFLINE = "offline"
    UNKNOWN = "unknown"
    """Never heard since it was added."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """What changes rarely; the last known stays when a heartbeat leaves it out."""

    agent: Agent = field(default_factory=Agent)
    host: Host = field(default_factory=Host)
    os_info: OsInfo = field(default_factory=OsInfo)

    @property
    def operating_system(self) -> str | None:
        """The operating system and its version."""
        parts = (self.os_info.distribution, self.os_info.version)
        return " ".join(part for part in parts if part)[:MAX_STATE] or None


@dataclass(frozen=True, kw_only=True, slots=True)
class ServerState:
    """Everything known about one server."""

    server_id: str
    registered_at: datetime
    presence: Presence = Presence.UNKNOWN
    last_seen: datetime | None = None
    """By the hub's clock."""
    heard: float | None = None
    """Monotonic seconds from which silence counts."""
    identity: Identity = field(default_factory=Identity)
    facts: Facts = field(default_factory=Facts)
    inventory: Inventory = field(default_factory=Inventory)
    heartbeat: Heartbeat | None = None
    """The last one since Home Assistant started."""
    rates: Rates = field(default_factory=Rates)
    uninstalled: bool = False
    """Whether the agent took its leave: its silence is no fault."""


def judge(state: ServerState, heartbeat: Heartbeat, mono: float) -> Verdict:
    """Compare the sender of a heartbeat with the server we know."""
    return identities.judge(
        state.identity,
        heartbeat.machine_id,
        heartbeat.run_id,
        heartbeat.sequence,
        mono,
    )


def judge_other(
    state: ServerState, message: CommandResult | Wait, mono: float
) -> Verdict:
    """Compare the sender of any other message; it never changes the identity.

    Raises Refusal if it does not name its machine though the server's is known. Until
    a heartbeat has named one there is nothing to compare with, and the key must do.
    """
    if message.machine_id is None and state.identity.machine_id is not None:
        raise missing_sender("machine_id")
    return identities.judge_run(
        state.identity, message.machine_id, message.run_id, mono
    )


def receive(
    state: ServerState, heartbeat: Heartbeat, wall: datetime, mono: float
) -> ServerState:
    """Fold a heartbeat into the state; its verdict was NEXT."""
    identity = identities.advance(
        state.identity,
        heartbeat.machine_id,
        heartbeat.run_id,
        heartbeat.sequence,
        mono,
    )
    if _GOODBYE in heartbeat.collectors:
        return _silent(
            replace(
                state, last_seen=wall, heard=mono, identity=identity, uninstalled=True
            )
        )
    return replace(
        state,
        presence=Presence.ONLINE,
        last_seen=wall,
        heard=mono,
        identity=identity,
        uninstalled=False,
        facts=Facts(
            agent=_agent(state.facts.agent, heartbeat.agent),
            host=_merged(state.facts.host, heartbeat.host),
            os_info=_merged(state.facts.os_info, heartbeat.os_info),
        ),
        inventory=fold(
            state.inventory,
            heartbeat,
            _reported_for(state, wall),
            0 if state.heard is None else mono - state.heard,
        ),
        heartbeat=heartbeat,
        rates=rates(state.heartbeat, heartbeat),
    )


def _reported_for(state: ServerState, wall: datetime) -> float:
    """Return the seconds for which the server has reported since its last heartbeat."""
    if state.presence is not Presence.ONLINE or state.last_seen is None:
        return 0
    return (wall - state.last_seen).total_seconds()


def _agent(known: Agent, told: Agent | None) -> Agent:
    """Return what is known of the agent; what it no longer allows is not allowed."""
    agent = _merged(known, told)
    if agent is known or told is None or told.mode is None:
        return agent
    return replace(agent, allowed=told.allowed if told.mode == MANAGED else None)


def _merged[T: (Agent, Host, OsInfo)](known: T, told: T | None) -> T:
    """Return the facts told now, and those known before that were left out."""
    if told is None or told == known:
        return known
    left_out = {
        item.name: getattr(known, item.name)
        for item in fields(known)
        if getattr(told, item.name) is None
    }
    return replace(told, **left_out)


def offline_if_silent(
    state: ServerState, mono: float, offline_after: float
) -> ServerState:
    """Call the server offline when it was silent for `offline_after` seconds."""
    if (
        state.presence is Presence.ONLINE
        and state.heard is not None
        and mono - state.heard >= offline_after
    ):
        return _silent(state)
    return state


def reprieve(state: ServerState, mono: float) -> ServerState:
    """Let silence count from now: until now nobody listened."""
    if state.presence is not Presence.ONLINE:
        return state
    return replace(state, heard=mono)


def _silent(state: ServerState) -> ServerState:
    # The old heartbeat goes too: its counters are no base for the next rate.
    return replace(state, presence=Presence.OFFLINE, heartbeat=None, rates=Rates())


def accept_machine(
    state: ServerState, machine_id: str | None, run_id: str | None
) -> ServerState:
    """Take another machine, or another run of the agent, for this server from now."""
    return replace(
        state,
        identity=Identity(machine_id=machine_id, run_id=run_id),
    )
