"""The heartbeat that a simulated server's agent would send."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import blake2b
import uuid

from homelab_agent.protocol.inventory import (
    Agent,
    Allowed,
    Collector,
    Container,
    Disk,
    Host,
    Metrics,
    Network,
    OsInfo,
    Service,
    Temperature,
)
from homelab_agent.protocol.messages import Heartbeat, Progress
from homelab_agent.version import VERSION

from . import packages
from .figures import DiskFigures, Figures, figures, flows
from .model import OMV, Box, Life, Server, Unit

MARK = "simulated"
"""Stands behind the processor's name, which the device page shows, and is a tag."""

_COLLECTORS = ("cpu", "disk", "host", "load", "memory", "network", "os", "services")
_MORE_UNITS = (
    "chrony",
    "cron",
    "dbus",
    "fail2ban",
    "ssh",
    "systemd-journald",
    "systemd-logind",
    "unattended-upgrades",
)
_OMV_UNITS = ("mdmonitor", "openmediavault-engined", "smartmontools")


@dataclass(frozen=True, kw_only=True)
class Turn:
    """Which heartbeat of which run of the agent it is, and what it is to look at."""

    run_id: str
    sequence: int
    services: tuple[str, ...] = ()
    containers: tuple[str, ...] = ()
    tell_available: bool = False
    mended: frozenset[str] = frozenset()
    """The units and containers that were restarted with success."""
    updated: bool = False
    """Whether the updates were installed."""
    rebooted: bool = False
    accepted: tuple[str, ...] = ()
    """The commands that were taken over."""
    progress: tuple[Progress, ...] = ()


def heartbeat(life: Life, moment: datetime, turn: Turn) -> Heartbeat:
    """Return what the server says at a moment."""
    server, measured = life.server, figures(life, moment)
    platform = server.platform
    updates = () if turn.updated else server.updates
    units = {unit.name: _mended(unit, turn) for unit in server.units}
    boxes = {box.name: _mended(box, turn) for box in server.boxes}
    return Heartbeat(
        server_id=server.server_id,
        timestamp=moment,
        metrics=_metrics(life, moment, measured),
        machine_id=machine_id(server),
        boot_id=str(uuid.UUID(_identifier(server, life.boot.isoformat()))),
        run_id=turn.run_id,
        sequence=turn.sequence,
        services=tuple(_service(server, name, units) for name in turn.services),
        containers=tuple(_container(name, boxes) for name in turn.containers),
        os_info=OsInfo(
            distribution=platform.distribution,
            version=platform.version,
            kernel=platform.kernel,
            architecture=platform.architecture,
        ),
        updates_available=len(updates),
        security_updates=sum(bool(update.security) for update in updates),
        agent=Agent(
            version=server.agent_version or VERSION,
            mode="managed" if server.managed else "monitor",
            python=platform.python,
            allowed=_allowed(server),
        ),
        accepted=turn.accepted,
        progress=turn.progress,
        host=Host(
            hostname=server.server_id,
            ip_address=f"192.0.2.{server.number}",
            mac_address=f"02:00:5e:00:53:{server.number:02x}",
            cpu_model=f"{server.cpu_model} ({MARK})",
            cpu_count=server.cpu_count,
        ),
        disks=tuple(_disk(disk) for disk in measured.disks),
        networks=(_network(life, moment),),
        temperatures=tuple(
            Temperature(name=probe.name, celsius=round(celsius, 1))
            for probe, celsius in zip(server.probes, measured.celsius, strict=True)
        ),
        power_watts=round(measured.watts, 1) if platform is OMV else None,
        reboot_required=_needs_reboot(server, turn),
        package_updates=updates,
        update_sets=packages.update_sets(updates),
        available_services=_all_units(server) if turn.tell_available else None,
        available_containers=tuple(boxes) if turn.tell_available else None,
        collectors=tuple(
            Collector(name=name, duration_ms=0.4 + 0.3 * number)
            for number, name in enumerate(_COLLECTORS)
        ),
    )


def _allowed(server: Server) -> Allowed | None:
    if not server.managed:
        return None
    return Allowed(
        restart_service=server.allowed,
        clear_logs=("journal",),
        apply_updates=True,
        reboot=True,
    )


