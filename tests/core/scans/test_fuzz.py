"""Answers may be anything, halved or made up: nothing raises, all can be stored."""

import json
import random
import time

from hypothesis import given, strategies as st
import pytest

from custom_components.homelabcmd.core.scans.asking import (
    Answer,
    Reading,
    Trouble,
    reading_of,
)
from custom_components.homelabcmd.core.scans.commands import COMMANDS, Command
from custom_components.homelabcmd.core.scans.comparison import compare
from custom_components.homelabcmd.core.scans.facts import Facts
from custom_components.homelabcmd.core.scans.findings import facts_of
from custom_components.homelabcmd.core.scans.scan import Result
from custom_components.homelabcmd.core.scans.snapshot import dump_result, load_result

from .make import TOKEN, said
from .samples import ALL

WAYS = [
    (command, number) for command in COMMANDS for number in range(len(command.ways))
]
LINES = sorted({line for text in ALL.values() for line in text.split("\n")})
MIXED = st.lists(st.sampled_from(LINES) | st.text(max_size=80), max_size=12).map(
    "\n".join
)
"""Lines of any command, and no lines at all."""


def stored(facts: Facts) -> Facts | None:
    """Return facts as they come back from the disk."""
    result = Result(facts=facts, changes=compare(facts, facts))
    back = load_result(json.loads(json.dumps(dump_result(result))))
    return back.facts if back else None


def check(command: Command, reading: Reading) -> None:
    """Check that what was understood can be stored and comes back."""
    facts = facts_of({command.name: reading})
    assert stored(facts) == facts


@pytest.mark.parametrize(("command", "way"), WAYS)
@given(text=MIXED)
def test_any_text_is_understood_or_not(command: Command, way: int, text: str) -> None:
    output = said(text.encode("utf-8", "surrogatepass").decode("utf-8", "replace"), way)
    check(command, reading_of(command, Answer(output=output), TOKEN))


@given(
    command=st.sampled_from(COMMANDS),
    output=st.binary(max_size=300),
    before=st.binary(max_size=40),
    timed_out=st.booleans(),
)
def test_any_bytes_are_understood_or_not(
    command: Command, output: bytes, before: bytes, timed_out: bool
) -> None:
    marked = before + f"\n{TOKEN} way 0\n".encode() + output
    answer = Answer(output=marked, timed_out=timed_out)
    reading = reading_of(command, answer, TOKEN)
    check(command, reading)
    assert reading.trouble is (Trouble.TIMED_OUT if timed_out else Trouble.CUT)


@pytest.mark.parametrize(("command", "way"), WAYS)
@given(
    text=st.sampled_from(sorted(ALL.values())),
    cut=st.integers(0, 400),
    seed=st.integers(0, 1000),
)
def test_half_of_an_answer_with_signs_changed_is_understood_or_not(
    command: Command, way: int, text: str, cut: int, seed: int
) -> None:
    chance = random.Random(seed)
    signs = [
        chance.choice("\x00\x1b\t 9:/|-[(\udcff".replace("\udcff", "\ufffd"))
        if chance.random() < 0.05
        else sign
        for sign in text
    ]
    output = said("".join(signs), way)[: cut + 42]
    check(command, reading_of(command, Answer(output=output), TOKEN))


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    "line", ["x" * 100, "(" * 100, "1 " * 50, "a-1" * 40, "["], ids=range(5)
)
def test_a_full_answer_of_one_kind_of_line_is_read_at_once(
    command: Command, line: str
) -> None:
    """A pattern that tries again and again would take minutes."""
    text = f"{line}\n" * (command.limit // (len(line) + 1))
    longest = line * (command.limit // len(line))
    for way in range(len(command.ways)):
        for answer in (text, longest):
            output = said(answer, way)
            check(command, reading_of(command, Answer(output=output), TOKEN))


SLOW = {
    "apt-get": "Inst a (" + "x" * 4080,
    "dnf": "a.a " + "1" * 4080,
    "apk": "a-" + "1" * 4080,
    "df": "x" + " " * 2000 + "y" + " " * 2000 + "z",
    "ss": "tcp " + "[" * 4080,
    "systemctl": "x." + "a" * 4080,
    "grep": "a:" + "* " * 2000,
    "ip": "1: " + "a" * 4080,
    "who": "a" + " " * 4080,
    "blanks": " " * 4000 + "x",
    "colons": ":" * 4080,
    "bars": "|" * 4080,
}
"""Lines that are made to be tried in as many ways as there are."""


@pytest.mark.parametrize(("command", "way"), WAYS)
@pytest.mark.parametrize("line", SLOW.values(), ids=SLOW)
def test_no_line_takes_long(command: Command, way: int, line: str) -> None:
    """A regular expression holds all of Python, and nothing can end it."""
    started = time.process_time()
    command.ways[way].parse("\n".join([line] * 20))
    assert time.process_time() - started < 0.1
