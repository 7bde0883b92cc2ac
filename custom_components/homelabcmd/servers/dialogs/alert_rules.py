"""The dialog in which a server is given alert settings of its own."""

from dataclasses import replace
from typing import override

from homeassistant.config_entries import SubentryFlowContext, SubentryFlowResult

from ...alerts.dialogs import AlertSteps
from ...core.alerts.rule_settings import Layer
from ...hub import administration
from .steps import ServerSteps


class ServerAlertSteps(
    AlertSteps[SubentryFlowContext, SubentryFlowResult, tuple[str, str]], ServerSteps
):
    """Changes what a server has of its own; the rest follows the hub."""

    @override
    def _alert_layers(self) -> tuple[Layer, tuple[Layer, ...]]:
        return self._server().config.alerts, (self._hub().options.alerts,)

    @override
    def _alert_placeholders(self) -> dict[str, str]:
        return {"name": self._server().config.name}

    @override
    def _save_alerts(self, layer: Layer) -> SubentryFlowResult:
        administration.async_update_server(
            self._hub(), replace(self._server().config, alerts=layer)
        )
        return self.async_abort(reason="alerts_saved")
