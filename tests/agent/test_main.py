"""The commands inside the tests' own process; test_process.py runs them for real."""

from collections.abc import Callable, Iterator
import json
from pathlib import Path
import signal

import pytest

from homelab_agent.__main__ import main
from homelab_agent.protocol.refusals import Code

from .fake_hub import FakeHub, refuse

WriteConfig = Callable[..., Path]

# The settings are read in a fork, and the hub of the tests has threads.
pytestmark = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")


@pytest.fixture(autouse=True)
def _signals() -> Iterator[None]:
    """Give the signals back that the agent takes for itself."""
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


def test_run_ends_when_the_server_is_removed(
    hub: FakeHub, write_config: WriteConfig, capsys: pytest.CaptureFixture[str]
) -> None:
    hub.respond = refuse(Code.REMOVED)
    assert main(["run", "--config", str(write_config(hub))]) == 10
    assert "was removed" in capsys.readouterr().err


def test_run_ends_well_on_a_signal(hub: FakeHub, write_config: WriteConfig) -> None:
    def end(hub: FakeHub, request: object) -> object:
        signal.raise_signal(signal.SIGTERM)
        return refuse(Code.STARTING)(hub, request)  # type: ignore[arg-type]

    hub.respond = end  # type: ignore[assignment]
    assert main(["run", "--config", str(write_config(hub))]) == 0


def test_once_prints_json(
    hub: FakeHub, write_config: WriteConfig, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["once", "--config", str(write_config(hub))]) == 0
    assert json.loads(capsys.readouterr().out)["server_id"] == "web-1"


def test_check_prints_findings(
    hub: FakeHub, write_config: WriteConfig, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", "--config", str(write_config(hub))]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 11


@pytest.mark.parametrize(("command", "code"), [("run", 2), ("once", 2), ("check", 1)])
def test_missing_settings_have_an_exit_code(
    tmp_path: Path, command: str, code: int
) -> None:
    assert main([command, "--config", str(tmp_path / "none.yaml")]) == code


def test_version_needs_no_settings(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["version"]) == 0
    assert capsys.readouterr().out.startswith("homelab-agent ")
