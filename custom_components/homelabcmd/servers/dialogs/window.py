"""The dialog in which a server is given a maintenance window."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import time
from typing import Any

from homeassistant.config_entries import SubentryFlowResult
from homeassistant.helpers.selector import (
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TimeSelector,
)
from homeassistant.util import dt as dt_util
import voluptuous as vol

from ...core.remediation.window import Day, Window
from ...hub import administration
from .steps import ServerSteps

_USUAL = {"days": [], "start": "03:00:00", "end": "05:00:00"}
"""What the dialog begins with."""
_SCHEMA = vol.Schema(
    {
        vol.Optional("days", default=[]): SelectSelector(
            SelectSelectorConfig(
                options=[day.value for day in Day],
                multiple=True,
                mode=SelectSelectorMode.LIST,
                translation_key="day",
            )
        ),
        vol.Required("start"): TimeSelector(),
        vol.Required("end"): TimeSelector(),
    }
)


class WindowSteps(ServerSteps):
    """Says when updates that need no person may be installed."""

    async def async_step_window(
        self, user_input: Mapping[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for days and times."""
        config = self._server().config
        errors: dict[str, str] = {}
        if user_input is not None:
            if (window := _window(user_input)).start == window.end:
                errors["end"] = "same_time"
            else:
                administration.async_update_server(
                    self._hub(), replace(config, window=window if window.days else None)
                )
                return self.async_abort(reason="reconfigure_successful")
        known = config.window.as_data() if config.window else _USUAL
        return self.async_show_form(
            step_id="window",
            data_schema=self.add_suggested_values_to_schema(
                _SCHEMA, user_input or known
            ),
            errors=errors,
            description_placeholders={"name": config.name},
        )


def _window(user_input: Mapping[str, Any]) -> Window:
    return Window(
        days=frozenset(map(Day, user_input["days"])),
        start=_time(user_input["start"]),
        end=_time(user_input["end"]),
    )


def _time(text: str) -> time:
    # The selector takes "3:00" as well, and nothing that is no time.
    return dt_util.parse_time(text) or time()
