"""The dialogs of the alert rules, for all servers and for one alike.

The rules are shown in groups, a section for each alert. What is stored is only what
differs from the layer below, so that whatever was left alone follows it.
"""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

from homeassistant.data_entry_flow import FlowContext, FlowHandler, FlowResult, section
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import voluptuous as vol

from ..core.alerts.rule_settings import Layer, mistakes, settings_of
from ..core.alerts.rules import LEVELS, AlertType, Level, RuleSettings, Severity

GROUPS: dict[str, tuple[str, ...]] = {
    "alerts_disk": ("disk_warning", "disk_critical"),
    "alerts_load": ("cpu_warning", "memory_warning"),
    "alerts_temperature": ("temperature_high",),
    "alerts_watched": ("service_down", "container_down", "container_unhealthy"),
    "alerts_upkeep": (
        "security_update",
        "update_available",
        "reboot_required",
        "agent_outdated",
        "collector_failed",
    ),
    "alerts_presence": (
        "server_offline",
        "flapping",
        "remediation_failed",
    ),
}
"""The steps, and the levels that are shown in each."""

FROM_BELOW = "use_hub"
"""The switch that gives a group back to the layer below."""

_UNITS: dict[str, str | None] = {
    AlertType.TEMPERATURE_HIGH: "°C",
    AlertType.FLAPPING: None,
}
"""Thresholds that are no percentages."""


class AlertSteps[ContextT: FlowContext, ResultT: FlowResult[Any, Any], HandlerT](
    FlowHandler[ContextT, ResultT, HandlerT]
):
    """Lets the user choose a group of alerts and change their settings."""

    @abstractmethod
    def _alert_layers(self) -> tuple[Layer, tuple[Layer, ...]]:
        """Return the layer to change, and what lies below it besides the defaults."""

    @abstractmethod
    def _save_alerts(self, layer: Layer) -> ResultT:
        """Store the layer and close the dialog."""

    def _alert_placeholders(self) -> dict[str, str]:
        """Return what the texts of the steps name."""
        return {}

    async def async_step_alerts(
        self, _user_input: dict[str, Any] | None = None
    ) -> ResultT:
        """Ask which alerts to change."""
        self._alert_layers()
        return self.async_show_menu(
            step_id="alerts",
            menu_options=[
                "alerts_disk",
                "alerts_load",
                "alerts_temperature",
                "alerts_watched",
                "alerts_upkeep",
                "alerts_presence",
            ],
            description_placeholders=self._alert_placeholders(),
        )

    async def async_step_alerts_disk(
        self, user_input: dict[str, Any] | None = None
    ) -> ResultT:
        """Change the alerts about full disks."""
        return self._alert_group("alerts_disk", user_input)

    async def async_step_alerts_load(
        self, user_input: dict[str, Any] | None = None
    ) -> ResultT:
        """Change the alerts about CPU and memory."""
        return self._alert_group("alerts_load", user_input)

    async def async_step_alerts_temperature(
        self, user_input: dict[str, Any] | None = None
    ) -> ResultT:
        """Change the alert about heat."""
        return self._alert_group("alerts_temperature", user_input)

    async def async_step_alerts_watched(
        self, user_input: dict[str, Any] | None = None
    ) -> ResultT:
        """Change the alerts about services and containers."""
        return self._alert_group("alerts_watched", user_input)

    async def async_step_alerts_upkeep(
        self, user_input: dict[str, Any] | None = None
    ) -> ResultT:
        """Change the alerts about updates, restarts and the agent."""
        return self._alert_group("alerts_upkeep", user_input)

    async def async_step_alerts_presence(
        self, user_input: dict[str, Any] | None = None
    ) -> ResultT:
        """Change the alerts about silence, flapping and failed remedies."""
        return self._alert_group("alerts_presence", user_input)

    def _alert_group(self, step_id: str, user_input: dict[str, Any] | None) -> ResultT:
        layer, below = self._alert_layers()
        keys = GROUPS[step_id]
        errors: dict[str, str] = {}
        if user_input is not None:
            group: Layer = {}
            if not user_input.get(FROM_BELOW):
                group = sparse(user_input, settings_of(*below), keys)
            # A form can't mark a field in a section, so the section is marked.
            errors = {
                place.partition(".")[0]: mistake.value
                for place, mistake in mistakes(group, *below).items()
            }
            if not errors:
                others = {key: layer[key] for key in layer if key not in keys}
                return self._save_alerts({**others, **group})
        fields: dict[vol.Marker, Any] = {}
        if below and not layer.keys().isdisjoint(keys):
            fields[vol.Optional(FROM_BELOW, default=False)] = BooleanSelector()
        settings = settings_of(*below, layer)
        for key in keys:
            fields[vol.Required(key)] = _section(key)
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(
                vol.Schema(fields),
                user_input or {key: _shown(LEVELS[key], settings[key]) for key in keys},
            ),
            errors=errors,
            description_placeholders=self._alert_placeholders(),
        )


def sparse(
    given: Mapping[str, Mapping[str, Any]],
    below: Mapping[str, RuleSettings],
    keys: tuple[str, ...],
) -> dict[str, dict[str, Any]]:
    """Return the settings of some levels as far as they differ from those below."""
    changed = {}
    for key in keys:
        settable = LEVELS[key].settable
        wanted = {name: _plain(given[key].get(name)) for name in settable}
        changes = {
            name: value
            for name, value in wanted.items()
            if value != getattr(below[key], name)
        }
        if "threshold" in changes:
            # A clear threshold goes with its threshold: it is not the one below.
            changes.pop("clear", None)
            if wanted.get("clear") is not None:
                changes["clear"] = wanted["clear"]
        if changes:
            changed[key] = changes
    return changed


def _plain(value: object) -> object:
    """Return a whole number as such, as a user would write it."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _shown(level: Level, settings: RuleSettings) -> dict[str, Any]:
    """Return the settings of a level as its section suggests them."""
    values = {name: getattr(settings, name) for name in level.settable}
    return {name: value for name, value in values.items() if value is not None}


def _section(key: str) -> section:
    # What is out of range is found by the core, which has translated words for it.
    unit = _UNITS.get(key, "%")
    selectors = {
        "enabled": BooleanSelector(),
        "threshold": _number(unit),
        "clear": _number(unit),
        "duration": _number("s"),
        "all_sensors": BooleanSelector(),
        "severity": SelectSelector(
            SelectSelectorConfig(
                options=[severity.value for severity in reversed(Severity)],
                translation_key="alert_severity",
                mode=SelectSelectorMode.DROPDOWN,
            )
        ),
    }
    return section(
        vol.Schema(
            {
                _marker(name): selector
                for name, selector in selectors.items()
                if name in LEVELS[key].settable
            }
        )
    )


def _marker(setting: str) -> vol.Marker:
    """Return the marker of a setting; only the clear threshold may be left empty."""
    return vol.Optional(setting) if setting == "clear" else vol.Required(setting)


def _number(unit: str | None) -> NumberSelector:
    config = NumberSelectorConfig(mode=NumberSelectorMode.BOX, step="any")
    if unit is not None:
        config["unit_of_measurement"] = unit
    return NumberSelector(config)
