"""What Home Assistant's Supervisor knows of its machine, by its update entities."""

from homeassistant.components.update import DOMAIN as UPDATE
from homeassistant.const import STATE_ON
from homeassistant.core import HomeAssistant, State, callback
from homeassistant.helpers import entity_registry as er

from ..core.own_machine.reading import Pending, Supervised

_PLATFORM = "hassio"
_SYSTEM = "home_assistant_os_version_latest"
"""The unique id of the entity of the operating system; others have none."""


@callback
def supervised(hass: HomeAssistant) -> Supervised | None:
    """Return what it knows; None where there is none, or it has not said yet.

    Home Assistant's own entities are asked, for the way to ask the Supervisor itself
    differs from version to version.
    """
    if _PLATFORM not in hass.config.components:
        return None
    found = {
        entry.unique_id: state
        for entry in er.async_get(hass).entities.values()
        if (entry.domain, entry.platform) == (UPDATE, _PLATFORM)
        and (state := hass.states.get(entry.entity_id)) is not None
    }
    if not found:
        return None
    system = found.get(_SYSTEM)
    return Supervised(
        distribution=None if system is None else "Home Assistant OS",
        version=None if system is None else system.attributes.get("installed_version"),
        pending=tuple(
            _pending(state) for state in found.values() if state.state == STATE_ON
        ),
    )


def _pending(state: State) -> Pending:
    told = state.attributes
    return Pending(
        name=told.get("title") or state.name,
        current=told.get("installed_version"),
        candidate=told.get("latest_version"),
    )
