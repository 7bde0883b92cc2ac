"""Messages: what is written can be read, and what can't be read is named."""

from datetime import UTC, datetime
import json
from typing import Any

from hypothesis import given, strategies as st
import pytest

from homelab_agent.protocol.fields import dump_json
from homelab_agent.protocol.messages import (
    MAX_OUTPUT,
    CommandResult,
    Heartbeat,
    Message,
    Wait,
    dump_message,
    kind_of,
    parse_message,
)
from homelab_agent.protocol.refusals import Code, Refusal

from .strategies import HEARTBEATS, JSON, MESSAGES

SPECIFIED: dict[str, Any] = {
    "type": "heartbeat",
    "protocol": 1,
    "server_id": "web-1",
    "timestamp": "2026-11-20T10:30:00Z",
    "metrics": {
        "cpu_percent": 12.5,
        "memory_percent": 40,
        "memory_used_gb": 3.2,
        "memory_total_gb": 8.0,
        "disk_percent": 82.0,
        "disk_used_gb": 410.1,
        "disk_total_gb": 500.0,
        "network_rx_bytes": 123456789,
        "network_tx_bytes": 987654321,
        "load_1m": 0.5,
        "load_5m": 0.4,
        "load_15m": 0.3,
        "uptime_seconds": 86400,
        "boot_time": "2026-11-19T10:30:00+00:00",
    },
    "services": [
        {
            "name": "nginx.service",
            "status": "running",
            "pid": 1234,
            "memory_mb": 12.5,
            "cpu_percent": None,
        }
    ],
    "os_info": {
        "distribution": "Debian GNU/Linux",
        "version": "12",
        "kernel": "6.1.0",
        "architecture": "x86_64",
    },
    "updates_available": 3,
    "security_updates": 1,
}
RESULT: dict[str, Any] = {
    "type": "command_result",
    "protocol": 1,
    "server_id": "web-1",
    "machine_id": "m",
    "run_id": "r",
    "command_id": "1",
    "outcome": "succeeded",
    "success": True,
}
WAIT: dict[str, Any] = {
    "type": "wait",
    "protocol": 1,
    "server_id": "web-1",
    "machine_id": "m",
    "run_id": "r",
}
MINIMAL: dict[str, Any] = {
    name: SPECIFIED[name] for name in ("type", "protocol", "server_id", "timestamp")
} | {"metrics": {}}


def parse(data: object) -> Message:
    return parse_message(json.dumps(data).encode(), "web-1")


def put(data: Any, path: str, value: object) -> Any:
    """Return a copy with the value at a path like "services.0.name"."""
    copy = json.loads(json.dumps(data))
    *parents, last = [int(p) if p.isdigit() else p for p in path.split(".")]
    inner = copy
    for name in parents:
        if isinstance(inner, dict) and name not in inner:
            inner[name] = {}
        inner = inner[name]
    inner[last] = value
    return copy


def refusal_of(data: object) -> Refusal:
    with pytest.raises(Refusal) as caught:
        parse(data)
    return caught.value


@given(MESSAGES)
def test_what_is_written_is_read_again(message: Message) -> None:
    body = dump_json(dump_message(message))
    assert parse_message(body, message.server_id) == message


@given(HEARTBEATS)
def test_what_is_not_known_is_left_out(message: Heartbeat) -> None:
    data = dump_message(message)
    assert None not in data.values()
    assert None not in data["metrics"].values()


def test_request_of_the_specification_is_a_heartbeat() -> None:
    message = parse(SPECIFIED)
    assert isinstance(message, Heartbeat)
    assert message.timestamp == datetime(2026, 11, 20, 10, 30, tzinfo=UTC)
    assert message.metrics.cpu_percent == 12.5
    assert message.services[0].cpu_percent is None
    assert message.security_updates == 1


def test_little_is_needed() -> None:
    message = parse(MINIMAL)
    assert isinstance(message, Heartbeat)
    assert message.services == ()
    assert message.package_updates is None


def test_null_is_as_good_as_nothing() -> None:
    nulls = {"services": None, "host": None, "sequence": None, "disks": None}
    assert parse(MINIMAL | nulls) == parse(MINIMAL)


