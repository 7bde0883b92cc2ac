"""What a collector says when it can't do its work."""

from __future__ import annotations


class CollectorError(Exception):
    """The text is for a person: what is wrong and what to do."""
