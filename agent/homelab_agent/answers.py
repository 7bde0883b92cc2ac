"""Judge an answer: only the hub's own signature on our request counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .outcomes import Delivered, NotDelivered, Outcome, Refused
from .protocol.fields import Fields, load_json, object_of
from .protocol.refusals import Refusal
from .protocol.replies import Detail, parse_reply
from .protocol.signing import Envelope, Secret

_OK = 200
_REDIRECTS = range(300, 400)
_read_detail = object_of(Detail)


@dataclass(frozen=True)
class Answer:
    """An HTTP answer, nothing of it verified."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes


def judge(answer: Answer, key: Secret, message_id: str) -> Outcome:
    """Return what became of the message that went out as `message_id`.

    The status is not signed, so a signed answer speaks for itself; its timestamp does
    not matter, for `in_reply_to` already ties it to this one request.
    """
    try:
        envelope = Envelope.parse(answer.headers)
    except Refusal:
        return _unsigned(answer)
    if not envelope.verified_by(key, answer.body):
        return NotDelivered(
            "the answer is signed with another key; compare key and server_id with "
            "those in Home Assistant"
        )
    try:
        reply = parse_reply(answer.body)
    except Refusal as refusal:
        return NotDelivered(
            f"the hub's answer is not understood ({refusal.message}); update the agent"
        )
    if reply.in_reply_to != message_id:
        return NotDelivered(
            "the answer belongs to another request; is there a cache or a proxy "
            "between this server and Home Assistant?"
        )
    if reply.detail is not None:
        return Refused(reply.detail, signed=True, server_time=reply.server_time)
    return Delivered(reply)


def _unsigned(answer: Answer) -> Outcome:
    if answer.status == _OK:
        return NotDelivered(
            "the answer is not signed by the hub; either it is starting, or the url "
            "is not the one that Home Assistant shows for this server",
            answered=True,
        )
    if answer.status in _REDIRECTS:
        return NotDelivered(
            f"the url redirects elsewhere (HTTP status {answer.status}); put the "
            "final address into the url"
        )
    try:
        detail = Fields(load_json(answer.body)).need("detail", _read_detail)
    except Refusal:
        return NotDelivered(
            f"the answer is not the hub's (HTTP status {answer.status}); check the "
            "url and any proxy before Home Assistant"
        )
    return Refused(detail, signed=False)
