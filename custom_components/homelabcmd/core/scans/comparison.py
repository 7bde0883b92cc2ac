"""What has changed on a machine between two scans."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Annotated

from ...protocol.fields import list_of, object_of, text
from .facts import MAX_PACKAGES, Facts
from .text import MAX_WORD

_NAME = text(MAX_WORD * 2, empty=True)
_NAMES = list_of(_NAME, MAX_PACKAGES)


@dataclass(frozen=True, kw_only=True)
class Change:
    """What is there before and after, and is not the same."""

    name: Annotated[str, _NAME]
    before: Annotated[str, _NAME]
    after: Annotated[str, _NAME]


@dataclass(frozen=True, kw_only=True)
class Difference:
    """How a list has changed."""

    added: Annotated[tuple[str, ...], _NAMES] = ()
    removed: Annotated[tuple[str, ...], _NAMES] = ()
    changed: Annotated[
        tuple[Change, ...], list_of(object_of(Change), MAX_PACKAGES)
    ] = ()


@dataclass(frozen=True, kw_only=True)
class Changes:
    """What has changed; None is what could not be compared.

    Of packages the version, of users the shell, and of disks how full they are, in
    whole percent.
    """

    packages: Annotated[Difference | None, object_of(Difference)] = None
    ports: Annotated[Difference | None, object_of(Difference)] = None
    users: Annotated[Difference | None, object_of(Difference)] = None
    disks: Annotated[Difference | None, object_of(Difference)] = None


_SUBJECTS: dict[str, Callable[[Facts], dict[str, str] | None]] = {
    "packages": lambda facts: _named(
        facts.packages, lambda item: (item.name, item.version)
    ),
    "ports": lambda facts: _named(
        facts.ports, lambda item: (f"{item.protocol} {item.address}:{item.port}", "")
    ),
    "users": lambda facts: _named(facts.users, lambda item: (item.name, item.shell)),
    "disks": lambda facts: _named(
        facts.disks, lambda item: (item.mount, f"{item.percent:.0f} %")
    ),
}
"""What is compared: each item by its name, with what may change of it."""


def compare(before: Facts, after: Facts, unsure: Collection[str] = ()) -> Changes:
    """Return what has changed; `unsure` are the facts that are not known in full."""
    return Changes(
        **{
            name: _difference(items(before), items(after))
            for name, items in _SUBJECTS.items()
            if name not in unsure
        }
    )


def _named[T](
    items: Iterable[T] | None, named: Callable[[T], tuple[str, str]]
) -> dict[str, str] | None:
    return None if items is None else dict(map(named, items))


def _difference(
    before: dict[str, str] | None, after: dict[str, str] | None
) -> Difference | None:
    if before is None or after is None:
        return None
    return Difference(
        added=tuple(sorted(after.keys() - before.keys())),
        removed=tuple(sorted(before.keys() - after.keys())),
        changed=tuple(
            Change(name=name, before=before[name], after=after[name])
            for name in sorted(before.keys() & after.keys())
            if before[name] != after[name]
        ),
    )
