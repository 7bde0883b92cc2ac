"""By which keys machines prove who they are, once a person has seen them.

A machine that nobody has looked at is asked for its key and nothing else: neither a
password nor our own key goes to one that is not known.
"""

import base64
from dataclasses import dataclass, replace
from enum import StrEnum
import hashlib
import re
from typing import Annotated

from ...protocol.fields import boolean, matching, object_of, text

FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")
_MAX_KEY = 4096

_FINGERPRINT = matching(FINGERPRINT, "a fingerprint such as SHA256:…")


class Verdict(StrEnum):
    """What is to be thought of the key that a machine shows."""

    TRUSTED = "trusted"
    UNKNOWN = "unknown"
    CHANGED = "changed"
    NOT_VERIFIED = "not_verified"
    """Somebody has said that it is not to be looked at."""


@dataclass(frozen=True, kw_only=True)
class HostKey:
    """The public key of a machine."""

    algorithm: Annotated[str, text(64)]
    """As in the first word of the key's line, such as ssh-ed25519."""
    fingerprint: Annotated[str, _FINGERPRINT]


@dataclass(frozen=True, kw_only=True)
class KnownHost:
    """What was decided about a machine, or was seen of it before that."""

    place: Annotated[str, text(300)]
    """Host and port, see `Target.place`."""
    trusted: Annotated[HostKey | None, object_of(HostKey)] = None
    seen: Annotated[HostKey | None, object_of(HostKey)] = None
    """Another key, that it showed last and that nobody has decided about."""
    unverified: Annotated[bool, boolean] = False


def key_of(line: str) -> HostKey:
    """Return a key of which there is the line, as in "ssh-ed25519 AAAA…".

    Raises ValueError for what is no such line.
    """
    algorithm, encoded, *_ = [*line.split(), "", ""]
    if not algorithm or not 0 < len(encoded) <= _MAX_KEY:
        raise ValueError(line)
    digest = hashlib.sha256(base64.b64decode(encoded, validate=True)).digest()
    fingerprint = base64.b64encode(digest).decode().rstrip("=")
    return HostKey(algorithm=algorithm, fingerprint=f"SHA256:{fingerprint}")


def judge(known: KnownHost | None, shown: HostKey) -> Verdict:
    """Return what is to be thought of a key."""
    if known is not None and known.unverified:
        return Verdict.NOT_VERIFIED
    if known is None or known.trusted is None:
        return Verdict.UNKNOWN
    return Verdict.TRUSTED if known.trusted == shown else Verdict.CHANGED


def noted(known: KnownHost | None, place: str, shown: HostKey) -> KnownHost:
    """Return what is known of a machine that shows a key to be decided about."""
    return replace(known or KnownHost(place=place), seen=shown)


def decided(known: KnownHost, fingerprint: str) -> KnownHost:
    """Return a machine whose key a person has looked at; raises ValueError.

    It must be the one that it showed: what people compare is what counts.
    """
    for key in (known.seen, known.trusted):
        if key is not None and key.fingerprint == fingerprint:
            return KnownHost(place=known.place, trusted=key)
    raise ValueError(fingerprint)
