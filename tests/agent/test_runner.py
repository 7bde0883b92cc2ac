"""The loop: against a real hub, with a clock that only runs while it waits."""

from datetime import UTC, datetime

import pytest

from homelab_agent.protocol.messages import Heartbeat, parse_message
from homelab_agent.protocol.refusals import Code
from homelab_agent.protocol.replies import Config, Detail

from .builders import Machine
from .fake_hub import Answer, FakeHub, Request, always, refuse

DECADES = 1_700_000_000


def requests_of(hub: FakeHub) -> list[Request]:
    """Return everything that arrived."""
    return [hub.requests.get_nowait() for _ in range(hub.requests.qsize())]


def sequences(hub: FakeHub) -> list[int]:
    return [request.json["sequence"] for request in requests_of(hub)]


def test_heartbeats_arrive_signed_and_numbered(machine: Machine, hub: FakeHub) -> None:
    machine.run(waits=3)
    requests = requests_of(hub)
    beats = [parse_message(request.body, "web-1") for request in requests]
    assert all(request.signed for request in requests)
    assert all(isinstance(beat, Heartbeat) for beat in beats)
    assert [beat.sequence for beat in beats if isinstance(beat, Heartbeat)] == [1, 2, 3]
    assert {request.json["run_id"] for request in requests} == {machine.reporter.run_id}
    assert len({request.port for request in requests}) == 1


def test_waits_are_one_interval_long_give_or_take_a_tenth(
    machine: Machine, hub: FakeHub
) -> None:
    machine.run(waits=20)
    assert all(54 <= wait <= 66 for wait in machine.waits)
    assert len(set(machine.waits)) > 10


def test_hub_sets_the_interval(machine: Machine, hub: FakeHub) -> None:
    hub.interval = 300
    machine.run(waits=2)
    assert all(270 <= wait <= 330 for wait in machine.waits)


def test_shorter_interval_holds_from_the_first_wait(
    machine: Machine, hub: FakeHub
) -> None:
    hub.interval = 10
    machine.run(waits=1)
    assert 9 <= machine.waits[0] <= 11


def test_reply_without_config_changes_nothing(machine: Machine, hub: FakeHub) -> None:
    hub.respond = lambda hub, request: hub.reply(request, config=None)
    machine.run(waits=2)
    assert 54 <= machine.waits[1] <= 66


@pytest.mark.parametrize(
    "respond",
    [always(Answer()), always(Answer(body=b"{}")), refuse(Code.STARTING)],
    ids=["empty", "unsigned", "starting"],
)
def test_hub_that_starts_gets_the_same_heartbeat_again_within_ten_seconds(
    machine: Machine, hub: FakeHub, respond: object
) -> None:
    hub.script.extend([respond] * 3)  # type: ignore[list-item]
    machine.run(waits=4)
    requests = requests_of(hub)
    assert all(wait < 10 for wait in machine.waits[:3])
    assert len({request.body for request in requests}) == 1
    assert len({request.id for request in requests}) == 4
    assert all(request.signed for request in requests)


def test_wrong_url_that_always_answers_is_asked_less_often_in_the_end(
    machine: Machine, hub: FakeHub
) -> None:
    hub.respond = always(Answer())
    machine.run(waits=200)
    assert sum(machine.waits[:20]) < 250
    assert sum(machine.waits[-20:]) > 400


def test_hub_that_starts_for_long_is_still_asked_often(
    machine: Machine, hub: FakeHub
) -> None:
    hub.respond = refuse(Code.STARTING)
    machine.run(waits=100)
    assert all(wait < 10 for wait in machine.waits)


def test_hub_that_is_away_is_tried_ever_less_often_up_to_the_interval(
    machine: Machine, hub: FakeHub
) -> None:
    hub.stop()
    machine.run(waits=8)
    low = [4.5, 9, 18]
    high = [5.5, 11, 22]
    assert all(
        a <= wait <= b for a, wait, b in zip(low, machine.waits[:3], high, strict=True)
    )
    assert all(54 <= wait <= 66 for wait in machine.waits[4:])


def test_outage_and_recovery_are_logged_once_each(
    machine: Machine, hub: FakeHub, capsys: pytest.CaptureFixture[str]
) -> None:
    hub.stop()

    def at_wait(number: int) -> None:
        if number == 5:
            hub.script.extend([always(Answer()), refuse(Code.STARTING)])
            hub.start()

    machine.at_wait = at_wait
    machine.run(waits=10)
    outage, recovery = capsys.readouterr().err.splitlines()
    assert "refuses connections; is Home Assistant running there?" in outage
    assert "receives heartbeats again after" in recovery


def test_heartbeat_that_waits_too_long_gives_way_to_a_fresh_one(
    machine: Machine, hub: FakeHub
) -> None:
    hub.respond = refuse(Code.TOO_MANY_REQUESTS)
    machine.run(waits=6)
    # 5, 10 and 20 seconds after the first; the next after 60.
    assert sequences(hub) == [1, 1, 1, 1, 2, 3]


def test_backoff_starts_anew_after_a_delivery(machine: Machine, hub: FakeHub) -> None:
    busy = refuse(Code.TOO_MANY_REQUESTS)
    hub.script.extend([busy, busy, FakeHub.received, busy])
    machine.run(waits=4)
    assert 4.5 <= machine.waits[3] <= 5.5


def test_signed_removal_ends_the_agent(machine: Machine, hub: FakeHub) -> None:
    hub.script.append(FakeHub.received)
    hub.respond = refuse(Code.REMOVED)
    machine.run(waits=100)
    assert len(machine.waits) == 1
    assert sequences(hub) == [1, 2]


def test_unsigned_removal_only_makes_it_wait(machine: Machine, hub: FakeHub) -> None:
    hub.respond = refuse(Code.REMOVED, signed=False)
    machine.run(waits=10)
    assert len(machine.waits) == 10
    assert machine.waits[0] >= 4.5


@pytest.mark.parametrize(
    "code",
    [
        Code.REPLAYED,
        Code.TOO_MANY_REQUESTS,
        Code.INVALID_JSON,
        Code.INVALID_FIELD,
        Code.UNSUPPORTED_PROTOCOL,
        Code.IDENTITY_MISMATCH,
        Code.TOO_LARGE,
    ],
)
def test_refusal_is_logged_once_in_the_words_of_the_hub_and_it_goes_on(
    machine: Machine,
    hub: FakeHub,
    capsys: pytest.CaptureFixture[str],
    code: Code,
) -> None:
    hub.script.extend([refuse(code, message="Please mend it.")] * 6)
    machine.run(waits=8)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert "Please mend it." in lines[0]
    assert "again" in lines[1]
    assert all(wait >= 4.5 for wait in machine.waits[:3])


def test_different_refusals_are_logged_one_by_one(
    machine: Machine, hub: FakeHub, capsys: pytest.CaptureFixture[str]
) -> None:
    both = [refuse(Code.INVALID_FIELD), refuse(Code.UNKNOWN_SERVER, signed=False)]
    hub.script.extend(both * 3)
    machine.run(waits=6)
    assert len(capsys.readouterr().err.splitlines()) == 2


def test_endless_other_codes_of_a_stranger_do_not_fill_the_log(
    machine: Machine, hub: FakeHub, capsys: pytest.CaptureFixture[str]
) -> None:
    numbers = iter(range(1000))

    def respond(hub: FakeHub, request: Request) -> Answer:
        body = b'{"detail": {"code": "x%d", "message": "Go away."}}' % next(numbers)
        return Answer(status=403, body=body)

    hub.respond = respond
    machine.run(waits=20)
    (line,) = capsys.readouterr().err.splitlines()
    assert line == "refused without the hub's signature, trying on: Go away."


def test_clock_in_1970_is_right_at_the_second_try(
    machine: Machine, hub: FakeHub, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.wrong_by = -DECADES
    machine.run(waits=2)
    refused, second, later = requests_of(hub)
    assert refused.timestamp < 200_000_000
    for request in (second, later):
        assert request.signed
        assert abs(request.timestamp - machine.true_time()) < 200
        sent_at = datetime.fromisoformat(request.json["timestamp"]).timestamp()
        assert abs(sent_at - request.timestamp) < 2
        booted = datetime.fromisoformat(request.json["metrics"]["boot_time"])
        uptime = request.json["metrics"]["uptime_seconds"]
        assert abs(sent_at - uptime - booted.timestamp()) < 3
    assert refused.json["sequence"] == second.json["sequence"] == 1
    assert later.json["sequence"] == 2
    assert capsys.readouterr().err == ""


def test_clock_that_is_ahead_is_right_at_the_second_try(
    machine: Machine, hub: FakeHub
) -> None:
    machine.wrong_by = 86400 * 365
    machine.run(waits=1)
    assert len(requests_of(hub)) == 2


@pytest.mark.parametrize("behind", [0, 3])
def test_what_was_signed_before_the_hub_started_is_signed_anew_at_the_second_try(
    machine: Machine, hub: FakeHub, behind: int
) -> None:
    machine.wrong_by = -behind
    detail = Detail(code=Code.CLOCK_SKEW.value, message="Signed before the start.")

    def refuse(hub: FakeHub, request: Request) -> Answer:
        return hub.reply(request, config=None, detail=detail)

    hub.script.append(refuse)
    machine.run(waits=1 if behind else 2)
    refused, second = requests_of(hub)[:2]
    assert second.id != refused.id
    assert second.signed
    assert second.timestamp > refused.timestamp
    assert second.json["sequence"] == refused.json["sequence"] == 1


def test_hub_that_keeps_complaining_about_the_clock_is_not_asked_without_pause(
    machine: Machine, hub: FakeHub
) -> None:
    hours = iter(range(10, 1000))

    def respond(hub: FakeHub, request: Request) -> Answer:
        told = datetime.fromtimestamp(hub.now() + 3600 * next(hours), UTC)
        detail = Detail(code=Code.CLOCK_SKEW.value, message="The clock is wrong.")
        return hub.reply(request, server_time=told, config=None, detail=detail)

    hub.respond = respond
    machine.run(waits=4)
    assert all(wait >= 4.5 for wait in machine.waits[:3])
    assert len(requests_of(hub)) <= 8


def test_restarted_hub_hears_the_same_run_go_on(machine: Machine, hub: FakeHub) -> None:
    def restart(number: int) -> None:
        hub.stop()
        hub.start()

    machine.at_wait = restart
    machine.run(waits=3)
    assert sequences(hub) == [1, 2, 3]


def test_lost_answer_is_asked_for_again_with_the_same_heartbeat(
    machine: Machine, hub: FakeHub
) -> None:
    hub.script.append(always(Answer(drop=True)))
    machine.run(waits=2)
    lost, again = requests_of(hub)
    assert lost.body == again.body
    assert lost.id != again.id


@pytest.mark.parametrize(
    "config",
    [
        Config(heartbeat_interval_seconds=10, services=("nginx",), urls=("http://x",)),
        Config(heartbeat_interval_seconds=3600),
    ],
)
def test_config_of_the_hub_may_say_more_than_this_agent_needs(
    machine: Machine, hub: FakeHub, config: Config
) -> None:
    hub.respond = lambda hub, request: hub.reply(request, config=config)
    machine.run(waits=3)
    assert sequences(hub) == [1, 2, 3]


def test_log_shows_neither_key_nor_webhook_id(
    machine: Machine, hub: FakeHub, capsys: pytest.CaptureFixture[str]
) -> None:
    hub.script.extend(
        [
            always(Answer()),
            always(Answer(302)),
            always(Answer(drop=True)),
            *(refuse(code) for code in (Code.INVALID_FIELD, Code.TOO_LARGE)),
            *(refuse(code, signed=False) for code in Code),
        ]
    )
    machine.run(waits=40)
    shown = capsys.readouterr().err
    assert shown
    assert hub.key.dump() not in shown
    assert "secretpath123" not in shown
