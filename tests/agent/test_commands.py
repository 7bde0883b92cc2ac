"""What the hub has approved is done once, and reported as it ended."""

from __future__ import annotations

import contextlib
import dataclasses
from dataclasses import dataclass, field
from datetime import UTC, datetime
import os
from pathlib import Path
import tempfile
import threading
from typing import Any

from hypothesis import given, settings, strategies as st
import pytest

from homelab_agent.clock import Clock
from homelab_agent.collectors.helper import (
    ActionInterruptedError,
    ActionKnownError,
    ActionNotStartedError,
    ActionRefusedError,
)
from homelab_agent.commands import durable, journal
from homelab_agent.commands.desk import Desk
from homelab_agent.commands.durable import DurableFile
from homelab_agent.commands.entry import Result, Stage
from homelab_agent.commands.journal import FullError, Journal
from homelab_agent.protocol.messages import MAX_OUTPUT
from homelab_agent.protocol.replies import Command

START = 1_800_000_000.0
DAY = 86400.0
_real_sync = durable._sync


def command(name: str = "c1", *, queued: float = START, **more: Any) -> Command:
    given: dict[str, Any] = {
        "command_id": name,
        "action": "restart_service",
        "target": "plex",
        "parameters": {},
        "queued_at": datetime.fromtimestamp(queued, UTC),
        "expires_at": datetime.fromtimestamp(queued + DAY, UTC),
        "timeout_seconds": 300,
    }
    return Command(**{**given, **more})


class PowerCutError(BaseException):
    """Everything ends here."""


@dataclass
class Helper:
    """Counts what it really does, and remembers its records as the real one does."""

    runs: list[str] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    answer: dict[str, Any] = field(default_factory=lambda: {"ok": True, "output": "ok"})
    error: Exception | None = None
    cut: bool = False
    """Whether the agent dies while it is asked."""

    def act(self, verb: str, target: str, action_id: str) -> dict[str, Any]:
        self.asked.append((verb, target))
        if isinstance(self.error, (ActionNotStartedError, ActionRefusedError)):
            raise self.error
        if action_id in self.records:
            raise ActionKnownError("it was there before")
        self.runs.append(action_id)
        self.records[action_id] = {"state": "finished", "result": self.answer}
        if self.cut:
            raise PowerCutError
        if self.error is not None:
            raise self.error
        return self.answer

    def ask(self, verb: str, patience: float = 2, **more: str) -> dict[str, Any]:
        assert verb == "outcome"
        return self.records.get(more["id"], {"state": "unknown"})


@dataclass
class Server:
    """A server whose agent may die at any time; its commands run in this thread."""

    folder: Path
    passed: float = 0
    boot_id: str = "boot1"
    helper: Helper = field(default_factory=Helper)
    reported: dict[str, list[Result]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.clock = Clock(
            boot=lambda: self.passed,
            wall=lambda: START + self.passed,
            sleep=self._sleep,
        )
        self.start()

    def _sleep(self, seconds: float) -> None:
        self.passed += seconds

    def start(self) -> None:
        """Start the agent, anew or for the first time."""
        self.journal = Journal(
            DurableFile(self.folder / "journal.json"), self.boot_id, self.clock.now
        )
        self.desk = Desk(self.journal, self.helper, self.clock, ended=lambda: None)

    def reboot(self) -> None:
        self.boot_id += "+"
        self.helper.records.clear()
        self.start()

    def offer(self, *commands: Command) -> None:
        self.desk.offered(commands)
        self.join()

    def join(self) -> None:
        for thread in threading.enumerate():
            # They are named after their commands.
            if self.journal.get(thread.name) is not None:
                thread.join(10)

    def report(self, *, heard: bool = True) -> None:
        """Bring what there is to report to the hub, which may not hear of it."""
        for command_id, result in self.desk.untold().items():
            self.reported.setdefault(command_id, []).append(result)
            if heard:
                self.desk.told(command_id)

    def outcomes(self, command_id: str = "c1") -> list[str]:
        return [each.outcome for each in self.reported.get(command_id, ())]


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return Server(tmp_path)


def test_a_command_is_done_once_however_often_it_is_offered(server: Server) -> None:
    server.offer(command(), command())
    assert server.desk.accepted() == ("c1",)
    server.report(heard=False)
    server.start()
    server.desk.resume()
    server.offer(command())
    server.report()
    assert server.helper.runs == ["c1"]
    [first, second] = server.reported["c1"]
    assert first == second
    assert (first.outcome, first.output) == ("succeeded", "ok")
    assert server.desk.accepted() == ()


def test_a_hub_that_has_forgotten_how_it_ended_is_told_again(server: Server) -> None:
    server.offer(command())
    server.report()
    server.offer(command())
    server.report()
    assert server.helper.runs == ["c1"]
    assert server.outcomes() == ["succeeded", "succeeded"]


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ({"ok": True}, "succeeded"),
        (
            {"ok": False, "code": "failed", "message": "no", "exit_code": 1},
            "failed",
        ),
        ({"ok": False, "code": "timeout", "message": "long"}, "failed"),
        ({"ok": False, "code": "not_allowed", "message": "no"}, "refused"),
        ({"ok": False, "code": "not_started", "message": "no"}, "refused"),
        ({"ok": False, "code": "internal", "message": "no"}, "failed"),
        ({"strange": 1}, "failed"),
        ({"ok": 1, "exit_code": True, "output": 5}, "failed"),
    ],
)
def test_what_the_helper_says_is_reported(
    server: Server, answer: dict[str, Any], outcome: str
) -> None:
    server.helper.answer = answer
    server.offer(command())
    server.report()
    assert server.outcomes() == [outcome]
    assert server.reported["c1"][0].exit_code == (
        1 if outcome == "failed" and answer.get("code") == "failed" else None
    )


