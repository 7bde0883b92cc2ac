"""What somebody has answered to an alert of the simulated servers."""

from ..api import Api
from ..integration import DOMAIN
from ..waiting import until

_SERVER, _TYPE = "omv-mediaserver", "disk_critical"
_NOTE = "A bigger disk is ordered."
_PATIENCE = 15
"""Seconds until the alert is there, which the first heartbeat opens."""


async def acknowledge(api: Api) -> None:
    """Acknowledge the alert of the full disk."""

    async def look() -> str | None:
        answer = await api.action(DOMAIN, "list_alerts", server=_SERVER)
        ids = {alert["type"]: alert["alert_id"] for alert in answer["alerts"]}
        return ids.get(_TYPE)

    alert_id = await until(look, "the alert of the full disk", patience=_PATIENCE)
    await api.post(
        f"/api/services/{DOMAIN}/acknowledge_alert",
        {"alert_id": alert_id, "note": _NOTE},
    )
