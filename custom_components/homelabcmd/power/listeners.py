"""Who is told of another draw, and of new books."""

from collections.abc import Callable

from homeassistant.core import CALLBACK_TYPE, callback

from ..const import LOGGER

type Listener = Callable[[], None]


class PowerListeners:
    """Knows who wants to hear."""

    def __init__(self, changed: Callable[[], None]) -> None:
        """Start with nobody but `changed`, which hears everything."""
        self._changed = changed
        self._listeners: dict[str | None, list[Listener]] = {}

    @callback
    def async_listen(self, listener: Listener, server_id: str | None) -> CALLBACK_TYPE:
        """Call `listener` when a server draws another power; None: with new books."""
        self._listeners.setdefault(server_id, []).append(listener)

        def unsubscribe() -> None:
            # Whoever is dropped with its server is none any more.
            if listener in self._listeners.get(server_id, ()):
                self._listeners[server_id].remove(listener)

        return unsubscribe

    def drop(self, server_id: str) -> None:
        """Forget who listens for a server that was removed."""
        self._listeners.pop(server_id, None)

    def tell(self, server_id: str | None) -> None:
        """Tell everybody of it."""
        self._changed()
        for listener in tuple(self._listeners.get(server_id, ())):
            try:
                listener()
            except Exception:  # noqa: BLE001
                # One that fails to show it must not cost the others, nor a heartbeat.
                LOGGER.exception("A power sensor could not be brought up to date")
