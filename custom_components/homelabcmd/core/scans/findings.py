"""From the answers of a machine to what a scan says of it."""

from collections.abc import Iterable, Mapping
from dataclasses import fields

from .asking import Answer, Reading, Trouble, reading_of
from .commands import Command
from .facts import Facts
from .scan import Missing

_FACTS = frozenset(field.name for field in fields(Facts))


def readings(
    answers: Iterable[tuple[Command, Answer]], token: str
) -> dict[str, Reading]:
    """Read all answers; each is for the fact that its command is named after."""
    return {
        command.name: reading_of(command, answer, token) for command, answer in answers
    }


def facts_of(found: Mapping[str, Reading]) -> Facts:
    """Return what was found out."""
    known = {name: reading.value for name, reading in found.items() if name in _FACTS}
    return Facts(**known)  # type: ignore[arg-type]


def missing_of(found: Mapping[str, Reading]) -> tuple[Missing, ...]:
    """Return what was not found out, or not in full."""
    return tuple(
        Missing(fact=name, trouble=reading.trouble)
        for name, reading in found.items()
        if reading.trouble is not None
    )


def spoke_to_nobody(found: Mapping[str, Reading]) -> bool:
    """Return whether no command was taken up: the login runs none."""
    return all(reading.trouble is Trouble.NO_SHELL for reading in found.values())
