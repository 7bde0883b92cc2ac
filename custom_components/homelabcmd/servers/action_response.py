"""What the actions answer."""

from collections.abc import Mapping

from homeassistant.util.json import JsonObjectType, JsonValueType

from ..core.servers.watch_list import Watched
from ..protocol.inventory import Container, Metrics, Service
from .coordinator import ServerCoordinator

_SERVICE = ("detail", "pid", "memory_mb", "cpu_percent")
_CONTAINER = ("detail", "image", "health", "memory_mb", "cpu_percent", "restarts")


def server_response(server: ServerCoordinator) -> JsonObjectType:
    """Return what list_servers says of a server."""
    config, state = server.config, server.data
    inventory = state.inventory
    host, os_info = state.facts.host, state.facts.os_info
    report = state.heartbeat
    return {
        "server_id": config.server_id,
        "device_id": server.device_id,
        "display_name": config.name,
        "hostname": host.hostname,
        "ip_address": host.ip_address,
        "mac_address": host.mac_address,
        "tdp_watts": config.tdp_watts,
        "location": config.location,
        "os_distribution": os_info.distribution,
        "os_version": os_info.version,
        "kernel": os_info.kernel,
        "architecture": os_info.architecture,
        "registered_at": state.registered_at.isoformat(),
        "last_seen": state.last_seen.isoformat() if state.last_seen else None,
        "status": state.presence.value,
        "tags": list(config.tags),
        "maintenance_window": config.window.as_data() if config.window else None,
        "agent_version": state.facts.agent.version,
        "metrics": _metrics(report.metrics) if report else None,
        "expected_services": [item.as_data() for item in config.services],
        "expected_containers": [item.as_data() for item in config.containers],
        "services": _states(
            config.services, inventory.services if report else {}, _SERVICE
        ),
        "containers": _states(
            config.containers, inventory.containers if report else {}, _CONTAINER
        ),
        "disks": [
            {
                "mount": kept.item.mount,
                "device": kept.item.device,
                "fstype": kept.item.fstype,
                "total_gb": kept.item.total_gb,
                "used_gb": kept.item.used_gb,
                "free_gb": kept.item.free_gb,
                "percent": kept.item.percent,
                "standby": kept.item.standby is True,
            }
            for kept in inventory.disks.values()
            if kept.present
        ],
        "temperatures": [
            {"name": kept.item.name, "celsius": kept.item.celsius}
            for kept in inventory.temperatures.values()
            if kept.present
        ],
        "updates_available": inventory.updates_available,
        "security_updates": inventory.security_updates,
        "reboot_required": inventory.reboot_required,
    }


def _metrics(metrics: Metrics) -> JsonObjectType:
    return {
        "cpu_percent": metrics.cpu_percent,
        "memory_percent": metrics.memory_percent,
        "memory_used_gb": metrics.memory_used_gb,
        "memory_total_gb": metrics.memory_total_gb,
        "disk_percent": metrics.disk_percent,
        "disk_used_gb": metrics.disk_used_gb,
        "disk_total_gb": metrics.disk_total_gb,
        "swap_percent": metrics.swap_percent,
        "swap_used_gb": metrics.swap_used_gb,
        "swap_total_gb": metrics.swap_total_gb,
        "network_rx_bytes": metrics.network_rx_bytes,
        "network_tx_bytes": metrics.network_tx_bytes,
        "load_1m": metrics.load_1m,
        "load_5m": metrics.load_5m,
        "load_15m": metrics.load_15m,
        "uptime_seconds": metrics.uptime_seconds,
        "boot_time": metrics.boot_time.isoformat() if metrics.boot_time else None,
    }


def _states(
    expected: tuple[Watched, ...],
    reported: Mapping[str, Service] | Mapping[str, Container],
    fields: tuple[str, ...],
) -> list[JsonValueType]:
    """Return what is watched, and then what an agent reports of its own accord."""
    critical = {item.name: item.critical for item in expected}
    names = [*critical, *(name for name in reported if name not in critical)]
    return [
        {
            "name": name if name in critical else reported[name].name,
            "status": reported[name].status if name in reported else "unknown",
            "critical": critical.get(name, False),
            "watched": name in critical,
            **{field: getattr(reported.get(name), field, None) for field in fields},
        }
        for name in names
    ]
