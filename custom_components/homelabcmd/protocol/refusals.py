"""Every way in which the hub refuses a message, and its HTTP status."""

from __future__ import annotations

from enum import StrEnum
from typing import Any


class Code(StrEnum):
    """Machine-readable refusal codes, in the order in which they are checked."""

    TOO_LARGE = "too_large"
    INVALID_SIGNATURE = "invalid_signature"
    UNKNOWN_SERVER = "unknown_server"
    REMOVED = "removed"
    CLOCK_SKEW = "clock_skew"
    REPLAYED = "replayed"
    TOO_MANY_REQUESTS = "too_many_requests"
    INVALID_JSON = "invalid_json"
    INVALID_FIELD = "invalid_field"
    UNSUPPORTED_PROTOCOL = "unsupported_protocol"
    IDENTITY_MISMATCH = "identity_mismatch"
    UNKNOWN_COMMAND = "unknown_command"
    NOT_SAVED = "not_saved"
    STARTING = "starting"


STATUS: dict[Code, int] = {
    Code.TOO_LARGE: 413,
    Code.INVALID_SIGNATURE: 401,
    Code.UNKNOWN_SERVER: 404,
    Code.REMOVED: 410,
    Code.CLOCK_SKEW: 401,
    Code.REPLAYED: 401,
    Code.TOO_MANY_REQUESTS: 429,
    Code.INVALID_JSON: 400,
    Code.INVALID_FIELD: 422,
    Code.UNSUPPORTED_PROTOCOL: 400,
    Code.IDENTITY_MISMATCH: 409,
    Code.UNKNOWN_COMMAND: 404,
    Code.NOT_SAVED: 503,
    Code.STARTING: 503,
}


class Refusal(Exception):  # noqa: N818 - an answer to the sender, not an error of ours
    """A message was refused; nothing was changed.

    `message` is one sentence that says what is wrong and what to do; `field` is the
    dotted path of the offending field of the body or the name of the header.
    """

    def __init__(self, code: Code, message: str, field: str | None = None) -> None:
        """Remember why the message was refused."""
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field

    @property
    def status(self) -> int:
        """The HTTP status that goes with the code."""
        return STATUS[self.code]

    def detail(self) -> dict[str, Any]:
        """Return the content of `detail` in the answer."""
        detail: dict[str, Any] = {"code": self.code.value, "message": self.message}
        if self.field is not None:
            detail["field"] = self.field
        return detail
