"""What a machine answers, as clean text: it may be anything, of any length."""

from collections.abc import Iterator
import re

MAX_WORD = 256
"""Characters of a name, a version or an address."""
_MAX_LINE = 4096
_MAX_LINES = 50_000

_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|.)")
"""What colours a terminal, sets its title, or moves its cursor."""
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_UNSEEN = dict.fromkeys(
    (*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF)
)
"""Signs that are not seen, and may turn the others around."""
_NUMBER = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,12})?")


def decoded(answer: bytes) -> str:
    """Return an answer as text without control characters but tab and newline.

    What is no UTF-8 becomes the replacement character.
    """
    text = answer.decode("utf-8", errors="replace").replace("\r\n", "\n")
    shown = _CONTROL.sub("", _ESCAPE.sub("", text))
    return shown.translate(_UNSEEN)


def lines(text: str) -> Iterator[str]:
    """Yield the lines that are not empty; longer ones than anybody writes are cut."""
    # Not splitlines(), which also breaks at signs that names may have.
    for number, line in enumerate(text.split("\n")):
        if number >= _MAX_LINES:
            return
        if line.strip():
            yield line[:_MAX_LINE]


def word(text: str) -> str:
    """Return a part of a line as it is kept: one line, and not too long."""
    return " ".join(text.split())[:MAX_WORD]


def number(text: str) -> float | None:
    """Return the number that a text is; None if it is none."""
    return float(text) if _NUMBER.fullmatch(text) else None


def whole(text: str) -> int | None:
    """Return the whole number, zero or more, that a text is; None if it is none."""
    found = number(text)
    if found is None or found < 0 or not found.is_integer():
        return None
    return int(found)


def pairs(text: str, separator: str) -> dict[str, str]:
    """Return the keys and values of lines such as "key: value"; the first one wins."""
    found: dict[str, str] = {}
    for line in lines(text):
        key, divider, value = line.partition(separator)
        if divider:
            found.setdefault(key.strip(), value.strip())
    return found
