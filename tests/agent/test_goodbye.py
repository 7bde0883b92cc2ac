"""The last word of an agent that is being removed."""

from collections.abc import Callable
import json
from pathlib import Path

from homelab_agent.goodbye import describe, goodbye
from homelab_agent.outcomes import Delivered, is_removed
from homelab_agent.protocol.messages import Heartbeat, parse_message
from homelab_agent.protocol.refusals import Code

from .builders import config_for
from .fake_hub import Answer, FakeHub, always, refuse
from .processes import run_agent

WriteConfig = Callable[..., Path]
OK, PROBLEM, REMOVED = 0, 1, 10


def test_the_hub_is_told_that_the_agent_was_uninstalled(
    hub: FakeHub, write_config: WriteConfig
) -> None:
    done = run_agent("goodbye", "--config", write_config(hub))
    assert (done.returncode, done.stdout) == (OK, "Home Assistant was told\n")
    request = hub.next_request()
    assert request.signed
    message = parse_message(request.body, "web-1")
    assert isinstance(message, Heartbeat)
    (collector,) = message.collectors
    assert (collector.name, collector.error) == ("agent", "uninstalled on this server")
    assert message.sequence == 1
    assert message.metrics.cpu_percent is None


def test_it_is_the_machine_that_reported_before(
    hub: FakeHub, write_config: WriteConfig
) -> None:
    config = write_config(hub)
    once = run_agent("once", "--config", config)
    run_agent("goodbye", "--config", config)
    assert hub.next_request().json.get("machine_id") == json.loads(once.stdout).get(
        "machine_id"
    )


def test_a_clock_that_is_wrong_does_not_silence_it(hub: FakeHub) -> None:
    real = hub.now
    hub.now = lambda: real() + 56 * 365 * 86400.0
    assert describe(goodbye(config_for(hub))) == "Home Assistant was told"
    first, second = hub.next_request(), hub.next_request()
    assert second.timestamp - first.timestamp > 86400
    assert first.json["run_id"] == second.json["run_id"]


def test_a_hub_that_always_tells_another_time_is_asked_twice(hub: FakeHub) -> None:
    hub.respond = refuse(Code.CLOCK_SKEW, message="Set the clock.")
    assert describe(goodbye(config_for(hub))) == "Set the clock."
    assert hub.requests.qsize() == 2


def test_an_unsigned_answer_is_not_believed(hub: FakeHub) -> None:
    for respond in (always(Answer()), refuse(Code.REMOVED, signed=False)):
        hub.respond = respond
        outcome = goodbye(config_for(hub))
        assert not isinstance(outcome, Delivered)
        assert not is_removed(outcome)


def test_a_server_that_was_removed_there_is_told_apart(
    hub: FakeHub, write_config: WriteConfig
) -> None:
    hub.respond = refuse(Code.REMOVED, message="It was removed.")
    done = run_agent("goodbye", "--config", write_config(hub))
    assert (done.returncode, done.stdout) == (REMOVED, "It was removed.\n")


def test_a_refusal_is_said(hub: FakeHub, write_config: WriteConfig) -> None:
    config = write_config(hub)
    hub.respond = refuse(Code.STARTING, message="It is starting.")
    done = run_agent("goodbye", "--config", config)
    assert (done.returncode, done.stdout) == (PROBLEM, "It is starting.\n")


def test_no_hub_at_all_is_no_traceback(hub: FakeHub, write_config: WriteConfig) -> None:
    config = write_config(hub)
    hub.stop()
    done = run_agent("goodbye", "--config", config)
    assert done.returncode == PROBLEM
    assert "Traceback" not in done.stderr
    assert "refuses connections" in done.stdout