def _needs_reboot(server: Server, turn: Turn) -> bool:
    """Return whether a reboot is due: a new kernel brings another one."""
    brings = turn.updated and packages.KERNEL in server.updates
    return (server.reboot_required or brings) and not turn.rebooted


def machine_id(server: Server) -> str:
    """Return by which id the hub knows the machine."""
    return _identifier(server, "machine")


def _mended[T: (Unit, Box)](item: T, turn: Turn) -> T:
    """Return a unit or a container as it is after it was restarted."""
    if item.name not in turn.mended:
        return item
    detail = "running" if isinstance(item, Box) else "active (running)"
    return replace(item, status="running", detail=detail)


def _metrics(life: Life, moment: datetime, measured: Figures) -> Metrics:
    server, network = life.server, _network(life, moment)
    root = _disk(measured.disks[0])
    swap_total = round(min(server.memory_gb / 4, 4), 1)
    return Metrics(
        cpu_percent=round(measured.cpu, 1),
        memory_percent=round(measured.memory, 1),
        memory_used_gb=round(server.memory_gb * measured.memory / 100, 2),
        memory_total_gb=server.memory_gb,
        disk_percent=root.percent,
        disk_used_gb=root.used_gb,
        disk_total_gb=root.total_gb,
        swap_percent=round(measured.swap, 1),
        swap_used_gb=round(swap_total * measured.swap / 100, 2),
        swap_total_gb=swap_total,
        network_rx_bytes=network.rx_bytes,
        network_tx_bytes=network.tx_bytes,
        load_1m=_load(life, moment, 1),
        load_5m=_load(life, moment, 5),
        load_15m=_load(life, moment, 15),
        uptime_seconds=int((moment - life.boot).total_seconds()),
        boot_time=life.boot,
    )


def _load(life: Life, moment: datetime, minutes: int) -> float:
    """Return the load average over the last minutes."""
    moments = (moment - timedelta(minutes=minutes * part / 4) for part in range(4))
    mean = sum(figures(life, then).cpu for then in moments) / 4
    return round(1.1 * life.server.cpu_count * mean / 100, 2)


def _network(life: Life, moment: datetime) -> Network:
    """Return the counters, which began at the boot."""
    start, now = life.local(life.boot), life.local(moment)
    received, sent = (
        int(flow.counted(now) - flow.counted(start)) for flow in flows(life.server)
    )
    return Network(name=life.server.interface, rx_bytes=received, tx_bytes=sent)


def _disk(disk: DiskFigures) -> Disk:
    total, used = disk.volume.total_gb, round(disk.used_gb, 1)
    return Disk(
        mount=disk.volume.mount,
        device=disk.volume.device,
        fstype="ext4",
        total_gb=total,
        used_gb=used,
        free_gb=round(total - used, 1),
        percent=round(disk.percent, 2),
        standby=disk.standby,
    )


def _service(server: Server, name: str, units: dict[str, Unit]) -> Service:
    unit = units.get(name.removesuffix(".service"))
    if unit is None and name.removesuffix(".service") in _all_units(server):
        unit = Unit(name=name, memory_mb=12)
    if unit is None:
        return Service(name=name, status="unknown", detail="not-found")
    if unit.status != "running":
        return Service(name=name, status=unit.status, detail=unit.detail)
    return Service(
        name=name,
        status=unit.status,
        detail=unit.detail,
        pid=600 + int(_identifier(server, name)[:3], 16),
        memory_mb=unit.memory_mb,
        cpu_percent=0.3,
    )


def _container(name: str, boxes: dict[str, Box]) -> Container:
    box = boxes.get(name)
    if box is None:
        return Container(name=name, status="unknown", detail="not-found")
    running = box.status == "running"
    return Container(
        name=name,
        image=box.image,
        status=box.status,
        detail=box.detail,
        health=box.health,
        cpu_percent=0.8 if running else None,
        memory_mb=box.memory_mb if running else None,
        restarts=0,
    )


def _all_units(server: Server) -> tuple[str, ...]:
    more = _MORE_UNITS + (_OMV_UNITS if server.platform is OMV else ())
    return tuple(sorted({*more, *(unit.name for unit in server.units)}))


def _identifier(server: Server, what: str) -> str:
    """Return what looks random and is always the same."""
    return blake2b(f"{server.server_id}/{what}".encode(), digest_size=16).hexdigest()
