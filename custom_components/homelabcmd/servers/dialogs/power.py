"""The dialog in which a server is given its source of power."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from homeassistant.config_entries import SubentryFlowResult
from homeassistant.helpers.selector import (
    EntitySelector,
    EntitySelectorConfig,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
)
import voluptuous as vol

from ...core.power.source import FIELDS, MAX_WATTS, WHOLE, Kind, Source
from ...errors import HomelabError
from ...hub import administration
from ...power.outside import read_source, unusable
from .steps import ServerSteps

_USUAL: Mapping[Kind, Mapping[str, float]] = {
    Kind.CPU: {"idle_watts": 20, "full_watts": 65},
    Kind.RAPL: {"rest_watts": 15},
    Kind.SENSOR: {"share": WHOLE},
}
"""What the forms begin with."""


def _watts(low: float = 0) -> NumberSelector:
    return NumberSelector(
        NumberSelectorConfig(
            min=low,
            max=MAX_WATTS,
            step="any",
            mode=NumberSelectorMode.BOX,
            unit_of_measurement="W",
        )
    )


_CPU = vol.Schema(
    {vol.Required("idle_watts"): _watts(), vol.Required("full_watts"): _watts()}
)
_RAPL = vol.Schema({vol.Required("rest_watts"): _watts()})
_SENSOR = vol.Schema(
    {
        vol.Required("entity_id"): EntitySelector(
            EntitySelectorConfig(
                filter={"domain": "sensor", "device_class": ["power", "energy"]}
            )
        ),
        vol.Required("share"): NumberSelector(
            NumberSelectorConfig(
                min=0.1,
                max=WHOLE,
                step="any",
                mode=NumberSelectorMode.SLIDER,
                unit_of_measurement="%",
            )
        ),
    }
)


class PowerSteps(ServerSteps):
    """Says from where it is known what a server draws."""

    async def async_step_power(
        self, _user_input: Mapping[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for the kind of source."""
        server = self._server()
        watts = self._hub().metering.draw(self._server_id).watts
        return self.async_show_menu(
            step_id="power",
            menu_options=["power_tdp", "power_cpu", "power_rapl", "power_sensor"],
            description_placeholders={
                "name": server.config.name,
                "watts": "?" if watts is None else f"{watts:.0f}",
            },
        )

    async def async_step_power_tdp(
        self, user_input: Mapping[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for the typical draw."""
        config = self._server().config
        errors: dict[str, str] = {}
        if user_input is not None:
            try:
                administration.async_update_server(
                    self._hub(),
                    replace(config, power=Source(), tdp_watts=user_input["tdp_watts"]),
                )
            except HomelabError as err:
                errors["tdp_watts"] = err.translation_key
            else:
                return self.async_abort(reason="reconfigure_successful")
        return self.async_show_form(
            step_id="power_tdp",
            data_schema=self.add_suggested_values_to_schema(
                vol.Schema(
                    {
                        vol.Required("tdp_watts"): _watts(
                            low=administration.MIN_TDP_WATTS
                        )
                    }
                ),
                user_input or {"tdp_watts": config.tdp_watts},
            ),
            errors=errors,
            description_placeholders={"name": config.name},
        )

    async def async_step_power_cpu(
        self, user_input: Mapping[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for the draw of an idle CPU, and of a busy one."""
        errors: dict[str, str] = {}
        if user_input is not None:
            if user_input["full_watts"] >= user_input["idle_watts"]:
                return self._choose_source(Kind.CPU, user_input)
            errors["full_watts"] = "full_below_idle"
        return self.async_show_form(
            step_id="power_cpu",
            data_schema=self._source_form(_CPU, Kind.CPU, user_input),
            errors=errors,
            description_placeholders={"name": self._server().config.name},
        )

    async def async_step_power_rapl(
        self, user_input: Mapping[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask what all but the processors draw."""
        if user_input is not None:
            return self._choose_source(Kind.RAPL, user_input)
        return self.async_show_form(
            step_id="power_rapl",
            data_schema=self._source_form(_RAPL, Kind.RAPL, None),
            description_placeholders={"name": self._server().config.name},
        )

    async def async_step_power_sensor(
        self, user_input: Mapping[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for the sensor, and how much of it is the server's."""
        errors: dict[str, str] = {}
        if user_input is not None:
            source = Source.from_data({"kind": Kind.SENSOR, **user_input})
            error = unusable(
                self.hass, source.entity_id, lambda: read_source(self.hass, source)
            )
            if error:
                errors["entity_id"] = error
            elif self._shared(source.entity_id) + source.share > WHOLE:
                errors["share"] = "share_too_large"
            else:
                return self._choose_source(Kind.SENSOR, user_input)
        return self.async_show_form(
            step_id="power_sensor",
            data_schema=self._source_form(_SENSOR, Kind.SENSOR, user_input),
            errors=errors,
            description_placeholders={"name": self._server().config.name},
        )

    def _shared(self, entity_id: str) -> float:
        """Return how many percent of a sensor are other servers'."""
        return sum(
            server.config.power.share
            for server_id, server in self._hub().servers.items()
            if server_id != self._server_id
            and server.config.power.entity_id == entity_id
        )

    def _source_form(
        self, schema: vol.Schema, kind: Kind, user_input: Mapping[str, Any] | None
    ) -> vol.Schema:
        source = self._server().config.power
        known = source.as_data() if source.kind is kind else _USUAL[kind]
        return self.add_suggested_values_to_schema(schema, user_input or known)

    def _choose_source(
        self, kind: Kind, user_input: Mapping[str, Any]
    ) -> SubentryFlowResult:
        fields = {name: user_input[name] for name in FIELDS[kind]}
        power = Source.from_data({"kind": kind, **fields})
        administration.async_update_server(
            self._hub(), replace(self._server().config, power=power)
        )
        return self.async_abort(reason="reconfigure_successful")
