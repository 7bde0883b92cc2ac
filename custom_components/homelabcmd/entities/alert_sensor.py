"""Whether a server has alerts, and which: for people and the dashboard."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)

from ..core.alerts.alert import Alert, Status, worst
from ..servers.coordinator import ServerCoordinator
from .outlined import OutlinedEntity

_MOST_LISTED = 20
ALERT = BinarySensorEntityDescription(
    key="alert",
    translation_key="alert",
    device_class=BinarySensorDeviceClass.PROBLEM,
)


class AlertSensor(OutlinedEntity, BinarySensorEntity):
    """On while an alert of the server is not resolved."""

    _unrecorded_attributes = frozenset({"alerts"})
    _told: object = None
    _described: Mapping[str, Any] = MappingProxyType({})

    def __init__(self, coordinator: ServerCoordinator) -> None:
        """Start with nothing told."""
        super().__init__(coordinator, ALERT)

    @property
    @override
    def available(self) -> bool:
        """Return True: that the server fell silent is an alert too."""
        return True

    @override
    def _outline(self) -> object:
        standing = self.coordinator.alerts.open
        # Their figures move with every heartbeat, and are not told here.
        told = (self.coordinator.config.name, standing)
        if told != self._told:
            self._told = told
            self._described = self._describe(standing)
        return self._described

    @override
    def _show(self) -> None:
        self._attr_is_on = bool(self.coordinator.alerts.open)
        self._attr_extra_state_attributes = dict(self._described)

    def _describe(self, standing: tuple[Alert, ...]) -> Mapping[str, Any]:
        severity = worst(standing)
        acknowledged = sum(alert.status is Status.ACKNOWLEDGED for alert in standing)
        return {
            "open": len(standing) - acknowledged,
            "acknowledged": acknowledged,
            "severity": severity and severity.value,
            "alerts": self._listed(standing),
        }

    def _listed(self, standing: tuple[Alert, ...]) -> list[dict[str, Any]]:
        """Return what the dashboard shows of the alerts, the worst first."""
        texts = self._hub.alerting.texts
        name = self.coordinator.config.name
        by_gravity = sorted(
            standing, key=lambda alert: (-alert.severity.rank, alert.created_at)
        )
        return [
            {
                "alert_id": alert.alert_id,
                "severity": alert.severity.value,
                "title": texts.about(alert, name).title,
                "since": alert.created_at.isoformat(),
                "acknowledged": alert.status is Status.ACKNOWLEDGED,
            }
            for alert in by_gravity[:_MOST_LISTED]
        ]
