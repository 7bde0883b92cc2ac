"""Fixtures for tests of power."""

from homeassistant.core import HomeAssistant
import pytest

from ..alerts.lab import Lab
from .bench import PowerBench


@pytest.fixture
async def bench(hass: HomeAssistant, lab: Lab) -> PowerBench:
    """Follow the power of two servers, in euros."""
    await hass.config.async_update(currency="EUR", time_zone="Europe/Berlin")
    return PowerBench(lab)
