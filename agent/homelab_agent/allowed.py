"""Say what Home Assistant may ask of this server, and why something is refused."""

from __future__ import annotations

from collections.abc import Iterator

from .commands.whitelist import PATH, Whitelist
from .protocol.inventory import Allowed
from .text import clean

MANAGED = "sudo sh /opt/homelab-agent/install.sh --managed"
_LISTS = {
    "restart_service": "restart",
    "clear_logs": "clear the log",
    "custom": "run as root",
}
_SWITCHES = {
    "apply_updates": "install Debian's updates, just those that were approved",
    "reboot": "reboot, when a person has approved it",
}


def describe(whitelist: Whitelist) -> Iterator[str]:
    """Yield the lines; the whitelist has been looked at."""
    if whitelist.trouble is not None:
        yield f"Nothing: {whitelist.trouble.error}"
    elif whitelist.allowed is None:
        yield "Nothing: this server is in monitor mode. To change that, run:"
        yield f"  {MANAGED}"
    else:
        yield f"By /{PATH}, Home Assistant may have this server"
        yield from _lines(whitelist.allowed) or ("  do nothing",)
    if whitelist.refused:
        yield "Listed there, and refused all the same:"
        for name, why in whitelist.refused.items():
            yield f"  {clean(name)}: {clean(str(why), 300)}"


def _lines(allowed: Allowed) -> list[str]:
    found = [
        f"  {words} {name}"
        for key, words in _LISTS.items()
        for name in getattr(allowed, key)
    ]
    return found + [
        f"  {words}" for key, words in _SWITCHES.items() if getattr(allowed, key)
    ]
