"""Today's agent, as a process, against what the first hub answered."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
import json
from pathlib import Path
import subprocess
import time
from typing import Any

from hypothesis import HealthCheck, given, settings
import pytest

from homelab_agent.protocol.fields import dump_json
from homelab_agent.protocol.messages import Message, dump_message
from homelab_agent.protocol.replies import Reply, dump_reply
from tests.agent.fake_hub import Answer, FakeHub, Request, sign
from tests.agent.processes import MODULE, environment, run_agent, running_agent
from tests.protocol.strategies import MESSAGES, REPLIES as ANY_REPLY

from .frozen import REPLIES, FirstReader, answer_like, first_hub

PATIENCE = 20


@pytest.fixture
def hub(loopback: None) -> Iterator[FakeHub]:
    """Return the first hub."""
    hub = FakeHub(server_id="nas")
    hub.respond = first_hub
    hub.start()
    yield hub
    hub.stop()


@pytest.fixture
def config(hub: FakeHub, tmp_path: Path) -> Path:
    """Return the settings that the first hub gave out."""
    path = tmp_path / "config.yaml"
    path.write_text(f"url: {hub.url}\nserver_id: nas\nkey: {hub.key.dump()}\n")
    path.chmod(0o600)
    return path


@pytest.fixture(scope="module")
def reader() -> Iterator[FirstReader]:
    """Return the first hub's own reader of messages."""
    with FirstReader() as reader:
        yield reader


def delivered(config: Path, folder: Path) -> str:
    """Run the agent until its report is delivered; return its log."""
    process = subprocess.Popen(
        [*MODULE, "run", "--config", config],
        env=environment() | {"RUNTIME_DIRECTORY": str(folder)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        end = time.monotonic() + PATIENCE
        while not (folder / "connected").exists() and process.poll() is None:
            assert time.monotonic() < end, "no report was delivered"
            time.sleep(0.05)
        # For what it says after the reply.
        time.sleep(1.5)
        assert process.poll() is None
    finally:
        process.terminate()
        _, log = process.communicate(timeout=10)
    return log


def test_its_reports_are_delivered_and_read(
    hub: FakeHub, config: Path, tmp_path: Path, reader: FirstReader
) -> None:
    log = delivered(config, tmp_path)
    assert len(log.splitlines()) == 1, log
    while not hub.requests.empty():
        request = hub.requests.get()
        assert request.signed
        assert reader.judge(request.body, "nas") == "ok"


def test_its_check_finds_nothing_wrong(hub: FakeHub, config: Path) -> None:
    done = run_agent("check", "--config", config)
    assert done.returncode == 0, done.stdout
    assert "ok   signature" in done.stdout


@pytest.mark.parametrize(
    "name", sorted(REPLIES.keys() - {"health", "heartbeat", "stale", "wait", "removed"})
)
def test_a_refusal_is_said_and_no_end(hub: FakeHub, config: Path, name: str) -> None:
    hub.respond = partial(answer_like, name)
    with running_agent(config) as process:
        hub.next_request(PATIENCE)
        time.sleep(0.3)
        assert process.poll() is None
        process.terminate()
        _, log = process.communicate(timeout=10)
    assert process.returncode == 0
    assert "Traceback" not in log
    if name != "clock_skew":
        assert len(log.splitlines()) == 2, log


def test_a_heartbeat_that_it_had_already_is_delivered(
    hub: FakeHub, config: Path, tmp_path: Path
) -> None:
    hub.respond = partial(answer_like, "stale")
    assert len(delivered(config, tmp_path).splitlines()) == 1


def test_a_removed_server_ends_it(hub: FakeHub, config: Path) -> None:
    hub.respond = partial(answer_like, "removed")
    assert run_agent("run", "--config", config).returncode == 10


def test_what_a_newer_hub_says_besides_is_ignored(
    hub: FakeHub, config: Path, tmp_path: Path
) -> None:
    def extended(value: Any) -> Any:
        """Add a field to every object, however deep."""
        if isinstance(value, dict):
            known = {name: extended(item) for name, item in value.items()}
            return known | {"of_a_newer_hub": {"a": [1, None, "x"]}}
        return [extended(item) for item in value] if isinstance(value, list) else value

    def newer(hub: FakeHub, request: Request) -> Answer:
        body = json.loads(first_hub(hub, request).body)
        return sign(hub.key, json.dumps(extended(body)).encode(), int(hub.now()))

    hub.respond = newer
    assert len(delivered(config, tmp_path).splitlines()) == 1


@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(message=MESSAGES)
def test_whatever_can_be_said_today_the_first_hub_can_read(
    reader: FirstReader, message: Message
) -> None:
    body = dump_json(dump_message(message))
    assert reader.judge(body, message.server_id) == "ok"


@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(reply=ANY_REPLY)
def test_whatever_can_be_answered_today_the_first_agent_can_read(
    reader: FirstReader, reply: Reply
) -> None:
    assert reader.judge(dump_json(dump_reply(reply))) == "ok"
