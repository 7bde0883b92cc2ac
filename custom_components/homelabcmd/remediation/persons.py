"""Who decides: a person who is an administrator, and nobody else.

Home Assistant gives each call a context. That of an automation names no user, and
neither does that of a template or of a voice satellite. A script, a scene or
`homeassistant.turn_on` keep the context of whoever started them, but it knows the event
that it began with; so only a call that began as one of ours, or as the press of a
button, counts. Who talks to an assistant is in a chat session.
"""

from typing import Any

from homeassistant.const import ATTR_DOMAIN, ATTR_SERVICE, EVENT_CALL_SERVICE
from homeassistant.core import Context, Event, HomeAssistant, callback
from homeassistant.exceptions import Unauthorized
from homeassistant.helpers.chat_session import current_session

from ..const import DOMAIN
from ..core.alerts.alert import Person
from ..errors import HomelabError

_DIRECT = frozenset({("button", "press"), ("update", "install")})
"""Actions of others by which a person decides; besides all of ours."""


@callback
def async_follow_calls(hass: HomeAssistant) -> None:
    """Have each call's context know what it began with.

    Home Assistant makes no event, and so keeps no beginning, if nobody listens.
    """

    @callback
    def called(_event: Event[Any]) -> None:
        """Do nothing."""

    hass.bus.async_listen(EVENT_CALL_SERVICE, called)


async def async_administrator(
    hass: HomeAssistant, context: Context | None
) -> Person | None:
    """Return the active administrator who calls in person; None if nobody does."""
    if context is None or context.user_id is None or not _in_person(context):
        return None
    user = await hass.auth.async_get_user(context.user_id)
    # Those that Home Assistant makes for its own parts are no persons.
    if user is None or not user.is_active or user.system_generated:
        return None
    return Person.of(user.id, user.name) if user.is_admin else None


def _in_person(context: Context) -> bool:
    """Return whether a call came from a person, and not by way of something else."""
    began = context.origin_event
    if (
        began is None
        or began.event_type != EVENT_CALL_SERVICE
        or current_session.get() is not None
    ):
        return False
    domain, service = began.data[ATTR_DOMAIN], began.data[ATTR_SERVICE]
    return domain == DOMAIN or (domain, service) in _DIRECT


async def async_decider(hass: HomeAssistant, context: Context | None) -> Person:
    """Return who decides; raises HomelabError if that is no administrator in person."""
    person = await async_administrator(hass, context)
    if person is None:
        raise HomelabError("approval_needs_person")
    return person


async def async_asker(hass: HomeAssistant, context: Context) -> Person | None:
    """Return who asks for an action: an administrator, or nobody, as automations do.

    Raises Unauthorized for a user who is no administrator.
    """
    person = await async_administrator(hass, context)
    if person is None and context.user_id is not None:
        user = await hass.auth.async_get_user(context.user_id)
        if user is None or not user.is_admin:
            raise Unauthorized(context=context)
    return person
