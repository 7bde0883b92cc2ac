"""What a kilowatt hour costs: a fixed price, or what an entity says."""

from decimal import Decimal
import time

from homeassistant.core import (
    CALLBACK_TYPE,
    Event,
    EventStateChangedData,
    HomeAssistant,
    callback,
)
from homeassistant.helpers.event import async_track_state_change_event

from ..core.hub.settings import Options
from ..core.power.source import Problem, decimal
from ..core.power.tariff import Tariff
from .outside import read_price


class Pricing:
    """Follows the price; while its entity says nothing usable, the last one counts."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Start with no price."""
        self.tariff = Tariff.fixed(Decimal(0))
        self.entity_id: str | None = None
        self.problem: Problem | None = None
        """Why the entity can't be used."""
        self._hass = hass
        self._unfollow: CALLBACK_TYPE | None = None

    @property
    def price(self) -> Decimal:
        """The price now, per kWh."""
        return self.tariff.price

    @callback
    def async_start(self, options: Options, saved: Decimal | None) -> None:
        """Begin; `saved` is the last price that was known."""
        fixed = decimal(options.electricity_price)
        known = saved if options.price_entity and saved is not None else fixed
        self.tariff = Tariff.fixed(known)
        self.async_sync(options)

    @callback
    def async_sync(self, options: Options) -> None:
        """Follow the options."""
        if options.price_entity != self.entity_id:
            self.async_stop()
            self.entity_id = options.price_entity
            if self.entity_id:
                self._unfollow = async_track_state_change_event(
                    self._hass, self.entity_id, self._changed
                )
        if self.entity_id is None:
            self.problem = None
            fixed = decimal(options.electricity_price)
            self.tariff = self.tariff.changed(fixed, time.monotonic())
        self.look()

    @callback
    def async_stop(self) -> None:
        """Follow no entity any more."""
        if self._unfollow is not None:
            self._unfollow()
            self._unfollow = None
        self.entity_id = None

    @callback
    def _changed(self, _event: Event[EventStateChangedData]) -> None:
        self.look()

    def look(self) -> None:
        """Take over what the entity says now; it may also be renamed or gone."""
        if self.entity_id is None:
            return
        price = read_price(self._hass, self.entity_id)
        if isinstance(price, Problem):
            self.problem = price
            return
        self.problem = None
        self.tariff = self.tariff.changed(price, time.monotonic())
