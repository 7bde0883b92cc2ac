"""What actions say to people: plain sentences in Home Assistant's language."""

from dataclasses import dataclass

from homeassistant.util import dt as dt_util

from ..alerts.texts import AlertTexts
from ..core.naming import shown
from ..core.remediation.action import (
    Action,
    ActionRecord,
    ActionType,
    Outcome,
    Status,
)
from ..core.remediation.remedy import last_words
from ..core.remediation.updates import Updates
from ..core.remediation.whitelist import JOURNAL
from ..protocol.inventory import PackageUpdate

_FAILURES = {
    Outcome.FAILED: "failed_failed",
    Outcome.REFUSED: "failed_refused",
    Outcome.INTERRUPTED: "failed_interrupted",
}
"""The sentences that say more than that something failed."""
_COMPLETED = {
    ActionType.APPLY_UPDATES: "completed_updates",
    ActionType.REBOOT: "completed_reboot",
}
"""The sentences that say more than that it ended well."""
_TIME = "%Y-%m-%d %H:%M"
_MOST_NAMED = 8
"""Packages, and as many units, that are named in a message."""


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
            _kind(action),
            target=shown(action.target),
            server=shown(server),
            count=str(action.updates.count if action.updates else 0),
        )

    def bare(self, action_type: ActionType, target: str) -> str:
        """Return what is done, as a part of a sentence."""
        return self._say("action_bare", action_type.value, target=shown(target))

    def news(self, record: ActionRecord, server: str) -> ActionText:
        """Say what became of an action; `server` is how its server is called."""
        action = record.action
        what = self.what(action, server)
        parts = [
            self._say("action_news", _sentence(record), **self._words(record, server))
        ]
        if action.status is Status.PENDING and action.updates:
            parts.append(self.packages(action.updates))
        if record.by and action.note:
            parts.append(self._say("alert_news", "note", note=action.note))
        if _says_more(action) and (said := last_words(action)):
            parts.append(self._say("alert_news", "detail", detail=said))
        title = self._say("action_headline", action.status.value, what=what)
        return ActionText(title=title, message=" ".join(parts))

    def request(self, record: ActionRecord, server: str) -> str:
        """Say what an alert asks for, after the alert itself."""
        action = record.action
        words = self._words(record, server)
        if action.stormy:
            said = self._say("action_request", _storm(action), **words)
        else:
            said = self._say("action_request", _kind(action), **words)
        return f"{said} {self.packages(action.updates)}" if action.updates else said

    def packages(self, updates: Updates) -> str:
        """Name what is installed, what may restart, and whether a reboot is needed."""
        listed = self._listed([_package(item) for item in updates.packages], updates)
        parts = [self._say("action_updates", "packages", names=listed)]
        for name, values in (("added", updates.added), ("services", updates.services)):
            if values:
                names = ", ".join(map(shown, values[:_MOST_NAMED]))
                parts.append(self._say("action_updates", name, names=names))
        if updates.reboot:
            parts.append(self._say("action_updates", "reboot"))
        return " ".join(parts)

    def _listed(self, names: list[str], updates: Updates) -> str:
        listed = ", ".join(names[:_MOST_NAMED])
        more = updates.count - len(updates.added) - min(len(names), _MOST_NAMED)
        if more <= 0:
            return listed
        return self._say("action_updates", "more", names=listed, count=str(more))

    def status(self, status: str) -> str:
        """Return the word for a status."""
        return self._say("action_status", status)

    def failure(self, action: Action) -> str:
        """Say why a repair did not help, for the alert that says so."""
        if said := last_words(action):
            return said
        return self._say("action_failure", action.status.value)

    def storm(self, action: Action) -> str:
        """Say that automation has stopped."""
        name = "storm" if _restarts(action) else "storm_other"
        return self._say("action_failure", name)

    def _words(self, record: ActionRecord, server: str) -> dict[str, str]:
        by, begins = record.by, record.action.begins_at
        exit_code = record.action.exit_code
        return {
            # What is done to the server itself has no name of its own.
            "target": shown(record.action.target or server),
            "time": dt_util.as_local(begins).strftime(_TIME) if begins else "?",
            "server": shown(server),
            "name": (by and by.name) or "?",
            "exit_code": "?" if exit_code is None else str(exit_code),
        }

    def _say(self, group: str, name: str, /, **words: str) -> str:
        return self._texts.say(group, name, **words)


def _kind(action: Action) -> str:
    """Return the name of the texts about what an action does."""
    if action.updates is not None and action.updates.security_only:
        return "security_updates"
    if action.action_type is ActionType.CLEAR_LOGS and action.target == JOURNAL:
        return "clear_journal"
    return action.action_type.value


def _restarts(action: Action) -> bool:
    return action.action_type is ActionType.RESTART_SERVICE


def _package(item: PackageUpdate) -> str:
    """Return a package and where it goes to; names come from servers."""
    return shown(" ".join(filter(None, (item.name, item.candidate))))


def _says_more(action: Action) -> bool:
    """Return whether what the command said is for people to read."""
    freed = action.action_type is ActionType.CLEAR_LOGS
    return action.status is Status.FAILED or (
        action.status is Status.COMPLETED and freed
    )


def _storm(action: Action) -> str:
    return "pending_storm" if _restarts(action) else "pending_storm_other"


def _sentence(record: ActionRecord) -> str:
    """Return the name of the sentence that fits a change."""
    action = record.action
    match action.status:
        case Status.PENDING:
            return _pending(action)
        case Status.APPROVED:
            return "approved_auto" if action.auto_approved else "approved"
        case Status.EXECUTING:
            return "overdue" if action.overdue else "executing"
    return _ending(action)


def _ending(action: Action) -> str:
    match action.status:
        case Status.COMPLETED:
            return _COMPLETED.get(action.action_type, "completed")
        case Status.EXPIRED if action.updates is not None:
            return "expired_updates"
        case Status.FAILED if action.outcome is not None:
            return _FAILURES.get(action.outcome, "failed")
    return action.status.value


def _pending(action: Action) -> str:
    if action.stormy:
        return _storm(action)
    if action.begins_at is not None:
        return "pending_window"
    return "pending_alert" if action.proposed and _restarts(action) else "pending"
