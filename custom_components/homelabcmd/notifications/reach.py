"""Which targets there are in this Home Assistant, and how each of them is reached.

A phone is a device of the companion app, and is reached by an action whose name is made
of the device's. Nothing but the app's config entry says so; it is read only here. Of
phones that are called alike Home Assistant reaches only one, for they share an action.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from homeassistant.components.notify import DOMAIN as NOTIFY
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util import slugify

from ..core.notifications.targets import Style, Target, TargetKind

PHONES = "mobile_app"
_SLACK = "slack"
_MARKDOWN = frozenset({"discord", "matrix", "mattermost", "telegram", "telegram_bot"})
"""Integrations to which signs as `_` and `*` mean something."""
_NOT_OFFERED = frozenset({"notify", "persistent_notification", "send_message"})
"""Actions that are no targets of their own."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reachable:
    """A target that could be chosen."""

    kind: TargetKind
    address: str
    name: str
    style: Style = Style.PLAIN


# Phones.


def phone_service(hass: HomeAssistant, device_id: str) -> str | None:
    """Return the name of a phone's action, without `notify.`; None if it has none."""
    if (entry := _phone(hass, device_id)) is None:
        return None
    service = slugify(f"{PHONES}_{entry.data.get('device_name')}")
    if not hass.services.has_service(NOTIFY, service):
        return None
    own = entry.data.get("webhook_id")
    return service if _reached(hass).get(service, own) == own else None


def is_android(hass: HomeAssistant, device_id: str) -> bool:
    """Return whether a phone reads a message as Android does, not as Apple's do."""
    entry = _phone(hass, device_id)
    return entry is not None and entry.data.get("manufacturer") != "Apple"


def phone_user(hass: HomeAssistant, device_id: str) -> str | None:
    """Return the id of the user who is logged in on a phone."""
    entry = _phone(hass, device_id)
    return None if entry is None else entry.data.get("user_id")


def _reached(hass: HomeAssistant) -> Mapping[str, str]:
    """Return the webhook id of the phone that each action reaches, as far as known.

    Only the inside of `mobile_app` knows, which promises nothing: where it does not
    say, phones go by their names.
    """
    notifier = hass.data.get(PHONES, {}).get("notify")
    reached: Mapping[str, str] = getattr(notifier, "registered_targets", {})
    return reached


def _phone(hass: HomeAssistant, device_id: str) -> ConfigEntry | None:
    registry = dr.async_get(hass)
    for entry in hass.config_entries.async_entries(PHONES):
        devices = dr.async_entries_for_config_entry(registry, entry.entry_id)
        if any(device.id == device_id for device in devices):
            return entry
    return None


# What could be chosen.


def reachable(hass: HomeAssistant) -> list[Reachable]:
    """Return what could be chosen: phones first, then all else by its name."""
    found = [*_phones(hass), *_actions(hass), *_entities(hass)]
    order = list(TargetKind)
    return sorted(found, key=lambda one: (order.index(one.kind), one.name.casefold()))


def _phones(hass: HomeAssistant) -> Iterator[Reachable]:
    registry = dr.async_get(hass)
    for entry in hass.config_entries.async_entries(PHONES):
        for device in dr.async_entries_for_config_entry(registry, entry.entry_id):
            if phone_service(hass, device.id) is not None:
                yield Reachable(
                    kind=TargetKind.PHONE,
                    address=device.id,
                    name=device.name_by_user or device.name or entry.title,
                )


def _actions(hass: HomeAssistant) -> Iterator[Reachable]:
    styles = _styles_of_actions(hass)
    for service in hass.services.async_services_for_domain(NOTIFY):
        if service in _NOT_OFFERED or service.startswith(f"{PHONES}_"):
            continue
        style = styles.get(service, Style.PLAIN)
        if style is Style.PLAIN and service.split("_")[0] in _MARKDOWN:
            style = Style.MARKDOWN
        yield Reachable(
            kind=TargetKind.ACTION,
            address=service,
            name=f"{NOTIFY}.{service}",
            style=style,
        )


def _styles_of_actions(hass: HomeAssistant) -> dict[str, Style]:
    """Return the styles of the actions that are named after their config entry."""
    return {
        slugify(entry.title): (
            Style.SLACK if entry.domain == _SLACK else Style.MARKDOWN
        )
        for domain in (_SLACK, *sorted(_MARKDOWN))
        for entry in hass.config_entries.async_entries(domain)
        if entry.state is ConfigEntryState.LOADED
    }


def _entities(hass: HomeAssistant) -> Iterator[Reachable]:
    registry = er.async_get(hass)
    for state in hass.states.async_all(NOTIFY):
        known = registry.async_get(state.entity_id)
        platform = known.platform if known else ""
        if platform == PHONES:
            continue
        yield Reachable(
            kind=TargetKind.ENTITY,
            address=state.entity_id,
            name=state.name,
            style=Style.MARKDOWN if platform in _MARKDOWN else Style.PLAIN,
        )


# Is it still there?


def present(hass: HomeAssistant, target: Target) -> bool:
    """Return whether there is still something behind a target's address."""
    return _PRESENT[target.kind](hass, target.address)


def _entity_present(hass: HomeAssistant, entity_id: str) -> bool:
    return hass.states.get(entity_id) is not None


def _action_present(hass: HomeAssistant, service: str) -> bool:
    return hass.services.has_service(NOTIFY, service)


def _phone_present(hass: HomeAssistant, device_id: str) -> bool:
    return phone_service(hass, device_id) is not None


def _always(_hass: HomeAssistant, _address: str) -> bool:
    return True


_PRESENT: dict[TargetKind, Callable[[HomeAssistant, str], bool]] = {
    TargetKind.PHONE: _phone_present,
    TargetKind.ACTION: _action_present,
    TargetKind.ENTITY: _entity_present,
    TargetKind.SLACK_WEBHOOK: _always,
    TargetKind.PERSISTENT: _always,
}
