"""Make foreign text fit the protocol."""

from __future__ import annotations

import re

# Control characters, lone surrogates, and the two separators that break lines.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")


def clean(value: str, limit: int = 255) -> str | None:
    """Return one printable line of at most `limit` characters, or None if empty."""
    return _UNPRINTABLE.sub(" ", value).strip()[:limit].rstrip() or None
