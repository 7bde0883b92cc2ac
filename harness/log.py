"""Reads Home Assistant's log for what must not be in it."""

import re

from .integration import DOMAIN

_RECORD = re.compile(r"^(?=\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} )", re.MULTILINE)
_LEVEL = re.compile(r" (WARNING|ERROR|CRITICAL) ")
_TRACEBACK = "Traceback (most recent call last)"
# Home Assistant says so of every custom integration.
_CUSTOM = "We found a custom integration"


def troubles(log: str) -> list[str]:
    """Return the records that are tracebacks, or complaints that mention us."""
    return [
        record
        for record in _RECORD.split(log)
        if _TRACEBACK in record
        or (_LEVEL.search(record) and DOMAIN in record and _CUSTOM not in record)
    ]
