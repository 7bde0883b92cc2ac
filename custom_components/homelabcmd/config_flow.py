"""The dialog that adds the hub, and its options."""

from typing import Any, override

from homeassistant.components import webhook
from homeassistant.config_entries import (
    SOURCE_USER,
    ConfigEntry,
    ConfigFlowContext,
    ConfigFlowResult,
    ConfigSubentryFlow,
    FlowType,
    SubentryFlowContext,
)
from homeassistant.core import callback
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers.selector import (
    BooleanSelector,
    EntitySelector,
    EntitySelectorConfig,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
)
import voluptuous as vol

from .alerts.dialogs import AlertSteps
from .const import CONF_WEBHOOK_ID, DOMAIN, SUBENTRY_SERVER
from .core.alerts.rule_settings import Layer
from .core.hub.settings import (
    MAX_INTERVAL_SECONDS,
    MAX_OFFLINE_SECONDS,
    MAX_TIMEOUT_SECONDS,
    MIN_INTERVAL_SECONDS,
    MIN_TIMEOUT_SECONDS,
    Options,
    offline_too_soon,
)
from .core.power.tariff import MAX_PRICE
from .discovery.dialogs import DeviceSteps
from .hub.entry import HomelabConfigEntry
from .notifications.dialogs.targets import NotificationSteps
from .own_machine.dialogs import OwnMachineSteps
from .own_machine.suggestion import CARD
from .power.outside import read_price, unusable
from .remediation.dialogs import RepairSteps
from .servers.dialogs.add_and_change import ServerFlow

_PRICES = ["sensor", "input_number", "number"]
"""Where an entity may be that says what electricity costs."""
_MAY_BE_EMPTY = frozenset({"price_entity"})


class HomelabConfigFlow(OwnMachineSteps, DeviceSteps, domain=DOMAIN):
    """Adds the hub; there is one."""

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: HomelabConfigEntry) -> HomelabOptionsFlow:
        """Return the dialog of the options."""
        return HomelabOptionsFlow()

    @classmethod
    @callback
    @override
    def async_get_supported_subentry_types(
        cls, config_entry: ConfigEntry
    ) -> dict[str, type[ConfigSubentryFlow]]:
        """Return what the hub consists of: servers."""
        return {SUBENTRY_SERVER: ServerFlow}

    @override
    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for a confirmation and nothing else."""
        # Not by `single_config_entry` in the manifest: that would also forbid the cards
        # of discovered servers, which are config flows as well.
        self._async_abort_entries_match()
        if user_input is None:
            return self.async_show_form(step_id="user")
        return self.async_create_entry(
            title="HomelabCmd", data={CONF_WEBHOOK_ID: webhook.async_generate_id()}
        )

    @override
    async def async_step_integration_discovery(
        self, discovery_info: dict[str, Any]
    ) -> ConfigFlowResult:
        """Begin with this machine, or with a device that was found."""
        if CARD in discovery_info:
            return await self.async_begin_with_this_machine()
        return await super().async_step_integration_discovery(discovery_info)

    @override
    async def async_on_create_entry(self, result: ConfigFlowResult) -> ConfigFlowResult:
        """Go on with adding the first server; Home Assistant 2026.5 and later."""
        server = await self.hass.config_entries.subentries.async_init(
            (result["result"].entry_id, SUBENTRY_SERVER),
            context=SubentryFlowContext(source=SOURCE_USER),
        )
        if server["type"] is FlowResultType.FORM:
            result["next_flow"] = (FlowType.CONFIG_SUBENTRIES_FLOW, server["flow_id"])
        return result


class HomelabOptionsFlow(
    NotificationSteps, RepairSteps, AlertSteps[ConfigFlowContext, ConfigFlowResult, str]
):
    """Changes the options of the hub."""

    async def async_step_init(
        self, _user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask what to change."""
        return self.async_show_menu(
            step_id="init",
            menu_options=["general", "alerts", "notifications", "repairs"],
        )

    @override
    def _alert_layers(self) -> tuple[Layer, tuple[Layer, ...]]:
        return Options.from_mapping(self.config_entry.options).alerts, ()

    @override
    def _save_alerts(self, layer: Layer) -> ConfigFlowResult:
        others = {
            name: value
            for name, value in self.config_entry.options.items()
            if name != "alerts"
        }
        return self.async_create_entry(
            data=others | ({"alerts": layer} if layer else {})
        )

    async def async_step_general(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show the options."""
        options = Options.from_mapping(user_input or self.config_entry.options)
        errors: dict[str, str] = {}
        if user_input is not None:
            if offline_too_soon(
                options.heartbeat_interval_seconds, options.server_offline_seconds
            ):
                errors["server_offline_seconds"] = "offline_too_soon"
            if error := self._price_entity_error(options.price_entity):
                errors["price_entity"] = error
            if not errors:
                # A field that was emptied is not in what was submitted.
                others = {
                    name: value
                    for name, value in self.config_entry.options.items()
                    if name not in _MAY_BE_EMPTY
                }
                return self.async_create_entry(data={**others, **user_input})
        return self.async_show_form(
            step_id="general", data_schema=self._schema(options), errors=errors
        )

    def _price_entity_error(self, entity_id: str | None) -> str | None:
        """Return why an entity can't be the price's; None if it can, or is none."""
        if entity_id is None:
            return None
        return unusable(self.hass, entity_id, lambda: read_price(self.hass, entity_id))

    def _schema(self, options: Options) -> vol.Schema:
        return vol.Schema(
            {
                vol.Required(
                    "heartbeat_interval_seconds",
                    default=options.heartbeat_interval_seconds,
                ): _seconds(MIN_INTERVAL_SECONDS, MAX_INTERVAL_SECONDS),
                vol.Required(
                    "server_offline_seconds", default=options.server_offline_seconds
                ): _seconds(1, MAX_OFFLINE_SECONDS),
                vol.Required(
                    "command_timeout_seconds", default=options.command_timeout_seconds
                ): _seconds(MIN_TIMEOUT_SECONDS, MAX_TIMEOUT_SECONDS),
                vol.Required(
                    "electricity_price", default=options.electricity_price
                ): _price(self.hass.config.currency),
                vol.Optional(
                    "price_entity",
                    description={"suggested_value": options.price_entity},
                ): EntitySelector(EntitySelectorConfig(domain=_PRICES)),
                vol.Optional(
                    "offline_draws_tdp",
                    description={"suggested_value": options.offline_draws_tdp},
                ): BooleanSelector(),
                vol.Required(
                    "show_in_sidebar", default=options.show_in_sidebar
                ): BooleanSelector(),
            }
        )


def _seconds(low: int, high: int) -> vol.All[Any]:
    return vol.All(
        NumberSelector(
            NumberSelectorConfig(
                min=low, max=high, mode=NumberSelectorMode.BOX, unit_of_measurement="s"
            )
        ),
        vol.Coerce(int),
    )


def _price(currency: str) -> vol.All[Any]:
    return vol.All(
        NumberSelector(
            NumberSelectorConfig(
                min=0,
                max=MAX_PRICE,
                step="any",
                mode=NumberSelectorMode.BOX,
                unit_of_measurement=f"{currency}/kWh",
            )
        ),
        # The selector takes NaN.
        vol.Range(min=0),
    )
