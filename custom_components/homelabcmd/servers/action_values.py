"""What the actions of all rooms have in common: what they take and answer."""

from datetime import datetime
from enum import StrEnum

from homeassistant.util.json import JsonObjectType

from ..core.alerts.alert import Person
from ..errors import HomelabError

MAX_LIMIT = 500


def checked_limit(limit: float) -> int:
    """Return how many to list at most; raises HomelabError."""
    if limit != limit // 1 or not 1 <= limit <= MAX_LIMIT:
        raise HomelabError("invalid_limit", field="limit")
    return int(limit)


def one_of[E: StrEnum](kind: type[E], value: str | None, field: str) -> E | None:
    """Return what a word stands for, None for none; raises HomelabError."""
    return None if value is None else required_one_of(kind, value, field)


def required_one_of[E: StrEnum](kind: type[E], value: str, field: str) -> E:
    """Return what a word stands for; raises HomelabError."""
    if value not in list(kind):
        raise HomelabError(
            "invalid_choice",
            field=field,
            name=field,
            value=value,
            choices=", ".join(kind),
        )
    return kind(value)


def iso(moment: datetime | None) -> str | None:
    """Return a moment as it is answered."""
    return None if moment is None else moment.isoformat()


def person(who: Person | None) -> JsonObjectType | None:
    """Return a person as it is answered."""
    return None if who is None else {"user_id": who.user_id, "name": who.name}
