"""Names from servers, on screen and in ids: they may be anything, even hostile."""

import hashlib

_MAX_SHOWN = 100
_MAX_TAIL = 39
_ODD = "\N{REPLACEMENT CHARACTER}"


def shown(name: str, limit: int = _MAX_SHOWN) -> str:
    """Return a name as it is shown: short, and without signs that turn text around."""
    text = "".join(sign if sign.isprintable() else _ODD for sign in name).strip()
    if len(text) > limit:
        # Paths and container names often differ in their last part only.
        text = f"{text[: limit - _MAX_TAIL - 1]}…{text[-_MAX_TAIL:]}"
    return text or "?"


def item_key(kind: str, name: str) -> str:
    """Return the part of a unique id that stands for an item of a kind.

    A digest, for no slug tells "a/b" from "a_b", and a name may be of any length.
    """
    return f"{kind}_{hashlib.sha256(name.encode()).hexdigest()[:16]}"
