"""A notify action that works, or does not, and targets that use it."""

from typing import Any

from homeassistant.core import HomeAssistant, ServiceCall


def target(target_id: str, kind: str = "action", **more: Any) -> dict[str, Any]:
    """Return a target as the dialog stores it."""
    return {
        "target_id": target_id,
        "kind": kind,
        "name": target_id.title(),
        "address": target_id if kind == "action" else "",
        "severities": ["critical", "high"],
        **more,
    }


class Mail:
    """A notify action that works, or does not."""

    def __init__(self, hass: HomeAssistant, name: str = "mail") -> None:
        self.letters: list[dict[str, Any]] = []
        self.error: Exception | None = None
        self.calls = 0
        hass.services.async_register("notify", name, self._take)

    async def _take(self, call: ServiceCall) -> None:
        self.calls += 1
        if self.error is not None:
            raise self.error
        self.letters.append(dict(call.data))

    @property
    def titles(self) -> list[str]:
        titles = [letter["title"] for letter in self.letters]
        self.letters.clear()
        return titles
