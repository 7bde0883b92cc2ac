"""Make foreign text fit the protocol, and keep passwords on this machine."""

from __future__ import annotations

import re

# Control characters, lone surrogates, and the two separators that break lines.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
# In ftp://user:password@host and //user%password@nas/share. A password may hold a slash
# or an "@", so all before the last "@" of a word goes: better a name too short.
_USER_INFO = re.compile(r"//\S*@")
# As rclone has them in the name of what it mounts.
_SECRET = re.compile(r"(?i)\b(user|pass|password|passwd|secret|token|key)=[^,:\s]+")


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

    For what no address begins: `user@host:/path` and `program#user:password@host`.
    """
    source = _SECRET.sub(r"\1=...", source)
    if "//" in source:
        return _USER_INFO.sub("//", source)
    place, colon, path = source.partition(":/")
    program, mark, login = place.partition("#") if "#" in place else ("", "", place)
    return f"{program}{mark}{login.rpartition('@')[2]}{colon}{path}"
