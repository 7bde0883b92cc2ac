"""What sensors of Home Assistant say of power, energy and prices."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite

from homeassistant.const import (
    ATTR_UNIT_OF_MEASUREMENT,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
    UnitOfEnergy,
    UnitOfPower,
)
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er
from homeassistant.util.unit_conversion import EnergyConverter, PowerConverter

from ..const import DOMAIN
from ..core.power.source import Problem, Source, decimal, shared_watts
from ..core.power.tariff import price_per_kwh


@dataclass(frozen=True, slots=True)
class Energy:
    """What a counter of energy says."""

    kwh: Decimal


_ERRORS: Mapping[Problem, str] = {
    Problem.MISSING: "entity_missing",
    Problem.NOT_A_NUMBER: "entity_not_a_number",
    Problem.NEGATIVE: "entity_negative",
    Problem.ABSURD: "entity_absurd",
    Problem.UNIT: "entity_unit",
    Problem.CURRENCY: "entity_currency",
}
"""What a dialog says of an entity that can't be chosen."""

type Reading = Decimal | Energy | Problem
"""Watts of the server, a counter, or why there is neither."""


def read_source(hass: HomeAssistant, source: Source) -> Reading:
    """Return what a source's sensor says, by its unit."""
    state = _state(hass, source.entity_id)
    if isinstance(state, Problem):
        return state
    unit = state.attributes.get(ATTR_UNIT_OF_MEASUREMENT)
    try:
        value = float(state.state)
    except ValueError:
        return Problem.NOT_A_NUMBER
    if unit in PowerConverter.VALID_UNITS:
        watts = PowerConverter.convert(value, unit, UnitOfPower.WATT)
        return shared_watts(source, watts)
    if unit in EnergyConverter.VALID_UNITS:
        kwh = EnergyConverter.convert(value, unit, UnitOfEnergy.KILO_WATT_HOUR)
        return _counter(kwh)
    return Problem.UNIT


def _counter(kwh: float) -> Energy | Problem:
    if not isfinite(kwh):
        return Problem.NOT_A_NUMBER
    return Problem.NEGATIVE if kwh < 0 else Energy(decimal(kwh))


def read_price(hass: HomeAssistant, entity_id: str) -> Decimal | Problem:
    """Return what a kWh costs by an entity, in Home Assistant's currency."""
    state = _state(hass, entity_id)
    if isinstance(state, Problem):
        return state
    unit = state.attributes.get(ATTR_UNIT_OF_MEASUREMENT)
    return price_per_kwh(state.state, unit and str(unit), hass.config.currency)


def unusable[T](
    hass: HomeAssistant,
    entity_id: str,
    read: Callable[[], T | Problem],
) -> str | None:
    """Return why an entity is not to be chosen, as the key of an error.

    One that only is not there for the moment may be chosen.
    """
    entry = er.async_get(hass).async_get(entity_id)
    if entry is not None and entry.platform == DOMAIN:
        return "own_entity"
    problem = read()
    if not isinstance(problem, Problem) or problem is Problem.UNAVAILABLE:
        return None
    return _ERRORS[problem]


def _state(hass: HomeAssistant, entity_id: str) -> State | Problem:
    state = hass.states.get(entity_id)
    if state is None:
        return Problem.MISSING
    if state.state in {STATE_UNAVAILABLE, STATE_UNKNOWN}:
        return Problem.UNAVAILABLE
    return state
