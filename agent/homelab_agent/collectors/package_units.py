"""Which running services packages bring: an upgrade may restart them."""

from __future__ import annotations

from collections.abc import Iterator
import contextlib
from pathlib import Path
import re

from .apt import Item

_LISTS = "var/lib/dpkg/info"
_RUNNING = "sys/fs/cgroup/system.slice"
_UNIT = re.compile(r"/(?:usr/)?lib/systemd/system/([^/@\n]+\.service)$", re.MULTILINE)


class PackageUnits:
    """What dpkg has put down of each package."""

    def __init__(self, root: Path) -> None:
        """Look which lists of files there are."""
        self._root = root
        self._lists: dict[str, list[Path]] = {}
        with contextlib.suppress(OSError):
            for path in (root / _LISTS).glob("*.list"):
                # As "bash.list" or "libc6:amd64.list" it is there.
                name = path.name.removesuffix(".list").partition(":")[0]
                self._lists.setdefault(name, []).append(path)

    def __call__(self, item: Item) -> Iterator[str]:
        """Yield the units of a package that run now."""
        for path in self._lists.get(item.name, ()):
            with contextlib.suppress(OSError):
                for unit in _UNIT.findall(path.read_text("utf-8", "replace")):
                    if (self._root / _RUNNING / unit).exists():
                        yield unit
