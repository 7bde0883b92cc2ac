"""For a Slack incoming webhook: an attachment with a colour and a table."""

from typing import Any

from ...core.alerts.rules import Severity
from . import escape
from .letter import Letter

COLOURS = {
    Severity.CRITICAL: "#ff0000",
    Severity.HIGH: "#ff9900",
    Severity.MEDIUM: "#ffcc00",
    Severity.LOW: "#439fe0",
}
RESOLVED = "#36a64f"
_SIGNS = {
    Severity.CRITICAL: "🚨",
    Severity.HIGH: "⚠️",
    Severity.MEDIUM: "🔶",
    Severity.LOW: "🔹",
}
_WELL = "✅"
_KNOWN = "👤"


def dress(letter: Letter, *, channel: str) -> dict[str, Any]:
    """Return the body to post."""
    sign = _WELL if letter.over else _KNOWN if letter.calm else _SIGNS[letter.severity]
    attachment: dict[str, Any] = {
        "color": RESOLVED if letter.over else COLOURS[letter.severity],
        "title": escape.slack(f"{sign} {letter.headline}"),
        "fallback": escape.slack(letter.title),
        "text": escape.slack(letter.text),
        "fields": [
            {
                "title": escape.slack(fact.label),
                "value": escape.slack(fact.value),
                "short": fact.short,
            }
            for fact in letter.facts
        ],
        # Nothing in it is markup.
        "mrkdwn_in": [],
        "footer": "HomelabCmd",
        "ts": int(letter.at.timestamp()),
    }
    if letter.url is not None:
        attachment["title_link"] = letter.url
    return {
        "channel": channel,
        "username": "HomelabCmd",
        "icon_emoji": ":server:",
        "attachments": [attachment],
    }
