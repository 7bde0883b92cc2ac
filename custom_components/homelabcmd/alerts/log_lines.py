"""A change of an alert in one line: for the logbook and for the traces of automations.

Anybody may fire an event of this type, and parts of it come from servers: nothing is
taken on trust, and all that comes of it is one line of plain text.
"""

from collections.abc import Mapping
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_cached_translations

from ..const import DOMAIN
from ..core.alerts.alert import Kind, printable
from ..core.naming import shown

_MAX_MESSAGE = 500
_UNKNOWN = "?"
_ENDINGS = (Kind.ACKNOWLEDGED, Kind.RESOLVED)


def alert_line(hass: HomeAssistant, alert: Mapping[str, Any]) -> str:
    """Return the server and what happened, from the data of the event."""
    return f"{server_name(alert)}: {alert_message(hass, alert)}"


def server_name(alert: Mapping[str, Any]) -> str:
    """Return the name of the server that an alert is about."""
    return _name(alert.get("name")) or _name(alert.get("server_id")) or _UNKNOWN


def alert_message(hass: HomeAssistant, alert: Mapping[str, Any]) -> str:
    """Return what happened, in Home Assistant's language."""
    line = _text(hass, "alert_line", alert.get("kind")) or _UNKNOWN
    message = printable(_words(alert.get("message")), _MAX_MESSAGE)
    if message is None or alert.get("kind") in _ENDINGS:
        # Who it was, or that all is well again, does not say what it was about.
        alert_type = _text(hass, "alert_type", alert.get("type"))
        subject = _name(alert.get("subject"))
        about = f"{alert_type} ({subject})" if subject else alert_type or _UNKNOWN
        line = _text(hass, "alert_line", "about").format(change=line, alert=about)
    return f"{line}: {message}" if message else line


def _text(hass: HomeAssistant, group: str, name: object) -> str:
    """Return our word for a name; a name that is not ours as it is."""
    texts = async_get_cached_translations(
        hass, hass.config.language, "selector", DOMAIN
    )
    key = f"component.{DOMAIN}.selector.{group}.options.{name}"
    return texts.get(key) or _name(name)


def _name(value: object) -> str:
    text = _words(value)
    return shown(text) if text else ""


def _words(value: object) -> str:
    return value if isinstance(value, str) else ""
