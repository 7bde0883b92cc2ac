"""From alerts to what might end them: proposed, and watched whether it helped."""

from collections.abc import Mapping
import time

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.util import dt as dt_util

from ..alerts.alerting import Alerting
from ..core.alerts.alert import Alert, Record, Resolution, Status as AlertStatus
from ..core.alerts.rules import UPDATES
from ..core.remediation import remedy
from ..core.remediation.action import Action, ActionError, ActionRecord, Status
from ..core.remediation.renewals import Renewals
from ..core.remediation.wish import Wish
from ..servers.coordinator import ServerCoordinator
from . import issues
from .remediator import Remediator

_BROUGHT_NEWS = frozenset({Status.COMPLETED, Status.FAILED, Status.LOST})
"""Ends of an installation after which there may be something else to install."""


class Repairs:
    """The actions that alerts ask for."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        servers: Mapping[str, ServerCoordinator],
        alerting: Alerting,
        remediator: Remediator,
    ) -> None:
        """Prepare; `servers` are the hub's."""
        self._hass = hass
        self._entry = entry
        self._servers = servers
        self._alerting = alerting
        self._remediator = remediator
        self._renewals = Renewals()
        self._unsubscribe: list[CALLBACK_TYPE] = []

    @callback
    def async_start(self) -> None:
        """Follow alerts, and the actions that are to end them."""
        self._unsubscribe += [
            self._alerting.async_listen(self._follow_alert),
            self._remediator.async_listen(self._follow_action),
        ]

    @callback
    def async_stop(self) -> None:
        """Follow them no longer."""
        for unsubscribe in self._unsubscribe:
            unsubscribe()

    # Asking for a repair.

    @callback
    def _follow_alert(self, record: Record) -> None:
        if record.to_status is AlertStatus.RESOLVED:
            self._ended(record.alert)
        elif remedy.asks_for_repair(record) and record.alert.server_id in self._servers:
            self._propose(record.alert)

    @callback
    def async_allowed_changed(self, server: ServerCoordinator) -> None:
        """Follow what a server lets be done to it: what is wrong there is proposed."""
        server_id = server.config.server_id
        if server.data.facts.agent.allowed is None:
            return
        issues.settled(self._hass, server_id)
        if self._resting(server_id):
            return
        for alert in tuple(self._alerting.book.standing(server_id)):
            if remedy.repairable(alert):
                self._propose_if_open(alert)

    @callback
    def async_updates_changed(self, server: ServerCoordinator) -> None:
        """Follow what there is to install: nobody is to approve what is old."""
        server_id, wall = server.config.server_id, dt_util.utcnow()
        known = server.data.inventory
        records = self._remediator.queue.outdated(server_id, known, wall)
        self._remediator.tell(records)
        self._renewals.note(server_id, (record.action for record in records))
        self._ask_anew()

    def _ask_anew(self) -> None:
        """Ask for what there is to install now, where that is due."""
        for server_id, before in self._renewals.due(time.monotonic(), self._resting):
            if (server := self._servers.get(server_id)) is None:
                continue
            for action in before:
                self._queue(remedy.anew(action, server.data.inventory))
            for alert in tuple(self._alerting.book.standing(server_id)):
                if alert.rule == UPDATES and remedy.repairable(alert):
                    self._propose_if_open(alert)

    def _resting(self, server_id: str) -> bool:
        """Return whether a server is in maintenance: nothing is asked for there."""
        return self._alerting.book.of(server_id).maintenance is not None

    def _propose_if_open(self, alert: Alert) -> None:
        if alert.status is AlertStatus.OPEN:
            self._propose(alert)

    def _propose(self, alert: Alert) -> None:
        """Propose what might end an alert, once."""
        remediator = self._remediator
        if remediator.allowed(alert.server_id) is None:
            if remedy.worth_a_step(alert):
                issues.say_monitor_only(self._hass, self._servers[alert.server_id])
            return
        wish = remediator.repair_of(alert)
        if wish is None or any(
            remedy.tried(wish, before)
            for before in remediator.queue.about(alert.alert_id)
        ):
            return
        action = self._queue(wish)
        if action and action.stormy and action.alert_id == alert.alert_id:
            self._say(action, remediator.texts.storm(action))

    def _queue(self, wish: Wish | None) -> Action | None:
        """Queue what nobody has decided; None if that can't be now."""
        if wish is None:
            return None
        try:
            action = self._remediator.queue_wish(wish, None)
        except ActionError:
            # The server lets it no longer, or installs other packages: what is left
            # then is proposed then.
            return None
        self._entry.async_create_background_task(
            self._hass,
            self._remediator.async_save(),
            "HomelabCmd saves a proposed action",
        )
        return action

    # Did it help?

    @callback
    def _follow_action(self, record: ActionRecord) -> None:
        action = record.action
        if action.status in (Status.FAILED, Status.LOST):
            self.tick()
        if action.updates is not None:
            self._follow_updates(action)
        # A heartbeat may have overtaken the result: then its alert has ended before.
        ended = self._alerting.book.history.get(action.alert_id or "")
        if ended is not None:
            self._judge(action, ended)

    def _follow_updates(self, action: Action) -> None:
        """Ask for what is left after an installation, or was not installed by it."""
        if action.status in _BROUGHT_NEWS:
            self._renewals.note(action.server_id, ())
        elif action.status is Status.EXPIRED and action.auto_approved:
            # In this window the server was not there: it waits for the next.
            self._renewals.note(action.server_id, (action,))

    @callback
    def tick(self) -> None:
        """Say what has not helped, and ask anew for what changed."""
        self._ask_anew()
        queue, wall = self._remediator.queue, dt_util.utcnow()
        if not (unjudged := tuple(queue.unjudged())):
            return
        standing = {alert.alert_id: alert for alert in self._alerting.book.standing()}
        for action in unjudged:
            alert = standing.get(action.alert_id or "")
            server = self._servers.get(action.server_id)
            if server and remedy.has_failed(action, alert, server.data, wall):
                queue.judged(action.action_id, remedied=False)
                self._remediator.save_soon()
                self._say(action, self._remediator.texts.failure(action))

    def _ended(self, alert: Alert) -> None:
        """Take back what nobody needs any more, and note what has helped."""
        remediator = self._remediator
        queue = remediator.queue
        remediator.tell(queue.withdraw(alert.alert_id, dt_util.utcnow()))
        for action in queue.about(alert.alert_id):
            if alert.resolution is not Resolution.BY_HAND:
                self._alerting.async_report_repair(
                    action.server_id, action.subject, failed=False
                )
            self._judge(action, alert)

    def _judge(self, action: Action, ended: Alert) -> None:
        """Take note of whether what was done has ended its alert."""
        if action.status is Status.COMPLETED and action.remedied is None:
            cleared = ended.resolution is Resolution.CLEARED
            self._remediator.queue.judged(action.action_id, remedied=cleared)
            self._remediator.save_soon()

    def _say(self, action: Action, detail: str) -> None:
        self._alerting.async_report_repair(
            action.server_id, action.subject, failed=True, detail=detail
        )
