"""The one stateful object: what it hears, what it remembers, whom it tells."""

from collections.abc import Callable
import time

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.util import dt as dt_util

from ..alerts.alerting import Alerting
from ..const import CONF_WEBHOOK_ID, LOGGER
from ..core.hub.settings import Options, ServerConfig
from ..core.hub.standstill import Standstill
from ..core.hub.webhook_stats import Stats
from ..core.remediation.action import ActionError
from ..core.remediation.updates import digests
from ..core.servers import server
from ..core.servers.admission import Caller, removed
from ..core.servers.identity import Verdict
from ..core.servers.keys import KeyRing
from ..core.servers.server import ServerState
from ..discovery.explorer import Explorer
from ..notifications.notifier import Notifier
from ..notifications.phone_answers import PhoneAnswers
from ..own_machine.follower import OwnMachine
from ..power.metering import Metering
from ..protocol.messages import CommandResult, Heartbeat, Wait
from ..protocol.refusals import Code, Refusal
from ..protocol.replies import Reply
from ..protocol.signing import Secret
from ..remediation.remediator import Remediator
from ..remediation.repairs import Repairs
from ..scans.scanner import Scanner
from ..servers.collection import ServerCallback, ServerCollection
from ..servers.coordinator import FleetCoordinator, ServerCoordinator
from ..servers.issues import ServerIssues
from ..wire.agent_replies import AgentReplies
from ..wire.long_polls import LongPolls
from .door import Door
from .store import HubStore, say_what_is_lost
from .totals import Totals


