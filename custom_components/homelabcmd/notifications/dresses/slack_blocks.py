"""For Home Assistant's Slack integration, which takes blocks.

All text is of the type `plain_text`, in which Slack finds neither markup nor links nor
mentions. The limits are those of Slack's block kit.
"""

from typing import Any

from . import escape
from .letter import Letter

_MOST_HEADER = 150
_MOST_TEXT = 3000
_MOST_FIELD = 2000
_MOST_FIELDS = 10


def dress(letter: Letter, *, takes_title: bool = True) -> dict[str, Any]:
    """Return what the integration's action takes.

    `message` is what Slack shows in its own notifications. The integration has names
    in it looked up, so it must have none; it takes no title of its own, whatever
    `takes_title` says.
    """
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": _plain(letter.title, _MOST_HEADER)},
        {"type": "section", "text": _plain(letter.text, _MOST_TEXT)},
    ]
    if letter.facts:
        fields = [
            _plain(f"{fact.label}: {fact.value}", _MOST_FIELD)
            for fact in letter.facts[:_MOST_FIELDS]
        ]
        blocks.append({"type": "section", "fields": fields})
    if letter.url is not None:
        link: dict[str, Any] = {
            "type": "button",
            "text": _plain("HomelabCmd", _MOST_FIELD),
            "url": letter.url,
        }
        blocks.append({"type": "actions", "elements": [link]})
    return {"message": escape.slack(letter.title), "data": {"blocks": blocks}}


def _plain(text: str, limit: int) -> dict[str, Any]:
    return {"type": "plain_text", "text": escape.cut(text, limit), "emoji": False}
