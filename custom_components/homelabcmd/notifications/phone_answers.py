"""What people answer from their phones.

The app fires an event, and so may anybody else. So it counts only with the secret of a
message that was sent, from the person whose phone it is, and only if that is an admin.
"""

from typing import Any

from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.util import dt as dt_util

from ..alerts.alerting import Alerting
from ..const import LOGGER
from ..core.alerts.alert import AlertError, Person
from ..core.notifications.outbox import Outbox
from . import reach
from .notifier import Notifier
from .wording import ACKNOWLEDGE

EVENT = "mobile_app_notification_action"
_MOST_LOGGED = 100


class PhoneAnswers:
    """Listens to phones."""

    def __init__(
        self, hass: HomeAssistant, notifier: Notifier, alerting: Alerting
    ) -> None:
        """Prepare."""
        self._hass = hass
        self._notifier = notifier
        self._alerting = alerting
        self._logged: set[tuple[str, str]] = set()

    @callback
    def async_start(self) -> CALLBACK_TYPE:
        """Listen; returns what stops it."""
        return self._hass.bus.async_listen(EVENT, self._async_heard)

    async def _async_heard(self, event: Event[dict[str, Any]]) -> None:
        pressed = event.data.get("action")
        if not isinstance(pressed, str) or not pressed.startswith(ACKNOWLEDGE):
            return
        token = pressed.removeprefix(ACKNOWLEDGE)
        place = self._outbox.whose_button(token, dt_util.utcnow())
        if place is None:
            self._ignored("it belongs to no message, or to an old one", event)
            return
        target_id, alert_id = place
        user_id = event.context.user_id
        user = await self._hass.auth.async_get_user(user_id) if user_id else None
        if user is None or not user.is_active:
            self._ignored("it comes from no user", event)
        elif not user.is_admin:
            self._ignored("only administrators may answer", event)
        elif not self._is_phone_of(target_id, user.id):
            self._ignored("it was sent to somebody else's phone", event)
        else:
            by = Person.of(user.id, user.name)
            try:
                self._alerting.async_acknowledge(alert_id, by, None, event.context)
            except AlertError as err:
                self._ignored(f"of the alert: {err.code}", event)
                return
            await self._alerting.async_save()

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
            "Acknowledge was pressed on a phone by %s and does nothing: %s",
            user_id,
            reason,
        )
