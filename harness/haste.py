"""Times shorter than a new installation's, so that there is something to see."""

from . import integration
from .api import Api

INTERVAL, OFFLINE = 10, 30
"""Seconds."""
_SOON: dict[str, object] = {"duration": 20}


async def hurry(api: Api, entry: str) -> None:
    """Set the options of the hub."""
    await integration.set_options(
        api,
        entry,
        heartbeat_interval_seconds=INTERVAL,
        server_offline_seconds=OFFLINE,
    )
    await integration.set_alerts(
        api, entry, "alerts_temperature", temperature_high=_SOON
    )
    await integration.set_alerts(
        api,
        entry,
        "alerts_watched",
        service_down=_SOON,
        container_down=_SOON,
        container_unhealthy=_SOON,
    )
