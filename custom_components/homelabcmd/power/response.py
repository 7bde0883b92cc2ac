"""What the actions about costs answer."""

from homeassistant.util.json import JsonObjectType

from ..core.hub.cost import Cost, running_cost
from ..core.hub.settings import ServerConfig
from ..core.naming import shown
from ..core.power.account import Account, Draw
from .energy_dashboard import EnergyDevice

_PENNIES, _WATTS, _COUNTED = 2, 1, 4
"""Decimals: of what is estimated, measured, and counted."""


def server_costs(
    config: ServerConfig, account: Account, draw: Draw, price: float
) -> JsonObjectType:
    """Return what get_costs says of a server."""
    return {
        "server_id": config.server_id,
        "name": shown(config.name),
        "source": draw.kind.value,
        "problem": draw.problem and draw.problem.value,
        "watts_now": None if draw.watts is None else round(float(draw.watts), _WATTS),
        **costs(account, price),
    }


def costs(account: Account, price: float) -> JsonObjectType:
    """Return what an account comes to, of a server or of all."""
    watts = account.typical_watts
    known = watts is not None
    estimate = running_cost(float(watts or 0), price)
    return {
        "watts": round(float(watts), _WATTS) if watts is not None else None,
        **(estimated(estimate) if known else dict.fromkeys(estimated(estimate))),
        "energy_kwh": round(float(account.kwh), _COUNTED),
        "energy_this_month": round(float(account.this_month.kwh), _COUNTED),
        "cost_this_month": round(float(account.this_month.cost), _COUNTED),
        "energy_last_month": round(float(account.last_month.kwh), _COUNTED),
        "cost_last_month": round(float(account.last_month.cost), _COUNTED),
    }


def estimated(cost: Cost) -> JsonObjectType:
    """Return what is to be expected, in pennies."""
    return {
        "daily": round(cost.daily, _PENNIES),
        "monthly": round(cost.monthly, _PENNIES),
        "yearly": round(cost.yearly, _PENNIES),
    }


def added(device: EnergyDevice) -> JsonObjectType:
    """Return what add_to_energy_dashboard says of a server."""
    return {
        "server_id": device.server_id,
        "energy": device.energy,
        "power": device.power,
    }
