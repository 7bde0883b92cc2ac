"""Each kind of target gets a letter in the form it understands, names as plain text."""

from collections.abc import Callable, Iterator
from dataclasses import replace
import html
import json
from pathlib import Path
import re
from typing import Any

from hypothesis import given, strategies as st

from custom_components.homelabcmd.core.alerts.rules import Severity
from custom_components.homelabcmd.core.naming import shown
from custom_components.homelabcmd.notifications.dresses import (
    markdown,
    persistent,
    phone,
    plain,
    slack_blocks,
    slack_webhook,
)
from custom_components.homelabcmd.notifications.dresses.letter import Letter

from .letters import LETTERS, OPENED, REQUEST, SUMMARY, named

DOCUMENT = Path(__file__).parents[3] / "docs/notifications.md"
JOINER = "\N{WORD JOINER}"

DRESSES: dict[str, Callable[[Letter], dict[str, Any]]] = {
    "phone": lambda letter: phone.dress(letter, android=True, breaks_silence=True),
    "slack": slack_blocks.dress,
    "slack webhook": lambda letter: slack_webhook.dress(
        letter, channel="#homelab-notifications"
    ),
    "home assistant": persistent.dress,
    "plain": plain.dress,
    "markdown": markdown.dress,
}
HOSTILE = (
    "<b>big</b>",
    "@everyone",
    "<!channel>",
    "<@U123>",
    "*stars* _and_ `ticks`",
    "[click](http://evil.example)",
    "https://evil.example/x",
    "www.evil.example",
    "#general",
    "# heading",
    "- item",
    "~~gone~~ ||hidden||",
    "\\_ \\* &lt;b&gt;",
    "{{ states('x') }}",
    "<@&123> <@!123> <#123> </cmd:123> <:fire:123> <a:x:1> <t:1> <id:home>",
    "/mnt",
    "$USD",
    ":fire:",
    "C:\\new",
    "~gone~",
    "x" * 300,
    "two\nlines",
    "\N{RIGHT-TO-LEFT OVERRIDE}txt.exe",
)


