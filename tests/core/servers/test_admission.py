"""A message is let in once, from a known sender, at the right time."""

from datetime import datetime, timedelta
import math

from hypothesis import given, strategies as st
import pytest

from custom_components.homelabcmd.core.servers.admission import (
    CLOCK_WINDOW,
    RATE_LIMIT,
    REPLAY_WINDOW,
    Caller,
    Gate,
    identify,
)
from custom_components.homelabcmd.core.servers.keys import KeyRing
from custom_components.homelabcmd.protocol.refusals import Refusal
from custom_components.homelabcmd.protocol.signing import Envelope, Secret

from ..make import START

NOW = int(START.timestamp())


def _headers(secret: Secret, body: bytes, **changes: str) -> dict[str, str]:
    headers = {
        "x-homelab-server": "nas",
        "webhook-id": "msg_1",
        "webhook-timestamp": str(NOW),
        "webhook-signature": secret.sign("msg_1", NOW, body),
    }
    return headers | {name.replace("_", "-"): value for name, value in changes.items()}


def _caller(message_id: str = "msg_1", skew: int = 0) -> Caller:
    return Caller(
        server_id="nas",
        envelope=Envelope(message_id=message_id, timestamp=NOW + skew, signatures=()),
        secret=Secret.generate(),
        removed=False,
    )


def _refused(
    gate: Gate,
    caller: Caller,
    mono: float = 0,
    *,
    wall: datetime = START,
    kind: str = "heartbeat",
) -> str | None:
    gate.follow(wall, mono)
    try:
        gate.admit(caller, wall, mono)
        gate.count(caller, kind, mono)
    except Refusal as refusal:
        return refusal.code
    return None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"x_homelab_server": ""}, "x-homelab-server"),
        ({"x_homelab_server": "../nas"}, "x-homelab-server"),
        ({"x_homelab_server": "NAS"}, "x-homelab-server"),
        ({"x_homelab_server": "a" * 64}, "x-homelab-server"),
        ({"webhook_id": ""}, "webhook-id"),
        ({"webhook_id": "a.b"}, "webhook-id"),
        ({"webhook_id": "a" * 129}, "webhook-id"),
        ({"webhook_timestamp": ""}, "webhook-timestamp"),
        ({"webhook_timestamp": "-1"}, "webhook-timestamp"),
        ({"webhook_timestamp": "1.5"}, "webhook-timestamp"),
        ({"webhook_timestamp": "١٢"}, "webhook-timestamp"),
        ({"webhook_timestamp": "9" * 13}, "webhook-timestamp"),
        ({"webhook_signature": ""}, "webhook-signature"),
        ({"webhook_signature": "v1,short"}, "webhook-signature"),
        ({"webhook_signature": "v2," + "A" * 43 + "="}, "webhook-signature"),
    ],
)
def test_a_malformed_header_is_named(changes: dict[str, str], field: str) -> None:
    ring = KeyRing()
    secret = ring.issue("nas")
    with pytest.raises(Refusal) as caught:
        identify(_headers(secret, b"{}", **changes), b"{}", ring)
    assert (caught.value.code, caught.value.field) == ("invalid_signature", field)


def test_the_signature_of_either_living_key_is_accepted_and_no_other() -> None:
    ring = KeyRing()
    old = ring.issue("nas")
    new = ring.rotate("nas", compromised=False)
    for secret in (old, new):
        caller = identify(_headers(secret, b"{}"), b"{}", ring)
        assert (caller.secret, caller.removed) == (secret, False)
    with pytest.raises(Refusal) as caught:
        identify(_headers(Secret.generate(), b"{}"), b"{}", ring)
    assert caught.value.code == "invalid_signature"


def test_one_fitting_signature_among_several_is_enough() -> None:
    ring = KeyRing()
    secret = ring.issue("nas")
    wrong = Secret.generate().sign("msg_1", NOW, b"{}")
    right = secret.sign("msg_1", NOW, b"{}")
    headers = _headers(secret, b"{}", webhook_signature=f"v1a,xyz {wrong} {right}")
    assert identify(headers, b"{}", ring).secret == secret


def test_an_unknown_server_is_told_so() -> None:
    with pytest.raises(Refusal) as caught:
        identify(_headers(Secret.generate(), b"{}"), b"{}", KeyRing())
    assert caught.value.code == "unknown_server"


def test_a_removed_server_is_told_so_only_when_it_proves_itself() -> None:
    ring = KeyRing()
    secret = ring.issue("nas")
    ring.remove("nas", START)
    caller = identify(_headers(secret, b"{}"), b"{}", ring)
    assert _refused(Gate(START), caller) == "removed"
    with pytest.raises(Refusal) as caught:
        identify(_headers(Secret.generate(), b"{}"), b"{}", ring)
    assert caught.value.code == "invalid_signature"


