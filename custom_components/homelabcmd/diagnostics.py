"""Diagnostics: an explicit list of what helps, and nothing that identifies."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr

from .const import DOMAIN
from .core.alerts.alert import Status
from .core.alerts.book import AlertBook
from .core.discovery.book import DeviceBook
from .core.notifications.outbox import Outbox
from .core.scans.book import ScanBook
from .core.servers.inventory import Inventory
from .core.servers.kept import Kept
from .hub.entry import HomelabConfigEntry
from .protocol.fields import to_json
from .protocol.inventory import Collector
from .servers.coordinator import ServerCoordinator


async def async_get_config_entry_diagnostics(
    _hass: HomeAssistant, entry: HomelabConfigEntry
) -> Mapping[str, Any]:
    """Return what is known of the hub and all servers."""
    hub = entry.runtime_data
    return {
        # The addresses of targets are secrets, and their names are people's.
        "options": {
            name: value
            for name, value in entry.options.items()
            if name != "notifications"
        },
        "notifications": _targets(hub.notifier.outbox),
        "ready": hub.ready,
        "heartbeats_accepted": hub.stats.heartbeats,
        "refused": {str(code): count for code, count in hub.stats.refused.items()},
        "heartbeat_p95_ms": hub.stats.p95_ms(),
        "tombstones": len(hub.keys.tombstones),
        "alerts": _alerts(hub.alerting.book),
        "scans": _scans(hub.scanner.book),
        "devices": _devices(hub.explorer.book),
        "servers": [_server(coordinator) for coordinator in hub.servers.values()],
    }


async def async_get_device_diagnostics(
    _hass: HomeAssistant, entry: HomelabConfigEntry, device: dr.DeviceEntry
) -> Mapping[str, Any]:
    """Return what is known of one server."""
    return {
        "servers": [
            _server(coordinator)
            for coordinator in entry.runtime_data.servers.values()
            if (DOMAIN, coordinator.config.server_id) in device.identifiers
        ]
    }


def _targets(outbox: Outbox) -> list[dict[str, Any]]:
    """Return what kinds of targets there are, and how they fare."""
    return [
        {
            "kind": target.kind.value,
            "style": target.style.value,
            "severities": sorted(target.severities),
            "quiet_hours": target.quiet is not None,
            "breaks_silence": target.breaks_silence,
            "limited": bool(target.servers or target.tags),
            "waiting": outbox.waiting(target_id),
            "failures": outbox.failures(target_id),
        }
        for target_id, target in outbox.targets.items()
    ]


def _alerts(book: AlertBook) -> dict[str, Any]:
    """Return how many alerts there are of each type."""
    standing = tuple(book.standing())
    return {
        "standing": Counter(alert.type.value for alert in standing),
        "acknowledged": sum(alert.status is Status.ACKNOWLEDGED for alert in standing),
        "ended": Counter(alert.type.value for alert in book.history.values()),
        "in_maintenance": sum(
            alerts.maintenance is not None for alerts in book.servers.values()
        ),
    }


def _scans(book: ScanBook) -> dict[str, Any]:
    """Return how many scans went how; of whom is nobody's business."""
    scans = tuple(book.scans.values())
    return {
        "statuses": Counter(scan.status.value for scan in scans),
        "failures": Counter(scan.failure.value for scan in scans if scan.failure),
        "hosts": len(book.hosts),
        "unverified": sum(host.unverified for host in book.hosts.values()),
    }


def _devices(book: DeviceBook) -> dict[str, Any]:
    """Return how many devices each source knows of; which is nobody's business."""
    devices = tuple(book.devices.values())
    return {
        "known": len(devices),
        "without_mac": sum(device.mac is None for device in devices),
        "sources": Counter(
            source.value for device in devices for source in device.sources
        ),
    }


def _server(coordinator: ServerCoordinator) -> dict[str, Any]:
    """Return one server without names, addresses, machine or run ids."""
    state = coordinator.data
    report = state.heartbeat
    return {
        "presence": state.presence,
        "alerts": Counter(alert.type.value for alert in coordinator.alerts.open),
        "registered_at": state.registered_at.isoformat(),
        "last_seen": state.last_seen and state.last_seen.isoformat(),
        "sequence": state.identity.sequence,
        "tdp_watts": coordinator.config.tdp_watts,
        "power_source": coordinator.config.power.kind.value,
        "os_info": to_json(state.facts.os_info),
        "agent": {
            "version": state.facts.agent.version,
            "mode": state.facts.agent.mode,
            "python": state.facts.agent.python,
        },
        "metrics": to_json(report.metrics) if report else None,
        "collectors": [_collector(item) for item in report.collectors]
        if report
        else None,
        "watched": [len(names) for names in coordinator.config.watched],
        "inventory": _inventory(state.inventory),
    }


def _inventory(inventory: Inventory) -> dict[str, Any]:
    """Return how much there is of everything; names of mounts may be private."""
    return {
        "disks": _counts(inventory.disks),
        "networks": _counts(inventory.networks),
        "temperatures": _counts(inventory.temperatures),
        "services": Counter(item.status for item in inventory.services.values()),
        "containers": Counter(item.status for item in inventory.containers.values()),
        "standby": sum(kept.item.standby is True for kept in inventory.disks.values()),
        "packages": len(inventory.packages or ()),
        "updates_available": inventory.updates_available,
        "security_updates": inventory.security_updates,
        "reboot_required": inventory.reboot_required,
        "available_services": len(inventory.available_services or ()),
        "available_containers": len(inventory.available_containers or ()),
        "left_out": inventory.left_out,
    }


def _counts(items: Mapping[str, Kept[Any]]) -> dict[str, int]:
    present = sum(kept.present for kept in items.values())
    return {"present": present, "missing": len(items) - present}


def _collector(collector: Collector) -> dict[str, Any]:
    """Return how a collector fared; the text of an error may hold paths and names."""
    return {
        "name": collector.name,
        "duration_ms": collector.duration_ms,
        "failed": collector.error is not None,
    }
