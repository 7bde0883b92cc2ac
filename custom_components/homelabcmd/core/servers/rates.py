"""Rates from counters."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ...protocol.messages import Heartbeat

_TOLERANCE = 2
"""Seconds: uptime comes in whole seconds, so two differences differ by less."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Traffic:
    """Bytes a second through one interface."""

    rx: float | None = None
    tx: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Rates:
    """Bytes a second between two heartbeats; None where there is no base for it."""

    network_rx: float | None = None
    network_tx: float | None = None
    interfaces: Mapping[str, Traffic] = field(default_factory=dict)


def rates(before: Heartbeat | None, now: Heartbeat) -> Rates:
    """Return the rates between two heartbeats of the same boot.

    A counter that went down was reset: there is no rate then, rather than a wrong one.
    """
    seconds = _seconds_between(before, now)
    if before is None or seconds is None:
        return Rates()
    return Rates(
        network_rx=_rate(
            before.metrics.network_rx_bytes, now.metrics.network_rx_bytes, seconds
        ),
        network_tx=_rate(
            before.metrics.network_tx_bytes, now.metrics.network_tx_bytes, seconds
        ),
        interfaces=_interfaces(before, now, seconds),
    )


def _interfaces(
    before: Heartbeat, now: Heartbeat, seconds: float
) -> Mapping[str, Traffic]:
    earlier = {network.name: network for network in before.networks}
    return {
        network.name: Traffic(
            rx=_rate(old.rx_bytes, network.rx_bytes, seconds),
            tx=_rate(old.tx_bytes, network.tx_bytes, seconds),
        )
        for network in now.networks
        if (old := earlier.get(network.name))
    }


def _rate(before: int | None, now: int | None, seconds: float) -> float | None:
    if before is None or now is None or now < before:
        return None
    return (now - before) / seconds


def _seconds_between(before: Heartbeat | None, now: Heartbeat) -> float | None:
    if before is None or before.boot_id != now.boot_id:
        return None
    by_clock = (now.timestamp - before.timestamp).total_seconds()
    old, new = before.metrics.uptime_seconds, now.metrics.uptime_seconds
    if old is None or new is None:
        return by_clock if by_clock > 0 else None
    by_uptime = new - old
    # The clock is finer, but only uptime is sure not to have been set in between.
    if by_clock > 0 and abs(by_clock - by_uptime) <= _TOLERANCE:
        return by_clock
    return by_uptime if by_uptime > 0 else None
