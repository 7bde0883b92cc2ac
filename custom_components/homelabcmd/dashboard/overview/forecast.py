"""When the disks of a server will be full, for those who look at it."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from homeassistant.components import websocket_api
from homeassistant.components.recorder import get_instance
from homeassistant.components.recorder.statistics import statistics_during_period
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
import voluptuous as vol

from ...const import DOMAIN
from ...core.servers.forecast import WINDOW_DAYS, Point, full_at
from ...hub.entry import HomelabConfigEntry
from ...servers.coordinator import ServerCoordinator

_DISKS = {"disk_percent", "mount_percent"}
"""The translation keys of the sensors that tell how full a disk is."""


@websocket_api.websocket_command(
    {vol.Required("type"): f"{DOMAIN}/forecast", vol.Required("server_id"): str}
)
@websocket_api.async_response
async def forecast(
    hass: HomeAssistant,
    connection: websocket_api.ActiveConnection,
    msg: dict[str, Any],
) -> None:
    """Tell when disks will be full, by their entities. Reading is for everybody."""
    server = _server(hass, msg["server_id"])
    ids = set() if server is None else _disks(hass, server.device_id)
    connection.send_result(msg["id"], {"full_at": await _full_at(hass, ids)})


def _server(hass: HomeAssistant, server_id: str) -> ServerCoordinator | None:
    entries: list[HomelabConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    return entries[0].runtime_data.servers.get(server_id) if entries else None


def _disks(hass: HomeAssistant, device_id: str) -> set[str]:
    entries = er.async_entries_for_device(er.async_get(hass), device_id)
    return {
        entry.entity_id
        for entry in entries
        if entry.platform == DOMAIN and entry.translation_key in _DISKS
    }


async def _full_at(hass: HomeAssistant, ids: set[str]) -> dict[str, str]:
    if not ids or "recorder" not in hass.config.components:
        return {}
    now = dt_util.utcnow()
    found = await get_instance(hass).async_add_executor_job(
        statistics_during_period,
        hass,
        now - timedelta(days=WINDOW_DAYS),
        None,
        ids,
        "hour",
        None,
        {"mean"},
    )
    moments = {
        entity_id: full_at(list(_points(rows)), now.timestamp())
        for entity_id, rows in found.items()
    }
    return {
        entity_id: datetime.fromtimestamp(moment, UTC).isoformat()
        for entity_id, moment in moments.items()
        if moment is not None
    }


def _points(rows: Iterable[Any]) -> Iterable[Point]:
    for row in rows:
        if (mean := row.get("mean")) is not None:
            yield Point(row["start"], mean)
