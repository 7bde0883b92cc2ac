"""What people answer from their phones.

The app fires an event, and so may anybody else. So it counts only with the secret of a
message that was sent, from the person whose phone it is, and only if that is an admin.
"""

from collections.abc import Callable, Coroutine
from typing import Any

from homeassistant.core import (
    CALLBACK_TYPE,
    Context,
    Event,
    HomeAssistant,
    callback,
)
from homeassistant.util import dt as dt_util

from ..alerts.alerting import Alerting
from ..const import LOGGER
from ..core.alerts.alert import AlertError, Person
from ..core.notifications.outbox import Outbox
from ..core.remediation.action import ActionError
from ..remediation.remediator import Remediator
from . import reach
from .notifier import Notifier
from .wording import ACKNOWLEDGE, APPROVE, REJECT

EVENT = "mobile_app_notification_action"
_MOST_LOGGED = 100

type _Answer = Callable[[str, Person, Context], Coroutine[Any, Any, None]]
"""Does what a button says to an alert or an action; raises their errors."""


class PhoneAnswers:
    """Listens to phones."""

    def __init__(
        self,
        hass: HomeAssistant,
        notifier: Notifier,
        alerting: Alerting,
        remediator: Remediator,
    ) -> None:
        """Prepare."""
        self._hass = hass
        self._notifier = notifier
        self._alerting = alerting
        self._remediator = remediator
        self._logged: set[tuple[str, str]] = set()
        self._answers: dict[str, _Answer] = {
            ACKNOWLEDGE: self._async_acknowledge,
            APPROVE: self._async_approve,
            REJECT: self._async_reject,
        }

    @callback
    def async_start(self) -> CALLBACK_TYPE:
        """Listen; returns what stops it."""
        return self._hass.bus.async_listen(EVENT, self._async_heard)

    async def _async_heard(self, event: Event[dict[str, Any]]) -> None:
        pressed = event.data.get("action")
        if not isinstance(pressed, str):
            return
        for button, answer in self._answers.items():
            if pressed.startswith(button):
                await self._async_pressed(answer, pressed.removeprefix(button), event)

    async def _async_pressed(
        self, answer: _Answer, token: str, event: Event[dict[str, Any]]
    ) -> None:
        place = self._outbox.whose_button(token, dt_util.utcnow())
        late = self._outbox.spent.get(token) if place is None else None
        if (found := place or late) is None:
            self._ignored("it belongs to no message, or to an old one", event)
            return
        target_id, subject_id = found
        user_id = event.context.user_id
        user = await self._hass.auth.async_get_user(user_id) if user_id else None
        if user is None or not user.is_active:
            self._ignored("it comes from no user", event)
        elif not user.is_admin:
            self._ignored("only administrators may answer", event)
        elif not self._is_phone_of(target_id, user.id):
            self._ignored("it was sent to somebody else's phone", event)
        elif late is not None:
            await self._async_too_late(target_id, subject_id)
        else:
            by = Person.of(user.id, user.name)
            try:
                await answer(subject_id, by, event.context)
            except AlertError as err:
                self._ignored(f"of the alert: {err.code}", event)
            except ActionError as err:
                self._ignored(f"of the action: {err.code}", event)
                await self._async_too_late(target_id, subject_id)

    async def _async_acknowledge(
        self, alert_id: str, by: Person, context: Context
    ) -> None:
        self._alerting.async_acknowledge(alert_id, by, None, context)
        await self._alerting.async_save()

    async def _async_approve(
        self, action_id: str, by: Person, context: Context
    ) -> None:
        await self._remediator.async_approve(action_id, by, None, context)

    async def _async_reject(self, action_id: str, by: Person, context: Context) -> None:
        await self._remediator.async_reject(action_id, by, None, context)

    async def _async_too_late(self, target_id: str, action_id: str) -> None:
        """Tell who pressed that it did nothing."""
        target = self._notifier.targets.get(target_id)
        action = self._remediator.queue.actions.get(action_id)
        if target is not None and action is not None:
            await self._notifier.async_answer(target, action)

    @property
    def _outbox(self) -> Outbox:
        return self._notifier.outbox

    def _is_phone_of(self, target_id: str, user_id: str) -> bool:
        target = self._notifier.targets.get(target_id)
        return (
            target is not None
            and reach.phone_user(self._hass, target.address) == user_id
        )

    def _ignored(self, reason: str, event: Event[dict[str, Any]]) -> None:
        """Say once why an answer does nothing."""
        user_id = event.context.user_id or "nobody"
        if (reason, user_id) in self._logged or len(self._logged) >= _MOST_LOGGED:
            return
        self._logged.add((reason, user_id))
        LOGGER.warning(
            "A button was pressed on a phone by %s and does nothing: %s",
            user_id,
            reason,
        )
