"""How the helper runs programs: what counts as their end, and what is kept of them."""

import os
from pathlib import Path
import signal
import time

from helper import homelab_helper as helper
from hypothesis import given, strategies as st
import pytest

from .rig import PATIENCE, wait_for_end

MARK = "[... the beginning was cut off]\n"
LIMIT = 16 * 1024


def sh(script: str, seconds: float = PATIENCE) -> tuple[int | None, str]:
    return helper.run("/bin/sh", "-c", script, seconds=seconds)


def test_program_ends_when_it_ends_and_not_with_the_child_that_it_left() -> None:
    began = time.monotonic()
    code, output = sh("sleep 60 & echo $!; exit 3")
    assert time.monotonic() - began < PATIENCE / 2
    assert code == 3
    child = int(output)
    # Who started it says what becomes of it.
    os.kill(child, signal.SIGKILL)
    wait_for_end(child)


def test_end_that_was_said_last_is_not_lost() -> None:
    for _ in range(20):
        assert sh("echo last words >&2; exit 1") == (1, "last words\n")


def test_program_that_closes_its_output_is_waited_for_at_no_cost() -> None:
    before = time.process_time()
    assert sh("exec >&- 2>&-; sleep 0.5; exit 4") == (4, "")
    assert time.process_time() - before < 0.25


def test_output_is_kept_up_to_its_end_where_the_error_is() -> None:
    code, output = sh("seq 1 20000; echo 'E: the error that matters' >&2; exit 100")
    assert code == 100
    assert output.startswith(MARK)
    assert output.endswith("\n20000\nE: the error that matters\n")
    assert len(output.encode()) == LIMIT


def test_program_that_is_late_is_told_with_the_end_of_what_it_said() -> None:
    code, output = sh("seq 1 20000; echo I hang; sleep 60", seconds=1)
    assert code is None
    assert output.startswith(MARK)
    assert output.endswith("\nI hang\n")


def test_program_that_never_stops_talking_is_late_too() -> None:
    began = time.monotonic()
    code, output = sh("while :; do echo y; done", seconds=0.5)
    assert time.monotonic() - began < 5
    assert code is None
    assert len(output.encode()) <= LIMIT


def test_child_that_never_stops_talking_does_not_hold_up_the_end(
    tmp_path: Path,
) -> None:
    note = tmp_path / "child"
    code, output = sh(f"yes & echo $! >{note}; sleep 0.2; exit 0")
    os.kill(int(note.read_text()), signal.SIGKILL)
    assert code == 0
    assert output.startswith(MARK)


@pytest.mark.parametrize(
    ("byte", "count"), [(b"\xff", 30_000), ("\u00e4".encode(), 9000), (b"\0", 20_000)]
)
def test_bytes_of_any_kind_stay_within_the_limit(byte: bytes, count: int) -> None:
    output = helper.tail(byte * count)
    assert output.startswith(MARK)
    assert LIMIT - 3 < len(output.encode()) <= LIMIT


@pytest.mark.parametrize("size", [0, 1, LIMIT - 1, LIMIT])
def test_what_fits_is_whole_and_without_a_mark(size: int) -> None:
    assert helper.tail(b"x" * size) == "x" * size


@given(st.binary(max_size=50), st.integers(0, 5000), st.binary(max_size=50))
def test_any_output_is_kept_from_its_end(start: bytes, times: int, end: bytes) -> None:
    output = helper.tail(start * times + end)
    whole = (start * times + end).decode(errors="replace")
    assert len(output.encode()) <= LIMIT
    assert output == whole or (
        output.startswith(MARK) and whole.endswith(output.removeprefix(MARK))
    )
