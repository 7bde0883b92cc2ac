"""Turns what was read into a heartbeat like that of an agent.

The figures are those that an agent on the same machine would report; a test runs both
side by side.
"""

from ...protocol.inventory import (
    Agent,
    Disk,
    Host,
    Metrics,
    Network,
    OsInfo,
    PackageUpdate,
    Temperature,
)
from ...protocol.messages import Heartbeat
from .reading import Reading, Supervised, Times, Usage

GB = 10**9
MODE = "monitor"
_MAX_WORD = 256


def heartbeat(
    server_id: str,
    run_id: str,
    sequence: int,
    before: Times,
    reading: Reading,
    supervised: Supervised | None,
) -> Heartbeat:
    """Return the heartbeat for a reading; `before` are the times of the one before."""
    pending = None if supervised is None else _pending(supervised)
    return Heartbeat(
        server_id=server_id,
        timestamp=reading.at,
        run_id=run_id,
        sequence=sequence,
        machine_id=reading.machine_id,
        boot_id=reading.boot_id,
        metrics=_metrics(before, reading),
        os_info=_os_info(reading, supervised),
        host=Host(
            hostname=_word(reading.hostname),
            ip_address=reading.ip_address,
            mac_address=reading.mac_address,
            cpu_model=_word(reading.cpu_model),
            cpu_count=reading.cpu_count,
        ),
        agent=Agent(mode=MODE),
        disks=tuple(
            Disk(
                mount=partition.mount,
                device=partition.device,
                fstype=partition.fstype,
                total_gb=_gb(usage.total),
                used_gb=_gb(usage.used),
                free_gb=None if usage.free is None else _gb(usage.free),
                percent=_percent(usage),
            )
            for partition, usage in reading.disks
        ),
        networks=tuple(
            Network(name=each.name, rx_bytes=each.received, tx_bytes=each.sent)
            for each in reading.interfaces
        ),
        temperatures=tuple(
            Temperature(name=each.name, celsius=round(each.celsius, 1))
            for each in reading.heat
        ),
        updates_available=None if pending is None else len(pending),
        package_updates=pending,
    )


def _pending(supervised: Supervised) -> tuple[PackageUpdate, ...]:
    return tuple(
        PackageUpdate(
            name=_word(each.name) or "?",
            current=_word(each.current),
            candidate=_word(each.candidate),
        )
        for each in supervised.pending
    )


def _metrics(before: Times, reading: Reading) -> Metrics:
    memory, swap, root = reading.memory, reading.swap, reading.root
    one, five, fifteen = reading.load
    interfaces = reading.interfaces
    uptime = (reading.at - reading.booted).total_seconds()
    return Metrics(
        cpu_percent=busy(before, reading.times),
        memory_percent=round(100 * memory.used / memory.total, 1),
        memory_used_gb=_gb(memory.used),
        memory_total_gb=_gb(memory.total),
        swap_percent=round(100 * swap.used / swap.total, 1) if swap else None,
        swap_used_gb=_gb(swap.used) if swap else None,
        swap_total_gb=_gb(swap.total) if swap else None,
        disk_percent=_percent(root) if root else None,
        disk_used_gb=_gb(root.used) if root else None,
        disk_total_gb=_gb(root.total) if root else None,
        network_rx_bytes=_sum([each.received for each in interfaces]),
        network_tx_bytes=_sum([each.sent for each in interfaces]),
        load_1m=round(one, 2),
        load_5m=round(five, 2),
        load_15m=round(fifteen, 2),
        uptime_seconds=max(int(uptime), 0),
        boot_time=reading.booted,
    )


def busy(before: Times, after: Times) -> float | None:
    """Return how busy the processors were in between, in percent."""
    total = after.total - before.total
    if total <= 0:
        return None
    # The time spent waiting for disks may run backwards.
    idle = min(max(after.idle - before.idle, 0), total)
    return round(100 * (total - idle) / total, 1)


def _os_info(reading: Reading, supervised: Supervised | None) -> OsInfo:
    known = supervised if supervised and supervised.distribution else reading
    return OsInfo(
        distribution=_word(known.distribution),
        version=_word(known.version),
        kernel=_word(reading.kernel),
        architecture=_word(reading.architecture),
    )


def _percent(usage: Usage) -> float | None:
    free = usage.total - usage.used if usage.free is None else usage.free
    fillable = usage.used + free
    return round(100 * usage.used / fillable, 1) if fillable else None


def _gb(size: int) -> float:
    return round(size / GB, 3)


def _sum(values: list[int]) -> int | None:
    return sum(values) if values else None


def _word(text: str | None) -> str | None:
    """Return a text as messages have it: printable, and not too long."""
    return "".join(filter(str.isprintable, text or ""))[:_MAX_WORD].strip() or None
