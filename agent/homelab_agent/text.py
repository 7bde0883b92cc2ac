"""Make foreign text fit the protocol, and keep passwords on this machine."""

from __future__ import annotations

import re

# Control characters, lone surrogates, and the two separators that break lines.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
# In ftp://user:password@host and //user%password@nas/share. A password may hold a slash
# or an "@", so all before the last "@" of a word goes: better a name too short.
_USER_INFO = re.compile(r"//\S*@")
# As rclone has them in the name of what it mounts.
_SECRET = re.compile(
    r"""(?ix) ([\w.-]* (?:user|pass|secret|token|key) [\w.-]*) = ("[^"]*" | [^,:]+)"""
)
_ANYTHING = re.compile("//.*@", re.DOTALL)


def clean(value: str, limit: int = 255) -> str | None:
    """Return one printable line of at most `limit` characters, or None if empty.

    Who logs in, and with which password, is taken out of addresses in it.
    """
    line = _UNPRINTABLE.sub(" ", value)
    if "@" in line:
        line = _USER_INFO.sub("//", line)
    return line.strip()[:limit].rstrip() or None


def without_login(source: str) -> str:
    """Return from where something is mounted, without who logs in there.

    Also of `user@host:/path` and `program#user:password@host`, which no scheme begins.
    A source is one address, so that a password with blanks ends at its "@", too.
    """
    source = _SECRET.sub(r"\1=...", source)
    if "//" in source:
        return _ANYTHING.sub("//", source)
    if "#" in source:
        program, mark, address = source.partition("#")
        return f"{program}{mark}{address.rpartition('@')[2]}"
    place, colon, path = source.partition(":/")
    return f"{place.rpartition('@')[2]}{colon}{path}"
