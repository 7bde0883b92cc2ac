"""The pending updates of a server's operating system."""

from typing import Any, override

from homeassistant.components.update import (
    UpdateEntity,
    UpdateEntityDescription,
    UpdateEntityFeature,
)
from homeassistant.core import callback
from homeassistant.helpers.translation import async_get_translations

from ..const import DOMAIN
from ..core.naming import shown
from ..core.remediation.action import ActionRecord, ActionType
from ..core.servers.packages import release_notes
from ..remediation.requests import async_install
from ..servers.coordinator import ServerCoordinator
from .outlined import OutlinedEntity

SYSTEM = UpdateEntityDescription(key="system_update", translation_key="system_update")
_READ = UpdateEntityFeature.RELEASE_NOTES
_FEATURES = {
    False: _READ,
    True: _READ | UpdateEntityFeature.INSTALL | UpdateEntityFeature.PROGRESS,
}
"""What the entity can do, by whether the server lets updates be installed."""
_TEXTS = f"component.{DOMAIN}.selector.updates.options."


class SystemUpdate(OutlinedEntity, UpdateEntity):
    """On while packages can be upgraded; the release notes list them.

    A system of packages has no version of its own: the latest one is the installed
    one and what is pending, so that another number of updates can be skipped anew.
    Where the server lets them be installed, an administrator can have that done here.
    """

    _attr_supported_features = _READ

    def __init__(self, coordinator: ServerCoordinator) -> None:
        """Start without texts."""
        super().__init__(coordinator, SYSTEM)
        self._texts: dict[str, str] = {}
        self._installing: tuple[bool, int | None] = False, None

    # Not `_attr_in_progress`: Home Assistant resets that as soon as it is queued.

    @property
    @override
    def in_progress(self) -> bool:
        """Return whether updates are being installed."""
        return self._installing[0]

    @property
    @override
    def update_percentage(self) -> int | None:
        """Return how far that is; None if nobody knows."""
        return self._installing[1]

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
        self.async_on_remove(
            self._hub.remediator.async_listen(
                self._follow, self.coordinator.config.server_id
            )
        )

    @callback
    def _follow(self, record: ActionRecord) -> None:
        """Show that an installation began, or ended."""
        if record.action.action_type is ActionType.APPLY_UPDATES and self.take_over():
            self.async_write_ha_state()

    @override
    def _outline(self) -> object:
        state = self.coordinator.data
        pending = state.inventory.updates_available, state.inventory.security_updates
        return state.facts.os_info, pending, self._can_install, self._installation()

    @property
    def _can_install(self) -> bool:
        """Return whether the server lets updates be installed."""
        allowed = self.coordinator.data.facts.agent.allowed
        return allowed is not None and allowed.apply_updates

    def _installation(self) -> tuple[bool, int | None]:
        """Return whether updates are being installed, and the percentage."""
        queue = self._hub.remediator.queue
        server_id = self.coordinator.config.server_id
        action = queue.running(server_id, ActionType.APPLY_UPDATES)
        progress = action and queue.progress(action)
        if not progress or progress.percent is None:
            return action is not None, None
        # In steps: each is a row in the history.
        return True, int(progress.percent // 10 * 10)

    @override
    def _show(self) -> None:
        state = self.coordinator.data
        system, inventory = state.facts.os_info, state.inventory
        installed = shown(system.version or system.kernel or "")
        system_name = state.facts.operating_system
        self._attr_supported_features = _FEATURES[self._can_install]
        self._installing = self._installation()
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
    async def async_install(
        self, version: str | None, backup: bool, **kwargs: Any
    ) -> None:
        """Have all updates installed; raises HomelabError if no administrator asks."""
        await async_install(
            self.hass,
            self._hub.remediator,
            self.coordinator,
            self.entity_id,
            self._context,
        )

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
