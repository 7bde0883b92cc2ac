"""For what reads Markdown: Telegram, Discord, Matrix ..."""

from dataclasses import replace

from . import escape, plain
from .letter import Letter

_MARKS = frozenset("_*`[~")


def dress(letter: Letter, *, takes_title: bool = True) -> dict[str, str]:
    """Return the same as plain text, with each sign of a name as it is."""
    url = letter.url
    if url is not None and _MARKS & set(url):
        # Telegram refuses a message in which one of them is open; not within a link.
        url = f"[HomelabCmd]({url})"
    return plain.dress(
        replace(letter, url=url), takes_title=takes_title, escaped=escape.markdown
    )
