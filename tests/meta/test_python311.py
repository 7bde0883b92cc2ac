"""What runs on the servers must be valid for Debian 12's Python 3.11."""

import ast
from pathlib import Path
import shutil
import subprocess

import pytest

from .sources import AGENT, INTEGRATION, ROOT, python_files

FILES = python_files(AGENT, INTEGRATION / "protocol")

# Compiles without leaving any file behind.
COMPILE = """
import sys
assert sys.version_info[:2] == (3, 11)
for name in sys.argv[1:]:
    with open(name, "rb") as file:
        compile(file.read(), name, "exec")
"""

TOO_NEW = {
    "except-without-parentheses": "try:\n    x\nexcept A, B:\n    pass\n",
    "type-parameters": "def f[T](x: T) -> T: ...\n",
    "type-statement": "type X = int\n",
    # The parser of a newer Python accepts this one whatever it is asked for.
    "nested-quotes": 'f"{x["y"]}"\n',
}


def parse(source: str, name: str = "sample") -> None:
    """Parse like Python 3.11, as far as a newer parser can."""
    ast.parse(source, name, feature_version=(3, 11))


def compile_on_311(python: str, files: list[Path]) -> subprocess.CompletedProcess[str]:
    """Compile files with a real Python 3.11."""
    command = [python, "-I", "-c", COMPILE, *map(str, files)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def python311() -> str:
    """Return a Python 3.11 that starts."""
    candidates = (
        "/usr/bin/python3.11",
        str(ROOT / ".venv-agent/bin/python"),
        shutil.which("python3.11"),
    )
    for python in candidates:
        if python and Path(python).exists() and not compile_on_311(python, []).stderr:
            return python
    pytest.skip("no Python 3.11 on this machine")


@pytest.mark.parametrize("file", FILES)
def test_file_parses_as_python_311(file: str) -> None:
    parse((ROOT / file).read_text(), file)


def test_files_compile_on_python_311(python311: str) -> None:
    result = compile_on_311(python311, [ROOT / file for file in FILES])
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("name", sorted(TOO_NEW.keys() - {"nested-quotes"}))
def test_parser_refuses_newer_syntax(name: str) -> None:
    with pytest.raises(SyntaxError):
        parse(TOO_NEW[name])


@pytest.mark.parametrize("name", sorted(TOO_NEW))
def test_compiler_refuses_newer_syntax(
    name: str, python311: str, tmp_path: Path
) -> None:
    sample = tmp_path / "sample.py"
    sample.write_text(TOO_NEW[name])
    assert "SyntaxError" in compile_on_311(python311, [sample]).stderr
