"""The hub's actions: asked for, decided, offered to agents, and how they ended."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
import time

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, Context, HomeAssistant, callback
from homeassistant.util import dt as dt_util

from ..alerts.alerting import Alerting
from ..core.alerts.alert import Alert, Person, Status as AlertStatus
from ..core.hub.settings import Options
from ..core.remediation import remedy
from ..core.remediation.action import (
    Action,
    ActionRecord,
    ActionType,
    Status,
)
from ..core.remediation.approval import AutoApproval, Terms
from ..core.remediation.queue import ActionQueue
from ..core.remediation.wish import Wish
from ..protocol.inventory import Allowed
from ..protocol.messages import CommandResult, Progress
from ..protocol.replies import Command
from ..servers.coordinator import ServerCoordinator
from . import issues
from .announcer import ActionAnnouncer, Listener
from .store import ActionStore
from .texts import ActionTexts

PRUNE_EVERY = 3600
CONF_AUTO_APPROVAL = "auto_approval"
"""Holds what the user lets happen by itself: in the options of the hub."""


class Remediator:
    """The actions on all servers."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        servers: Mapping[str, ServerCoordinator],
        alerting: Alerting,
        ready: Callable[[str], None],
        changed: Callable[[], None],
    ) -> None:
        """Prepare; `servers` are the hub's.

        `ready` is called with a server for which there is something to fetch, and
        `changed` for the hub's totals.
        """
        self.queue = ActionQueue()
        self.auto = AutoApproval()
        self.timeout_seconds = 300
        """How long a command may take on its server."""
        self.texts = ActionTexts(alerting.texts)
        self._hass = hass
        self._entry = entry
        self._servers = servers
        self._alerting = alerting
        self._ready = ready
        self._changed = changed
        self._announcer = ActionAnnouncer(hass, self.texts)
        self._store = ActionStore(hass, lambda: self.queue, self._hand_out)
        self._deliverable: dict[str, tuple[str, ...]] = {}
        """Of each server, what is approved and on disk: only that is handed out."""
        self._reboots: dict[str, float] = {}
        """Of each server that reboots, until when: in monotonic seconds."""
        self._pruned = time.monotonic()

    async def async_start(self) -> None:
        """Load what survived the restart."""
        self.queue = await self._store.async_load()
        self.queue.resumed(dt_util.utcnow())
        for action in self.queue.live():
            if action.action_type is ActionType.REBOOT:
                self._follow_reboot(action)
        self._hand_out()
        self.async_sync()

    @callback
    def async_stopping(self) -> None:
        """Have the last state saved."""
        self.save_soon()

    async def async_stop(self) -> None:
        """Save for the last time."""
        await self._store.async_close()

    def save_soon(self) -> None:
        """Save within seconds, and at the latest when Home Assistant stops."""
        self._store.save_soon()

    async def async_save(self) -> bool:
        """Save now; return whether it is on disk. If it is not, that is tried again."""
        return await self._store.async_save()

    def _hand_out(self) -> None:
        """Hand out what is approved and on disk, however it came to be saved."""
        before, self._deliverable = self._deliverable, self._approved_on_disk()
        for server_id, ids in self._deliverable.items():
            if set(ids) - set(before.get(server_id, ())):
                self._ready(server_id)

    def _approved_on_disk(self) -> dict[str, tuple[str, ...]]:
        on_disk = self._store.on_disk
        approved: dict[str, tuple[str, ...]] = {}
        for action in self.queue.approved():
            if on_disk.get(action.action_id) is Status.APPROVED:
                known = approved.get(action.server_id, ())
                approved[action.server_id] = (*known, action.action_id)
        return approved

    @callback
    def async_sync(self) -> None:
        """Follow the options, and servers that were removed or changed their mode."""
        options = self._entry.options
        self.auto = AutoApproval.from_data(options.get(CONF_AUTO_APPROVAL) or {})
        self.timeout_seconds = Options.from_mapping(options).command_timeout_seconds
        gone = {action.server_id for action in self.queue.actions.values()}
        for server_id in gone - self._servers.keys():
            self.forget(server_id)

    def forget(self, server_id: str) -> None:
        """Drop the actions of a server that was removed."""
        self.queue.forget(server_id)
        self._deliverable.pop(server_id, None)
        self._announcer.drop(server_id)
        issues.settled(self._hass, server_id)
        self.save_soon()
        self._changed()

    # What people and automations ask for and decide.

    def allowed(self, server_id: str) -> Allowed | None:
        """Return what a server lets be done to it; None in monitor mode."""
        server = self._servers.get(server_id)
        return server.data.facts.agent.allowed if server else None

    async def async_queue(self, wish: Wish, context: Context | None) -> Action:
        """Queue an action, or return the same one that is unfinished.

        Raises ActionError, as `ActionQueue.queue` does.
        """
        action = self.queue_wish(wish, context)
        await self.async_save()
        return self.queue.get(action.action_id)

    async def async_approve(
        self, action_id: str, by: Person, note: str | None, context: Context | None
    ) -> Action:
        """Let an action happen: a person says so; raises ActionError."""
        server_id = self.queue.get(action_id).server_id
        record = self.queue.approve(
            action_id, by, note, self.allowed(server_id), dt_util.utcnow()
        )
        self.tell((record,), context)
        await self.async_save()
        return self.queue.get(action_id)

    async def async_reject(
        self, action_id: str, by: Person, note: str | None, context: Context | None
    ) -> Action:
        """Keep an action from happening; raises ActionError."""
        record = self.queue.reject(action_id, by, note, dt_util.utcnow())
        self.tell((record,), context)
        await self.async_save()
        return self.queue.get(action_id)

    async def async_do(self, wish: Wish, by: Person, context: Context | None) -> Action:
        """Queue an action and approve it: a person asks for it here and now.

        Raises ActionError, as `ActionQueue.queue` does.
        """
        action = self.queue_wish(replace(wish, decided=True), context)
        if action.status is Status.PENDING:
            # Something has asked for the same before.
            return await self.async_approve(action.action_id, by, None, context)
        await self.async_save()
        return self.queue.get(action.action_id)

    def queue_wish(self, wish: Wish, context: Context | None) -> Action:
        """Queue an action; whoever calls it has it saved. Raises ActionError."""
        action, records = self.queue.queue(
            wish, self.allowed(wish.server_id), self.terms, dt_util.utcnow()
        )
        if action.alert_id:
            self._alerting.async_link_action(action.alert_id, action.action_id)
        self.tell(records, context)
        return action

    @callback
    def async_set_auto_approve(
        self, action_type: ActionType, server_id: str | None, *, enabled: bool
    ) -> None:
        """Let a type of action happen by itself from now on, or no longer."""
        auto = self.auto.with_type(action_type, server_id, enabled=enabled)
        options = {**self._entry.options, CONF_AUTO_APPROVAL: auto.as_data()}
        self._hass.config_entries.async_update_entry(self._entry, options=options)
        self.async_sync()

    @property
    def terms(self) -> Terms:
        """What happens by itself, and when."""
        windows = {
            server_id: server.config.window
            for server_id, server in self._servers.items()
            if server.config.window is not None
        }
        zone = dt_util.get_default_time_zone()
        paused = frozenset(
            server_id
            for server_id in self._servers
            if self._alerting.book.of(server_id).maintenance is not None
        )
        return Terms(auto=self.auto, windows=windows, paused=paused, zone=zone)

    def can_repair(self, alert: Alert) -> bool:
        """Return whether there is something that might end an alert."""
        return (
            alert.status is not AlertStatus.RESOLVED
            and self.repair_of(alert) is not None
        )

    def repair_of(self, alert: Alert) -> Wish | None:
        """Return what might end an alert, if its server lets that be done."""
        if (server := self._servers.get(alert.server_id)) is None:
            return None
        state = server.data
        allowed = state.facts.agent.allowed
        return remedy.repair_of(alert, allowed, state.inventory, self.timeout_seconds)

    def alert_of(self, server_id: str, rule: str, name: str) -> str | None:
        """Return the alert that stands about a unit or container, if one does."""
        for alert in self._alerting.book.standing(server_id):
            if (alert.rule, alert.subject) == (rule, name):
                return alert.alert_id
        return None

    # What agents say.

    def offered(self, server_id: str) -> tuple[Command, ...]:
        """Return what the agent of a server is to be offered now."""
        ids = self._deliverable.get(server_id)
        return self.queue.offered(ids, dt_util.utcnow()) if ids else ()

    def accepted(self, server_id: str, action_ids: tuple[str, ...]) -> None:
        """Take note of what an agent has in its journal."""
        if action_ids:
            wall = dt_util.utcnow()
            self.tell(self.queue.accepted(server_id, action_ids, wall))

    async def async_result(self, server_id: str, result: CommandResult) -> bool:
        """Take in how a command ended; return whether it is on disk.

        The agent forgets it then, and else says it again. Raises ActionError
        `unknown_action`.
        """
        self.tell(self.queue.result(server_id, result, dt_util.utcnow()))
        action = self.queue.get(result.command_id)
        on_disk = self._store.on_disk.get(action.action_id) is action.status
        return on_disk or await self.async_save()

    def progressed(self, server_id: str, progress: tuple[Progress, ...]) -> None:
        """Take note of how far an agent says that actions are."""
        if progress:
            self.queue.progressed(server_id, progress, dt_util.utcnow())

    def reboots(self, server_id: str, mono: float) -> bool:
        """Return whether a server is silent because it reboots."""
        until = self._reboots.get(server_id)
        return until is not None and mono < until

    def _follow_reboot(self, action: Action) -> None:
        """Note until when a server may be silent: by our clock, not by the wall's."""
        if action.status is Status.EXECUTING:
            until = time.monotonic() + action.timeout_seconds
            self._reboots[action.server_id] = until
        else:
            self._reboots.pop(action.server_id, None)

    # What time brings.

    @callback
    def tick(self) -> None:
        """Let time pass: what nobody decided expires, what waited for now begins."""
        wall, now = dt_util.utcnow(), time.monotonic()
        records = self.queue.tick(wall, self.terms)
        self.tell(records)
        if any(record.action.status is Status.APPROVED for record in records):
            # Whoever is approved is saved before an agent hears of it.
            self._entry.async_create_background_task(
                self._hass, self.async_save(), "HomelabCmd saves what begins now"
            )
        if now - self._pruned >= PRUNE_EVERY:
            self._pruned = now
            if self.queue.prune(wall):
                self.save_soon()

    # Who hears of it.

    @callback
    def async_listen(
        self, listener: Listener, server_id: str | None = None
    ) -> CALLBACK_TYPE:
        """Call `listener` with each change of an action, of one server or of all."""
        return self._announcer.listen(listener, server_id)

    def tell(
        self, records: Iterable[ActionRecord], context: Context | None = None
    ) -> None:
        """Tell everybody of what changed, and have it saved."""
        for record in records:
            if record.action.action_type is ActionType.REBOOT:
                self._follow_reboot(record.action)
            self._changed()
            self.save_soon()
            server = self._servers.get(record.action.server_id)
            self._announcer.tell(record, server, context)

    def name_of(self, server_id: str) -> str:
        """Return how a server is called."""
        server = self._servers.get(server_id)
        return server.config.name if server else server_id

    def is_own_machine(self, server_id: str) -> bool:
        """Return whether a server is Home Assistant's own machine."""
        server = self._servers.get(server_id)
        return server is not None and server.config.own_machine

    def page_of(self, server_id: str) -> str | None:
        """Return where the frontend shows a server's device and its buttons."""
        server = self._servers.get(server_id)
        if server is None or not server.device_id:
            return None
        return f"/config/devices/device/{server.device_id}"

    def pending(self) -> int:
        """Return how many actions wait for a person, and not for a window."""
        return sum(
            action.status is Status.PENDING and action.begins_at is None
            for action in self.queue.live()
        )
