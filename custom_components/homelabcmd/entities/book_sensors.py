"""Energy and money, of a server and of all: shown four times an hour."""

from abc import abstractmethod
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import override

from homeassistant.components.sensor import (
    ATTR_LAST_RESET,
    SensorDeviceClass,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import UnitOfEnergy
from homeassistant.core import callback
from homeassistant.util import dt as dt_util

from ..core.hub.cost import Cost, running_cost
from ..core.power.account import Account
from ..core.power.moment import month_before, month_of, month_start
from ..hub.hub import Hub
from ..servers.coordinator import FleetCoordinator, ServerCoordinator
from .base import FleetEntity, ServerEntity
from .money import MoneySensor


@dataclass(frozen=True, kw_only=True)
class BookSensorDescription(SensorEntityDescription):
    """A sensor of what was used, or of what is to be expected."""

    value_fn: Callable[[Account, Decimal], Decimal | float | None]
    """Takes the price of a kWh, too."""
    digits: int = 4
    monthly: bool = False
    """Whether it begins anew with each month."""


def _month_s_cost(account: Account, _price: Decimal) -> Decimal:
    return account.this_month.cost


def _estimate(key: str, cost_of: Callable[[Cost], float]) -> BookSensorDescription:
    def value(account: Account, price: Decimal) -> float | None:
        if account.typical_watts is None:
            return None
        return cost_of(running_cost(float(account.typical_watts), float(price)))

    return BookSensorDescription(
        key=key,
        translation_key=key,
        device_class=SensorDeviceClass.MONETARY,
        suggested_display_precision=2,
        # The dashboard has them, and the action get_costs.
        entity_registry_enabled_default=False,
        digits=2,
        value_fn=value,
    )


BOOK_SENSORS: tuple[BookSensorDescription, ...] = (
    BookSensorDescription(
        key="energy",
        translation_key="energy",
        device_class=SensorDeviceClass.ENERGY,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        state_class=SensorStateClass.TOTAL_INCREASING,
        suggested_display_precision=2,
        value_fn=lambda account, _price: account.kwh,
    ),
    BookSensorDescription(
        key="cost_this_month",
        translation_key="cost_this_month",
        device_class=SensorDeviceClass.MONETARY,
        state_class=SensorStateClass.TOTAL,
        suggested_display_precision=2,
        monthly=True,
        value_fn=_month_s_cost,
    ),
    _estimate("estimated_cost_per_day", lambda cost: cost.daily),
    _estimate("estimated_cost_per_month", lambda cost: cost.monthly),
    _estimate("estimated_cost_per_year", lambda cost: cost.yearly),
)
FLEET_BOOK = BookSensorDescription(
    key="fleet_cost_this_month",
    translation_key="fleet_cost_this_month",
    device_class=SensorDeviceClass.MONETARY,
    state_class=SensorStateClass.TOTAL,
    suggested_display_precision=2,
    monthly=True,
    value_fn=_month_s_cost,
)


class _Book(MoneySensor):
    """A figure from the books."""

    entity_description: BookSensorDescription
    _month = ""
    """The month that is shown."""
    _closed = ""
    """The last month of which was shown what it came to."""

    @abstractmethod
    def _account(self) -> Account:
        """Return what is to be shown."""

    @property
    @abstractmethod
    def _hub(self) -> Hub:
        """Return the hub."""

    @override
    async def async_added_to_hass(self) -> None:
        """Show the books as they are, and follow them."""
        await super().async_added_to_hass()
        self.async_on_remove(
            self._hub.metering.listeners.async_listen(self._follow, None)
        )
        await self._async_restore()
        self._take()

    async def _async_restore(self) -> None:
        """Take note of the month that was shown before a restart."""
        last = await self.async_get_last_state()
        reset = last and dt_util.parse_datetime(
            str(last.attributes.get(ATTR_LAST_RESET))
        )
        if self.entity_description.monthly and reset:
            self._month = month_of(reset, dt_util.get_default_time_zone())

    @callback
    def _follow(self) -> None:
        if self._take():
            self.async_write_ha_state()

    def _ended(self, account: Account) -> bool:
        """Return whether the month that is shown is over and was not yet closed."""
        return (
            self.entity_description.monthly
            and self._month == month_before(account.month)
            and self._month != self._closed
        )

    def _take(self) -> bool:
        """Take over the books; return whether that is another figure.

        What a month came to is shown once more when it is over, and the new month only
        with the next books: else the end would be missing in the statistics, which go
        by the moment at which something was shown.
        """
        before = (self._attr_native_value, self._month)
        account = self._account()
        if self._ended(account):
            self._closed = self._month
            self._show(account.last_month.cost, self._month)
        else:
            price = self._hub.metering.books.price
            value = self.entity_description.value_fn(account, price)
            self._show(value, account.month)
        return before != (self._attr_native_value, self._month)

    def _show(self, value: Decimal | float | None, month: str) -> None:
        digits = self.entity_description.digits
        self._attr_native_value = None if value is None else round(float(value), digits)
        if self.entity_description.monthly and month:
            self._month = month
            self._attr_last_reset = month_start(month, dt_util.get_default_time_zone())


class ServerBook(ServerEntity, _Book):
    """A figure of a server; it outlives the server's silence."""

    def __init__(
        self, coordinator: ServerCoordinator, description: BookSensorDescription
    ) -> None:
        """Take the row of the table."""
        super().__init__(coordinator, description)

    @property
    @override
    def available(self) -> bool:
        """Return True: what was used was used."""
        return True

    @override
    def _account(self) -> Account:
        return self._hub.metering.shown(self.coordinator.config.server_id)

    @override
    async def _async_restore(self) -> None:
        await super()._async_restore()
        last = await self.async_get_last_sensor_data()
        if last is None or self.entity_description.state_class is None:
            return
        with suppress(InvalidOperation):
            shown = Decimal(str(last.native_value))
            self._go_on_from(shown)

    def _go_on_from(self, shown: Decimal) -> None:
        """Have the meter know no less than what was shown."""
        metering = self._hub.metering
        server_id = self.coordinator.config.server_id
        if not self.entity_description.monthly:
            metering.at_least(server_id, shown, Decimal(0))
        elif self._month == metering.account(server_id).month:
            metering.at_least(server_id, Decimal(0), shown)


class FleetBook(FleetEntity, _Book):
    """A figure of all servers."""

    def __init__(
        self, coordinator: FleetCoordinator, description: BookSensorDescription
    ) -> None:
        """Take the row of the table."""
        super().__init__(coordinator, description)

    @override
    def take_over(self) -> bool:
        """Return False: what it shows does not come with the totals."""
        return False

    @property
    @override
    def _hub(self) -> Hub:
        hub: Hub = self.coordinator.config_entry.runtime_data
        return hub

    @override
    def _account(self) -> Account:
        return self._hub.metering.books.total
