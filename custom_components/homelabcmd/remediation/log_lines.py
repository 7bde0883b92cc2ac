"""A change of an action in one line: for the logbook and the traces of automations.

Anybody may fire an event of this type, and parts of it come from servers: nothing is
taken on trust, and all that comes of it is one line of plain text.
"""

from collections.abc import Mapping
from typing import Any

from ..alerts.log_lines import server_name
from ..core.alerts.alert import printable

_MAX_MESSAGE = 500
_UNKNOWN = "?"
_ENDS = (".", "?", "!")


def action_line(action: Mapping[str, Any]) -> str:
    """Return the server and what happened, from the data of the event."""
    return f"{server_name(action)}: {action_message(action)}"


def action_message(action: Mapping[str, Any]) -> str:
    """Return what happened."""
    parts = (_words(action.get("title")), _words(action.get("message")))
    said = [part if part.endswith(_ENDS) else f"{part}." for part in parts if part]
    return " ".join(said) or _UNKNOWN


def _words(value: object) -> str | None:
    return printable(value, _MAX_MESSAGE) if isinstance(value, str) else None
