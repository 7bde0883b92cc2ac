"""The hub's alerts: follows what is heard, keeps it, and tells whoever listens."""

from collections.abc import Callable, Mapping
import time

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, Context, HomeAssistant, callback
from homeassistant.util import dt as dt_util

from ..core.alerts.alert import Alert, Person, Record, Status
from ..core.alerts.book import AlertBook
from ..core.alerts.evidence import Evidence, Reading
from ..core.alerts.rule_settings import Policy
from ..core.alerts.rules import REMEDIATION
from ..core.servers.server import Presence
from ..servers.coordinator import ServerCoordinator
from ..wire.handout import HANDOUT
from .announcer import Announcer, Listener
from .applied_rules import AppliedRules, layer_in
from .store import AlertStore, say_what_is_damaged
from .texts import AlertTexts

PRUNE_EVERY = 3600


class Alerting:
    """The alerts of all servers."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        servers: Mapping[str, ServerCoordinator],
        changed: Callable[[], None],
    ) -> None:
        """Prepare; `servers` are the hub's, `changed` is called for its totals."""
        self.book = AlertBook()
        self.texts = AlertTexts(hass)
        self._hass = hass
        self._entry = entry
        self._servers = servers
        self._changed = changed
        self._store = AlertStore(hass)
        self._rules: dict[str, AppliedRules] = {}
        self._boots: dict[str, str] = {}
        """The last boot of each server that we heard of."""
        self._announcer = Announcer(hass, self.texts)
        self._pruned = time.monotonic()

    async def async_start(self, away_after: float) -> None:
        """Load what survived the restart, and the texts."""
        restored = await self._store.async_load(away_after)
        self.book = restored.book
        say_what_is_damaged(self._hass, restored.damaged)
        await self.texts.async_start()

    @callback
    def async_stopping(self) -> None:
        """Have everything saved when Home Assistant stops."""
        self._store.save_soon()

    async def async_stop(self) -> None:
        """Save everything for the last time."""
        self.texts.async_stop()
        await self._store.async_close()

    async def async_save(self) -> None:
        """Save now: what somebody did must not be lost."""
        await self._store.async_save()

    # The servers and their settings.

    @callback
    def async_sync(self) -> None:
        """Follow the config entry; alerts of servers that are no more are dropped."""
        for server_id, server in self._servers.items():
            subentry = self._entry.subentries[server.subentry_id]
            layers = (layer_in(self._entry.options), layer_in(subentry.data))
            rules = self._rules.get(server_id)
            if rules is None:
                server.alerts = self.book.of(server_id)
            if rules is None or (rules.config, rules.layers) != (server.config, layers):
                self._rules[server_id] = AppliedRules.of(server.config, layers)
        for server_id in {
            *self.book.servers,
            *self._rules,
            *(alert.server_id for alert in self.book.history.values()),
        } - self._servers.keys():
            self._forget(server_id)

    def _forget(self, server_id: str) -> None:
        rules = self._rules.pop(server_id, None)
        self._boots.pop(server_id, None)
        # Its entities are being removed and must not write another state.
        self._announcer.drop(server_id)
        records = self.book.forget(server_id, dt_util.utcnow())
        self._store.save_soon()
        self._store.save_history_soon()
        self._changed()
        self._announcer.tell(records, rules.config.name if rules else server_id, None)

    # What is heard, and what time brings.

    def hear(self, server: ServerCoordinator) -> tuple[Record, ...]:
        """Follow a heartbeat, to be called once for each; returns what to tell."""
        server_id = server.config.server_id
        boot_id = server.data.heartbeat and server.data.heartbeat.boot_id
        if boot_id and self._boots.setdefault(server_id, boot_id) != boot_id:
            # It was rebooted: what was down before and is not up yet was not down
            # all the time.
            self._boots[server_id] = boot_id
            self.book.interrupt(server_id)
        rules = self._rules[server_id]
        handout = self._hass.data.get(HANDOUT)
        newest = handout.version if handout else None
        return self._evaluate(server, rules.heard(server.data, newest))

    @callback
    def tick(self) -> None:
        """Let time pass for all servers."""
        now = time.monotonic()
        # Whoever hears of an alert may remove a server.
        for server_id, server in tuple(self._servers.items()):
            # Of the others, silence has nothing to say.
            if server_id in self._rules and (
                server_id in self.book.servers
                or server.data.presence is Presence.OFFLINE
            ):
                self._look_again(server)
        if now - self._pruned >= PRUNE_EVERY:
            self._pruned = now
            # Also what changes without a record: durations, how often it changed.
            self._store.save_soon()
            if self.book.prune(dt_util.utcnow(), now):
                self._store.save_history_soon()

    @callback
    def async_interrupt(self) -> None:
        """Let all durations start anew: nobody was looking for long."""
        for server_id, server in self._servers.items():
            self.book.interrupt(server_id)
            self._take(server, ())

    def _look_again(
        self, server: ServerCoordinator, context: Context | None = None
    ) -> None:
        before = server.alerts
        rules = self._rules[server.config.server_id]
        records = self._evaluate(server, rules.known(server.data))
        if server.alerts is not before:
            server.async_update_listeners()
        self.tell(server, records, context)

    def _evaluate(
        self, server: ServerCoordinator, evidence: Evidence
    ) -> tuple[Record, ...]:
        server_id = server.config.server_id
        records = self.book.evaluate(
            server_id,
            evidence,
            server.data.presence,
            self._rules[server_id].policy,
            dt_util.utcnow(),
            time.monotonic(),
        )
        self._take(server, records)
        return records

    def _take(self, server: ServerCoordinator, records: tuple[Record, ...]) -> None:
        """Hand the server what is known of it now, and save if it matters."""
        before, server_id = server.alerts, server.config.server_id
        after = self.book.servers.get(server_id)
        if after is before or (after is None and not before.known):
            return
        after = after or self.book.of(server_id)
        server.alerts = after
        if records or after.maintenance is not before.maintenance:
            ended = (
                record.alert.alert_id
                for record in records
                if record.to_status is Status.RESOLVED
            )
            self._store.save_soon(*ended)
            self._changed()

    @callback
    def async_listen(
        self, listener: Listener, server_id: str | None = None
    ) -> CALLBACK_TYPE:
        """Call `listener` with each record, of one server or of all."""
        return self._announcer.listen(listener, server_id)

    def tell(
        self,
        server: ServerCoordinator,
        records: tuple[Record, ...],
        context: Context | None = None,
    ) -> None:
        """Tell of records, once the entities show what they are about."""
        self._announcer.tell(records, server.config.name, server.device_id, context)

    # What people do.

    @callback
    def async_acknowledge(
        self, alert_id: str, by: Person, note: str | None, context: Context
    ) -> None:
        """Take note that somebody knows; raises AlertError."""
        wall = dt_util.utcnow()
        self._done(self.book.acknowledge(alert_id, by, note, wall), context)

    @callback
    def async_resolve(
        self, alert_id: str, by: Person, note: str | None, context: Context
    ) -> None:
        """End an alert by hand; raises AlertError."""
        wall, mono = dt_util.utcnow(), time.monotonic()
        self._done(self.book.resolve(alert_id, by, note, wall, mono), context)

    def _done(self, records: tuple[Record, ...], context: Context) -> None:
        for record in records:
            server = self._servers[record.alert.server_id]
            self._take(server, records)
            server.async_update_listeners()
            self.tell(server, (record,), context)

    @callback
    def async_set_maintenance(
        self,
        server: ServerCoordinator,
        *,
        enabled: bool,
        duration: float | None = None,
        context: Context | None = None,
    ) -> None:
        """Begin maintenance of a server, for so many seconds if given, or end it."""
        server_id = server.config.server_id
        if enabled:
            self.book.begin_maintenance(
                server_id, duration, dt_util.utcnow(), time.monotonic()
            )
        else:
            self.book.end_maintenance(server_id)
        self._take(server, ())
        server.async_update_listeners()
        # What was kept back is told now.
        self._look_again(server, context)

    # For those who deliver messages and for remediation.

    @callback
    def async_mark_notified(self, alert_id: str) -> None:
        """Take note that a message about an alert was delivered."""
        self.book.mark_notified(alert_id)
        self._noted(alert_id)

    @callback
    def async_mark_undelivered(self, alert_id: str, target: str) -> None:
        """Take note that a message about an alert could not be delivered."""
        self.book.mark_undelivered(alert_id, target)
        self._noted(alert_id)

    @callback
    def async_link_action(self, alert_id: str, action_id: str | None) -> None:
        """Take note of the action that is to remedy an alert."""
        self.book.link_action(alert_id, action_id)
        self._noted(alert_id)

    @callback
    def async_report_repair(
        self, server_id: str, subject: str, *, failed: bool, detail: str | None = None
    ) -> None:
        """Take note that a repair did not help, or that all is well after all."""
        if (server := self._servers.get(server_id)) is None:
            return
        key = (REMEDIATION, subject)
        if not failed and key not in server.alerts.tracks:
            return
        reading = Reading(int(failed), None, detail)
        records = self._evaluate(server, Evidence(readings={key: reading}))
        server.async_update_listeners()
        self.tell(server, records)

    def _noted(self, alert_id: str) -> None:
        for server_id in self.book.servers.keys() & self._servers.keys():
            self._servers[server_id].alerts = self.book.of(server_id)
        if alert_id in self.book.history:
            self._store.save_history_soon()
        self._store.save_soon()

    # What there is.

    def policy_of(self, server_id: str) -> Policy:
        """Return the settings that apply to a server."""
        return self._rules[server_id].policy

    def name_of(self, alert: Alert) -> str:
        """Return how the server of an alert is called."""
        server = self._servers.get(alert.server_id)
        return server.config.name if server else alert.server_id

    def servers_with_alert(self) -> int:
        """Return how many servers have an alert that is not resolved."""
        return sum(bool(alerts.open) for alerts in self.book.servers.values())
