"""For everything that takes a title and a text: mail, ntfy, Pushover ..."""

from . import escape
from .letter import Letter


def dress(letter: Letter, *, takes_title: bool = True) -> dict[str, str]:
    """Return what `notify.<name>` and `notify.send_message` take.

    What takes no title has it in its first line.
    """
    title, lines = escape.harmless(letter.title), [escape.harmless(letter.text)]
    if letter.url is not None:
        lines.append(letter.url)
    if not takes_title:
        return {"message": "\n".join([title, *lines])}
    return {"title": title, "message": "\n".join(lines)}
