"""A password that is used once, and shows itself to nobody by accident."""

from typing import Any

HIDDEN = "**REDACTED**"


class Password:
    """Hides what it holds from logs and the like."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        """Take a password."""
        self._value = value

    def __repr__(self) -> str:
        return HIDDEN

    def reveal(self) -> str:
        """Return what it holds."""
        return self._value


def hide_password(data: dict[str, Any]) -> dict[str, Any]:
    """Return the data of a call, and take the password out of what it was called with.

    Home Assistant fires an event with that, which the recorder writes to its database.
    It calls this before, as a part of the action's schema.
    """
    taken = dict(data)
    if "password" in data:
        data["password"] = HIDDEN
    given = taken.get("password")
    if isinstance(given, int | float) and not isinstance(given, bool):
        # In YAML, one of digits is a number.
        given = str(given)
    if given in ("", None):
        taken.pop("password", None)
    elif isinstance(given, str):
        taken["password"] = Password(given)
    return taken
