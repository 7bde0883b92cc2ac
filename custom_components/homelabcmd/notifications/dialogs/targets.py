"""The dialogs of the targets: who is told, of what, and when not."""

from collections.abc import Mapping
import secrets
from typing import Any

from homeassistant.config_entries import (
    ConfigEntryState,
    ConfigFlowResult,
    OptionsFlow,
)
from homeassistant.data_entry_flow import AbortFlow
from homeassistant.helpers.selector import (
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import voluptuous as vol

from ...core.hub.settings import ServerConfig
from ...core.notifications.targets import (
    DEFAULT_CHANNEL,
    Target,
    TargetKind,
    targets_of,
    with_target,
    without_target,
)
from ...errors import HomelabError
from .. import reach
from . import form

OPTION = "notifications"
ALL = "all"
_ADDRESSLESS = (TargetKind.SLACK_WEBHOOK, TargetKind.PERSISTENT)


class NotificationSteps(OptionsFlow):
    """Lets the user choose targets, change them, try them and take them out."""

    _target: Target | None = None
    """The one that is being added or changed."""
    _is_new = False

    async def async_step_notifications(
        self, _user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask what to do."""
        known = ["notify_change", "notify_test"] if self._stored else ["notify_test"]
        return self.async_show_menu(
            step_id="notifications", menu_options=["notify_add", *known]
        )

    async def async_step_notify_add(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Choose a target of what there is."""
        offered = {
            f"{one.kind}:{one.address}": one for one in reach.reachable(self.hass)
        }
        taken = {(one["kind"], one["address"]) for one in self._stored or ()}
        errors: dict[str, str] = {}
        if user_input is not None:
            chosen = user_input["target"]
            if chosen in offered or chosen in _ADDRESSLESS:
                self._target = _new_target(chosen, offered)
                self._is_new = True
                return await self.async_step_notify_settings()
            errors["target"] = "target_gone"
        options = [
            SelectOptionDict(value=value, label=one.name)
            for value, one in offered.items()
            if (one.kind, one.address) not in taken
        ]
        options += [
            SelectOptionDict(value=kind.value, label=kind.value)
            for kind in _ADDRESSLESS
            if kind is TargetKind.SLACK_WEBHOOK or (kind, "") not in taken
        ]
        return self.async_show_form(
            step_id="notify_add",
            data_schema=vol.Schema(
                {vol.Required("target"): _select(options, "notification_target")}
            ),
            errors=errors,
        )

    async def async_step_notify_change(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Choose a target to change."""
        if user_input is not None:
            self._target = self._there(user_input["target"])
            self._is_new = False
            return await self.async_step_notify_target()
        return self.async_show_form(
            step_id="notify_change", data_schema=self._which_target()
        )

    async def async_step_notify_target(
        self, _user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask what to do with a target."""
        return self.async_show_menu(
            step_id="notify_target",
            menu_options=["notify_settings", "notify_remove"],
            description_placeholders={"name": self._chosen().name},
        )

    async def async_step_notify_settings(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Change what a target hears of."""
        target = self._chosen()
        errors: dict[str, str] = {}
        if user_input is not None:
            errors = form.mistakes(target, user_input, self._names_of_others(target))
            if not errors:
                return self._save(
                    with_target(self._stored, form.changed(target, user_input))
                )
        return self.async_show_form(
            step_id="notify_settings",
            data_schema=self.add_suggested_values_to_schema(
                form.schema(target, self._servers, is_new=self._is_new),
                user_input or form.shown(target),
            ),
            errors=errors,
            description_placeholders={"name": target.name},
        )

    async def async_step_notify_remove(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Take a target out."""
        target = self._chosen()
        if user_input is not None:
            return self._save(without_target(self._stored, target.target_id))
        return self.async_show_form(
            step_id="notify_remove",
            description_placeholders={"name": target.name},
        )

    async def async_step_notify_test(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Send a test message."""
        errors, failure = {}, {"name": "", "reason": ""}
        if user_input is not None:
            chosen = user_input["target"]
            if self.config_entry.state is not ConfigEntryState.LOADED:
                return self.async_abort(reason="hub_not_loaded")
            target_id = None if chosen == ALL else self._there(chosen).target_id
            notifier = self.config_entry.runtime_data.notifier
            try:
                await notifier.async_send_test(target_id)
            except HomelabError as err:
                errors = {"base": "test_failed"}
                failure |= err.translation_placeholders or {}
            else:
                return self.async_abort(reason="test_sent")
        return self.async_show_form(
            step_id="notify_test",
            data_schema=self._which_target(ALL),
            errors=errors,
            description_placeholders=failure,
        )

    # What is stored.

    @property
    def _stored(self) -> list[Mapping[str, Any]] | None:
        stored: list[Mapping[str, Any]] | None = self.config_entry.options.get(OPTION)
        return stored

    @property
    def _targets(self) -> dict[str, Target]:
        return targets_of(self._stored)

    def _there(self, target_id: str) -> Target:
        """Return a target; another dialog may have removed it in the meantime."""
        if (target := self._targets.get(target_id)) is None:
            raise AbortFlow("target_removed")
        return target

    def _chosen(self) -> Target:
        if self._target is None:
            raise AbortFlow("target_removed")
        return self._target if self._is_new else self._there(self._target.target_id)

    def _names_of_others(self, target: Target) -> set[str]:
        return {
            one["name"].casefold()
            for one in self._stored or ()
            if one["target_id"] != target.target_id
        }

    def _save(self, targets: list[Mapping[str, Any]] | None) -> ConfigFlowResult:
        options = {**self.config_entry.options, OPTION: targets}
        if targets is None:
            del options[OPTION]
        return self.async_create_entry(data=options)

    @property
    def _servers(self) -> list[ServerConfig]:
        return [
            ServerConfig.from_subentry(subentry.title, subentry.data)
            for subentry in self.config_entry.subentries.values()
        ]

    # Forms.

    def _which_target(self, *more: str) -> vol.Schema:
        options = [SelectOptionDict(value=value, label=value) for value in more]
        options += [
            SelectOptionDict(value=target.target_id, label=target.name)
            for target in self._targets.values()
        ]
        first = options[0]["value"]
        selector = _select(options, "notification_target")
        return vol.Schema({vol.Required("target", default=first): selector})


def _select(options: list[SelectOptionDict], texts: str) -> SelectSelector:
    return SelectSelector(
        SelectSelectorConfig(
            options=options, translation_key=texts, mode=SelectSelectorMode.DROPDOWN
        )
    )


def _new_target(chosen: str, offered: Mapping[str, reach.Reachable]) -> Target:
    target_id = secrets.token_hex(4)
    if (one := offered.get(chosen)) is not None:
        return Target(
            target_id=target_id,
            kind=one.kind,
            name=one.name,
            address=one.address,
            style=one.style,
        )
    names = {TargetKind.SLACK_WEBHOOK: "Slack", TargetKind.PERSISTENT: "Home Assistant"}
    kind = TargetKind(chosen)
    return Target(
        target_id=target_id, kind=kind, name=names[kind], channel=DEFAULT_CHANNEL
    )
