"""A release is complete, and the same whoever builds it."""

import json
from pathlib import Path
import subprocess
import sys
import zipfile

import pytest

from custom_components.homelabcmd.wire import handout

from .sources import ROOT


def _build(output: Path) -> bytes:
    subprocess.run(
        [sys.executable, ROOT / "script/release", output],
        check=True,
        capture_output=True,
    )
    return output.read_bytes()


def test_two_builds_of_a_release_are_the_same_bytes(tmp_path: Path) -> None:
    assert _build(tmp_path / "one.zip") == _build(tmp_path / "two.zip")


def test_a_release_hands_out_the_same_agent_as_a_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _build(tmp_path / "release.zip")
    with zipfile.ZipFile(tmp_path / "release.zip") as archive:
        archive.extractall(tmp_path)
    assert json.loads((tmp_path / "manifest.json").read_text())["version"]
    assert not list(tmp_path.rglob("__pycache__"))
    from_checkout = handout.load()
    monkeypatch.setattr(handout, "_RELEASED", tmp_path / "agent")
    assert handout.load() == from_checkout
