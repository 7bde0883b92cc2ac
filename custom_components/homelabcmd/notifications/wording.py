"""Puts what there is to tell into words."""

from collections.abc import Callable

from homeassistant.core import HomeAssistant
from homeassistant.helpers.network import NoURLAvailableError, get_url
from homeassistant.util import dt as dt_util

from ..alerts.texts import AlertTexts
from ..const import DOMAIN
from ..core.alerts.alert import Kind
from ..core.alerts.rules import (
    CONTAINER,
    CPU,
    DISK,
    HEALTH,
    MEMORY,
    SERVICE,
    TEMPERATURE,
    AlertType,
    Severity,
)
from ..core.naming import shown
from ..core.notifications.news import ActionNews, Item, News, Parcel, Reason
from ..core.remediation.action import (
    HARMLESS,
    Action,
    ActionType,
    Status as Progress,
)
from ..remediation.texts import ActionTexts
from .dresses.letter import Button, Fact, Letter

ACKNOWLEDGE = "HOMELABCMD_ACKNOWLEDGE_"
APPROVE = "HOMELABCMD_APPROVE_"
REJECT = "HOMELABCMD_REJECT_"
"""What the ids of buttons begin with; their token follows."""
PATH = "/homelab-cmd"
"""The dashboard."""

_MOST_LISTED = 20
_TIME = "%Y-%m-%d %H:%M:%S"
_SUBJECTS = {
    SERVICE: "service",
    CONTAINER: "container",
    HEALTH: "container",
    DISK: "disk",
    TEMPERATURE: "sensor",
}
"""What the subject of a rule is called in the table of facts."""
_SUMMARIES = {
    Reason.STORM: "storm_title",
    Reason.QUIET: "quiet_title",
    Reason.MAINTENANCE: "maintenance_title",
}
_MEASURED = {
    DISK: "measured_percent",
    MEMORY: "measured_percent",
    CPU: "measured_percent",
    TEMPERATURE: "measured",
}
"""Rules that compare a value with a threshold, and how both are written."""


