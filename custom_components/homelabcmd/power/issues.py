"""What is to repair about power and prices: a source that says nothing usable."""

from collections.abc import Mapping

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir

from ..const import DOMAIN
from ..core.hub.settings import ServerConfig
from ..core.power.source import Problem

TROUBLE_SECONDS = 900
"""A source may fall silent for this long before anybody is bothered: Home Assistant
starts, a plug is moved to another socket, an agent takes its first readings."""
_PRICE_ISSUE = "price"
_SOURCES: Mapping[Problem, str] = {
    Problem.MISSING: "power_missing",
    Problem.UNAVAILABLE: "power_unavailable",
    Problem.NOT_A_NUMBER: "power_not_a_number",
    Problem.NEGATIVE: "power_negative",
    Problem.ABSURD: "power_absurd",
    Problem.UNIT: "power_unit",
    Problem.NOT_MEASURED: "power_not_measured",
}
_PRICES: Mapping[Problem, str] = {
    Problem.MISSING: "price_missing",
    Problem.UNAVAILABLE: "price_unavailable",
    Problem.NOT_A_NUMBER: "price_not_a_number",
    Problem.ABSURD: "price_absurd",
    Problem.UNIT: "price_unit",
    Problem.CURRENCY: "price_currency",
}


class PowerIssues:
    """Raises repairs of what has been in trouble for some time, and ends them."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Start with none."""
        self._hass = hass
        self._since: dict[str, float] = {}
        """When the trouble of a server, or of the price, began."""
        self._said: dict[str, str] = {}

    def source(
        self,
        config: ServerConfig,
        entity_id: str,
        problem: Problem | None,
        mono: float,
    ) -> None:
        """Take note of how a server's source fares."""
        placeholders = {"name": config.name, "entity_id": entity_id}
        self._note(
            _source_issue(config.server_id),
            problem and _SOURCES[problem],
            placeholders,
            mono,
        )

    def price(
        self, entity_id: str | None, problem: Problem | None, mono: float
    ) -> None:
        """Take note of how the price's entity fares."""
        placeholders = {"entity_id": entity_id or ""}
        self._note(_PRICE_ISSUE, problem and _PRICES[problem], placeholders, mono)

    def drop(self, server_id: str) -> None:
        """Forget a server."""
        self._end(_source_issue(server_id))

    def _note(
        self,
        issue_id: str,
        text: str | None,
        placeholders: dict[str, str],
        mono: float,
    ) -> None:
        if text is None:
            if issue_id in self._since or issue_id in self._said:
                self._end(issue_id)
            return
        since = self._since.setdefault(issue_id, mono)
        if mono - since < TROUBLE_SECONDS or self._said.get(issue_id) == text:
            return
        self._said[issue_id] = text
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            issue_id,
            is_fixable=False,
            severity=ir.IssueSeverity.WARNING,
            translation_key=text,
            translation_placeholders=placeholders,
        )

    def _end(self, issue_id: str) -> None:
        self._since.pop(issue_id, None)
        self._said.pop(issue_id, None)
        ir.async_delete_issue(self._hass, DOMAIN, issue_id)


def _source_issue(server_id: str) -> str:
    return f"power_{server_id}"
