"""Which records of alerts people are told of, by default or by their choice."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

from .alert import Record


@dataclass(frozen=True, kw_only=True)
class TellFlags:
    """The severities that people are told of."""

    critical: bool = True
    high: bool = True
    medium: bool = False
    low: bool = False

    @classmethod
    def from_mapping(cls, data: Mapping[str, Any]) -> Self:
        """Read options of the names `notify_on_critical` ...; others are left."""
        names = {f"notify_on_{field.name}": field.name for field in fields(cls)}
        return cls(
            **{
                names[name]: value
                for name, value in data.items()
                if name in names and isinstance(value, bool)
            }
        )


def worth_telling(record: Record, flags: TellFlags) -> bool:
    """Return whether people are to be told of a record.

    The worst that the alert ever stood for decides. So who was told that something is
    critical also hears that it ended after it had eased, and that it only flaps now;
    else the last word on something that goes down and up would be that it is up.
    """
    told: bool = getattr(flags, record.alert.gravity)
    return record.tell and told
