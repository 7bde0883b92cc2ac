"""For everything that takes a title and a text: mail, ntfy, Telegram, Discord ..."""

from ..letter import Letter


def dress(letter: Letter) -> dict[str, str]:
    """Return what `notify.<name>` and `notify.send_message` take."""
    return {"title": letter.title, "message": letter.text}
