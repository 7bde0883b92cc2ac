"""Signatures, judged by the standardwebhooks package."""

from datetime import UTC, datetime
import pickle
import time
import traceback

from hypothesis import given, strategies as st
import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from homelab_agent.protocol.refusals import Code, Refusal
from homelab_agent.protocol.signing import (
    HEADER_ID,
    HEADER_SERVER,
    HEADER_SIGNATURE,
    HEADER_TIMESTAMP,
    Envelope,
    Secret,
    parse_server_header,
    signed_headers,
)

from .strategies import SECRETS, SERVER_IDS

SECRET = Secret(bytes(range(32)))
BODY = b'{"type": "heartbeat"}'
SIGNATURE = SECRET.sign("msg_1", 1_800_000_000, BODY)

_text = st.text(st.characters(exclude_categories=["Cs"]))


def headers(**changes: str | None) -> dict[str, str]:
    """Return good headers but for the changes; None leaves one out."""
    good: dict[str, str | None] = {
        HEADER_ID: "msg_1",
        HEADER_TIMESTAMP: "1800000000",
        HEADER_SIGNATURE: SIGNATURE,
    }
    names = {name.replace("-", "_"): name for name in good}
    changed = good | {names[name]: value for name, value in changes.items()}
    return {name: value for name, value in changed.items() if value is not None}


def accepted(secret: Secret, of: dict[str, str], body: bytes) -> bool:
    return Envelope.parse(of).verified_by(secret, body)


@given(SECRETS, _text)
def test_our_signature_is_good_for_standardwebhooks(secret: Secret, text: str) -> None:
    body = text.encode()
    of = signed_headers(secret, int(time.time()), body)
    Webhook(secret.dump()).verify(body, of, json_parse=False)


@given(SECRETS, _text)
def test_signature_of_standardwebhooks_is_good_for_us(
    secret: Secret, text: str
) -> None:
    now = datetime.now(UTC)
    signature = Webhook(secret.dump()).sign("msg_x", now, text)
    of = {
        HEADER_ID: "msg_x",
        HEADER_TIMESTAMP: str(int(now.timestamp())),
        HEADER_SIGNATURE: signature,
    }
    assert accepted(secret, of, text.encode())


@given(SECRETS, _text, st.data())
def test_nothing_that_is_signed_can_be_changed(
    secret: Secret, text: str, data: st.DataObject
) -> None:
    body = text.encode()
    now = int(time.time())
    good = signed_headers(secret, now, body)
    changed = data.draw(
        st.sampled_from(
            [
                (secret, good, body + b" "),
                (secret, good | {HEADER_ID: good[HEADER_ID] + "x"}, body),
                (secret, good | {HEADER_TIMESTAMP: str(now + 1)}, body),
                (Secret.generate(), good, body),
            ]
        )
    )
    assert not accepted(*changed)
    key, of, sent = changed
    with pytest.raises(WebhookVerificationError):
        Webhook(key.dump()).verify(sent, of, json_parse=False)


def test_every_message_has_an_id_of_its_own() -> None:
    ids = {signed_headers(SECRET, 0, BODY)[HEADER_ID] for _ in range(100)}
    assert len(ids) == 100


def test_one_good_signature_of_several_is_enough() -> None:
    other = Secret.generate().sign("msg_1", 1_800_000_000, BODY)
    of = headers(webhook_signature=f"{other} v2,xyz {SIGNATURE}")
    assert accepted(SECRET, of, BODY)
    assert not accepted(Secret.generate(), of, BODY)


