"""The pending updates of a server's operating system."""

from typing import override

from homeassistant.components.update import (
    UpdateEntity,
    UpdateEntityDescription,
    UpdateEntityFeature,
)
from homeassistant.helpers.translation import async_get_translations

from ..const import DOMAIN
from ..core.naming import shown
from ..core.servers.packages import release_notes
from ..servers.coordinator import ServerCoordinator
from .outlined import OutlinedEntity

SYSTEM = UpdateEntityDescription(key="system_update", translation_key="system_update")
_TEXTS = f"component.{DOMAIN}.selector.updates.options."


class SystemUpdate(OutlinedEntity, UpdateEntity):
    """On while packages can be upgraded; the release notes list them.

    A system of packages has no version of its own: the latest one is the installed
    one and what is pending, so that another number of updates can be skipped anew.
    """

    _attr_supported_features = UpdateEntityFeature.RELEASE_NOTES

    def __init__(self, coordinator: ServerCoordinator) -> None:
        """Start without texts."""
        super().__init__(coordinator, SYSTEM)
        self._texts: dict[str, str] = {}

    @override
    async def async_added_to_hass(self) -> None:
        """Fetch the texts and start with what is known."""
        texts = await async_get_translations(
            self.hass, self.hass.config.language, "selector", [DOMAIN]
        )
        self._texts = {
            key.removeprefix(_TEXTS): text
            for key, text in texts.items()
            if key.startswith(_TEXTS)
        }
        await super().async_added_to_hass()

    @override
    def _outline(self) -> object:
        state = self.coordinator.data
        pending = state.inventory.updates_available, state.inventory.security_updates
        return state.facts.os_info, pending

    @override
    def _show(self) -> None:
        state = self.coordinator.data
        system, inventory = state.facts.os_info, state.inventory
        installed = shown(system.version or system.kernel or "")
        system_name = state.facts.operating_system
        self._attr_title = system_name and shown(system_name)
        self._attr_installed_version = installed
        pending, security = inventory.updates_available, inventory.security_updates
        if pending is None:
            self._attr_latest_version = None
        elif pending == 0:
            self._attr_latest_version = installed
        else:
            text = self._texts["pending_security" if security else "pending"]
            counts = text.format(count=pending, security=security)
            self._attr_latest_version = f"{installed} ({counts})"

    @override
    def version_is_newer(self, latest_version: str, installed_version: str) -> bool:
        """Return True: they only differ if something is pending."""
        return True

    @override
    async def async_release_notes(self) -> str | None:
        """Return the packages that can be upgraded."""
        inventory = self.coordinator.data.inventory
        return release_notes(
            inventory.packages or (), inventory.updates_available or 0, self._texts
        )
