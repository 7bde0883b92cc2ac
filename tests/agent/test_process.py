"""The real process against a real hub, in real time."""

from collections.abc import Callable, Iterator
from pathlib import Path
import signal
import subprocess
import sys
import time

import pytest

from homelab_agent.protocol.messages import Heartbeat, parse_message
from homelab_agent.protocol.refusals import Code

from .fake_hub import Answer, FakeHub, always, refuse
from .processes import run_agent, running_agent

WriteConfig = Callable[..., Path]

# A name server that does not answer: what the system's resolver then does can't be
# interrupted from Python.
NO_ANSWER_FROM_DNS = """
import os, socket, sys, time
ask = socket.getaddrinfo
def getaddrinfo(host, *args, flags=0, **more):
    if flags & socket.AI_NUMERICHOST:
        return ask(host, *args, flags=flags, **more)
    os.write(1, b"asking\\n")
    time.sleep(60)
socket.getaddrinfo = getaddrinfo
from homelab_agent.__main__ import main
sys.exit(main())
"""


@pytest.fixture
def agent(hub: FakeHub, write_config: WriteConfig) -> Iterator[subprocess.Popen[str]]:
    with running_agent(write_config(hub)) as process:
        yield process


def end(process: subprocess.Popen[str], number: signal.Signals) -> tuple[float, str]:
    """Send a signal; return after how many seconds it ended, and its log."""
    started = time.monotonic()
    process.send_signal(number)
    output, log = process.communicate(timeout=10)
    assert output == ""
    return time.monotonic() - started, log


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_first_heartbeat_comes_at_once_and_a_signal_ends_the_agent(
    agent: subprocess.Popen[str], hub: FakeHub, number: signal.Signals
) -> None:
    request = hub.next_request()
    assert request.signed
    message = parse_message(request.body, "web-1")
    assert isinstance(message, Heartbeat)
    assert message.sequence == 1
    assert [c.error for c in message.collectors if c.error] == []
    seconds, log = end(agent, number)
    assert seconds < 1
    assert agent.returncode == 0
    assert len(log.splitlines()) == 1
    assert f"reports as web-1 to http://127.0.0.1:{hub.port} every 60 s" in log
    assert "secretpath123" not in log
    assert hub.key.dump() not in log


def test_signal_ends_the_agent_while_it_waits_for_an_answer(
    agent: subprocess.Popen[str], hub: FakeHub
) -> None:
    hub.respond = always(Answer(delay=30))
    hub.next_request()
    seconds, _ = end(agent, signal.SIGTERM)
    assert seconds < 1
    assert agent.returncode == 0


def test_signal_ends_the_agent_while_it_waits_for_a_name_server(
    hub: FakeHub, write_config: WriteConfig
) -> None:
    config = write_config(hub)
    config.write_text(config.read_text().replace("127.0.0.1", "ha.example"))
    program = [sys.executable, "-c", NO_ANSWER_FROM_DNS]
    with running_agent(config, program) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "asking\n"
        seconds, _ = end(process, signal.SIGTERM)
    assert seconds < 1
    assert process.returncode == 0


def test_killed_agent_starts_again_as_a_new_run(
    hub: FakeHub, write_config: WriteConfig
) -> None:
    config = write_config(hub)
    beats = []
    for _ in range(2):
        with running_agent(config) as process:
            beats.append(hub.next_request().json)
            process.kill()
    assert beats[0]["run_id"] != beats[1]["run_id"]
    assert [beat["sequence"] for beat in beats] == [1, 1]
    assert beats[0]["machine_id"] == beats[1]["machine_id"]


def test_removed_server_ends_the_agent_with_a_status_of_its_own(
    agent: subprocess.Popen[str], hub: FakeHub
) -> None:
    hub.respond = refuse(Code.REMOVED)
    _, log = agent.communicate(timeout=10)
    assert agent.returncode == 10
    assert "web-1 was removed in Home Assistant, so the agent ends" in log


def test_hub_that_was_starting_gets_the_heartbeat_within_ten_seconds(
    agent: subprocess.Popen[str], hub: FakeHub
) -> None:
    hub.script.append(always(Answer()))
    first, second = hub.next_request(), hub.next_request(timeout=12)
    assert second.at - first.at < 10.5
    assert first.body == second.body
    _, log = end(agent, signal.SIGTERM)
    assert "not delivered" in log.splitlines()[1]


def test_journal_gets_the_priority_of_each_line(
    hub: FakeHub, write_config: WriteConfig
) -> None:
    config = write_config(hub)
    program = ["env", "JOURNAL_STREAM=8:1", sys.executable, "-m", "homelab_agent"]
    hub.respond = refuse(Code.REMOVED)
    result = run_agent("run", "--config", config, program=program)
    first, last = result.stderr.splitlines()
    assert first.startswith("<6>homelab-agent ")
    assert last.startswith("<3>web-1 ")


@pytest.mark.parametrize("command", ["run", "once"])
def test_bad_settings_end_it_with_one_line(tmp_path: Path, command: str) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("url: [")
    result = run_agent(command, "--config", config)
    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr == (
        f"homelab-agent: {config}: line 1 is not YAML; "
        "write one 'name: value' per line\n"
    )


@pytest.mark.parametrize("arguments", [[], ["walk"], ["run", "--conf", "x"]])
def test_wrong_command_line_shows_the_right_one(arguments: list[str]) -> None:
    result = run_agent(*arguments)
    assert result.returncode == 2
    assert "usage: homelab-agent" in result.stderr


def test_version_names_agent_and_protocol() -> None:
    result = run_agent("version")
    assert result.returncode == 0
    assert result.stdout.startswith("homelab-agent 0.1.0, protocol 1, Python 3.")


def test_once_prints_what_would_be_sent_and_sends_nothing(
    hub: FakeHub, write_config: WriteConfig
) -> None:
    result = run_agent("once", "--config", write_config(hub))
    assert result.returncode == 0
    assert result.stderr == ""
    message = parse_message(result.stdout.encode(), "web-1")
    assert isinstance(message, Heartbeat)
    assert message.metrics.memory_total_gb
    assert hub.requests.empty()
    assert hub.key.dump() not in result.stdout
    assert "secretpath123" not in result.stdout