@pytest.mark.parametrize(
    ("header", "value"),
    [
        (HEADER_ID, None),
        (HEADER_ID, ""),
        (HEADER_ID, "a.b"),
        (HEADER_ID, "a" * 129),
        (HEADER_ID, "msg 1"),
        (HEADER_ID, "msg_1\n"),
        (HEADER_ID, "mßg"),
        (HEADER_TIMESTAMP, None),
        (HEADER_TIMESTAMP, ""),
        (HEADER_TIMESTAMP, "-1"),
        (HEADER_TIMESTAMP, "1.5"),
        (HEADER_TIMESTAMP, "1e9"),
        (HEADER_TIMESTAMP, " 1800000000"),
        (HEADER_TIMESTAMP, "1" * 13),
        (HEADER_TIMESTAMP, "١٨٠٠٠٠٠٠٠٠"),
        (HEADER_SIGNATURE, None),
        (HEADER_SIGNATURE, ""),
        (HEADER_SIGNATURE, "v1,"),
        (HEADER_SIGNATURE, SIGNATURE.replace("v1", "v1a")),
        (HEADER_SIGNATURE, SIGNATURE[:-1]),
        (HEADER_SIGNATURE, SIGNATURE + "\n"),
        (HEADER_SIGNATURE, " ".join([SIGNATURE] * 50)),
    ],
)
def test_malformed_header_is_named(header: str, value: str | None) -> None:
    with pytest.raises(Refusal) as caught:
        Envelope.parse(headers(**{header.replace("-", "_"): value}))
    assert caught.value.code == Code.INVALID_SIGNATURE
    assert caught.value.field == header
    assert caught.value.status == 401


@given(st.dictionaries(st.sampled_from(list(headers())), st.text()))
def test_any_headers_are_read_or_refused(of: dict[str, str]) -> None:
    try:
        Envelope.parse(of).verified_by(SECRET, BODY)
    except Refusal as refusal:
        assert refusal.code == Code.INVALID_SIGNATURE  # noqa: PT017


@given(SERVER_IDS)
def test_server_header_is_read(server_id: str) -> None:
    assert parse_server_header({HEADER_SERVER: server_id}) == server_id


@pytest.mark.parametrize("value", [None, "", "Web", "-a", "a" * 64, "a\n", "a b", "ä"])
def test_bad_server_header_is_named(value: str | None) -> None:
    with pytest.raises(Refusal) as caught:
        parse_server_header({} if value is None else {HEADER_SERVER: value})
    assert caught.value.field == HEADER_SERVER


# keys


@given(SECRETS)
def test_key_is_written_and_read(secret: Secret) -> None:
    text = secret.dump()
    assert Secret.parse(text) == secret
    assert hash(Secret.parse(text)) == hash(secret)
    assert len(text) == len("whsec_") + 44


def test_keys_differ() -> None:
    assert Secret.generate() != Secret.generate()
    assert SECRET != "whsec_"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "whsec_",
        SECRET.dump().removeprefix("whsec_"),
        SECRET.dump()[:-1],
        SECRET.dump() + "\n",
        SECRET.dump().replace("A", "ä", 1),
        "whsec_" + "\ud800" * 44,
        "whsec_" + "!" * 44,
        "whsec_AAAA",
        None,
        7,
    ],
)
def test_bad_key_is_refused_without_showing_it(text: object) -> None:
    with pytest.raises(ValueError, match=r"^a key ") as caught:
        Secret.parse(text)  # type: ignore[arg-type]
    shown = "".join(traceback.format_exception(caught.value))
    assert "AAECAwQFBgcI" not in shown


@pytest.mark.parametrize("size", [0, 31, 33])
def test_key_has_32_bytes(size: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Secret(bytes(size))


@given(SECRETS)
def test_key_never_shows(secret: Secret) -> None:
    raw = secret.dump().removeprefix("whsec_")
    for shown in (repr(secret), str(secret), f"{secret}", f"{[secret]}"):
        assert raw not in shown
        assert "whsec_" not in shown


def test_failed_use_of_a_key_does_not_show_it() -> None:
    with pytest.raises(UnicodeEncodeError) as caught:
        SECRET.sign("ä", 0, b"")
    shown = "".join(traceback.format_exception(caught.value))
    assert SECRET.dump() not in shown
    assert repr(bytes(range(32))) not in shown


def test_copies_of_a_key_are_the_same_key() -> None:
    assert pickle.loads(pickle.dumps(SECRET)) == SECRET
