"""Builders of what machines answer."""

from collections.abc import Iterable

from custom_components.homelabcmd.core.scans.asking import Answer, Reading, reading_of
from custom_components.homelabcmd.core.scans.commands import COMMANDS, Command

TOKEN = "0123456789abcdef" * 2


def command(name: str) -> Command:
    """Return the command for a fact."""
    return next(command for command in COMMANDS if command.name == name)


def said(text: str, way: int = 0, status: str = "0") -> bytes:
    """Return what a shell writes around an answer."""
    return f"\n{TOKEN} way {way}\n{text}\n{TOKEN} end {status}\n".encode()


def way_of(name: str, program: str) -> int:
    """Return the number of the first way that needs a program."""
    return [way.needs for way in command(name).ways].index(program)


def read(name: str, text: str, program: str | None = None) -> object:
    """Return what a machine's answer says of a fact."""
    way = 0 if program is None else way_of(name, program)
    return reading(name, [said(text, way)]).value


def reading(name: str, output: Iterable[bytes], *, timed_out: bool = False) -> Reading:
    """Return what a machine's answer says of a fact, and whether something is wrong."""
    answer = Answer(output=b"".join(output), timed_out=timed_out)
    return reading_of(command(name), answer, TOKEN)
