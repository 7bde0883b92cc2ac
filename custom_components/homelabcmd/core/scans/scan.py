"""A scan of one machine, from the wish for it to its end.

The fields are annotated with readers: a scan is stored as it is. What it has found
out is apart from it, for that is large.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
import re
from typing import Annotated

from ...protocol.fields import (
    Reader,
    boolean,
    choice,
    integer,
    list_of,
    matching,
    moment,
    object_of,
    text,
)
from .asking import Trouble
from .comparison import Changes
from .facts import Facts
from .host_keys import HostKey
from .targets import Target

SCAN_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""A UUID, and nothing else: files are named after it."""
MAX_DETAIL = 300


_SCAN_ID = matching(SCAN_ID, "the id of a scan")


def _one_of[E: StrEnum](kind: type[E]) -> Reader[E]:
    read = choice(*kind)
    return lambda value, path: kind(read(value, path))


class ScanType(StrEnum):
    """How much is asked."""

    QUICK = "quick"
    FULL = "full"


class Status(StrEnum):
    """How far a scan is."""

    PENDING = "pending"
    """Others are scanned first."""
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"


UNFINISHED = frozenset({Status.PENDING, Status.RUNNING})


class Failure(StrEnum):
    """Why a scan has failed."""

    UNKNOWN_HOST = "unknown_host"
    """No address of this name."""
    PUBLIC_ADDRESS = "public_address"
    UNREACHABLE = "unreachable"
    NOT_SSH = "not_ssh"
    """What answers there does not speak SSH as we do."""
    HOST_KEY_UNKNOWN = "host_key_unknown"
    HOST_KEY_CHANGED = "host_key_changed"
    LOGIN_REFUSED = "login_refused"
    NO_SHELL = "no_shell"
    """The login runs no commands."""
    CONNECTION_LOST = "connection_lost"
    TIMED_OUT = "timed_out"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"
    """Home Assistant was stopped."""
    NOT_SAVED = "not_saved"
    UNEXPECTED = "unexpected"
    """A mistake of ours; the log has more."""


@dataclass(frozen=True, kw_only=True)
class Missing:
    """A fact that is not known, or not in full."""

    fact: Annotated[str, text(64)]
    trouble: Annotated[Trouble, _one_of(Trouble)]


@dataclass(frozen=True, kw_only=True)
class Scan:
    """A scan, without what it has found out."""

    scan_id: Annotated[str, _SCAN_ID]
    target: Annotated[Target, object_of(Target)]
    scan_type: Annotated[ScanType, _one_of(ScanType)]
    initiated_at: Annotated[datetime, moment]
    status: Annotated[Status, _one_of(Status)] = Status.PENDING
    address: Annotated[str | None, text(64)] = None
    """Where the host was found."""
    started_at: Annotated[datetime | None, moment] = None
    completed_at: Annotated[datetime | None, moment] = None
    done: Annotated[int, integer()] = 0
    """How many of its commands were answered."""
    total: Annotated[int, integer()] = 0
    host_key: Annotated[HostKey | None, object_of(HostKey)] = None
    """The key that the host has shown."""
    unverified: Annotated[bool, boolean] = False
    """Whether that was not looked at: somebody else may have answered."""
    failure: Annotated[Failure | None, _one_of(Failure)] = None
    detail: Annotated[str | None, text(MAX_DETAIL)] = None
    """What was said of the failure, by the system or by the host."""
    missing: Annotated[tuple[Missing, ...], list_of(object_of(Missing), 1000)] = ()

    @property
    def unfinished(self) -> bool:
        """Whether it waits or runs."""
        return self.status in UNFINISHED

    @property
    def unsure(self) -> frozenset[str]:
        """The facts that are not known in full."""
        return frozenset(item.fact for item in self.missing)


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a scan has found out, and what has changed since an earlier one."""

    facts: Annotated[Facts, object_of(Facts)]
    changes: Annotated[Changes | None, object_of(Changes)] = None
    compared_with: Annotated[str | None, _SCAN_ID] = None
    """The id of the earlier scan; None if there was none."""
