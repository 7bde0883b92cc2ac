"""Assertions that would say something else than they seem to."""

import ast
from collections.abc import Iterator

import pytest

from .sources import ROOT, python_files

FILES = python_files(ROOT / "tests")


def approximate_moments(source: str) -> Iterator[int]:
    """Yield the lines where `pytest.approx` is given a tolerance in time.

    It knows numbers only: of moments it tests whether they are equal.
    """
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        if not ast.unparse(node.func).endswith("approx"):
            continue
        for keyword in node.keywords:
            if "timedelta" in ast.unparse(keyword.value):
                yield node.lineno


@pytest.mark.parametrize("file", FILES)
def test_moments_are_not_compared_by_approx(file: str) -> None:
    assert list(approximate_moments((ROOT / file).read_text())) == []


def test_a_moment_that_is_compared_by_approx_is_found() -> None:
    assert list(approximate_moments("a == approx(b, abs=timedelta(seconds=5))")) == [1]