def test_unknown_fields_of_a_newer_agent_are_ignored() -> None:
    data = put(MINIMAL | {"novelty": [1, {}]}, "metrics.gpu_percent", "much")
    assert parse(data) == parse(MINIMAL)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-20T10:30:00", datetime(2026, 11, 20, 10, 30, tzinfo=UTC)),
        (
            "2026-11-20T12:30:00.0+02:00",
            datetime(2026, 11, 20, 10, 30, tzinfo=UTC),
        ),
        ("1970-01-01T00:00:00Z", datetime(1970, 1, 1, tzinfo=UTC)),
    ],
)
def test_moments_are_in_utc(text: str, expected: datetime) -> None:
    message = parse(MINIMAL | {"timestamp": text})
    assert isinstance(message, Heartbeat)
    assert message.timestamp == expected
    assert message.timestamp.utcoffset() == UTC.utcoffset(None)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("type", "greeting"),
        ("type", None),
        ("type", ["heartbeat"]),
        ("protocol", None),
        ("protocol", "1"),
        ("protocol", 1.0),
        ("protocol", True),
        ("server_id", None),
        ("server_id", "Web"),
        ("server_id", 5),
        ("server_id", "web-2"),
        ("timestamp", None),
        ("timestamp", 1_800_000_000),
        ("timestamp", "yesterday"),
        ("timestamp", "0001-01-01T00:00:00+23:00"),
        ("timestamp", "2026-11-20T10:30:00" + " " * 100),
        ("metrics", None),
        ("metrics", []),
        ("metrics.cpu_percent", "12"),
        ("metrics.cpu_percent", True),
        ("metrics.cpu_percent", -0.1),
        ("metrics.cpu_percent", 100.1),
        ("metrics.cpu_percent", 10**400),
        ("metrics.memory_total_gb", 2e9),
        ("metrics.network_rx_bytes", 1.5),
        ("metrics.network_rx_bytes", -1),
        ("metrics.network_rx_bytes", 2**63),
        ("metrics.boot_time", "x"),
        ("machine_id", ""),
        ("machine_id", "x" * 129),
        ("run_id", "a\nb"),
        ("boot_id", "a\x9bb"),
        ("sequence", 0),
        ("sequence", 2**63),
        ("services", {}),
        ("services", "nginx"),
        ("services.0.name", None),
        ("services.0.name", "a\x00"),
        ("services.0.name", "\ud800"),
        ("services.0.status", "sleeping"),
        ("services.0.status", {}),
        ("services.0.pid", "1"),
        ("os_info", "Debian"),
        ("os_info.kernel", "x" * 256),
        ("host.ip_address", "300.1.1.1"),
        ("host.ip_address", "x" * 46),
        ("host.mac_address", "02:00:0a:4d:00"),
        ("host.mac_address", "02:00:0a:4d:00:0b\n"),
        ("host.cpu_count", 0),
        ("agent.mode", "root"),
        ("agent.allowed.custom", [1]),
        ("agent.allowed.apply_updates", "yes"),
        ("reboot_required", 1),
        ("power_watts", -1),
        ("accepted", [""]),
        ("package_updates", [{}]),
        ("available_services", ["x" * 1025]),
    ],
)
def test_bad_field_of_a_heartbeat_is_named(path: str, value: object) -> None:
    refusal = refusal_of(put(SPECIFIED, path, value))
    assert refusal.code == Code.INVALID_FIELD
    assert refusal.status == 422
    named = path.replace(".0.", "[0].")
    assert refusal.field is not None
    assert refusal.field.startswith(named)
    assert refusal.message.startswith(f"{refusal.field}: ")
    assert refusal.detail()["field"] == refusal.field


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("command_id", None),
        ("outcome", "perhaps"),
        ("success", 1),
        ("output", 5),
        ("output", "x" * (MAX_OUTPUT + 1)),
        ("output", "ä" * (MAX_OUTPUT // 2 + 1)),
        ("output", "\udc80"),
        ("exit_code", 1.0),
        ("exit_code", 2**40),
        ("started_at", "x"),
    ],
)
def test_bad_field_of_a_result_is_named(path: str, value: object) -> None:
    refusal = refusal_of(put(RESULT, path, value))
    assert (refusal.code, refusal.field) == (Code.INVALID_FIELD, path)


def test_output_may_have_several_lines() -> None:
    message = parse(RESULT | {"output": "one\ntwo\x1b[0m\n"})
    assert isinstance(message, CommandResult)
    assert message.output == "one\ntwo\x1b[0m\n"