@pytest.mark.parametrize(
    ("skew", "code"),
    [
        (CLOCK_WINDOW, None),
        (-CLOCK_WINDOW, None),
        (CLOCK_WINDOW + 1, "clock_skew"),
        (-CLOCK_WINDOW - 1, "clock_skew"),
    ],
)
def test_the_clock_may_differ_by_300_seconds(skew: int, code: str | None) -> None:
    assert _refused(Gate(START), _caller(skew=skew)) == code


def _at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def test_a_clock_set_back_to_before_the_start_is_told_once_and_the_hub_goes_on() -> (
    None
):
    gate = Gate(_at(7200))
    assert _refused(gate, _caller("before", skew=7200), wall=_at(7200)) is None
    assert gate.follow(START, 10) == 7200
    assert gate.follow(_at(5), 15) == 0
    assert _refused(gate, _caller("after", skew=5), 15, wall=_at(5)) is None
    # What is remembered stays so, and the start counts from the new time.
    assert _refused(gate, _caller("after", skew=5), 16, wall=_at(6)) == "replayed"


@pytest.mark.parametrize("crashed", [False, True])
@given(st.lists(st.tuples(st.floats(0, 3600), st.floats(-1e6, 1e6)), max_size=30))
def test_whoever_signs_by_the_hub_s_clock_is_let_in_whenever_it_is_set(
    crashed: bool, steps: list[tuple[float, float]]
) -> None:
    gate, mono, ahead = Gate(START, crashed=crashed), 0.0, 0.0
    for number, (passed, jump) in enumerate(steps):
        mono += 10 + passed
        ahead += jump
        wall = _at(mono + ahead)
        caller = _caller(f"msg_{number}", skew=math.floor(mono + ahead))
        assert _refused(gate, caller, mono, wall=wall) is None


def test_a_clock_set_back_slightly_is_no_matter() -> None:
    gate = Gate(START)
    assert gate.follow(_at(-4), 1) == 0
    assert _refused(gate, _caller(skew=-4), 1, wall=_at(-4)) is None


@pytest.mark.parametrize(
    ("skew", "code"), [(0, None), (-1, "clock_skew"), (-CLOCK_WINDOW, "clock_skew")]
)
def test_after_a_crash_nothing_is_let_in_that_was_signed_before_the_start(
    skew: int, code: str | None
) -> None:
    gate = Gate(_at(0.5), crashed=True)
    assert _refused(gate, _caller(skew=skew), 1, wall=_at(1.5)) == code


def test_a_clock_that_was_behind_at_the_start_lets_nothing_old_in_after_a_crash() -> (
    None
):
    # A machine without a battery: it starts with a time of an hour ago.
    gate = Gate(_at(-3600), 100, crashed=True)
    assert _refused(gate, _caller("one", skew=-3590), 110, wall=_at(-3590)) is None
    # 20 seconds after the start it is put right.
    assert _refused(gate, _caller("heard", skew=-30), 120, wall=_at(0)) == "clock_skew"
    assert _refused(gate, _caller("new", skew=-10), 120, wall=_at(0)) is None


def test_a_message_is_let_in_once_in_600_seconds() -> None:
    gate = Gate(START)
    assert _refused(gate, _caller()) is None
    assert _refused(gate, _caller(), REPLAY_WINDOW) == "replayed"
    assert _refused(gate, _caller(), REPLAY_WINDOW + 1) is None


def test_the_61st_message_in_a_minute_is_too_many_and_may_come_again_later() -> None:
    gate = Gate(START)
    for number in range(RATE_LIMIT):
        assert _refused(gate, _caller(f"msg_{number}"), number / 100) is None
    assert _refused(gate, _caller("one_more"), 59.9) == "too_many_requests"
    assert _refused(gate, _caller("one_more"), 60.0) is None


def test_no_kind_of_message_uses_up_the_rate_of_another() -> None:
    gate = Gate(START)
    for kind in ("wait", "command_result", "heartbeat"):
        for number in range(RATE_LIMIT):
            assert _refused(gate, _caller(f"{kind}_{number}"), kind=kind) is None
        more = _caller(f"{kind}_more")
        assert _refused(gate, more, kind=kind) == "too_many_requests"


@given(st.lists(st.floats(0, 30), max_size=300))
def test_never_more_than_60_in_any_minute_and_memory_stays_bounded(
    pauses: list[float],
) -> None:
    gate, mono, let_in = Gate(START), 0.0, []
    for number, pause in enumerate(pauses):
        mono += pause
        if _refused(gate, _caller(f"msg_{number}"), mono) is None:
            let_in.append(mono)
        assert sum(mono - at < 60 for at in let_in) <= RATE_LIMIT
        assert len(gate._recent["nas"].ids) <= RATE_LIMIT * (REPLAY_WINDOW / 60 + 1)
