"""What must survive a restart of the scans, as plain versioned JSON.

The list of all scans is one file, and what each has found out is a file of its own: it
is written once.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...protocol.fields import Reader, object_of, to_object
from ...protocol.refusals import Refusal
from .book import ScanBook
from .host_keys import KnownHost
from .scan import Result, Scan

VERSION = 1

_read_result = object_of(Result)


@dataclass(kw_only=True)
class Restored:
    """The restored book."""

    book: ScanBook = field(default_factory=ScanBook)
    damaged: list[str] = field(default_factory=list)
    """Entries that could not be read, for the log."""


def dump(book: ScanBook) -> dict[str, Any]:
    """Return all scans, the oldest first, and all hosts."""
    return {
        "version": VERSION,
        "scans": [to_object(scan) for scan in book.scans.values()],
        "hosts": [to_object(host) for host in book.hosts.values()],
    }


def load(stored: Mapping[str, Any]) -> Restored:
    """Read the scans; a damaged one is left out and named, the others stay."""
    restored = Restored()
    book = restored.book

    def keep(scan: Scan) -> None:
        book.scans[scan.scan_id] = scan

    _each(stored, "scans", object_of(Scan), keep, restored.damaged)
    _each(stored, "hosts", object_of(KnownHost), book.remember, restored.damaged)
    return restored


def _each[T](
    stored: Mapping[str, Any],
    name: str,
    read: Reader[T],
    keep: Callable[[T], None],
    damaged: list[str],
) -> None:
    entries = stored.get(name)
    for number, entry in enumerate(entries if isinstance(entries, list) else ()):
        try:
            keep(read(entry, f"{name}[{number}]"))
        except (Refusal, ValueError) as err:
            damaged.append(str(err))


def dump_result(result: Result) -> dict[str, Any]:
    """Return what a scan has found out."""
    return {"version": VERSION, **to_object(result)}


def load_result(stored: object) -> Result | None:
    """Read what a scan has found out; None if that is damaged."""
    try:
        return _read_result(stored, "")
    except Refusal, ValueError:
        return None