class Hub:
    """The servers of one Home Assistant."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Prepare; `async_start` does what takes time."""
        self.hass = hass
        self.entry = entry
        self.options = Options.from_mapping(entry.options)
        self.webhook_id: str = entry.data[CONF_WEBHOOK_ID]
        self.stats = Stats()
        self.waits = LongPolls()
        self.ready = False
        """Whether heartbeats are accepted: the entities are there to take them."""
        self._collection = ServerCollection(hass, entry)
        self._issues = ServerIssues(hass)
        self._totals = Totals(hass, entry)
        self.alerting = Alerting(hass, entry, self.servers, self._totals.changed)
        self.remediator = Remediator(
            hass,
            entry,
            self.servers,
            self.alerting,
            self.waits.release,
            self._totals.changed,
        )
        self.metering = Metering(hass, entry, self.servers, self._totals.changed)
        self.repairs = Repairs(
            hass, entry, self.servers, self.alerting, self.remediator
        )
        self.notifier = Notifier(
            hass, entry, self.alerting, self.remediator, self.servers
        )
        self.scanner = Scanner(hass, entry)
        self.explorer = Explorer(hass, entry, self.servers, self._totals.changed)
        self.own_machine = OwnMachine(
            hass,
            entry,
            self.servers,
            self._measured,
            lambda: self.options.heartbeat_interval_seconds,
        )
        self._answers = PhoneAnswers(
            hass, self.notifier, self.alerting, self.remediator
        )
        self._closed = False
        self._standstill = Standstill(time.monotonic())
        self._replies = AgentReplies(hass, self.webhook_id)
        self._store = HubStore(hass, self.servers)

    @property
    def servers(self) -> dict[str, ServerCoordinator]:
        """The servers by their ids."""
        return self._collection.servers

    @property
    def fleet(self) -> FleetCoordinator:
        """The totals over all servers."""
        return self._totals.coordinator

    @property
    def keys(self) -> KeyRing:
        """The keys of all servers."""
        return self._store.keys

    async def async_start(self) -> None:
        """Load what survived the restart and take up the servers."""
        saved = await self._store.async_load()
        self.door = Door(self._issues, crashed=saved.crashed)
        self._say_what_is_lost(saved.damaged)
        await self.alerting.async_start(self.options.server_offline_seconds)
        await self.metering.async_start()
        self.async_sync()
        await self.metering.async_show()
        await self.remediator.async_start()
        self.repairs.async_start()
        await self.notifier.async_start()
        self.entry.async_on_unload(self._answers.async_start())
        await self.scanner.async_start()
        await self.explorer.async_start()
        # From now on the file says that we run: if nothing follows, we crashed.
        await self.async_save()
        self.tick()

    @callback
    def async_stopping(self) -> None:
        """Answer parked requests and have the last state saved."""
        self.ready = False
        self.waits.release_all()
        self._store.async_stopping()
        self.alerting.async_stopping()
        self.metering.async_stopping()
        self.remediator.async_stopping()
        self.notifier.async_stopping()
        self.scanner.async_stopping()
        self.explorer.async_stopping()
        self.own_machine.async_stop()

    async def async_stop(self) -> None:
        """Stop: the config entry is being unloaded.

        What is saved here is the last of this hub: its successor owns the file.
        """
        self.async_stopping()
        self._closed = True
        await self._store.async_close()
        await self.explorer.async_stop()
        await self.scanner.async_stop()
        await self.notifier.async_stop()
        self.repairs.async_stop()
        await self.remediator.async_stop()
        await self.metering.async_stop()
        await self.alerting.async_stop()

    def save_soon(self) -> None:
        """Save within half a minute, and at the latest when Home Assistant stops."""
        self._store.save_soon()

    async def async_save(self) -> None:
        """Save now: something must not be lost."""
        await self._store.async_save()

    # The servers: subentries come and go while we run.

    @callback
    def async_sync(self) -> None:
        """Follow the config entry: options, and servers added, changed, removed."""
        self.options = Options.from_mapping(self.entry.options)
        wanted = self._collection.wanted()
        for server_id in self.servers.keys() | self.keys.servers.keys():
            if server_id not in wanted:
                self._forget(server_id)
        for server_id, (subentry_id, config) in wanted.items():
            if server_id not in self.servers:
                self._take_up(subentry_id, config)
            elif self.servers[server_id].config != config:
                self._change(self.servers[server_id], config)
        self.alerting.async_sync()
        self.remediator.async_sync()
        self.notifier.async_sync()
        self.metering.async_sync(self.options)
        self.own_machine.async_sync()
        self._totals.changed()

    def _take_up(self, subentry_id: str, config: ServerConfig) -> None:
        server_id = config.server_id
        if server_id not in self.keys.servers:
            # Not from our own flow or action, or what was saved is lost.
            self.keys.issue(server_id)
            self.save_soon()
        state = self._store.recall(server_id)
        self._collection.take_up(subentry_id, config, state)
        self._issues.look(self.servers[server_id])

    def _change(self, coordinator: ServerCoordinator, config: ServerConfig) -> None:
        if config.watched != coordinator.config.watched:
            # The answer to a parked request tells the agent now.
            self.waits.release(config.server_id)
        self._collection.change(coordinator, config)
        self._issues.look(coordinator)

    def _forget(self, server_id: str) -> None:
        self._replies.drop(server_id)
        self.door.drop(server_id)
        self.waits.drop(server_id)
        self._store.forget(server_id)
        self._issues.drop(server_id)
        self.remediator.forget(server_id)
        self.metering.forget(server_id)
        self._collection.drop(server_id)

    def _say_what_is_lost(self, damaged: list[str]) -> None:
        names = [
            config.name
            for server_id, (_, config) in self._collection.wanted().items()
            if server_id not in self.keys.servers
        ]
        all_lost = bool(self.entry.subentries) and not self.keys.servers
        say_what_is_lost(self.hass, damaged, names, all_lost=all_lost)

    @callback
    def async_each_server(self, listener: ServerCallback) -> CALLBACK_TYPE:
        """Call `listener` with each server there is, and with each that is added."""
        return self._collection.async_each(listener)

    # What comes in.

    def heartbeat(self, caller: Caller, heartbeat: Heartbeat) -> Reply:
        """Take a heartbeat in; raises Refusal and changes nothing if it can't be."""
        coordinator = self.servers[caller.server_id]
        now = time.monotonic()
        self._look_at_the_clock(now)
        verdict = self.door.judge(coordinator, heartbeat, now)
        self._refuse_while_starting()
        self._confirm(caller)
        if verdict is Verdict.STALE:
            return self.reply(caller, stale=True)
        return self._take_in(coordinator, heartbeat, now, lambda: self.reply(caller))

    def _measured(self, server_id: str, heartbeat: Heartbeat) -> bool:
        """Take in what was measured of our own machine: as an agent's heartbeat.

        Returns False as long as it can't be.
        """
        if not self.ready or server_id not in self.servers:
            return False
        now = time.monotonic()
        self._look_at_the_clock(now)
        return self._take_in(self.servers[server_id], heartbeat, now, lambda: True)

    def _take_in[T](
        self,
        coordinator: ServerCoordinator,
        heartbeat: Heartbeat,
        now: float,
        answer: Callable[[], T],
    ) -> T:
        before = coordinator.data
        after = server.receive(before, heartbeat, dt_util.utcnow(), now)
        coordinator.data = after
        server_id = coordinator.config.server_id
        self._issues.accepted(server_id, now)
        self._follow(coordinator, before, after)
        records = self.alerting.hear(coordinator)
        self.remediator.accepted(server_id, heartbeat.accepted)
        self.remediator.progressed(server_id, heartbeat.progress)
        self.metering.heard(coordinator)
        self._totals.changed()
        # Whoever hears of it now may do anything, even remove the server.
        reply = answer()
        coordinator.async_update_listeners()
        self.alerting.tell(coordinator, records)
        if before.facts.agent.allowed != after.facts.agent.allowed:
            self.repairs.async_allowed_changed(coordinator)
        if digests(before.inventory) != digests(after.inventory):
            self.repairs.async_updates_changed(coordinator)
        return reply

    def _follow(
        self, coordinator: ServerCoordinator, before: ServerState, after: ServerState
    ) -> None:
        """Save what must last, and show what is not for entities to show."""
        if (before.facts, before.presence, before.identity.run_id) != (
            after.facts,
            after.presence,
            after.identity.run_id,
        ) or not after.inventory.lasts_as(before.inventory):
            self.save_soon()
        self._issues.note_left_out(coordinator)
        if before.facts != after.facts:
            self._collection.register_device(coordinator)
        if before.uninstalled != after.uninstalled:
            self._issues.look(coordinator)

    async def async_result(self, caller: Caller, result: CommandResult) -> Reply:
        """Take in how a command ended; raises Refusal if it can't be."""
        server_id = caller.server_id
        self.door.judge(self.servers[server_id], result, time.monotonic())
        self._refuse_while_starting()
        self._confirm(caller)
        try:
            saved = await self.remediator.async_result(server_id, result)
        except ActionError:
            raise Refusal(
                Code.UNKNOWN_COMMAND,
                "No command of this id was given; drop its result.",
                "command_id",
            ) from None
        if server_id not in self.servers:
            raise removed()
        if not saved:
            raise Refusal(
                Code.NOT_SAVED, "Home Assistant can't save it now; send it again."
            )
        return self.reply(caller)

    async def async_wait(self, caller: Caller, wait: Wait) -> Reply:
        """Answer a long poll."""
        self.door.judge(self.servers[caller.server_id], wait, time.monotonic())
        self._refuse_while_starting()
        self._confirm(caller)
        self.remediator.accepted(caller.server_id, wait.accepted)
        if not self.remediator.offered(caller.server_id):
            await self.waits.async_park(caller.server_id)
        if caller.server_id not in self.servers:
            raise removed()
        return self.reply(caller)

    def reply(self, caller: Caller, *, stale: bool = False) -> Reply:
        """Return the answer to an accepted message."""
        config = self.servers[caller.server_id].config
        commands = self.remediator.offered(caller.server_id)
        return self._replies.reply(caller, config, self.options, commands, stale=stale)

    def _refuse_while_starting(self) -> None:
        if not self.ready:
            raise Refusal(
                Code.STARTING, "Home Assistant is starting; send again in 10 s."
            )

    def _confirm(self, caller: Caller) -> None:
        if self.keys.confirm(caller.server_id, caller.secret):
            self.save_soon()

    # What the user decides.

    def accept_machine(
        self, server_id: str, machine_id: str | None, run_id: str | None
    ) -> None:
        """Take another machine for this server from now on."""
        coordinator = self.servers[server_id]
        coordinator.data = server.accept_machine(coordinator.data, machine_id, run_id)
        self._issues.decided(server_id)
        self.save_soon()

    async def async_rotate_key(self, server_id: str, *, compromised: bool) -> Secret:
        """Give a server a new key."""
        secret = self.keys.rotate(server_id, compromised=compromised)
        await self.async_save()
        return secret

    # What time brings.

    @callback
    def tick(self) -> None:
        """Look for servers that fell silent and bring the totals up to date."""
        if self._closed:
            return
        now = time.monotonic()
        self._look_at_the_clock(now)
        self.door.follow_the_clock()
        # Whoever hears that one is silent may remove another.
        for server_id, coordinator in tuple(self.servers.items()):
            if self.remediator.reboots(server_id, now):
                continue
            limit = self._replies.offline_after(server_id, self.options)
            settled = server.offline_if_silent(coordinator.data, now, limit)
            if settled is not coordinator.data:
                coordinator.async_set_updated_data(settled)
                self.metering.heard(coordinator)
                self._totals.changed()
                self.save_soon()
        if self.ready:
            # Not before there is somebody to hear of it.
            self.alerting.tick()
            self.remediator.tick()
            self.repairs.tick()
            self.notifier.tick()
            self.scanner.tick()
            self.explorer.tick()
        self._store.tick()
        self.metering.tick()
        self._totals.refresh(
            self.servers,
            self.alerting,
            self.remediator,
            self.metering,
            self.explorer,
        )

    def _look_at_the_clock(self, now: float) -> None:
        """Call nobody silent for a time in which we ourselves stood still."""
        if not (missed := self._standstill.missed(now)):
            return
        LOGGER.info("Stood still for %.0f s: no server's silence counts", missed)
        for coordinator in self.servers.values():
            coordinator.data = server.reprieve(coordinator.data, now)
        if missed >= self.options.server_offline_seconds:
            self.alerting.async_interrupt()
