"""Builders of what the core decides on."""

from datetime import UTC, datetime, timedelta
from typing import Any

from custom_components.homelabcmd.core.servers.server import ServerState
from custom_components.homelabcmd.protocol.inventory import Metrics
from custom_components.homelabcmd.protocol.messages import Heartbeat

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def heartbeat(at: float = 0, **fields: Any) -> Heartbeat:
    """Return a heartbeat sent `at` seconds after START; metrics go by their names."""
    names = Metrics.__dataclass_fields__
    metrics = {name: fields.pop(name) for name in list(fields) if name in names}
    return Heartbeat(
        server_id="nas",
        timestamp=START + timedelta(seconds=at),
        metrics=Metrics(**metrics),
        **fields,
    )


def added() -> ServerState:
    """Return a server that was just added."""
    return ServerState(server_id="nas", registered_at=START)
