"""Keeps names from being read as markup, as a link, or as a mention of somebody.

Names come from servers. Nothing in them may be more than a name, wherever it is shown.
"""

from collections.abc import Callable
import re

_INVISIBLE = "\N{WORD JOINER}"
"""Takes no room, and ends a word for whoever looks for `@name` or for a link."""
# Of Discord: <@1>, <@&1>, <#1>, </name:1>, <:name:1>, <t:1>; of Telegram: /command and
# $STOCK, but not /mnt/data; of Slack and Discord: :name:, but no time of day.
_MENTION = re.compile(
    r"""(?x)
    [@#] (?=[\w&!])
    | < (?=[@\#:/!] | (?:a|t|id):)
    | (?<![\w/.]) / (?=\w{1,64} (?![\w/.-]))
    | (?<!\w) \$ (?=[A-Za-z]{1,8}\b)
    | (?<!\w) : (?=[\w+-]*[^\W\d][\w+-]*:)
    """
)
_NEWLINE = re.compile(r"\\(?=n)")
_LINK = re.compile(r"(?<=\w)(?=://)|(?<=\bwww)(?=\.)", re.IGNORECASE)
_DOMAIN = re.compile(r"(?<=\w\.)(?=[^\W\d_]{2})")
_EMPHASIS = re.compile(r"([`*_\[])")
_DOUBLE = re.compile(r"\\|(?<=~)(?=~)|(?<=\|)(?=\|)")
_LINE_START = re.compile(r"^(\s*)([#>+-]|\d+[.)])", re.MULTILINE)


def harmless(text: str) -> str:
    """Return a text in which nobody is mentioned and no link is found."""
    return _LINK.sub(_INVISIBLE, _MENTION.sub(rf"\g<0>{_INVISIBLE}", text))


def html(text: str) -> str:
    """Return a text for who reads HTML; quotes stay, for it is no attribute."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def markdown(text: str) -> str:
    """Return a text for who reads Markdown, of whichever kind.

    Only what all dialects can escape is escaped: Telegram's shows the backslash before
    any other sign. The others are kept from each other, or from the start of a line.
    """
    text = _DOMAIN.sub(_INVISIBLE, harmless(text))
    text = _DOUBLE.sub(rf"\g<0>{_INVISIBLE}", text)
    text = _EMPHASIS.sub(r"\\\1", text)
    return _LINE_START.sub(rf"\1{_INVISIBLE}\2", text)


def home_assistant(text: str) -> str:
    """Return a text for Home Assistant's own notifications, which are Markdown.

    In their dialect one `~` on each side is enough to strike something out.
    """
    return markdown(html(text)).replace("~", "&#126;")


def android(text: str) -> str:
    """Return a text for the app on Android, which ends a line at a backslash and n."""
    return _NEWLINE.sub(rf"\g<0>{_INVISIBLE}", html(text))


def slack(text: str) -> str:
    """Return a text for Slack, as https://docs.slack.dev says under "Escaping text".

    Without `<` there is no mention, link or channel in it.
    """
    return html(harmless(text))


def cut(text: str, limit: int) -> str:
    """Return a text of at most so many characters."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def within(
    text: str,
    limit: int,
    escaped: Callable[[str], str],
    cost: Callable[[str], int] = len,
) -> str:
    """Return a text escaped, and shortened before that until it costs no more.

    So it is never cut in the middle of what stands for one sign.
    """
    while cost(done := escaped(text)) > limit:
        text = cut(text, max(len(text) * 9 // 10, 1))
    return done


def size(text: str) -> int:
    """Return the bytes of a text in UTF-8."""
    return len(text.encode())
