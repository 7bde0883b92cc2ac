"""Which operating system runs."""

from __future__ import annotations

import os
import re

from ..protocol.inventory import OsInfo
from ..text import clean
from .sample import Collect, Sample
from .surroundings import Surroundings

_FILES = ("etc/os-release", "usr/lib/os-release")
_ESCAPED = re.compile(r"\\(.)")


def collector(around: Surroundings) -> Collect:
    """Return the collector of os_info."""

    def release() -> dict[str, str]:
        for name in _FILES:
            if (text := around.read_or_none(name)) is not None:
                return _assignments(text)
        return {}

    def collect() -> Sample:
        names, kernel = release(), os.uname()
        return Sample(
            os_info=OsInfo(
                distribution=clean(names.get("NAME", "")),
                version=clean(names.get("VERSION") or names.get("VERSION_ID", "")),
                kernel=clean(kernel.release),
                architecture=clean(kernel.machine),
            )
        )

    return collect


def _assignments(text: str) -> dict[str, str]:
    """Read lines like NAME="value", quoted as in a shell."""
    values: dict[str, str] = {}
    for line in text.split("\n"):
        name, _, value = line.strip().partition("=")
        if name.startswith("#"):
            continue
        if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
            value = value[1:-1]
        values[name] = _ESCAPED.sub(r"\1", value)
    return values
