"""Read untrusted JSON: every value is checked, every error names its field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields as dataclass_fields, is_dataclass
from datetime import UTC, datetime
import functools
import json
import re
from typing import (
    TYPE_CHECKING,
    Any,
    NamedTuple,
    NoReturn,
    TypeVar,
    get_type_hints,
)

from .refusals import Code, Refusal

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T")
FieldPath = str | tuple["FieldPath", str | int]
"""Where a value is: the path of what it is in, and its name or place there.

It is put into words only for the rare value that is refused.
"""
Reader = Callable[[object, FieldPath], T]
"""Takes a value and its path in the body; returns it checked or raises Refusal."""

MAX_INTEGER = 2**63 - 1
# Control characters and lone surrogates: the first break logs and tables, the second
# can't be written as UTF-8.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def invalid(path: FieldPath, message: str) -> Refusal:
    """Return the refusal of the field at `path`."""
    field = _in_words(path) or "body"
    return Refusal(Code.INVALID_FIELD, f"{field}: {message}.", field)


def _in_words(path: FieldPath) -> str:
    if isinstance(path, str):
        return path
    parent, name = _in_words(path[0]), path[1]
    if isinstance(name, int):
        return f"{parent}[{name}]"
    return f"{parent}.{name}" if parent else name


def loads_strictly(body: bytes) -> object:
    """Decode UTF-8 JSON without NaN; raise ValueError or RecursionError."""
    value: object = json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
    return value


def load_json(body: bytes, loads: Callable[[bytes], object] = loads_strictly) -> object:
    """Decode JSON by `loads`, which is as strict; raise Refusal `invalid_json`."""
    try:
        value = loads(body)
    except (ValueError, RecursionError):
        raise Refusal(
            Code.INVALID_JSON, "The body is not JSON in UTF-8; send one JSON object."
        ) from None
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def dump_json(data: Mapping[str, Any]) -> bytes:
    """Encode as compact UTF-8 JSON."""
    return _COMPACT.encode(data).encode("utf-8")


def text(limit: int, *, empty: bool = False) -> Reader[str]:
    """Read a line of at most `limit` characters without control characters."""

    def read(value: object, path: FieldPath) -> str:
        if not isinstance(value, str):
            raise invalid(path, "send a text")
        if len(value) > limit:
            raise invalid(path, f"send at most {limit} characters")
        if not value and not empty:
            raise invalid(path, "send a text that is not empty")
        # The first is the faster one, and says yes to nearly all that is sent.
        if not value.isprintable() and _UNPRINTABLE.search(value):
            raise invalid(path, "send a text without control characters")
        return value

    return read


def matching(pattern: re.Pattern[str], rule: str) -> Reader[str]:
    """Read a text of a fixed form; `rule` describes the form to a person."""

    def read(value: object, path: FieldPath) -> str:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise invalid(path, f"send {rule}")
        return value

    return read


def choice(*options: str) -> Reader[str]:
    """Read one of a few words."""

    def read(value: object, path: FieldPath) -> str:
        if not isinstance(value, str) or value not in options:
            raise invalid(path, f"send one of {', '.join(options)}")
        return value

    return read


def number(low: float, high: float) -> Reader[float]:
    """Read a finite number within `low` and `high`."""

    def read(value: object, path: FieldPath) -> float:
        # Not isinstance: True is an int, too. NaN lies between no two numbers.
        if type(value) is not float and type(value) is not int:
            raise invalid(path, "send a number")
        if not low <= value <= high:
            raise invalid(path, f"send a number from {low:g} to {high:g}")
        return float(value)

    return read


def integer(low: int = 0, high: int = MAX_INTEGER) -> Reader[int]:
    """Read a whole number within `low` and `high`."""

    def read(value: object, path: FieldPath) -> int:
        if type(value) is not int:
            raise invalid(path, "send a whole number")
        if not low <= value <= high:
            raise invalid(path, f"send a whole number from {low} to {high}")
        return value

    return read


def boolean(value: object, path: FieldPath) -> bool:
    """Read true or false."""
    if not isinstance(value, bool):
        raise invalid(path, "send true or false")
    return value


def moment(value: object, path: FieldPath) -> datetime:
    """Read an ISO 8601 date and time; one without an offset is taken as UTC."""
    if not isinstance(value, str) or len(value) > 64:
        raise invalid(path, "send an ISO 8601 date and time")
    try:
        parsed = datetime.fromisoformat(value)
        if parsed.tzinfo is None:
            parsed = parsed.replace(tzinfo=UTC)
        return parsed.astimezone(UTC)
    except (ValueError, OverflowError):
        raise invalid(path, "send an ISO 8601 date and time") from None


def list_of(read_item: Reader[T], limit: int) -> Reader[tuple[T, ...]]:
    """Read a list of at most `limit` items."""

    def read(value: object, path: FieldPath) -> tuple[T, ...]:
        if not isinstance(value, list):
            raise invalid(path, "send a list")
        if len(value) > limit:
            raise invalid(path, f"send at most {limit} entries")
        return tuple(
            [read_item(item, (path, index)) for index, item in enumerate(value)]
        )

    return read


class Fields:
    """The fields of one JSON object, read one by one.

    Fields that nobody asks for are ignored: a newer agent may send more than an
    older hub knows.
    """

    def __init__(self, value: object, path: FieldPath = "") -> None:
        """Take a decoded JSON value; raise Refusal unless it is an object."""
        self._value = _object(value, path)
        self._path = path

    def need(self, name: str, read: Reader[T]) -> T:
        """Return a field that must be there."""
        if (value := self._value.get(name)) is None:
            raise _missing((self._path, name))
        return read(value, (self._path, name))

    def get(self, name: str, read: Reader[T]) -> T | None:
        """Return a field, or None where it is absent or null."""
        if (value := self._value.get(name)) is None:
            return None
        return read(value, (self._path, name))


def _object(value: object, path: FieldPath) -> dict[str, object]:
    if not isinstance(value, dict):
        raise invalid(path, "send a JSON object")
    return value


def _missing(path: FieldPath) -> Refusal:
    return invalid(path, "this field is missing; send it")


class _Plan(NamedTuple):
    name: str
    read: Reader[Any]
    required: bool


def _plans(cls: type) -> tuple[_Plan, ...]:
    hints = get_type_hints(cls, include_extras=True)
    return tuple(
        _Plan(
            field.name,
            hints[field.name].__metadata__[0],
            required=field.default is MISSING and field.default_factory is MISSING,
        )
        for field in dataclass_fields(cls)
    )


def object_of(cls: type[T]) -> Reader[T]:
    """Read a JSON object into a frozen dataclass.

    Each field is annotated `Annotated[type, reader]`; a field without a default must
    be in the object, an absent or null one keeps its default.
    """
    # Looked up at the first use: classes may be declared before what they consist of.
    plans = functools.cache(lambda: _plans(cls))

    def read(value: object, path: FieldPath) -> T:
        told = _object(value, path)
        values: dict[str, Any] = {}
        for name, read_field, required in plans():
            if (item := told.get(name)) is not None:
                values[name] = read_field(item, (path, name))
            elif required:
                raise _missing((path, name))
        return cls(**values)

    return read


@functools.cache
def _names(cls: type[DataclassInstance]) -> tuple[str, ...]:
    return tuple(field.name for field in dataclass_fields(cls))


def to_object(value: DataclassInstance) -> dict[str, Any]:
    """Turn a dataclass into a JSON object, leaving out what is None."""
    return {
        name: to_json(item)
        for name in _names(type(value))
        if (item := getattr(value, name)) is not None
    }


def to_json(value: object) -> object:
    """Turn dataclasses, tuples and datetimes into JSON values."""
    if isinstance(value, (str, int, float)):
        return value
    if is_dataclass(value) and not isinstance(value, type):
        return to_object(value)
    if isinstance(value, tuple):
        return [to_json(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat()
    return value
