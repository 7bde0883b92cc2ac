"""From alerts to what might end them: proposed, and watched whether it helped."""

from collections.abc import Mapping

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.util import dt as dt_util

from ..alerts.alerting import Alerting
from ..core.alerts.alert import Alert, Record, Resolution, Status as AlertStatus
from ..core.alerts.rules import UPDATES
from ..core.remediation import remedy
from ..core.remediation.action import Action, ActionError, ActionRecord, Status
from ..core.remediation.wish import Wish
from ..servers.coordinator import ServerCoordinator
from . import issues
from .remediator import Remediator


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
        if self._alerting.book.of(server_id).maintenance is not None:
            return
        for alert in tuple(self._alerting.book.standing(server_id)):
            if remedy.repairable(alert):
                self._propose_if_open(alert)

    @callback
    def async_updates_changed(self, server: ServerCoordinator) -> None:
        """Follow what there is to install: what waits for others is asked anew."""
        remediator, server_id = self._remediator, server.config.server_id
        records = remediator.queue.outdated(
            server_id, server.data.inventory, dt_util.utcnow()
        )
        remediator.tell(records)
        for record in records:
            self._queue(remedy.anew(record.action, server.data.inventory))
        if self._alerting.book.of(server_id).maintenance is not None:
            return
        for alert in tuple(self._alerting.book.standing(server_id)):
            if alert.rule == UPDATES and remedy.repairable(alert):
                self._propose_if_open(alert)

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
        elif action.status is Status.EXPIRED and action.auto_approved:
            self._propose_again(action)
        # A heartbeat may have overtaken the result: then its alert has ended before.
        ended = self._alerting.book.history.get(action.alert_id or "")
        if ended is not None:
            self._judge(action, ended)

    def _propose_again(self, action: Action) -> None:
        """Wait for the next window: in this one the server was not there."""
        for alert in tuple(self._alerting.book.standing(action.server_id)):
            if action.updates is not None and alert.alert_id == action.alert_id:
                self._propose(alert)

    @callback
    def tick(self) -> None:
        """Say what has not helped."""
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
