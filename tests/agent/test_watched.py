"""What install.sh --managed is to propose, as the agent leaves it in its folder."""

from __future__ import annotations

from collections.abc import Callable
import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from homelab_agent.protocol.replies import Config
from homelab_agent.watched import Watched

from .builders import Machine
from .fake_hub import Answer, FakeHub, Request

READER = Path(__file__).parents[2] / "agent/helper/watched.py"


def answering(services: tuple[str, ...], containers: tuple[str, ...] = ()) -> Any:
    config = Config(
        heartbeat_interval_seconds=60, services=services, containers=containers
    )

    def respond(hub: FakeHub, request: Request) -> Answer:
        return hub.reply(request, config=config)

    return respond


def proposed(folder: Path) -> list[str]:
    """Return what the installer's own reader makes of it."""
    spec = importlib.util.spec_from_file_location("reader", READER)
    assert spec is not None
    assert spec.loader is not None
    reader = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(reader)
    content = reader.read(folder / "watched.json")
    found: list[str] = reader.usable(content, ["docker"])
    return found


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder that systemd would make."""
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    return tmp_path


@pytest.fixture
def machine(state: Path, hub: FakeHub) -> Machine:
    machine = Machine(hub)
    hub.now = machine.true_time
    return machine


def test_what_the_hub_names_can_be_proposed(
    state: Path, machine: Machine, hub: FakeHub
) -> None:
    hub.respond = answering(("nginx", "smbd.service"), ("web",))
    machine.run(waits=2)
    assert proposed(state) == ["nginx", "smbd.service", "web (docker)"]
    assert [path.name for path in state.iterdir()] == ["watched.json"]
    assert (state / "watched.json").stat().st_mode & 0o077 == 0


def test_file_follows_the_list_and_is_not_written_without_need(
    state: Path, machine: Machine, hub: FakeHub
) -> None:
    hub.respond = answering(("nginx",))
    written = set()

    def at_wait(number: int) -> None:
        written.add((state / "watched.json").stat().st_ino)
        if number == 5:
            hub.respond = answering(())

    machine.at_wait = at_wait
    machine.run(waits=10)
    assert proposed(state) == []
    assert len(written) == 2


def test_list_of_an_earlier_run_is_replaced(
    state: Path, machine: Machine, hub: FakeHub
) -> None:
    (state / "watched.json").write_text('{"services": ["old"]}')
    machine.run(waits=1)
    assert proposed(state) == []


def test_folder_that_can_not_be_written_is_one_line_and_heartbeats_go_on(
    state: Path,
    machine: Machine,
    hub: FakeHub,
    capsys: pytest.CaptureFixture[str],
) -> None:
    # Not even root can write a file in place of a folder.
    (state / "watched.part").mkdir()
    hub.respond = answering(("nginx",))

    def at_wait(number: int) -> None:
        if number == 5:
            (state / "watched.part").rmdir()

    machine.at_wait = at_wait
    machine.run(waits=5)
    (line,) = capsys.readouterr().err.splitlines()
    assert line == f"{state}/watched.json can't be written (Is a directory)"
    assert hub.requests.qsize() == 5
    assert not (state / "watched.json").exists()


def test_it_is_written_as_soon_as_that_works_again(tmp_path: Path) -> None:
    watched = Watched(tmp_path / "later")
    watched.keep(("nginx",), ())
    (tmp_path / "later").mkdir()
    watched.keep(("nginx",), ())
    assert proposed(tmp_path / "later") == ["nginx"]


def test_full_disk_leaves_the_old_file_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched = Watched(tmp_path)
    watched.keep(("nginx",), ())

    def full(_text: str) -> int:
        raise OSError(28, "No space left on device")

    replace: Callable[..., Any] = Path.replace
    monkeypatch.setattr(Path, "replace", lambda *_: full(""))
    watched.keep(("other",), ())
    monkeypatch.setattr(Path, "replace", replace)
    assert json.loads((tmp_path / "watched.json").read_text())["services"] == ["nginx"]
    assert [path.name for path in tmp_path.iterdir()] == ["watched.json"]


def test_agent_that_was_started_by_hand_has_no_folder_and_no_trouble(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)
    Watched().keep(("nginx",), ())
    assert capsys.readouterr().err == ""
