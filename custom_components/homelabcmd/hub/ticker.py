"""One timer that lets time pass for the hub."""

from datetime import datetime, timedelta

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_track_time_interval

from .hub import Hub

INTERVAL = timedelta(seconds=5)


def async_start(hass: HomeAssistant, hub: Hub) -> CALLBACK_TYPE:
    """Start the timer and return what stops it."""

    @callback
    def tick(_now: datetime) -> None:
        hub.tick()

    return async_track_time_interval(
        hass, tick, INTERVAL, name="HomelabCmd ticker", cancel_on_shutdown=True
    )