@pytest.mark.parametrize(
    ("error", "outcome", "runs"),
    [
        (ActionNotStartedError("busy"), "refused", 0),
        (ActionRefusedError("not on the list"), "refused", 0),
        (ActionInterruptedError("hung up"), "succeeded", 1),
    ],
)
def test_an_error_of_the_helper_says_whether_it_was_done(
    server: Server, error: Exception, outcome: str, runs: int
) -> None:
    server.helper.error = error
    server.offer(command())
    server.report()
    assert server.outcomes() == [outcome]
    assert len(server.helper.runs) == runs


def test_what_has_expired_is_not_begun(server: Server) -> None:
    server.passed = DAY
    server.offer(command())
    server.report()
    assert server.outcomes() == ["expired"]
    assert server.helper.runs == []


def test_what_this_agent_does_not_know_is_refused(server: Server) -> None:
    server.offer(command(action="shutdown"))
    server.report()
    assert server.outcomes() == ["refused"]
    assert server.reported["c1"][0].error == (
        "this agent does not know shutdown; update it"
    )


DIGEST = "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("action", "parameters", "target"),
    [
        ("restart_service", {}, "plex"),
        ("clear_logs", {}, "plex"),
        ("custom", {"arguments": "-x"}, "plex"),
        ("apply_updates", {"digest": DIGEST}, f"all {DIGEST}"),
        (
            "apply_updates",
            {"digest": DIGEST, "security_only": True},
            f"security {DIGEST}",
        ),
    ],
)
def test_each_command_is_put_to_the_helper_in_its_words(
    server: Server, action: str, parameters: dict[str, Any], target: str
) -> None:
    server.offer(command(action=action, parameters=parameters))
    server.report()
    assert server.outcomes() == ["succeeded"]
    assert server.helper.asked == [(action, target)]


@pytest.mark.parametrize(
    "parameters", [{}, {"digest": None}, {"digest": DIGEST[1:]}, {"digest": "all"}]
)
def test_updates_without_what_was_approved_are_refused(
    server: Server, parameters: dict[str, Any]
) -> None:
    server.offer(command(action="apply_updates", parameters=parameters))
    server.report()
    assert server.outcomes() == ["refused"]
    assert server.helper.asked == []


def test_an_installation_is_waited_for_however_long_it_takes(server: Server) -> None:
    calls = 0

    def outcome(verb: str, patience: float = 2, **more: str) -> dict[str, Any]:
        nonlocal calls
        calls += 1
        if calls < 2000:
            return {"state": "running", "output": "", "percent": 50}
        return {"state": "finished", "result": {"ok": True, "output": "done"}}

    server.helper.error = ActionInterruptedError("hung up")
    server.helper.ask = outcome  # type: ignore[method-assign]
    server.offer(command(action="apply_updates", parameters={"digest": DIGEST}))
    server.report()
    assert server.outcomes() == ["succeeded"]
    assert server.passed > 5 * 3600


