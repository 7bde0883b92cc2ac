"""Parsers of who uses a machine, and who could."""

import re

from .facts import MAX_ITEMS, Login, User
from .text import lines, whole, word

_NO_SHELLS = frozenset({"false", "halt", "nologin", "null", "shutdown", "sync", "true"})
_PASSWD_FIELDS = 7
_WHO = re.compile(
    r"(?P<user>\S+)\s+(?P<terminal>(?:pts/|tty|console|:|seat|web)\S*)\s+\S.*"
)
_ORIGIN = re.compile(r".*\((?P<origin>[^()]+)\)\s*")
_BUSYBOX_HEADER = re.compile(r"USER\s+TTY\s+IDLE\s+TIME\s+HOST\s*")
_MOMENT = re.compile(
    r".*[0-9][0-9]:[0-9][0-9](?::[0-9][0-9])?(?:\s+[0-9]{4})?\s+(?P<origin>[\w.:%-]+)\s*"
)
"""A line of busybox's `who`: where from stands behind the time, without brackets."""


def who(text: str) -> tuple[Login, ...]:
    """Read `who`, also busybox's."""
    found: list[Login] = []
    plain = _ORIGIN
    for line in lines(text):
        if _BUSYBOX_HEADER.fullmatch(line.strip()):
            plain = _MOMENT
        elif match := _WHO.fullmatch(line.strip()):
            origin = _ORIGIN.fullmatch(line) or plain.fullmatch(line)
            found.append(
                Login(
                    user=word(match["user"]),
                    terminal=word(match["terminal"]),
                    origin=word(origin["origin"]) if origin else "",
                )
            )
    return tuple(found)[:MAX_ITEMS]


def passwd(text: str) -> tuple[User, ...] | None:
    """Read the accounts in /etc/passwd that have a shell."""
    found: dict[str, User] = {}
    understood = False
    for line in lines(text):
        fields = line.split(":")
        if len(fields) != _PASSWD_FIELDS or (uid := whole(fields[2])) is None:
            continue
        understood = True
        # An empty one stands for /bin/sh.
        shell = fields[-1].strip() or "/bin/sh"
        if shell.rpartition("/")[2] not in _NO_SHELLS:
            name = word(fields[0])
            found[name] = User(name=name, uid=uid, shell=word(shell))
    return tuple(found.values())[:MAX_ITEMS] if understood else None
