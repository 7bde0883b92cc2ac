"""What the root helper can be asked for, and how each of it is said to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
import re

from ..protocol.replies import Command

_DIGEST = re.compile(r"[0-9a-f]{64}")


class UnsayableError(Exception):
    """A command that can't be put to the helper; the text says why."""


def _as_it_is(command: Command) -> str:
    return command.target


def _updates(command: Command) -> str:
    """Return which updates: all or those for security, and the digest of the set."""
    digest = command.parameters.get("digest")
    if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
        raise UnsayableError("it does not say which updates were approved")
    only_security = command.parameters.get("security_only") is True
    return f"{'security' if only_security else 'all'} {digest}"


def _now(_command: Command) -> str:
    return "now"


@dataclass(frozen=True)
class Verb:
    """A managed verb of the helper."""

    target: Callable[[Command], str] = _as_it_is
    """What is said to the helper; raises UnsayableError."""
    lasting: bool = False
    """Whether it may go on for long: it is waited for as long as it runs."""
    reboots: bool = False
    """Whether it has succeeded when the server has booted anew."""


VERBS: dict[str, Verb] = {
    "restart_service": Verb(),
    "clear_logs": Verb(),
    "custom": Verb(),
    "apply_updates": Verb(_updates, lasting=True),
    "reboot": Verb(_now, reboots=True),
}
