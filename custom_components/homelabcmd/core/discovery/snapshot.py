"""What must survive a restart of the devices, as plain versioned JSON."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...protocol.fields import object_of, to_object
from ...protocol.refusals import Refusal
from .book import DeviceBook
from .device import Device

VERSION = 1
_read = object_of(Device)


@dataclass(kw_only=True)
class Restored:
    """The restored book."""

    book: DeviceBook = field(default_factory=DeviceBook)
    damaged: list[str] = field(default_factory=list)
    """Entries that could not be read, for the log."""


def dump(book: DeviceBook) -> dict[str, Any]:
    """Return all devices."""
    return {
        "version": VERSION,
        "devices": [to_object(device) for device in book.devices.values()],
    }


def load(stored: Mapping[str, Any]) -> Restored:
    """Read the devices; a damaged one is left out and named, the others stay."""
    restored = Restored()
    entries = stored.get("devices")
    for number, entry in enumerate(entries if isinstance(entries, list) else ()):
        try:
            restored.book.keep(_read(entry, f"devices[{number}]"))
        except (Refusal, ValueError) as err:
            restored.damaged.append(str(err))
    return restored
