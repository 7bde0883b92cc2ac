"""For Home Assistant's own notifications, which are Markdown and change in place."""

from . import escape
from .letter import Letter


def dress(letter: Letter) -> dict[str, str]:
    """Return what `persistent_notification.async_create` takes."""
    text = escape.home_assistant(letter.text).replace("\n", "  \n")
    return {
        # The title is shown as plain text.
        "title": letter.title,
        "message": f"{text}\n\n[HomelabCmd]({letter.path})",
        "notification_id": letter.tag.replace("-", "_"),
    }
