"""A shell is asked, and its answer found among what else it says."""

import subprocess

import pytest

from custom_components.homelabcmd.core.scans.asking import (
    Answer,
    Trouble,
    line_for,
    reading_of,
)
from custom_components.homelabcmd.core.scans.commands import (
    COMMANDS,
    Command,
    Way,
    commands,
)
from custom_components.homelabcmd.core.scans.findings import (
    facts_of,
    missing_of,
    readings,
    spoke_to_nobody,
)

from .make import TOKEN, command, reading, said

GREETING = b"Welcome to nas!\n\x1b[31m" + f"{TOKEN[:20]} way 0\n".encode()


def run(shell: str, line: str) -> bytes:
    """Return what a login with this shell writes for a line."""
    done = subprocess.run([shell, "-c", line], capture_output=True, check=True)
    assert done.stderr == b""
    return done.stdout


@pytest.mark.parametrize("name", [item.name for item in COMMANDS])
def test_this_machine_answers_every_command(name: str) -> None:
    output = run("sh", line_for(command(name), TOKEN))
    found = reading_of(command(name), Answer(output=output), TOKEN)
    assert found.trouble in {None, Trouble.MISSING, Trouble.FAILED}
    assert (found.value is None) == (found.trouble is not None)


def test_the_first_way_that_succeeds_counts() -> None:
    asked = Command(
        "os",
        quick=True,
        ways=(
            Way("no-such-program", "echo never", lambda _: "never"),
            Way("cat", "echo half; exit 3", lambda text: text.strip()),
            Way("cat", "false", lambda text: text.strip()),
            Way("cat", "echo 'it is'", lambda text: text.strip()),
            Way("cat", "echo late", lambda text: text.strip()),
        ),
    )
    output = run("bash", line_for(asked, TOKEN))
    assert reading_of(asked, Answer(output=output), TOKEN).value == "it is"


def test_what_a_profile_says_before_and_between_is_not_the_answer() -> None:
    found = reading("kernel", [GREETING, said("nas\n6.1\nx86_64"), b"goodbye\n"])
    assert found.value is not None
    assert found.trouble is None


@pytest.mark.parametrize(
    ("output", "trouble"),
    [
        (b"", Trouble.NO_SHELL),
        (b"This account is currently not available.\n", Trouble.NO_SHELL),
        (f"\n{TOKEN} end 127\n".encode(), Trouble.MISSING),
        (said("nas\n6.1\nx86_64", status="1"), Trouble.FAILED),
        (said("nothing that we know"), Trouble.FAILED),
        (said("nas\n6.1\nx86_64\nmore")[:-40], Trouble.CUT),
    ],
)
def test_what_is_not_known_is_said(output: bytes, trouble: Trouble) -> None:
    assert reading("kernel", [output]).trouble is trouble


def test_half_of_a_list_is_kept_without_its_last_line() -> None:
    output = f"\n{TOKEN} way 0\nbash\t5.2\tii\nlibc6\t2.36\ti".encode()
    found = reading("packages", [output], timed_out=True)
    assert [item.name for item in found.value] == ["bash"]  # type: ignore[attr-defined]
    assert found.trouble is Trouble.TIMED_OUT


def test_a_mark_is_not_made_of_anything_else() -> None:
    with pytest.raises(ValueError, match="rm"):
        line_for(COMMANDS[0], "$(rm -rf /)")


def test_a_full_scan_asks_all_that_a_quick_one_asks() -> None:
    assert set(commands(full=False)) < set(commands(full=True)) == set(COMMANDS)


def test_every_command_is_named_after_the_fact_it_finds_out() -> None:
    answers = [(item, Answer(output=b"")) for item in COMMANDS]
    found = readings(answers, TOKEN)
    assert facts_of(found).os is None
    assert spoke_to_nobody(found)
    assert {item.fact for item in missing_of(found)} == set(found)
