"""Diagnostics: an explicit list of what helps, and nothing that identifies."""

from collections.abc import Mapping
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr

from .const import DOMAIN
from .coordinator import HomelabConfigEntry, ServerCoordinator
from .protocol.fields import to_json
from .protocol.inventory import Collector


async def async_get_config_entry_diagnostics(
    _hass: HomeAssistant, entry: HomelabConfigEntry
) -> Mapping[str, Any]:
    """Return what is known of the hub and all servers."""
    hub = entry.runtime_data
    return {
        "options": dict(entry.options),
        "ready": hub.ready,
        "heartbeats_accepted": hub.stats.heartbeats,
        "refused": {str(code): count for code, count in hub.stats.refused.items()},
        "heartbeat_p95_ms": hub.stats.p95_ms(),
        "tombstones": len(hub.keys.tombstones),
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


def _server(coordinator: ServerCoordinator) -> dict[str, Any]:
    """Return one server without names, addresses, machine or run ids."""
    state = coordinator.data
    report = state.heartbeat
    return {
        "presence": state.presence,
        "registered_at": state.registered_at.isoformat(),
        "last_seen": state.last_seen and state.last_seen.isoformat(),
        "sequence": state.identity.sequence,
        "tdp_watts": coordinator.config.tdp_watts,
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
        "counts": {
            "services": len(report.services),
            "containers": len(report.containers),
            "disks": len(report.disks),
            "networks": len(report.networks),
        }
        if report
        else None,
    }


def _collector(collector: Collector) -> dict[str, Any]:
    """Return how a collector fared; the text of an error may hold paths and names."""
    return {
        "name": collector.name,
        "duration_ms": collector.duration_ms,
        "failed": collector.error is not None,
    }
