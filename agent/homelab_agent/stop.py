"""End at once on SIGTERM and SIGINT, whatever is being waited for."""

from __future__ import annotations

import signal
from types import FrameType
from typing import NoReturn

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Stop(BaseException):
    """Somebody asked the agent to end.

    Not an Exception, so that a collector's failure is never confused with it.
    """


def install() -> None:
    """Raise Stop in the main thread on the first signal, even in a network wait."""
    for number in _SIGNALS:
        signal.signal(number, _raise)


def ignore() -> None:
    """Ignore further signals: the agent is ending already."""
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def _raise(_number: int, _frame: FrameType | None) -> NoReturn:
    raise Stop
