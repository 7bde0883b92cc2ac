"""The inventory of a server in what survives a restart.

Every value is read by itself, so that a damaged one costs nothing but itself.
"""

from collections.abc import Callable, Mapping, Set as AbstractSet
from dataclasses import replace
from typing import Any

from ...protocol.fields import (
    FieldPath,
    Fields,
    Reader,
    boolean,
    integer,
    number,
    object_of,
    text,
    to_json,
    to_object,
)
from ...protocol.inventory import (
    Container,
    Disk,
    Network,
    PackageUpdate,
    Service,
    Temperature,
    UpdateSet,
)
from ...protocol.refusals import Refusal
from .inventory import Inventory
from .kept import Kept
from .restarts import Restarts
from .watch_list import MAX_NAME, unit_name

type Part = Callable[[object, str], tuple[Any, list[str]]]
"""Reads a part; returns what could be read, and the errors."""

_MISSING = number(0, 1e9)


def _each(value: object, path: str, read: Reader[Any]) -> tuple[list[Any], list[str]]:
    found: list[Any] = []
    errors: list[str] = []
    for index, entry in enumerate(value if isinstance(value, list) else [None]):
        try:
            found.append(read(entry, f"{path}[{index}]"))
        except (Refusal, ValueError) as err:
            errors.append(str(err))
    return found, errors


def _list(read: Reader[Any]) -> Part:
    def part(value: object, path: str) -> tuple[Any, list[str]]:
        found, errors = _each(value, path, read)
        return tuple(found), errors

    return part


def _names(read: Reader[str]) -> Part:
    def part(value: object, path: str) -> tuple[Any, list[str]]:
        found, errors = _each(value, path, read)
        return frozenset(found), errors

    return part


def _by_name(read: Reader[Any], name: Callable[[Any], str]) -> Part:
    def part(value: object, path: str) -> tuple[Any, list[str]]:
        found, errors = _each(value, path, read)
        return {name(item): item for item in found}, errors

    return part


def _kept(read: Reader[Any], name: Callable[[Any], str]) -> Part:
    def read_kept(value: object, path: FieldPath) -> Kept[Any]:
        missing = Fields(value, path).get("missing", _MISSING)
        return Kept(item=read(value, path), missing=missing)

    return _by_name(read_kept, lambda kept: name(kept.item))


def _value(read: Reader[Any]) -> Part:
    def part(value: object, path: str) -> tuple[Any, list[str]]:
        try:
            return read(value, path), []
        except Refusal as err:
            return None, [str(err)]

    return part


_PARTS: dict[str, Part] = {
    "disks": _kept(object_of(Disk), lambda disk: disk.mount),
    "networks": _kept(object_of(Network), lambda network: network.name),
    "temperatures": _kept(object_of(Temperature), lambda item: item.name),
    "services": _by_name(object_of(Service), lambda item: unit_name(item.name)),
    "containers": _by_name(object_of(Container), lambda item: item.name),
    "moved": _names(text(MAX_NAME)),
    "restarts": _by_name(object_of(Restarts), lambda item: item.name),
    "packages": _list(object_of(PackageUpdate)),
    "available_services": _list(text(MAX_NAME)),
    "available_containers": _list(text(MAX_NAME)),
    "updates_available": _value(integer()),
    "security_updates": _value(integer()),
    "update_sets": _list(object_of(UpdateSet)),
    "reboot_required": _value(boolean),
}


def dump(inventory: Inventory) -> dict[str, Any]:
    """Return an inventory as JSON values; what is None is left out."""
    values = {name: _as_json(getattr(inventory, name)) for name in _PARTS}
    return {name: value for name, value in values.items() if value is not None}


def _as_json(value: object) -> object:
    if isinstance(value, Mapping):
        return [_entry(item) for item in value.values()]
    if isinstance(value, AbstractSet):
        return sorted(value)
    return to_json(value)


def _entry(item: Kept[Any] | Service | Container | Restarts) -> dict[str, Any]:
    if isinstance(item, Restarts):
        return to_object(item)
    if isinstance(item, Kept):
        missing = {} if item.present else {"missing": item.missing}
        return to_object(item.item) | missing
    # What it uses is new with every heartbeat.
    return to_object(replace(item, memory_mb=None, cpu_percent=None))


def load(data: object, path: str, damaged: list[str]) -> Inventory:
    """Read an inventory; what can't be read is left out and named in `damaged`."""
    if data is None:
        return Inventory()
    if not isinstance(data, dict):
        damaged.append(f"{path}: not an object")
        return Inventory()
    content: dict[str, Any] = {}
    for name, part in _PARTS.items():
        if data.get(name) is not None:
            value, errors = part(data[name], f"{path}.{name}")
            content[name] = value
            damaged.extend(errors[:1])
    return Inventory(**content)
