"""Sensors of which some are of money."""

from typing import override

from homeassistant.components.sensor import RestoreSensor, SensorDeviceClass


class MoneySensor(RestoreSensor):
    """Says money in the currency that Home Assistant is set to now."""

    @property
    @override
    def native_unit_of_measurement(self) -> str | None:
        """Return the unit; that of money may change at any time."""
        if self.entity_description.device_class is SensorDeviceClass.MONETARY:
            return self.hass.config.currency
        return super().native_unit_of_measurement
