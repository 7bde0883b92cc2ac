"""What alerts say to people: plain sentences in Home Assistant's language."""

from dataclasses import dataclass
from typing import Any

from homeassistant.const import EVENT_CORE_CONFIG_UPDATE, UnitOfTemperature
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers.translation import async_get_translations

from ..const import DOMAIN
from ..core.alerts.alert import Alert, Kind, Record, Resolution
from ..core.alerts.rules import AGENT, REMEDIATION, TEMPERATURE, UPDATES, AlertType
from ..core.naming import shown
from ..core.remediation.action import NAMELESS

_PREFIX = f"component.{DOMAIN}.selector."
_MAX_DETAIL = 300
_NOTHING = "?"
_SAYS_DETAIL = frozenset({AGENT, UPDATES})
"""Rules whose own sentence has the detail in it."""
_SECURITY_UPDATE = "security_update"
_RESTARTING = "container_restarting"
_HEADLINES = {
    Kind.ACKNOWLEDGED: "acknowledged_title",
    Kind.RESOLVED: "resolved_title",
}
"""Of what is said of an alert that is no longer, or not only, wrong."""

_OF_A_TYPE = "remediation_type"
"""Of a repair that was done to the server itself, which has no name there."""

type Words = dict[str, str | None]


@dataclass(frozen=True, kw_only=True)
class AlertText:
    """A headline, and what there is to say."""

    title: str
    message: str


class AlertTexts:
    """Puts alerts into words.

    Names come from servers and may be anything: they are cut, lose what can't be
    printed, and are never read as a template.
    """

    def __init__(self, hass: HomeAssistant) -> None:
        """Prepare; the texts are loaded before the first is needed."""
        self._hass = hass
        self._texts: dict[str, str] = {}
        self._unsubscribe: CALLBACK_TYPE | None = None

    async def async_start(self) -> None:
        """Load the texts, and again when Home Assistant is set to another language."""
        await self._async_load()

        async def reload(_event: Event[Any]) -> None:
            await self._async_load()

        self._unsubscribe = self._hass.bus.async_listen(
            EVENT_CORE_CONFIG_UPDATE, reload
        )

    @callback
    def async_stop(self) -> None:
        """Follow the language no longer."""
        if self._unsubscribe is not None:
            self._unsubscribe()

    async def _async_load(self) -> None:
        texts = await async_get_translations(
            self._hass, self._hass.config.language, "selector", [DOMAIN]
        )
        self._texts = {key.removeprefix(_PREFIX): text for key, text in texts.items()}

    def about(self, alert: Alert, server: str) -> AlertText:
        """Say what is wrong, or was; `server` is how the server is called."""
        words = self._words(alert, server, alert.metric_value)
        kind = alert.type.value
        # Its detail is how many of them are for security, if any.
        if alert.type is AlertType.UPDATE_AVAILABLE and alert.detail:
            kind = _SECURITY_UPDATE
        # Its figure is how often it was restarted, if that is why.
        if alert.type is AlertType.CONTAINER_DOWN and alert.metric_value is not None:
            kind = _RESTARTING
        said = _OF_A_TYPE if _is_a_type(alert) else kind
        message = self._text("alert_message", said, words)
        if alert.detail and alert.rule not in _SAYS_DETAIL:
            message = f"{message} {self._text('alert_news', 'detail', words)}"
        title = self._text("alert_title", kind, words)
        return AlertText(title=title, message=message)

    def news(self, record: Record, server: str) -> AlertText:
        """Say what a record tells: that it is wrong, known, or over."""
        about = self.about(record.alert, server)
        headline = _HEADLINES.get(record.kind)
        if headline is None:
            return about
        name = record.by.name if record.by else None
        words: Words = {"title": about.title, "name": name}
        title = self._text("alert_news", headline, words)
        if record.kind is Kind.RESOLVED:
            message = self._ended(record, server)
        elif name:
            message = self._text("alert_news", "acknowledged_by", words)
        else:
            message = self._text("alert_news", "acknowledged", words)
        if record.note:
            note = self._text("alert_news", "note", {"note": record.note})
            message = f"{message} {note}"
        return AlertText(title=title, message=message)

    def figures(self, alert: Alert) -> dict[str, str]:
        """Return the value and the threshold of an alert as they are read."""
        return {
            "value": self._figure(alert, alert.metric_value),
            "threshold": self._figure(alert, alert.threshold_value),
        }

    def say(self, group: str, name: str, /, **words: str) -> str:
        """Return one of our texts with words put into it."""
        return self._text(group, name, {**words})

    def _ended(self, record: Record, server: str) -> str:
        alert = record.alert
        words = self._words(alert, server, record.value)
        if alert.resolution is Resolution.CLEARED:
            kind = _OF_A_TYPE if _is_a_type(alert) else alert.rule
            return self._text("alert_ended", kind, words)
        if (
            alert.resolution is Resolution.BY_HAND
            and record.by is not None
            and record.by.name
        ):
            words["name"] = record.by.name
            return self._text("alert_ended", "by_person", words)
        return self._text("alert_ended", alert.resolution or Resolution.GONE, words)

    def _words(self, alert: Alert, server: str, value: float | None) -> Words:
        subject = shown(alert.subject)
        if _is_a_type(alert):
            subject = self._text("action_type", alert.subject, {})
        words: Words = {
            "server": shown(server),
            "subject": subject,
            "value": self._figure(alert, value),
            "threshold": self._figure(alert, alert.threshold_value),
            "detail": shown(alert.detail or _NOTHING, _MAX_DETAIL),
        }
        words["thing"] = self._text("alert_thing", alert.rule, words)
        return words

    def _figure(self, alert: Alert, value: float | None) -> str:
        """Return a figure as it is read; a temperature has its unit with it."""
        if value is None:
            return _NOTHING
        unit = ""
        if alert.rule == TEMPERATURE and alert.type is not AlertType.FLAPPING:
            units = self._hass.config.units
            value = units.temperature(value, UnitOfTemperature.CELSIUS)
            unit = f" {units.temperature_unit}"
        return f"{value:.1f}".removesuffix(".0") + unit

    def _text(self, group: str, name: str, words: Words) -> str:
        return self._texts[f"{group}.options.{name}"].format_map(words)


def _is_a_type(alert: Alert) -> bool:
    """Return whether an alert is about a type of action, and not about its target."""
    return alert.rule == REMEDIATION and alert.subject in NAMELESS
