"""For what reads Markdown: Telegram, Discord, Matrix ..."""

from dataclasses import replace

from . import escape, plain
from .letter import Letter


def dress(letter: Letter, *, takes_title: bool = True) -> dict[str, str]:
    """Return the same as plain text, with each sign of a name as it is."""
    escaped = replace(
        letter,
        title=escape.markdown(letter.title),
        text=escape.markdown(letter.text),
    )
    return plain.dress(escaped, takes_title=takes_title)