def _texts(value: Any) -> Iterator[str]:
    """Yield all texts in a payload."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


REQUESTED = ("phone", "plain")
"""Dresses that are also shown with what is to be approved; the others add its text."""


SENT = [
    (dress, letter)
    for dress in DRESSES
    for letter in (*LETTERS, *(["request"] if dress in REQUESTED else []))
    # What can't show it quietly does not hear that somebody knows.
    if letter != "acknowledged" or dress not in ("plain", "markdown")
]


def written() -> str:
    """Return what the document is to say of each dress, heading by heading."""
    letters = {**LETTERS, "request": REQUEST}
    return "\n\n".join(
        f"#### {dress.capitalize()}: {letter}\n\n```json\n"
        f"{json.dumps(DRESSES[dress](letters[letter]), indent=2, ensure_ascii=False)}"
        "\n```"
        for dress, letter in SENT
    )


def test_the_document_shows_what_is_sent() -> None:
    blocks = re.findall(
        r"^#### [^\n]+\n\n```json\n.+?\n```$",
        DOCUMENT.read_text(),
        re.MULTILINE | re.DOTALL,
    )
    assert "\n\n".join(blocks) == written()


names = st.sampled_from(HOSTILE) | st.text(max_size=300)


@given(names)
def test_no_name_is_a_mention_a_link_or_markup_in_slack(name: str) -> None:
    letter = named(shown(name))
    for text in _texts(slack_webhook.dress(letter, channel="#ops")["attachments"][0]):
        if text != letter.url:
            assert "<" not in text
            assert ">" not in text
            assert not re.search(r"[@#]\w", text.removeprefix("#ff0000"))
            assert not re.search(r"\w://", text)
    body = slack_blocks.dress(letter)
    assert "<" not in body["message"]
    assert not re.search(r"[@#]\w", body["message"])
    for block in body["data"]["blocks"]:
        texts = [block.get("text"), *block.get("fields", ())]
        assert {text["type"] for text in texts if text} <= {"plain_text"}
    header = body["data"]["blocks"][0]["text"]["text"]
    assert 0 < len(header) <= 150


def _unescaped(text: str, signs: str) -> str:
    """Return what of a text Markdown would still read as markup."""
    return "".join(re.findall(rf"(?<!\\)[{re.escape(signs)}]", text))


@given(names)
def test_no_name_is_markup_where_markdown_is_read(name: str) -> None:
    dressed = markdown.dress(named(shown(name)))
    for text in (dressed["title"], dressed["message"].rpartition("\n")[0]):
        assert _unescaped(text, "*_`[") == ""
        assert "~~" not in text
        assert "||" not in text
        assert not re.search(r"[@#]\w|\w://|^\s*[#>+-]", text, re.MULTILINE)
        plain_again = text.replace(JOINER, "").replace("\\", "")
        assert shown(name).replace("\\", "").replace(JOINER, "") in plain_again


ACTIVE = re.compile(
    r"<[@#:/!]|<(?:a|t|id):|(?<![\w/.])/\w{1,64}(?![\w/.-])|(?<!\w)\$[A-Za-z]{1,8}\b"
    r"|(?<!\w):[\w+-]*[^\W\d][\w+-]*:"
)
"""What Discord, Telegram and Slack make more of than text."""


@given(names)
def test_no_name_is_a_role_a_command_a_stock_or_an_emoji(name: str) -> None:
    letter = named(shown(name))
    for dress in (plain.dress, markdown.dress):
        said = dress(letter)
        for text in (said["title"], said["message"].rpartition("\n")[0]):
            assert not ACTIVE.search(text), text
    assert not ACTIVE.search(slack_blocks.dress(letter)["message"])


def test_ordinary_names_stay_as_they_are() -> None:
    for name in ("/mnt/data", "a < b", "12:30:45", "user@", "5 $", "C: or D:", "smb/x"):
        assert plain.dress(named(name))["title"].count(name) == 1, name


@given(st.text(max_size=300) | st.sampled_from(HOSTILE), st.integers(1, 60))
def test_every_message_is_short_enough_for_who_takes_it(name: str, lines: int) -> None:
    letter = named(shown(name))
    letter = replace(
        letter,
        text="\n".join([letter.text] * lines),
        title=letter.title * 2,
        buttons=OPENED.buttons,
    )
    for android in (True, False):
        payload = phone.dress(letter, android=android, breaks_silence=True)
        raw = json.dumps(payload, ensure_ascii=False).encode()
        assert len(raw) <= 4096
        message = payload["message"]
        if android:
            # What it reads as HTML is not cut in the middle of a sign.
            assert not re.search(r"&(?:#\d*|\w*)…", message)
        else:
            # On iOS a "&" is a "&", also as the last sign before the cut.
            assert letter.text.startswith(message.removesuffix("…"))
    for dress in (plain.dress, markdown.dress):
        assert len(dress(letter, takes_title=False)["message"]) <= 2000


def test_an_address_with_an_underscore_is_no_open_emphasis() -> None:
    letter = replace(OPENED, url="http://my_nas:8123/homelab-cmd")
    last = markdown.dress(letter)["message"].splitlines()[-1]
    assert last == "[HomelabCmd](http://my_nas:8123/homelab-cmd)"


def test_urgent_and_other_messages_have_a_channel_each_on_android() -> None:
    channels = {
        severity: phone.dress(
            replace(OPENED, severity=severity), android=True, breaks_silence=False
        )["data"]["channel"]
        for severity in Severity
    }
    assert channels == {
        "critical": "HomelabCmd, urgent",
        "high": "HomelabCmd, urgent",
        "medium": "HomelabCmd",
        "low": "HomelabCmd",
    }


@given(names)
def test_no_name_is_html_on_a_phone_or_in_home_assistant(name: str) -> None:
    letter = named(shown(name))
    android = phone.dress(letter, android=True, breaks_silence=False)
    for text in (android["title"], android["message"]):
        assert "<" not in text
    assert "\\n" not in android["title"], "the app would end a line there"
    again = html.unescape(android["title"]).replace(f"\\{JOINER}n", "\\n")
    assert again == html.unescape(html.escape(letter.title))
    apple = phone.dress(letter, android=False, breaks_silence=False)
    assert (apple["title"], apple["message"]) == (letter.title, letter.text)
    message = persistent.dress(letter)["message"].rpartition("\n\n")[0]
    assert "<" not in message
    assert _unescaped(message, "*_`[") == ""


@given(names)
def test_plain_text_has_no_debris_and_mentions_nobody(name: str) -> None:
    dressed = plain.dress(named(shown(name)))
    assert dressed["title"].replace(
        JOINER, ""
    ) == f"plex is down on {shown(name)}".replace(JOINER, "")
    assert not re.search(r"[@#]\w", dressed["title"])


def test_what_takes_no_title_has_it_in_its_first_line() -> None:
    assert plain.dress(OPENED, takes_title=False) == {
        "message": f"{OPENED.title}\n{OPENED.text}\n{OPENED.url}"
    }


def test_only_what_is_critical_breaks_through_silence_and_only_if_wanted() -> None:
    def data(letter: Letter, *, breaks_silence: bool) -> dict[str, Any]:
        dressed = phone.dress(letter, android=True, breaks_silence=breaks_silence)
        found: dict[str, Any] = dressed["data"]
        return found

    loud = data(OPENED, breaks_silence=True)
    assert loud["channel"] == "alarm_stream"
    assert loud["push"]["sound"]["critical"] == 1
    assert (loud["ttl"], loud["priority"]) == (0, "high")
    for quiet in (
        data(OPENED, breaks_silence=False),
        data(LETTERS["resolved"], breaks_silence=True),
    ):
        assert quiet["channel"] != "alarm_stream"
        assert "sound" not in quiet["push"]


def test_a_summary_has_no_button() -> None:
    assert (
        "actions" not in phone.dress(SUMMARY, android=True, breaks_silence=True)["data"]
    )