class Wording:
    """Makes letters, in Home Assistant's language and on its clock."""

    def __init__(
        self,
        hass: HomeAssistant,
        texts: AlertTexts,
        action_texts: ActionTexts,
        name_of: Callable[[str], str],
        page_of: Callable[[str], str | None],
    ) -> None:
        """Take the texts; by a server's id `name_of` tells how it is called.

        `page_of` tells where its device is, with the buttons that restart what it has.
        """
        self._hass = hass
        self._texts = texts
        self._action_texts = action_texts
        self._name_of = name_of
        self._page_of = page_of

    def of(self, parcel: Parcel) -> Letter:
        """Return the letter of a parcel."""
        if len(parcel.news) > 1:
            return self._summary(parcel)
        [news] = parcel.news
        if isinstance(news, ActionNews):
            return self._of_action(news, parcel.token)
        return self._of_alert(news, parcel)

    def test(self) -> Letter:
        """Return a letter that only shows that letters arrive."""
        title = self._say("test_title")
        return Letter(
            tag=f"{DOMAIN}-test",
            group=DOMAIN,
            title=title,
            text=self._say("test_text"),
            headline=title,
            severity=Severity.LOW,
            at=dt_util.now(),
            path=PATH,
            url=self._url(),
        )

    def _of_alert(self, news: News, parcel: Parcel) -> Letter:
        alert, request = news.alert, parcel.request
        server = self._name_of(alert.server_id)
        text = self._texts.news(news.record, server)
        title = text.title
        if news.kind is Kind.REPEATED:
            title = self._say("repeated_title", title=title)
        message = text.message
        if request is not None:
            message = f"{message} {self._action_texts.request(request.record, server)}"
        buttons: tuple[Button, ...] = ()
        if parcel.token is not None:
            label = self._say("acknowledge")
            buttons = (Button(action=f"{ACKNOWLEDGE}{parcel.token}", label=label),)
        return Letter(
            tag=f"{DOMAIN}-{alert.alert_id}",
            group=f"{DOMAIN}-{alert.server_id}",
            title=title,
            text=message,
            headline=self._headline(news),
            facts=self._facts(news, server),
            severity=alert.severity,
            over=news.over,
            calm=news.calm,
            at=dt_util.as_local(news.at),
            path=(path := self._path(request)),
            url=self._url(path),
            buttons=(*self._decisions(parcel.request_token), *buttons),
            open_label=self._say("open"),
            harmless=request is None or request.action.action_type in HARMLESS,
        )

    def _path(self, asked: ActionNews | None) -> str:
        """Return where more is shown; who is to decide can do so there.

        The page of a server has buttons for restarts, and the dashboard for all else.
        """
        if (
            asked is not None
            and asked.answerable
            and asked.action.action_type is ActionType.RESTART_SERVICE
        ):
            return self._page_of(asked.server_id) or PATH
        return PATH

    def _decisions(self, token: str | None) -> tuple[Button, ...]:
        """Return the buttons that decide about an action."""
        if token is None:
            return ()
        return tuple(
            Button(action=f"{button}{token}", label=self._say(label), guarded=True)
            for button, label in ((APPROVE, "approve"), (REJECT, "reject"))
        )

    def _of_action(self, news: ActionNews, token: str | None) -> Letter:
        action, server = news.action, self._name_of(news.server_id)
        text = self._action_texts.news(news.record, server)
        target = [Fact(label=self._say("target"), value=shown(action.target))]
        facts = (
            Fact(label=self._say("server"), value=shown(server)),
            *(target if action.target else ()),
            Fact(
                label=self._say("time"), value=dt_util.as_local(news.at).strftime(_TIME)
            ),
        )
        return Letter(
            tag=_action_tag(action),
            group=f"{DOMAIN}-{action.server_id}",
            title=text.title,
            text=text.message,
            headline=self._say("action_headline", status=self._status(action)),
            facts=facts,
            severity=news.severity,
            over=action.status is Progress.COMPLETED,
            calm=news.calm,
            at=dt_util.as_local(news.at),
            path=(path := self._path(news)),
            url=self._url(path),
            buttons=self._decisions(token),
            open_label=self._say("open"),
            harmless=action.action_type in HARMLESS,
        )

    def too_late(self, action: Action) -> Letter:
        """Return a letter that says why a press did nothing."""
        title = self._say("too_late_title")
        what = self._action_texts.what(action, self._name_of(action.server_id))
        return Letter(
            tag=_action_tag(action),
            group=f"{DOMAIN}-{action.server_id}",
            title=title,
            text=self._say("too_late_text", what=what, status=self._status(action)),
            headline=title,
            severity=Severity.LOW,
            at=dt_util.now(),
            path=PATH,
            url=self._url(),
        )

    def _status(self, action: Action) -> str:
        return self._action_texts.status(action.status.value)

    def _headline(self, news: News) -> str:
        alert_type = self._texts.say("alert_type", news.alert.type)
        if news.over:
            return self._say("over", type=alert_type)
        if news.kind is Kind.ACKNOWLEDGED:
            return self._say("known", type=alert_type)
        severity = self._texts.say("alert_severity", news.alert.severity)
        return self._say("headline", severity=severity, type=alert_type)

    def _facts(self, news: News, server: str) -> tuple[Fact, ...]:
        alert = news.alert
        facts = [Fact(label=self._say("server"), value=shown(server))]
        if alert.subject:
            label = self._say(_SUBJECTS.get(alert.rule, "subject"))
            facts.append(Fact(label=label, value=shown(alert.subject)))
        written = _MEASURED.get(alert.rule)
        if written and alert.type is not AlertType.FLAPPING:
            figures = self._texts.figures(alert)
            value = self._say(written, **figures)
            facts.append(Fact(label=self._say("value"), value=value))
        at = dt_util.as_local(news.at).strftime(_TIME)
        return (*facts, Fact(label=self._say("time"), value=at))

    def _summary(self, parcel: Parcel) -> Letter:
        reason = parcel.reason or Reason.STORM
        worst_first = sorted(
            parcel.news,
            key=lambda news: (news.over, -news.severity.rank, news.at),
        )
        lines = [self._line(news) for news in worst_first[:_MOST_LISTED]]
        if (more := len(worst_first) - _MOST_LISTED) > 0:
            lines.append(self._say("more", number=str(more)))
        first = worst_first[0]
        title = self._say(
            _SUMMARIES[reason],
            number=str(len(worst_first)),
            server=shown(self._name_of(first.server_id)),
        )
        return Letter(
            tag=f"{DOMAIN}-{reason}",
            group=DOMAIN,
            title=title,
            text="\n".join(lines),
            headline=title,
            severity=first.severity,
            over=all(news.over for news in worst_first),
            at=dt_util.as_local(max(news.at for news in worst_first)),
            path=PATH,
            url=self._url(),
        )

    def _line(self, news: Item) -> str:
        name = self._name_of(news.server_id)
        if isinstance(news, ActionNews):
            title = self._action_texts.news(news.record, name).title
        else:
            title = self._texts.news(news.record, name).title
        return self._say("line", title=title)

    def _say(self, name: str, **words: str) -> str:
        return self._texts.say("notification", name, **words)

    def _url(self, path: str = PATH) -> str | None:
        """Return the address of a page for somebody who is not in the frontend."""
        try:
            return f"{get_url(self._hass, prefer_external=True)}{path}"
        except NoURLAvailableError:
            return None


def _action_tag(action: Action) -> str:
    """Return the tag; what an alert asks for takes the place of what it has said."""
    return f"{DOMAIN}-{action.alert_id or action.action_id}"
