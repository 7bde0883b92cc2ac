"""How a command is said to a machine's shell, and found again in what comes back.

A login may greet before, or speak between: so what belongs to the answer stands between
marks that nobody else can know.
"""

from dataclasses import dataclass
from enum import StrEnum
import re
import shlex

from .commands import Command
from .text import decoded

TOKEN = re.compile(r"[0-9a-f]{32}")
"""What marks are made of; a new one for each scan."""
_NOT_TRIED = 127
"""As of a shell whose command is not there."""
_PATH = "$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Trouble(StrEnum):
    """Why something is not known, or not all of it."""

    MISSING = "missing"
    """The machine has nothing to tell it by."""
    FAILED = "failed"
    """The command said that it failed, or what it wrote means nothing to us."""
    NO_SHELL = "no_shell"
    """Nobody took up the command: the login has a shell that runs no others'."""
    TIMED_OUT = "timed_out"
    CUT = "cut"
    """The answer was too long, or ended in the middle."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back for a command."""

    output: bytes
    too_long: bool = False
    timed_out: bool = False


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What an answer says; `value` is a value of the command's field."""

    value: object = None
    trouble: Trouble | None = None


def line_for(command: Command, token: str) -> str:
    """Return the line that asks a machine; raises ValueError for a bad token."""
    if not TOKEN.fullmatch(token):
        raise ValueError(token)
    ways = (
        f"[ $s = 0 ] || {{ command -v {way.needs} >/dev/null && "
        f"{{ printf '\\n%s way {number}\\n' {token}; ( {way.text} ); s=$?; }}; }}"
        for number, way in enumerate(command.ways)
    )
    script = "; ".join(
        (
            f'LC_ALL=C PATH="{_PATH}"; export LC_ALL PATH',
            "exec 2>/dev/null </dev/null",
            f"s={_NOT_TRIED}",
            *ways,
            f"printf '\\n%s end %s\\n' {token} $s",
        )
    )
    # Whatever shell the user has, this is for the standard one. In one line, for csh
    # knows no texts of several.
    return f"sh -c {shlex.quote(script)}"


def reading_of(command: Command, answer: Answer, token: str) -> Reading:
    """Return what an answer says."""
    text = decoded(answer.output)
    before, ended, status = text.rpartition(f"\n{token} end ")
    body = before if ended else text
    sections = re.split(rf"\n{token} way ([0-9]{{1,3}})\n", body)
    if len(sections) == 1:
        return Reading(trouble=_nothing(answer, status if ended else None))
    way = command.ways[min(int(sections[-2]), len(command.ways) - 1)]
    said = sections[-1]
    if not ended:
        # Its last line may be half of one.
        said = said.rpartition("\n")[0]
    succeeded = status.split("\n")[0].strip() == "0"
    if ended and not succeeded:
        return Reading(trouble=Trouble.FAILED)
    value = way.parse(said)
    if not ended:
        trouble = Trouble.TIMED_OUT if answer.timed_out else Trouble.CUT
        # What is known of a list is better than nothing; an empty one says nothing.
        return Reading(value=value or None, trouble=trouble)
    return Reading(value=value, trouble=Trouble.FAILED if value is None else None)


def _nothing(answer: Answer, status: str | None) -> Trouble:
    if answer.timed_out:
        return Trouble.TIMED_OUT
    if status is not None:
        return Trouble.MISSING
    return Trouble.CUT if answer.too_long else Trouble.NO_SHELL