def test_list_that_is_too_long_is_named() -> None:
    assert refusal_of(MINIMAL | {"accepted": ["x"] * 2001}).field == "accepted"


@pytest.mark.parametrize("protocol", [0, 2, 99])
def test_other_protocol_is_refused_as_such(protocol: int) -> None:
    refusal = refusal_of(MINIMAL | {"protocol": protocol})
    assert (refusal.code, refusal.status) == (Code.UNSUPPORTED_PROTOCOL, 400)


def test_wait_is_read() -> None:
    assert parse(WAIT | {"accepted": ["7"]}) == Wait(
        server_id="web-1", machine_id="m", run_id="r", accepted=("7",)
    )


@pytest.mark.parametrize("kind", ["wait", "command_result"])
@pytest.mark.parametrize(
    ("missing", "field"),
    [(("machine_id", "run_id"), "machine_id"), (("run_id",), "run_id")],
)
def test_an_old_agent_that_does_not_say_who_it_is_can_only_report(
    kind: str, missing: tuple[str, ...], field: str
) -> None:
    data = {"wait": WAIT, "command_result": RESULT}[kind]
    anonymous = {name: value for name, value in data.items() if name not in missing}
    # Before the protocol is judged, as every field is.
    refusal = refusal_of(anonymous | {"protocol": 2})
    assert (refusal.code, refusal.status) == (Code.INVALID_FIELD, 422)
    assert refusal.field == field
    assert "update the agent" in refusal.message


def test_a_machine_without_an_id_may_wait() -> None:
    data = {name: value for name, value in WAIT.items() if name != "machine_id"}
    assert parse(data) == Wait(server_id="web-1", run_id="r")


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (WAIT, "wait"),
        (RESULT, "command_result"),
        ({"type": "heartbeat"}, "heartbeat"),
        ({"type": "hello"}, None),
        ({"type": ["wait"]}, None),
        ({}, None),
        (["wait"], None),
        (None, None),
    ],
)
def test_the_kind_of_a_message_is_known_even_if_it_can_t_be_read(
    data: object, kind: str | None
) -> None:
    assert kind_of(data) == kind


@pytest.mark.parametrize("data", [None, [], "heartbeat", 5, True])
def test_body_that_is_no_object_is_named(data: object) -> None:
    assert refusal_of(data).field == "body"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"{'a': 1}",
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": ' + b"1" * 5000 + b"}",
        b'{"a": "\xff"}',
        b'{"a": "\xed\xa0\x80"}',
        b"\xef\xbb\xbf{}",
        '{"a": 1}'.encode("utf-16"),
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"\x00",
    ],
)
def test_body_that_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(Refusal) as caught:
        parse_message(body, "web-1")
    assert (caught.value.code, caught.value.status) == (Code.INVALID_JSON, 400)
    assert caught.value.field is None


def test_number_that_overflows_is_named() -> None:
    body = json.dumps(put(MINIMAL, "metrics.load_1m", 0)).replace(": 0}", ": 1e999}")
    with pytest.raises(Refusal) as caught:
        parse_message(body.encode(), "web-1")
    assert caught.value.field == "metrics.load_1m"


@given(st.binary())
def test_any_bytes_are_refused_and_nothing_breaks(body: bytes) -> None:
    with pytest.raises(Refusal):
        parse_message(body, "web-1")


@given(JSON)
def test_any_json_is_refused_and_nothing_breaks(data: object) -> None:
    with pytest.raises(Refusal):
        parse(data)


_PATHS = [
    *SPECIFIED,
    *(f"metrics.{name}" for name in SPECIFIED["metrics"]),
    *(f"services.0.{name}" for name in SPECIFIED["services"][0]),
    *("host", "host.ip_address", "agent", "agent.allowed", "disks", "containers"),
]


@given(st.sampled_from(_PATHS), JSON)
def test_anything_in_a_field_is_read_or_named(path: str, value: object) -> None:
    try:
        parse(put(SPECIFIED, path, value))
    except Refusal as refusal:
        assert refusal.code in {Code.INVALID_FIELD, Code.UNSUPPORTED_PROTOCOL}  # noqa: PT017
        named = path.replace(".0.", "[0].")
        assert (refusal.field or "").startswith(named)  # noqa: PT017
