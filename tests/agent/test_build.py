"""The bundle: one file, the same bytes everywhere, runs by itself."""

from collections.abc import Callable
from pathlib import Path
import shutil
import subprocess
import sys
import zipfile

import pytest

from .fake_hub import FakeHub
from .processes import running_agent

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "script/build-agent"


def build(output: Path, *, python: str = sys.executable) -> Path:
    subprocess.run(
        [python, BUILD, output], check=True, capture_output=True, cwd=output.parent
    )
    return output


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("bundle") / "homelab-agent.pyz")


def test_bundle_runs_where_there_is_no_checkout(bundle: Path, tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-I", bundle, "version"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.startswith("homelab-agent 0.1.0")


def test_bundle_reports(
    bundle: Path, hub: FakeHub, write_config: Callable[..., Path]
) -> None:
    with running_agent(write_config(hub), [sys.executable, "-I", str(bundle)]):
        assert hub.next_request().signed


def test_bundle_is_an_executable_for_the_servers_own_python(bundle: Path) -> None:
    assert bundle.read_bytes().startswith(b"#!/usr/bin/env python3\n")
    assert bundle.stat().st_mode & 0o777 == 0o755


def test_bundle_is_the_same_whenever_it_is_built(bundle: Path, tmp_path: Path) -> None:
    assert build(tmp_path / "again.pyz").read_bytes() == bundle.read_bytes()


def test_bundle_is_the_same_whoever_builds_it(bundle: Path, tmp_path: Path) -> None:
    python = shutil.which("python3.11", path="/usr/bin") or shutil.which("python3")
    assert python is not None
    other = build(tmp_path / "other.pyz", python=python)
    assert other.read_bytes() == bundle.read_bytes()


def test_bundle_holds_the_protocol_and_nothing_that_was_compiled(bundle: Path) -> None:
    with zipfile.ZipFile(bundle) as archive:
        names = archive.namelist()
    assert "homelab_agent/protocol/messages.py" in names
    assert "homelab_agent/collectors/cpu.py" in names
    assert names == sorted(names)
    assert not [name for name in names if "pycache" in name or name.endswith(".pyc")]


def test_help_says_how_to_use_it() -> None:
    result = subprocess.run(
        [sys.executable, BUILD, "--help"], capture_output=True, text=True, check=True
    )
    assert "Usage: script/build-agent [OUTPUT]" in result.stdout
