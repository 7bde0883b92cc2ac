"""Who decides: a person who is an administrator, and nobody else.

Home Assistant gives each call a context. That of an automation names no user, and
neither does that of a template or of a voice satellite. A script, a scene, a template's
button or `homeassistant.turn_on` keep the context of whoever started them, but it knows
the event that it began with; so a call counts only if its context began with a call of
ours, and a press only if it began with the press of that very button. Who talks to an
assistant is in a chat session.
"""

from collections.abc import Mapping
from typing import Any

from homeassistant.const import (
    ATTR_DOMAIN,
    ATTR_ENTITY_ID,
    ATTR_SERVICE,
    ATTR_SERVICE_DATA,
    EVENT_CALL_SERVICE,
    Platform,
)
from homeassistant.core import Context, Event, HomeAssistant, ServiceCall, callback
from homeassistant.exceptions import Unauthorized
from homeassistant.helpers.chat_session import current_session

from ..const import DOMAIN
from ..core.alerts.alert import Person
from ..errors import HomelabError

PRESS = (Platform.BUTTON, "press")
INSTALL = (Platform.UPDATE, "install")
"""What somebody presses at an entity of ours."""


@callback
def async_follow_calls(hass: HomeAssistant) -> None:
    """Have each call's context know what it began with.

    Home Assistant makes no event, and so keeps no beginning, if nobody listens.
    """

    @callback
    def called(_event: Event[Any]) -> None:
        """Do nothing."""

    hass.bus.async_listen(EVENT_CALL_SERVICE, called)


async def async_decider(call: ServiceCall) -> Person:
    """Return who decides; raises HomelabError if that is no administrator in person."""
    return _decider(await _async_caller(call))


async def async_presser(
    hass: HomeAssistant,
    entity_id: str,
    context: Context | None,
    service: tuple[str, str] = PRESS,
) -> Person:
    """Return who presses a button of ours; raises HomelabError as `async_decider`."""
    began = _began_with(context)
    in_person = (
        began is not None
        and (began[ATTR_DOMAIN], began[ATTR_SERVICE]) == service
        and entity_id in _named(began)
    )
    return _decider(await _async_administrator(hass, context) if in_person else None)


async def async_asker(call: ServiceCall) -> Person | None:
    """Return who asks for an action: an administrator, or nobody, as automations do.

    Raises Unauthorized for a user who is no administrator.
    """
    person, context = await _async_caller(call), call.context
    if person is None and context.user_id is not None:
        user = await call.hass.auth.async_get_user(context.user_id)
        if user is None or not user.is_admin:
            raise Unauthorized(context=context)
    return person


def _decider(person: Person | None) -> Person:
    if person is None:
        raise HomelabError("approval_needs_person")
    return person


async def _async_caller(call: ServiceCall) -> Person | None:
    """Return the administrator who calls in person; None if nobody does."""
    began = _began_with(call.context)
    # What we do for one of our calls starts nothing else under its context.
    if began is None or began[ATTR_DOMAIN] != DOMAIN:
        return None
    return await _async_administrator(call.hass, call.context)


async def _async_administrator(
    hass: HomeAssistant, context: Context | None
) -> Person | None:
    """Return the active administrator that a context names."""
    if context is None or context.user_id is None:
        return None
    user = await hass.auth.async_get_user(context.user_id)
    # Those that Home Assistant makes for its own parts are no persons.
    if user is None or not user.is_active or user.system_generated:
        return None
    return Person.of(user.id, user.name) if user.is_admin else None


def _began_with(context: Context | None) -> Mapping[str, Any] | None:
    """Return the call that a context began with; None if with anything else."""
    event = context.origin_event if context is not None else None
    if (
        event is None
        or event.event_type != EVENT_CALL_SERVICE
        or current_session.get() is not None
    ):
        return None
    call: Mapping[str, Any] = event.data
    return call


def _named(call: Mapping[str, Any]) -> list[str]:
    """Return the entities that a call names one by one."""
    named = call[ATTR_SERVICE_DATA].get(ATTR_ENTITY_ID, [])
    # "all" is among no names: who says that did not think of this one.
    each = named.split(",") if isinstance(named, str) else named
    return [str(name).strip().lower() for name in each]
