"""Entities that write a state when what they show of a server has changed."""

from abc import abstractmethod
from typing import override

from .base import ServerEntity


class OutlinedEntity(ServerEntity):
    """Writes its state when something of it changed."""

    _written: object = None

    @abstractmethod
    def _outline(self) -> object:
        """Return what makes a row when it changes."""

    @abstractmethod
    def _show(self) -> None:
        """Show what is known now."""

    @override
    async def async_added_to_hass(self) -> None:
        """Start with what is known."""
        await super().async_added_to_hass()
        self.take_over()

    @override
    def take_over(self) -> bool:
        """Write what is worth it."""
        outline = (self.available, self._outline())
        if outline == self._written:
            return False
        self._written = outline
        self._show()
        return True
