"""Who decides: a person who is an administrator, and nobody else.

Home Assistant gives each call a context. That of an automation names no user, and
neither does that of a voice satellite or of a template; so they can decide nothing.
"""

from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import Unauthorized

from ..core.alerts.alert import Person
from ..errors import HomelabError


async def async_administrator(
    hass: HomeAssistant, context: Context | None
) -> Person | None:
    """Return the active administrator who stands behind a call; None if nobody does."""
    user_id = context.user_id if context else None
    user = await hass.auth.async_get_user(user_id) if user_id else None
    # Those that Home Assistant makes for its own parts are no persons.
    if user is None or not user.is_active or user.system_generated:
        return None
    return Person.of(user.id, user.name) if user.is_admin else None


async def async_decider(hass: HomeAssistant, context: Context | None) -> Person:
    """Return who decides; raises HomelabError if that is no administrator."""
    person = await async_administrator(hass, context)
    if person is None:
        raise HomelabError("approval_needs_person")
    return person


async def async_asker(hass: HomeAssistant, context: Context) -> Person | None:
    """Return who asks for an action: an administrator, or nobody, as automations do.

    Raises Unauthorized for any other user.
    """
    person = await async_administrator(hass, context)
    if person is None and context.user_id is not None:
        raise Unauthorized(context=context)
    return person
