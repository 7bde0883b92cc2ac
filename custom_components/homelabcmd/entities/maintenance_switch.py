"""Maintenance: while it is on, nobody is told of a server's alerts."""

from collections.abc import Mapping
from typing import Any, override

from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.exceptions import Unauthorized, UnknownUser

from ..servers.coordinator import ServerCoordinator
from .base import ServerEntity

MAINTENANCE = SwitchEntityDescription(
    key="maintenance",
    translation_key="maintenance",
    # So that "all switches of the basement" does not mean it.
    entity_category=EntityCategory.CONFIG,
)


class MaintenanceSwitch(ServerEntity, SwitchEntity):
    """On until somebody ends it, or until the end that was given with the action."""

    def __init__(self, coordinator: ServerCoordinator) -> None:
        """Start with what is known."""
        super().__init__(coordinator, MAINTENANCE)
        self._shown = coordinator.alerts.maintenance

    @property
    @override
    def is_on(self) -> bool:
        """Return whether maintenance is on."""
        return self._shown is not None

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any]:
        """Return when it ends by itself, if it does."""
        until = self._shown and self._shown.until
        return {"until": until} if until else {}

    @property
    @override
    def available(self) -> bool:
        """Return True: planned work is when a server is away."""
        return True

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Begin maintenance that lasts until it is ended.

        What is on stays as it is: an end that somebody set must not get lost.
        """
        if not self.is_on:
            await self._async_set(enabled=True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """End maintenance: what is still wrong is told now."""
        await self._async_set(enabled=False)

    async def _async_set(self, *, enabled: bool) -> None:
        await self._async_check_admin()
        alerting = self._hub.alerting
        alerting.async_set_maintenance(
            self.coordinator, enabled=enabled, context=self._context
        )
        await alerting.async_save()

    async def _async_check_admin(self) -> None:
        """Raise Unauthorized as set_maintenance does: automations may, users not all.

        Home Assistant lets every user turn a switch, and this one silences alerts.
        """
        user_id = self._context.user_id if self._context else None
        if user_id is None:
            return
        user = await self.hass.auth.async_get_user(user_id)
        if user is None:
            raise UnknownUser(context=self._context, entity_id=self.entity_id)
        if not user.is_admin:
            raise Unauthorized(context=self._context, entity_id=self.entity_id)

    @override
    def take_over(self) -> bool:
        """Write when maintenance began, ended or got another end."""
        before, self._shown = self._shown, self.coordinator.alerts.maintenance
        return self._shown is not before
