"""What actions say to people: plain sentences in Home Assistant's language."""

from dataclasses import dataclass

from ..alerts.texts import AlertTexts
from ..core.naming import shown
from ..core.remediation.action import Action, ActionRecord, Outcome, Status
from ..core.remediation.remedy import last_words

_FAILURES = {
    Outcome.FAILED: "failed_failed",
    Outcome.REFUSED: "failed_refused",
    Outcome.INTERRUPTED: "failed_interrupted",
}
"""The sentences that say more than that something failed."""


@dataclass(frozen=True, kw_only=True)
class ActionText:
    """A headline, and what there is to say."""

    title: str
    message: str


class ActionTexts:
    """Puts actions into words; names come from servers and may be anything."""

    def __init__(self, texts: AlertTexts) -> None:
        """Take all our texts."""
        self._texts = texts

    def what(self, action: Action, server: str) -> str:
        """Return what an action does, as a heading."""
        return self._say(
            "action_title",
            action.action_type.value,
            target=shown(action.target),
            server=shown(server),
        )

    def news(self, record: ActionRecord, server: str) -> ActionText:
        """Say what became of an action; `server` is how its server is called."""
        action = record.action
        what = self.what(action, server)
        parts = [
            self._say("action_news", _sentence(record), **self._words(record, server))
        ]
        if record.by and action.note:
            parts.append(self._say("alert_news", "note", note=action.note))
        if action.status is Status.FAILED and (said := last_words(action)):
            parts.append(self._say("alert_news", "detail", detail=said))
        title = self._say("action_headline", action.status.value, what=what)
        return ActionText(title=title, message=" ".join(parts))

    def request(self, record: ActionRecord, server: str) -> str:
        """Say what an alert asks for, after the alert itself."""
        name = "pending_storm" if record.action.stormy else "pending_alert"
        return self._say("action_request", name, **self._words(record, server))

    def status(self, status: str) -> str:
        """Return the word for a status."""
        return self._say("action_status", status)

    def failure(self, action: Action) -> str:
        """Say why a repair did not help, for the alert that says so."""
        if said := last_words(action):
            return said
        return self._say("action_failure", action.status.value)

    def storm(self) -> str:
        """Say that automation has stopped."""
        return self._say("action_failure", "storm")

    def _words(self, record: ActionRecord, server: str) -> dict[str, str]:
        by = record.by
        exit_code = record.action.exit_code
        return {
            "target": shown(record.action.target),
            "server": shown(server),
            "name": (by and by.name) or "?",
            "exit_code": "?" if exit_code is None else str(exit_code),
        }

    def _say(self, group: str, name: str, /, **words: str) -> str:
        return self._texts.say(group, name, **words)


def _sentence(record: ActionRecord) -> str:
    """Return the name of the sentence that fits a change."""
    action = record.action
    if action.status is Status.PENDING:
        if action.stormy:
            return "pending_storm"
        return "pending_alert" if action.proposed else "pending"
    if action.status is Status.APPROVED:
        return "approved_auto" if action.auto_approved else "approved"
    if action.status is Status.FAILED and action.outcome is not None:
        return _FAILURES.get(action.outcome, "failed")
    return action.status.value
