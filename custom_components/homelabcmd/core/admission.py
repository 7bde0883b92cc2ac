"""Who sent a request, and is it fresh: everything before its body is read."""

from collections import OrderedDict, deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ..protocol.refusals import Code, Refusal
from ..protocol.signing import REPLY_PREFIX, Envelope, Secret, parse_server_header
from .keys import KeyRing

CLOCK_WINDOW = 300
"""Seconds by which a sender's clock may differ from ours."""
REPLAY_WINDOW = 600
"""Seconds for which message ids are remembered; no less than twice the clock window."""
RATE_LIMIT = 60
RATE_PERIOD = 60
"""At most `RATE_LIMIT` messages per server in `RATE_PERIOD` seconds."""


@dataclass(frozen=True, kw_only=True)
class Caller:
    """The sender of a request, proven by its signature."""

    server_id: str
    envelope: Envelope
    secret: Secret
    """The key that signed the request, and signs our answer."""
    removed: bool


def identify(headers: Mapping[str, str], body: bytes, keys: KeyRing) -> Caller:
    """Return who signed the request.

    Raises Refusal `invalid_signature` or `unknown_server`. These answers are not
    signed: a sender who has proven nothing gets nothing signed from us.
    """
    server_id = parse_server_header(headers)
    envelope = Envelope.parse(headers)
    if envelope.message_id.startswith(REPLY_PREFIX):
        # Whoever overheard an answer could use up the server's rate with it.
        raise Refusal(
            Code.INVALID_SIGNATURE,
            f"An id that begins with {REPLY_PREFIX} is one of the hub's answers.",
            "webhook-id",
        )
    accepted = keys.servers.get(server_id)
    if tombstone := keys.tombstones.get(server_id):
        accepted = tombstone.keys
    if accepted is None:
        raise Refusal(
            Code.UNKNOWN_SERVER,
            "No server of this id is set up here; add it in Home Assistant.",
        )
    for secret in accepted:
        if envelope.verified_by(secret, body):
            return Caller(
                server_id=server_id,
                envelope=envelope,
                secret=secret,
                removed=tombstone is not None,
            )
    raise Refusal(
        Code.INVALID_SIGNATURE,
        "The signature does not fit this server's key; "
        "put the key that Home Assistant shows into the agent's configuration.",
        "webhook-signature",
    )


def removed() -> Refusal:
    """Return the refusal of a server that was removed."""
    return Refusal(
        Code.REMOVED,
        "This server was removed in Home Assistant; uninstall the agent "
        "or add the server again.",
    )


class _Recent:
    """What one server sent lately."""

    def __init__(self) -> None:
        self.ids: OrderedDict[str, float] = OrderedDict()
        self.times: deque[float] = deque()

    def forget(self, mono: float) -> None:
        while self.ids and mono - next(iter(self.ids.values())) > REPLAY_WINDOW:
            self.ids.popitem(last=False)
        while self.times and mono - self.times[0] >= RATE_PERIOD:
            self.times.popleft()


class Gate:
    """Lets each fresh message of a known sender through once, and not too many."""

    def __init__(self, started: datetime) -> None:
        """Remember when the hub started; older ids were forgotten with the restart."""
        self._earliest = started.timestamp() - CLOCK_WINDOW
        self._recent: dict[str, _Recent] = {}

    def admit(self, caller: Caller, wall: datetime, mono: float) -> None:
        """Take note of a message, or raise Refusal.

        A message over the limit is not taken note of, so memory stays bounded by
        the limit whatever a sender does.
        """
        if caller.removed:
            raise removed()
        if wall.timestamp() < self._earliest:
            raise Refusal(
                Code.CLOCK_SKEW,
                "The hub's clock was set back after it started, so it can't tell new "
                "messages from old ones; restart Home Assistant.",
                "webhook-timestamp",
            )
        skew = caller.envelope.timestamp - wall.timestamp()
        if abs(skew) > CLOCK_WINDOW or caller.envelope.timestamp < self._earliest:
            raise Refusal(
                Code.CLOCK_SKEW,
                f"The clock differs by {skew:+.0f} s from the hub's, more than "
                f"{CLOCK_WINDOW} s; set it, or sign by the server_time given here.",
                "webhook-timestamp",
            )
        recent = self._recent.setdefault(caller.server_id, _Recent())
        recent.forget(mono)
        if caller.envelope.message_id in recent.ids:
            raise Refusal(
                Code.REPLAYED,
                "A message of this id came before; send each with a new id.",
                "webhook-id",
            )
        if len(recent.times) >= RATE_LIMIT:
            raise Refusal(
                Code.TOO_MANY_REQUESTS,
                f"More than {RATE_LIMIT} messages in {RATE_PERIOD} s; send fewer.",
            )
        recent.times.append(mono)
        recent.ids[caller.envelope.message_id] = mono

    def drop(self, server_id: str) -> None:
        """Forget a server that was removed."""
        self._recent.pop(server_id, None)
