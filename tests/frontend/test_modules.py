"""Runs the tests of the modules' pure parts with node, where there is one."""

from pathlib import Path
import shutil
import subprocess

import pytest

NODE = shutil.which("node")
TESTS = sorted(Path(__file__).parent.glob("*.test.mjs"))


@pytest.mark.skipif(NODE is None, reason="there is no node here")
def test_pure_parts_of_the_modules() -> None:
    assert NODE is not None
    done = subprocess.run(
        [NODE, "--no-warnings", "--test", *TESTS],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout
