"""Replies: what the hub writes, the agent reads."""

from datetime import UTC, datetime
import json

from hypothesis import given, strategies as st
import pytest

from homelab_agent.protocol.fields import dump_json
from homelab_agent.protocol.refusals import STATUS, Code, Refusal
from homelab_agent.protocol.replies import (
    Command,
    Config,
    Detail,
    Reply,
    dump_reply,
    parse_reply,
)

from .strategies import JSON, REPLIES

NOW = datetime(2026, 11, 20, 10, 30, tzinfo=UTC)
COMMAND = {
    "command_id": "1",
    "action": "restart_service",
    "target": "nginx.service",
    "parameters": {},
    "queued_at": "2026-11-20T10:29:00Z",
    "expires_at": "2026-11-21T10:29:00Z",
    "timeout_seconds": 300,
}
GOOD = {
    "type": "reply",
    "in_reply_to": "msg_1",
    "server_time": "2026-11-20T10:30:00Z",
    "received": True,
    "pending_commands": [COMMAND],
    "config": {"heartbeat_interval_seconds": 60},
}


def parse(data: object) -> Reply:
    return parse_reply(json.dumps(data).encode())


def refused_field(data: object) -> str | None:
    with pytest.raises(Refusal) as caught:
        parse(data)
    assert caught.value.code == Code.INVALID_FIELD
    return caught.value.field


@given(REPLIES)
def test_what_is_written_is_read_again(reply: Reply) -> None:
    assert parse_reply(dump_json(dump_reply(reply))) == reply


def test_reply_has_the_fields_of_the_specification() -> None:
    reply = Reply(in_reply_to="msg_1", server_time=NOW, received=True)
    assert dump_reply(reply) == {
        "type": "reply",
        "received": True,
        "server_time": "2026-11-20T10:30:00+00:00",
        "pending_commands": [],
        "in_reply_to": "msg_1",
    }


def test_refusal_has_only_what_belongs_to_it() -> None:
    detail = Detail(code=Code.STARTING.value, message="Wait.", field=None)
    reply = Reply(in_reply_to="msg_1", server_time=NOW, detail=detail)
    assert dump_reply(reply) == {
        "type": "reply",
        "in_reply_to": "msg_1",
        "server_time": "2026-11-20T10:30:00+00:00",
        "detail": {"code": "starting", "message": "Wait."},
    }


def test_good_reply_is_read() -> None:
    reply = parse(GOOD)
    assert reply.received
    assert reply.server_time == NOW
    assert reply.config == Config(heartbeat_interval_seconds=60)
    (command,) = reply.pending_commands
    assert isinstance(command, Command)
    assert command.timeout_seconds == 300
    assert command.expires_at == datetime(2026, 11, 21, 10, 29, tzinfo=UTC)


def test_newer_hub_may_say_more() -> None:
    more = {"mood": "good", "config": GOOD["config"] | {"colour": 1}}  # type: ignore[operator]
    assert parse(GOOD | more) == parse(GOOD)


def test_command_of_a_newer_hub_is_read() -> None:
    reply = parse(GOOD | {"pending_commands": [COMMAND | {"action": "defragment"}]})
    assert reply.pending_commands[0].action == "defragment"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"type": "heartbeat"}, "type"),
        ({"type": None}, "type"),
        ({"in_reply_to": None}, "in_reply_to"),
        ({"in_reply_to": "x" * 129}, "in_reply_to"),
        ({"server_time": "now"}, "server_time"),
        ({"received": "yes"}, "received"),
        ({"stale": 1}, "stale"),
        ({"config": {}}, "config.heartbeat_interval_seconds"),
        (
            {"config": {"heartbeat_interval_seconds": 9}},
            "config.heartbeat_interval_seconds",
        ),
        (
            {"config": {"heartbeat_interval_seconds": 60, "urls": ["a\nb"]}},
            "config.urls[0]",
        ),
        ({"pending_commands": {}}, "pending_commands"),
        ({"pending_commands": [{}]}, "pending_commands[0].command_id"),
        (
            {"pending_commands": [COMMAND, COMMAND | {"parameters": []}]},
            "pending_commands[1].parameters",
        ),
        (
            {"pending_commands": [COMMAND | {"parameters": {"name": "\ud800"}}]},
            "pending_commands[0].parameters",
        ),
        (
            {"pending_commands": [COMMAND | {"timeout_seconds": 0}]},
            "pending_commands[0].timeout_seconds",
        ),
        ({"detail": "Not Found"}, "detail"),
        ({"detail": {"code": "x"}}, "detail.message"),
        ({"detail": {"code": "x", "message": "a\x1bb"}}, "detail.message"),
    ],
)
def test_bad_field_is_named(changes: dict[str, object], field: str) -> None:
    assert refused_field(GOOD | changes) == field


@given(JSON)
def test_any_json_is_refused_and_nothing_breaks(data: object) -> None:
    with pytest.raises(Refusal):
        parse(data)


@given(st.binary())
def test_any_bytes_are_refused_and_nothing_breaks(body: bytes) -> None:
    with pytest.raises(Refusal):
        parse_reply(body)


@given(st.sampled_from(list(GOOD)), JSON)
def test_anything_in_a_field_is_read_or_named(name: str, value: object) -> None:
    try:
        parse(GOOD | {name: value})
    except Refusal as refusal:
        assert (refusal.field or "").startswith(name)  # noqa: PT017


@pytest.mark.parametrize("code", list(Code))
def test_every_refusal_has_a_status_and_a_detail(code: Code) -> None:
    refusal = Refusal(code, "Do this.", "field")
    assert refusal.status == STATUS[code]
    assert 400 <= refusal.status <= 503
    assert refusal.detail() == {"code": code, "message": "Do this.", "field": "field"}
    assert str(refusal) == "Do this."


def test_statuses_are_those_of_the_contract() -> None:
    assert {code.value: STATUS[code] for code in Code} == {
        "too_large": 413,
        "invalid_signature": 401,
        "unknown_server": 404,
        "removed": 410,
        "clock_skew": 401,
        "replayed": 401,
        "too_many_requests": 429,
        "invalid_json": 400,
        "invalid_field": 422,
        "unsupported_protocol": 400,
        "identity_mismatch": 409,
        "unknown_command": 404,
        "not_saved": 503,
        "starting": 503,
    }


def test_refusal_without_a_field_does_not_mention_one() -> None:
    assert "field" not in Refusal(Code.STARTING, "Wait.").detail()


def test_not_a_number_is_never_written() -> None:
    with pytest.raises(ValueError, match="JSON"):
        dump_json({"x": float("nan")})
