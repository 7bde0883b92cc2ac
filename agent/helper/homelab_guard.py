#!/usr/bin/python3 -I
"""Asked by apt just before it installs: is that what a person has approved?

apt holds its locks by then and has downloaded everything. It writes what it is about
to do to the standard input ("DPkg::Tools::Options::cmd::Version" 3 in apt.conf(5)); if
this ends with an error, apt gives up and has changed nothing.
"""

from __future__ import annotations

import os
from pathlib import Path
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from helper import homelab_apt as says
else:
    # Python does not look there by itself when it is isolated (-I).
    sys.path.insert(0, str(Path(__file__).parent))
    import homelab_apt as says

APPROVED = "HOMELAB_APPROVED"  # The variable that has the digest.
REFUSAL = "homelab: not what was approved"
FIELDS = 9
NEW = "-"  # In place of the version of what is not installed.


def unapproved(text: str, approved: str) -> str | None:
    """Return why a list is not what was approved; None if it is."""
    head, _, listed = text.partition("\n\n")
    if not head.startswith("VERSION 3\n"):
        return "apt's list is not understood"
    items, names, configured = [], set(), set()
    for line in filter(None, listed.split("\n")):
        fields = line.split(" ", FIELDS - 1)
        if len(fields) != FIELDS:
            return "apt's list is not understood"
        name, current, _, _, _, candidate, _, _, what = fields
        if what == "**CONFIGURE**":
            configured.add(name)
        elif what.startswith("**"):
            return f"{name} would be removed"
        else:
            names.add(name)
            before = None if current == NEW else current
            items.append(says.Item(name, before, candidate))
    if others := configured - names:
        return f"{min(others)} would be configured"
    same = says.digest_of(items) == approved
    return None if same else "it is another set of packages"


def main() -> int:
    """Read apt's list and say whether to go on."""
    text = sys.stdin.buffer.read().decode(errors="replace")
    why = unapproved(text, os.environ.get(APPROVED, ""))
    if why is not None:
        sys.stdout.write(f"{REFUSAL}: {why}\n")
    return 0 if why is None else 1


if __name__ == "__main__":
    sys.exit(main())
