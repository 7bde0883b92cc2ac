"""Signatures of the Standard Webhooks scheme, for requests and replies alike.

Specification: Standard Webhooks 1.0.0. The signed text is `id.timestamp.body`, the
signature HMAC-SHA256, the secret 32 random bytes written as `whsec_<base64>`.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
import hmac
import re
import secrets

from .refusals import Code, Refusal

HEADER_ID = "webhook-id"
HEADER_TIMESTAMP = "webhook-timestamp"
HEADER_SIGNATURE = "webhook-signature"
HEADER_SERVER = "x-homelab-server"

SERVER_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
SERVER_ID_RULE = (
    "1 to 63 characters: small letters, digits, '-' and '_', "
    "starting with a letter or digit"
)

REQUEST_PREFIX = "msg_"
REPLY_PREFIX = "rsp_"
"""Begins the ids of answers, so that an answer sent back is no request."""

_SECRET_PREFIX = "whsec_"
_SECRET_BYTES = 32
# No full stop, so that `id.timestamp.body` can be read in one way only.
_MESSAGE_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_SIGNATURE_V1 = re.compile(r"v1,[A-Za-z0-9+/]{43}=")
_MAX_SIGNATURE_HEADER = 1024


class Secret:
    """The key of one server. Its text never shows in `repr`, logs or tracebacks."""

    __slots__ = ("_raw",)

    def __init__(self, raw: bytes) -> None:
        """Take the 32 raw bytes; raise ValueError for any other length."""
        if len(raw) != _SECRET_BYTES:
            msg = f"a key has {_SECRET_BYTES} bytes"
            raise ValueError(msg)
        self._raw = raw

    @classmethod
    def generate(cls) -> Secret:
        """Return a new random key."""
        return cls(secrets.token_bytes(_SECRET_BYTES))

    @classmethod
    def parse(cls, text: str) -> Secret:
        """Read `whsec_<base64>`; raise ValueError with a text that hides the key."""
        if not isinstance(text, str) or not text.startswith(_SECRET_PREFIX):
            msg = f"a key starts with {_SECRET_PREFIX}"
            raise ValueError(msg)
        try:
            raw = base64.b64decode(
                text[len(_SECRET_PREFIX) :].encode("ascii"), validate=True
            )
            return cls(raw)
        except (ValueError, binascii.Error):
            msg = f"a key is {_SECRET_PREFIX} and 44 characters of base64"
            raise ValueError(msg) from None

    def dump(self) -> str:
        """Return the key as `whsec_<base64>`."""
        return _SECRET_PREFIX + base64.b64encode(self._raw).decode("ascii")

    def sign(self, message_id: str, timestamp: int, body: bytes) -> str:
        """Return the value of the signature header: `v1,<base64>`."""
        signed = b"%s.%d.%s" % (message_id.encode("ascii"), timestamp, body)
        digest = hmac.digest(self._raw, signed, "sha256")
        return "v1," + base64.b64encode(digest).decode("ascii")

    def __eq__(self, other: object) -> bool:
        """Compare in constant time."""
        return isinstance(other, Secret) and hmac.compare_digest(self._raw, other._raw)

    def __hash__(self) -> int:
        """Hash like the bytes."""
        return hash(self._raw)

    def __repr__(self) -> str:
        """Hide the key."""
        return "Secret(…)"


@dataclass(frozen=True)
class Envelope:
    """The headers of a signed message, well formed but not yet verified."""

    message_id: str
    timestamp: int
    """Seconds since the epoch, by the sender's clock."""
    signatures: tuple[str, ...]

    @classmethod
    def parse(cls, headers: Mapping[str, str]) -> Envelope:
        """Read the three headers; raise Refusal `invalid_signature` if malformed.

        `headers` must look names up in lower case, or in any case.
        """
        message_id = headers.get(HEADER_ID, "")
        if not _MESSAGE_ID.fullmatch(message_id):
            raise _malformed(HEADER_ID, "1 to 128 letters, digits, '-' or '_'")
        timestamp = headers.get(HEADER_TIMESTAMP, "")
        if not _TIMESTAMP.fullmatch(timestamp):
            raise _malformed(HEADER_TIMESTAMP, "whole seconds since 1970")
        header = headers.get(HEADER_SIGNATURE, "")
        signatures: tuple[str, ...] = ()
        if len(header) <= _MAX_SIGNATURE_HEADER:
            signatures = tuple(
                item for item in header.split(" ") if _SIGNATURE_V1.fullmatch(item)
            )
        if not signatures:
            raise _malformed(HEADER_SIGNATURE, "v1,<base64 of HMAC-SHA256>")
        return cls(message_id, int(timestamp), signatures)

    def verified_by(self, secret: Secret, body: bytes) -> bool:
        """Return whether one of the signatures was made with `secret`."""
        expected = secret.sign(self.message_id, self.timestamp, body)
        # Every signature is compared, so that the time says nothing about which fits.
        fits = [hmac.compare_digest(expected, item) for item in self.signatures]
        return any(fits)


def parse_server_header(headers: Mapping[str, str]) -> str:
    """Return the server id of a request; raise Refusal `invalid_signature`."""
    server_id = headers.get(HEADER_SERVER, "")
    if not SERVER_ID.fullmatch(server_id):
        raise _malformed(HEADER_SERVER, SERVER_ID_RULE)
    return server_id


def signed_headers(
    secret: Secret, timestamp: int, body: bytes, message_id: str | None = None
) -> dict[str, str]:
    """Return the three headers of a new message, by default with a new random id."""
    message_id = message_id or REQUEST_PREFIX + secrets.token_hex(16)
    return {
        HEADER_ID: message_id,
        HEADER_TIMESTAMP: str(timestamp),
        HEADER_SIGNATURE: secret.sign(message_id, timestamp, body),
    }


def _malformed(header: str, expected: str) -> Refusal:
    return Refusal(
        Code.INVALID_SIGNATURE,
        f"The header {header} is missing or malformed; send {expected}.",
        header,
    )