def test_a_reboot_has_succeeded_when_the_server_has_booted_anew(
    server: Server,
) -> None:
    server.journal.take(command(action="reboot"))
    server.journal.start("c1")
    server.reboot()
    server.desk.resume()
    server.join()
    server.report()
    [result] = server.reported["c1"]
    assert (result.outcome, result.output) == ("succeeded", "boot id boot1+\n")
    assert server.helper.runs == []


def test_a_reboot_that_does_not_come_has_failed(server: Server) -> None:
    server.offer(command(action="reboot"))
    server.report()
    assert server.helper.asked == [("reboot", "now")]
    [result] = server.reported["c1"]
    assert (result.outcome, result.error) == (
        "failed",
        "the server has not rebooted in 300 s",
    )


def test_a_reboot_that_is_refused_says_why(server: Server) -> None:
    server.helper.answer = {"ok": False, "code": "failed", "message": "apt runs"}
    server.offer(command(action="reboot"))
    server.report()
    [result] = server.reported["c1"]
    assert (result.outcome, result.error) == ("failed", "apt runs")


def test_what_was_taken_over_and_could_not_begin_for_long_does_not_begin(
    server: Server,
) -> None:
    server.journal.take(command())
    # The hub has given it up for lost by then, and somebody may have asked anew.
    server.passed += 3600
    server.reboot()
    server.desk.resume()
    server.join()
    server.report()
    assert server.outcomes() == ["expired"]
    assert server.helper.runs == []


def test_two_threads_that_are_offered_the_same_take_it_over_once(
    server: Server,
) -> None:
    assert server.journal.take(command())
    server.journal.start("c1")
    assert not server.journal.take(command())
    entry = server.journal.get("c1")
    assert entry is not None
    assert entry.stage is Stage.STARTING


def test_with_a_full_disk_nothing_runs_and_the_result_says_why(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_path: Path, _content: bytes) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(durable, "_write", full)
        server.offer(command(), command())
        server.report()
    assert server.helper.runs == []
    assert server.outcomes() == ["refused"]
    assert "No space left on device" in str(server.reported["c1"][0].error)
    # Nothing of it is left that could run later.
    server.start()
    server.desk.resume()
    server.join()
    assert server.helper.runs == []


def test_a_disk_that_does_not_say_clearly_that_it_has_it_leaves_it_open(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unsure(_folder: Path) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as disk:
        disk.setattr(durable, "_sync", unsure)
        server.offer(command())
    assert (server.helper.runs, server.desk.untold()) == ([], {})
    server.offer(command())
    assert server.helper.runs == ["c1"]


def test_a_reboot_in_the_middle_is_reported_as_such(server: Server) -> None:
    server.journal.take(command())
    server.journal.start("c1")
    server.reboot()
    server.desk.resume()
    server.join()
    server.report()
    assert server.outcomes() == ["interrupted"]
    assert server.helper.runs == []


def test_what_was_taken_over_and_not_begun_runs_after_a_restart(
    server: Server,
) -> None:
    server.journal.take(command())
    server.reboot()
    server.desk.resume()
    server.join()
    server.report()
    assert server.outcomes() == ["succeeded"]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"entries": [{}]}', b"\xff"])
def test_a_damaged_journal_is_put_aside_and_what_was_queued_before_is_not_done(
    server: Server, content: bytes
) -> None:
    path = server.folder / "journal.json"
    path.write_bytes(content)
    server.start()
    server.passed = 60
    server.offer(command())
    server.report()
    assert server.outcomes() == ["interrupted"], "it may have been done"
    assert (server.folder / "journal.damaged").read_bytes() == content
    server.start()
    server.offer(command("c2", queued=START + 61))
    server.offer(command("c3", queued=START + 59))
    server.report()
    assert server.outcomes("c2") == ["succeeded"]
    assert server.outcomes("c3") == ["interrupted"]


