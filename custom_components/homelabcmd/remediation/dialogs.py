"""The dialog of repairs: what may happen without a person."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import ConfigFlowResult, OptionsFlow
from homeassistant.helpers.selector import (
    BooleanSelector,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import voluptuous as vol

from ..core.remediation.action import ActionType
from ..core.remediation.approval import AUTO_TYPES, AutoApproval
from .remediator import CONF_AUTO_APPROVAL


class RepairSteps(OptionsFlow):
    """Lets the user choose what needs no approval."""

    async def async_step_repairs(
        self, user_input: Mapping[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask what may happen by itself."""
        stored = self.config_entry.options.get(CONF_AUTO_APPROVAL) or {}
        auto = AutoApproval.from_data(stored)
        if user_input is None:
            return self.async_show_form(step_id="repairs", data_schema=_schema(auto))
        chosen = auto.with_choice(
            (ActionType(name) for name in user_input["auto_types"]),
            enabled=user_input["auto_enabled"],
        )
        return self.async_create_entry(
            data={**self.config_entry.options, CONF_AUTO_APPROVAL: chosen.as_data()}
        )


def _schema(auto: AutoApproval) -> vol.Schema:
    return vol.Schema(
        {
            vol.Required("auto_enabled", default=auto.enabled): BooleanSelector(),
            vol.Required(
                "auto_types", default=[kind.value for kind in auto.for_all]
            ): SelectSelector(
                SelectSelectorConfig(
                    options=[kind.value for kind in AUTO_TYPES],
                    multiple=True,
                    mode=SelectSelectorMode.LIST,
                    translation_key="action_type",
                )
            ),
        }
    )
