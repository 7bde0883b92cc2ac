"""Whatever arrives: one line of JSON, no traceback, no command outside the table."""

from __future__ import annotations

import json
from pathlib import Path
import tempfile

from helper import homelab_helper as helper
from hypothesis import given, settings, strategies as st

from .rig import Rig

LISTED = ("nginx.service", "wg-quick@wg0.service", "web (docker)")
ALLOWED = f"restart_service = {json.dumps(LISTED)}"
HARMLESS = [
    ["restart", "--", "nginx.service"],
    ["restart", "--", "wg-quick@wg0.service"],
]
SPECIAL = st.sampled_from(list("-./@*?[]\\%\0\n :()\u0456\u2028\ud800"))

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@st.composite
def targets(draw: st.DrawFn) -> str:
    """Return something close to what is listed."""
    text = draw(st.sampled_from((*LISTED, "nginx", "ssh", "--now", "/etc/x", "a@b")))
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(text)))
        until = draw(st.integers(at, min(at + 2, len(text))))
        text = text[:at] + draw(st.text(SPECIAL, max_size=3)) + text[until:]
    return text


verbs = st.sampled_from(["restart_service", "rapl", "disk_power"]) | st.text()
requests = st.one_of(
    st.binary(max_size=5000),
    st.text(max_size=2000).map(lambda text: text.encode(errors="replace")),
    json_values.map(lambda value: json.dumps(value).encode()),
    st.fixed_dictionaries(
        {
            "verb": st.sampled_from(["restart_service", "rapl", "disk_power"])
            | st.text()
        },
        optional={
            "target": targets() | json_values,
            "id": st.sampled_from(["a", "a-1", "../x"]) | json_values,
            "x": json_values,
        },
    ).map(lambda value: json.dumps(value).encode()),
)


@settings(max_examples=200)
@given(data=requests)
def test_any_request_is_answered_and_runs_nothing_else(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as name:
        rig = Rig(Path(name))
        rig.allow(ALLOWED)
        answer = rig.respond(data)
        assert json.dumps(answer)
        assert answer["ok"] in {True, False}
        assert answer["ok"] or answer["code"] != "internal"
        assert all(call in HARMLESS for call in rig.calls())


@settings(max_examples=15)
@given(data=requests)
def test_any_request_gets_one_line_from_the_real_process(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as name:
        rig = Rig(Path(name))
        rig.allow(ALLOWED)
        try:
            # answer() finds a second line, a traceback and a bad end.
            assert rig.send(data + b"\n").answer().get("code") != "internal"
        finally:
            rig.close()
        assert all(call in HARMLESS for call in rig.calls())


@settings(max_examples=500)
@given(target=targets() | st.text())
def test_what_is_read_as_a_service_is_harmless(target: str) -> None:
    service = helper.parse_service(target)
    if service is None:
        return
    assert service.name.isascii()
    assert service.name[0].isalnum() or service.name[0] == "_"
    assert not set(service.name) & set("/*?[]\\%\0\n ()")
    assert service.engine or service.name.endswith(".service")
    assert len(service.name) <= 255


@settings(max_examples=100)
@given(text=st.text() | json_values.map(lambda v: f"restart_service = {json.dumps(v)}"))
def test_any_whitelist_is_judged(text: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        rig = Rig(Path(name))
        rig.allow("")
        rig.whitelist.write_bytes(text.encode(errors="replace"))
        assert rig.hear("restart_service", "nginx")["ok"] in {True, False}


@given(sense=st.binary(min_size=32, max_size=32))
def test_any_sense_data_is_judged(sense: bytes) -> None:
    assert helper.power_state(sense) in {"active", "standby", "unknown"}
