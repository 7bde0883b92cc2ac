"""For Home Assistant's companion app on iOS and Android.

The keys of `data` are those of the app's documentation: what one of the two does not
know it ignores.
"""

from typing import Any

from ...core.alerts.rules import Severity
from . import escape
from .letter import Button, Letter

CHANNEL = "HomelabCmd"
URGENT_CHANNEL = "HomelabCmd, urgent"
"""Android lets the user set the sound of each channel, and takes its importance from
the first message in it: what is urgent needs one of its own."""
QUIET_CHANNEL = "HomelabCmd, resolved"
ALARM_CHANNEL = "alarm_stream"
"""The app's own: it sounds like an alarm clock, also on a phone that is muted."""
MOST_BUTTONS = 3
"""Android shows no more."""
MOST_TITLE, MOST_TEXT = 400, 2400
"""Bytes; Google and Apple pass on 4 kB with all that is in it."""

_AT_ONCE: dict[str, Any] = {"ttl": 0, "priority": "high"}
"""Android delivers at once, also to a phone that sleeps."""
_ALARM: dict[str, Any] = {"sound": {"name": "default", "critical": 1, "volume": 1.0}}


def dress(
    letter: Letter, *, android: bool, breaks_silence: bool, in_app: bool = False
) -> dict[str, Any]:
    """Return what `notify.mobile_app_<name>` takes.

    With `in_app` what has to be approved is only led to, and decided there. A change
    that disturbs nobody takes the notification away: it is out of date.
    """
    if letter.calm:
        return {"message": "clear_notification", "data": {"tag": letter.tag}}
    # Only Android reads HTML.
    shown = escape.android if android else str
    return {
        "title": escape.within(letter.title, MOST_TITLE, shown, escape.size),
        "message": escape.within(letter.text, MOST_TEXT, shown, escape.size),
        "data": {
            "tag": letter.tag,
            "group": letter.group,
            "url": letter.path,
            "clickAction": letter.path,
            **_sound(letter, breaks_silence=breaks_silence),
            **_buttons(letter, in_app=in_app),
        },
    }


def _sound(letter: Letter, *, breaks_silence: bool) -> dict[str, Any]:
    if letter.over:
        return {
            "channel": QUIET_CHANNEL,
            "importance": "low",
            "push": {"interruption-level": "passive"},
        }
    if letter.alarming and breaks_silence:
        return {**_AT_ONCE, "channel": ALARM_CHANNEL, "push": _ALARM}
    if letter.severity in (Severity.CRITICAL, Severity.HIGH):
        return {
            **_AT_ONCE,
            "channel": URGENT_CHANNEL,
            "importance": "high",
            "push": {"interruption-level": "time-sensitive"},
        }
    return {"channel": CHANNEL}


def _buttons(letter: Letter, *, in_app: bool) -> dict[str, Any]:
    shown = [
        _button(button) for button in letter.buttons if not (in_app and button.guarded)
    ]
    if in_app and any(button.guarded for button in letter.buttons):
        shown.insert(
            0, {"action": "URI", "title": letter.open_label, "uri": letter.path}
        )
    return {"actions": shown[:MOST_BUTTONS]} if shown else {}


def _button(button: Button) -> dict[str, Any]:
    shown = {"action": button.action, "title": button.label}
    # iOS asks for face, finger or code; Android knows nothing like it.
    return {**shown, "authenticationRequired": True} if button.guarded else shown
