"""The dialog in which the user chooses what to watch on a server."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from homeassistant.config_entries import SubentryFlowResult
from homeassistant.helpers.selector import (
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import voluptuous as vol

from ...core.hub.settings import ServerConfig
from ...core.naming import shown
from ...core.servers.watch_list import MAX_NAME, Watched
from ...errors import HomelabError
from ...hub import administration
from .steps import ServerSteps


class WatchSteps(ServerSteps):
    """Chooses units and containers from what the agent found."""

    _chosen: ServerConfig | None = None
    """The settings with what was chosen, before it is said what may be down."""

    async def async_step_watch(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask what to watch."""
        server = self._server()
        config, found = server.config, server.data.inventory
        errors: dict[str, str] = {}
        if user_input is not None:
            try:
                self._chosen = administration.checked(
                    replace(
                        config,
                        services=_named(user_input, "services", config.services),
                        containers=_named(user_input, "containers", config.containers),
                    )
                )
            except HomelabError as err:
                errors[err.field or "base"] = err.translation_key
            else:
                if any(self._chosen.watched):
                    return await self.async_step_may_be_down()
                return self._save(self._chosen)
        services, containers = map(list, config.watched)
        return self.async_show_form(
            step_id="watch",
            data_schema=self.add_suggested_values_to_schema(
                vol.Schema(
                    {
                        vol.Optional("services"): _names(
                            {*services, *(found.available_services or ())}
                        ),
                        vol.Optional("containers"): _names(
                            {*containers, *(found.available_containers or ())}
                        ),
                    }
                ),
                user_input or {"services": services, "containers": containers},
            ),
            errors=errors,
            description_placeholders={"name": config.name},
        )

    async def async_step_may_be_down(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask which of them may be down without an alert."""
        chosen = self._chosen
        if chosen is None:
            return await self.async_step_watch()
        if user_input is not None:
            return self._save(
                replace(
                    # Whatever else was changed in the meantime stays.
                    self._server().config,
                    services=_judged(chosen.services, user_input, "services"),
                    containers=_judged(chosen.containers, user_input, "containers"),
                )
            )
        services, containers = chosen.watched
        fields = {
            vol.Optional(key): _names(names, custom=False)
            for key, names in (("services", services), ("containers", containers))
            if names
        }
        return self.async_show_form(
            step_id="may_be_down",
            data_schema=self.add_suggested_values_to_schema(
                vol.Schema(fields),
                {
                    "services": _uncritical(chosen.services),
                    "containers": _uncritical(chosen.containers),
                },
            ),
            description_placeholders={"name": chosen.name},
        )

    def _save(self, config: ServerConfig) -> SubentryFlowResult:
        administration.async_update_server(self._hub(), config)
        return self.async_abort(reason="watch_list_saved")


def _named(
    user_input: Mapping[str, Any], key: str, before: Iterable[Watched]
) -> tuple[Watched, ...]:
    """Return what was chosen; what was watched before keeps how critical it is."""
    known = {item.name: item for item in before}
    return tuple(
        known.get(name, Watched(name=name)) for name in user_input.get(key, ())
    )


def _judged(
    items: Iterable[Watched], user_input: Mapping[str, Any], key: str
) -> tuple[Watched, ...]:
    may_be_down = user_input.get(key, ())
    return tuple(replace(item, critical=item.name not in may_be_down) for item in items)


def _uncritical(items: Iterable[Watched]) -> list[str]:
    return [item.name for item in items if not item.critical]


def _names(names: Iterable[str], *, custom: bool = True) -> SelectSelector:
    """Let the user pick names from a list that can be searched, or write others."""
    return SelectSelector(
        SelectSelectorConfig(
            options=[
                SelectOptionDict(value=name, label=shown(name, MAX_NAME))
                for name in sorted(names, key=str.casefold)
            ],
            multiple=True,
            custom_value=custom,
            mode=SelectSelectorMode.DROPDOWN,
        )
    )