def test_the_journal_stays_small_and_forgets_what_nobody_hands_out_any_more(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    most = 60
    monkeypatch.setattr(journal, "MOST", most)
    monkeypatch.setattr(journal, "MOST_BYTES", 10 * MAX_OUTPUT)
    server.helper.answer = {"ok": True, "output": "x" * 3 * MAX_OUTPUT}
    for number in range(most):
        server.offer(command(f"c{number}"))
        server.report()
    assert (server.folder / "journal.json").stat().st_size < 11 * MAX_OUTPUT
    last = server.reported[f"c{most - 1}"][0].output or ""
    assert len(last.encode()) <= MAX_OUTPUT
    assert last.startswith("[... the beginning was cut off]\n")
    with pytest.raises(FullError):
        server.journal.take(command("more"))
    server.passed += 2 * DAY + 3600
    server.offer(command("later", queued=START + server.passed))
    server.report()
    assert server.outcomes("later") == ["succeeded"]
    assert server.journal.get("c0") is None


def test_only_the_agent_may_read_its_journal(server: Server) -> None:
    server.offer(command())
    assert (server.folder / "journal.json").stat().st_mode & 0o777 == 0o600


# Whatever comes in between.


class Cut:
    """Cuts the power at one of the writes."""

    def __init__(self, at: int, before: bool) -> None:
        self.left, self.before = at, before

    def write(self, path: Path, content: bytes) -> None:
        self.left -= 1
        if self.left == 0 and self.before:
            # Half of it is there.
            path.write_bytes(content[: len(content) // 2])
            raise PowerCutError
        path.write_bytes(content)

    def sync(self, _folder: Path) -> None:
        if self.left == 0 and not self.before:
            raise PowerCutError


steps = st.lists(
    st.tuples(
        st.sampled_from(
            ["offer", "report", "report_unheard", "restart", "reboot", "cut", "dies"]
        ),
        st.sampled_from(["c1", "c2"]),
        st.integers(1, 4),
        st.booleans(),
    ),
    max_size=14,
)


@settings(max_examples=250, deadline=None)
@given(steps)
def test_whatever_comes_in_between_nothing_runs_twice_and_every_word_is_true(
    history: list[tuple[str, str, int, bool]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder))
        for step, name, number, before in history:
            _happen(server, step, name, number, before=before)
        server.start()
        server.desk.resume()
        server.join()
        server.report()
        _check(server)
        assert server.journal.unfinished() == []


def _happen(server: Server, step: str, name: str, number: int, *, before: bool) -> None:
    match step:
        case "offer":
            server.offer(command(name))
        case "report":
            server.report()
        case "report_unheard":
            server.report(heard=False)
        case "restart":
            server.start()
            server.desk.resume()
            server.join()
        case "reboot":
            server.reboot()
            server.desk.resume()
            server.join()
        case "dies":
            _dies(server, name)
        case _:
            _cut(server, name, Cut(number, before))


def _one_by_one(server: Server, name: str) -> None:
    """Do as the threads would, in this one, so that its end is the agent's."""
    if server.journal.get(name) is None and server.journal.take(command(name)):
        entry = server.journal.get(name)
        assert entry is not None
        server.desk._runner.run(entry)


def _cut(server: Server, name: str, cut: Cut) -> None:
    with pytest.MonkeyPatch.context() as disk:
        disk.setattr(durable, "_write", cut.write)
        disk.setattr(durable, "_sync", cut.sync)
        try:
            _one_by_one(server, name)
            server.report()
        except PowerCutError:
            pass
    server.start()


def _dies(server: Server, name: str) -> None:
    server.helper.cut = True
    with contextlib.suppress(PowerCutError):
        _one_by_one(server, name)
    server.helper.cut = False
    server.start()


def _check(server: Server) -> None:
    for name in ("c1", "c2"):
        runs = server.helper.runs.count(name)
        assert runs <= 1
        outcomes = set(server.outcomes(name))
        assert len(outcomes) <= 1, "it never says otherwise"
        if outcomes & {"refused", "expired"}:
            assert runs == 0
        if "succeeded" in outcomes:
            assert runs == 1


def test_stages_are_what_the_file_says(server: Server) -> None:
    server.journal.take(command())
    server.journal.start("c1")
    server.start()
    entry = server.journal.get("c1")
    assert entry is not None
    assert entry.stage is Stage.STARTING
    assert dataclasses.replace(entry).command == command()
    assert os.listdir(server.folder) == ["journal.json"]  # noqa: PTH208
