"""Who sent a request, and is it fresh: everything before its body is read."""

from collections import OrderedDict, deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
import math

from ...protocol.refusals import Code, Refusal
from ...protocol.signing import REPLY_PREFIX, Envelope, Secret, parse_server_header
from .keys import KeyRing

CLOCK_WINDOW = 300
"""Seconds by which a sender's clock may differ from ours."""
REPLAY_WINDOW = 600
"""Seconds for which message ids are remembered; no less than twice the clock window."""
RATE_LIMIT = 60
RATE_PERIOD = 60
"""At most `RATE_LIMIT` messages of one kind per server in `RATE_PERIOD` seconds."""
_SLIGHT = 5
"""Seconds by which a clock may be set without any need to follow."""


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
        self.times: dict[str, deque[float]] = {}

    def forget(self, mono: float) -> None:
        while self.ids and mono - next(iter(self.ids.values())) > REPLAY_WINDOW:
            self.ids.popitem(last=False)
        for times in self.times.values():
            while times and mono - times[0] >= RATE_PERIOD:
                times.popleft()


class Gate:
    """Lets each fresh message of a known sender through once, and not too many."""

    def __init__(
        self, started: datetime, mono: float = 0.0, *, crashed: bool = False
    ) -> None:
        """Remember when the hub started; older ids were forgotten with the restart.

        After an orderly stop the identities are up to date, and keep out what was
        heard before. After a crash they are not: nothing may come from before.
        """
        self._margin = 0 if crashed else CLOCK_WINDOW
        self._started = started.timestamp()
        self._started_mono = mono
        self._recent: dict[str, _Recent] = {}

    @property
    def _earliest(self) -> int:
        # Senders stamp whole seconds, so the one in which it started counts; no hub
        # crashes and starts again within it.
        return math.floor(self._started) - self._margin

    def follow(self, wall: datetime, mono: float) -> float:
        """Follow a clock that was set since the start.

        Returns by how many seconds it is behind the start if it was set back; that is
        told once, for the start counts from now on.
        """
        now = wall.timestamp()
        by_present_clock = now - (mono - self._started_mono)
        if by_present_clock > self._started + _SLIGHT:
            # It was behind when we started, so the start was later than we thought.
            self._started = by_present_clock
        elif now < self._started - _SLIGHT:
            behind = self._started - now
            self._started, self._started_mono = now, mono
            return behind
        return 0

    def admit(self, caller: Caller, wall: datetime, mono: float) -> None:
        """Let a message in once, or raise Refusal; `count` is to follow."""
        if caller.removed:
            raise removed()
        skew = caller.envelope.timestamp - wall.timestamp()
        if abs(skew) > CLOCK_WINDOW:
            raise Refusal(
                Code.CLOCK_SKEW,
                f"The clock differs by {skew:+.0f} s from the hub's, more than "
                f"{CLOCK_WINDOW} s; set it, or sign by the server_time given here.",
                "webhook-timestamp",
            )
        if caller.envelope.timestamp < self._earliest:
            raise Refusal(
                Code.CLOCK_SKEW,
                "This was signed before the hub started, by its clock; sign it anew, "
                "by the server_time given here.",
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

    def count(self, caller: Caller, kind: str, mono: float) -> None:
        """Take note of a message that was admitted, or raise Refusal.

        Each kind has a rate of its own, so that none can starve another. A message
        over the limit is not taken note of, so memory stays bounded by the limit
        whatever a sender does.
        """
        recent = self._recent[caller.server_id]
        times = recent.times.setdefault(kind, deque())
        if len(times) >= RATE_LIMIT:
            raise Refusal(
                Code.TOO_MANY_REQUESTS,
                f"More than {RATE_LIMIT} messages in {RATE_PERIOD} s; send fewer.",
            )
        times.append(mono)
        recent.ids[caller.envelope.message_id] = mono

    def drop(self, server_id: str) -> None:
        """Forget a server that was removed."""
        self._recent.pop(server_id, None)
