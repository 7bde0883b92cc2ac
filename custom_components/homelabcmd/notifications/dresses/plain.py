"""For everything that takes a title and a text: mail, ntfy, Pushover ..."""

from collections.abc import Callable

from . import escape
from .letter import Letter

MOST_TITLE = 250
MOST_TEXT = 1500
"""Characters. Together with the title and an address it is what Discord takes, which is
2,000; Telegram, Pushover and others take more."""


def dress(
    letter: Letter,
    *,
    takes_title: bool = True,
    escaped: Callable[[str], str] = escape.harmless,
) -> dict[str, str]:
    """Return what `notify.<name>` and `notify.send_message` take.

    What takes no title has it in its first line.
    """
    title = escape.within(letter.title, MOST_TITLE, escaped)
    lines = [escape.within(letter.text, MOST_TEXT, escaped)]
    if letter.url is not None:
        lines.append(letter.url)
    if not takes_title:
        return {"message": "\n".join([title, *lines])}
    return {"title": title, "message": "\n".join(lines)}
