"""What a server draws, by what is known of it without any other sensor."""

from collections.abc import Callable, Mapping
from decimal import Decimal

from ..servers.server import Presence, ServerState
from .source import Kind, Problem, Source, cpu_watts, decimal, rapl_watts

type Watts = Decimal | Problem


def _by_cpu(source: Source, state: ServerState) -> Watts:
    report = state.heartbeat
    return cpu_watts(source, report.metrics.cpu_percent if report else None)


def _by_rapl(source: Source, state: ServerState) -> Watts:
    report = state.heartbeat
    return rapl_watts(source, report.power_watts if report else None)


_BY_HEARTBEAT: Mapping[Kind, Callable[[Source, ServerState], Watts]] = {
    Kind.CPU: _by_cpu,
    Kind.RAPL: _by_rapl,
}


def brings_it(source: Source, state: ServerState) -> bool:
    """Return whether the draw comes with heartbeats, and only with them."""
    return source.kind in _BY_HEARTBEAT and state.presence is Presence.ONLINE


def reported_watts(
    source: Source, state: ServerState, tdp_watts: float, *, offline_draws_tdp: bool
) -> Watts:
    """Return the draw; one that was never heard of counts as offline."""
    if state.presence is not Presence.ONLINE:
        return decimal(tdp_watts) if offline_draws_tdp else Decimal(0)
    if read := _BY_HEARTBEAT.get(source.kind):
        return read(source, state)
    return decimal(tdp_watts)
