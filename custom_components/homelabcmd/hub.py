"""The one stateful object: what it hears, what it remembers, whom it tells."""

from collections.abc import Callable
from dataclasses import replace
import time

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util

from . import addresses, devices
from .alerting import Alerting
from .const import CONF_WEBHOOK_ID, DOMAIN, LOGGER, SUBENTRY_SERVER
from .coordinator import FleetCoordinator, HomelabConfigEntry, ServerCoordinator
from .core import server, snapshot
from .core.admission import Caller, Gate, removed
from .core.cost import running_cost
from .core.fleet import fleet
from .core.identity import ALTERNATION_WINDOW, Verdict
from .core.inventory import MAX_DISKS, MAX_NETWORKS, MAX_TEMPERATURES
from .core.keys import KeyRing
from .core.server import ServerState
from .core.settings import MIN_INTERVALS_TO_OFFLINE, Options, ServerConfig
from .core.stats import Stats
from .protocol.messages import Heartbeat
from .protocol.refusals import Code, Refusal
from .protocol.replies import Config, Reply
from .protocol.signing import Secret
from .store import HubStore
from .waits import Waits

SAVE_EVERY = 3600
"""Seconds after which even what changes with every heartbeat is saved."""

type ServerCallback = Callable[[ServerCoordinator], None]


class Hub:
    """The servers of one Home Assistant."""

    def __init__(self, hass: HomeAssistant, entry: HomelabConfigEntry) -> None:
        """Prepare; `async_start` does what takes time."""
        self.hass = hass
        self.entry = entry
        self.options = Options.from_mapping(entry.options)
        self.webhook_id: str = entry.data[CONF_WEBHOOK_ID]
        self.stats = Stats()
        self.waits = Waits()
        self.ready = False
        """Whether heartbeats are accepted: the entities are there to take them."""
        self.servers: dict[str, ServerCoordinator] = {}
        self.fleet = FleetCoordinator(hass, entry)
        self._fleet_stale = True
        self.alerting = Alerting(hass, entry, self.servers, self._totals_changed)
        self._closed = False
        self._saved_at = time.monotonic()
        self._told: dict[str, int] = {}
        """The interval each agent was last told; it follows with its next heartbeat."""
        self._overfull: set[str] = set()
        """Servers of which it was said that they have more than is followed."""
        self._conflicts: dict[str, float] = {}
        """When somebody was last refused as a server, in monotonic seconds."""
        self._gate = Gate(dt_util.utcnow())
        self._store = HubStore(hass, self._dump)
        self._memory = snapshot.Snapshot()
        self._listeners: list[ServerCallback] = []
        self._hub_device_id = devices.async_register_hub(hass, entry)

    @property
    def keys(self) -> KeyRing:
        """The keys of all servers."""
        return self._memory.keys

    async def async_start(self) -> None:
        """Load what survived the restart and take up the servers."""
        self._memory = await self._store.async_load(dt_util.utcnow(), time.monotonic())
        for damage in self._memory.damaged:
            LOGGER.error(
                "Part of what was saved can't be read and is left out: %s. If its "
                "server no longer reports, give it a new key under Reconfigure",
                damage,
            )
        self._warn_of_lost_keys()
        await self.alerting.async_start(self.options.server_offline_seconds)
        self.async_sync()
        self.tick()

    @callback
    def async_stopping(self) -> None:
        """Answer parked requests and have the last state saved."""
        self.ready = False
        self.waits.release_all()
        self.save_soon()
        self.alerting.async_stopping()

    async def async_stop(self) -> None:
        """Stop: the config entry is being unloaded.

        What is saved here is the last of this hub: its successor owns the file.
        """
        self.async_stopping()
        self._closed = True
        await self._store.async_save()
        await self.alerting.async_stop()

    def save_soon(self) -> None:
        """Save within half a minute, and at the latest when Home Assistant stops."""
        if not self._closed:
            self._store.schedule()

    async def async_save(self) -> None:
        """Save now: something must not be lost."""
        await self._store.async_save()

    # The servers: subentries come and go while we run.

    @callback
    def async_sync(self) -> None:
        """Follow the config entry: options, and servers added, changed, removed."""
        self.options = Options.from_mapping(self.entry.options)
        devices.async_register_hub(self.hass, self.entry)
        subentries = {
            subentry.data["server_id"]: subentry
            for subentry in self.entry.subentries.values()
            if subentry.subentry_type == SUBENTRY_SERVER
        }
        for server_id in self.servers.keys() | self.keys.servers.keys():
            if server_id not in subentries:
                self._forget(server_id)
        for server_id, subentry in subentries.items():
            config = ServerConfig.from_subentry(subentry.title, subentry.data)
            if server_id not in self.servers:
                self._take_up(subentry.subentry_id, config)
            elif self.servers[server_id].config != config:
                self._change(self.servers[server_id], config)
        self.alerting.async_sync()
        self._fleet_stale = True

    def _take_up(self, subentry_id: str, config: ServerConfig) -> None:
        server_id = config.server_id
        if server_id not in self.keys.servers:
            # Not from our own flow or action, or what was saved is lost.
            self.keys.issue(server_id)
            self.save_soon()
        state = self._memory.states.pop(server_id, None) or ServerState(
            server_id=server_id, registered_at=dt_util.utcnow()
        )
        coordinator = ServerCoordinator(
            self.hass, self.entry, subentry_id, config, state
        )
        self.servers[server_id] = coordinator
        self._register_device(coordinator)
        for listener in self._listeners:
            listener(coordinator)

    def _change(self, coordinator: ServerCoordinator, config: ServerConfig) -> None:
        before, coordinator.config = coordinator.config, config
        self._register_device(coordinator)
        if config.location != before.location:
            devices.async_move_server(self.hass, coordinator, before.location)
        if config.watched != before.watched:
            # The answer to a parked request tells the agent now.
            self.waits.release(config.server_id)
        coordinator.async_update_listeners()

    def _forget(self, server_id: str) -> None:
        removed = self.servers.pop(server_id, None)
        self._told.pop(server_id, None)
        self._overfull.discard(server_id)
        self._conflicts.pop(server_id, None)
        self._memory.states.pop(server_id, None)
        self._gate.drop(server_id)
        self.waits.release(server_id)
        self.keys.remove(server_id, dt_util.utcnow())
        ir.async_delete_issue(self.hass, DOMAIN, identity_issue(server_id))
        self.save_soon()
        if removed is not None:
            removed.async_update_listeners()
        # One of them may have waited for the MAC address.
        for coordinator in self.servers.values():
            self._register_device(coordinator)

    def _warn_of_lost_keys(self) -> None:
        if self.keys.servers or not self.entry.subentries:
            return
        LOGGER.warning(
            "The servers' keys are missing, so every server needs a new one: see "
            "Settings > Repairs"
        )
        ir.async_create_issue(
            self.hass,
            DOMAIN,
            "keys_lost",
            is_fixable=False,
            severity=ir.IssueSeverity.ERROR,
            translation_key="keys_lost",
        )

    def _register_device(self, coordinator: ServerCoordinator) -> None:
        coordinator.device_id = devices.async_register_server(
            self.hass, coordinator, self._hub_device_id
        )

    @callback
    def async_each_server(self, listener: ServerCallback) -> CALLBACK_TYPE:
        """Call `listener` with each server there is, and with each that is added."""
        self._listeners.append(listener)
        for coordinator in self.servers.values():
            listener(coordinator)
        return lambda: self._listeners.remove(listener)

    # What comes in.

    def admit(self, caller: Caller) -> None:
        """Take note of a signed message; raises Refusal if it is not fresh."""
        self._gate.admit(caller, dt_util.utcnow(), time.monotonic())

    def heartbeat(self, caller: Caller, heartbeat: Heartbeat) -> Reply:
        """Take a heartbeat in; raises Refusal and changes nothing if it can't be."""
        coordinator = self.servers[caller.server_id]
        now = time.monotonic()
        verdict = server.judge(coordinator.data, heartbeat, now)
        if verdict in (Verdict.OTHER_MACHINE, Verdict.TWO_RUNS):
            self._conflicts[caller.server_id] = now
            self._raise_identity_issue(coordinator, heartbeat, verdict)
            raise Refusal(Code.IDENTITY_MISMATCH, _MISMATCH[verdict])
        self._refuse_while_starting()
        self._confirm(caller)
        if verdict is Verdict.STALE:
            return self.reply(caller, stale=True)
        before = coordinator.data
        after = server.receive(before, heartbeat, dt_util.utcnow(), now)
        coordinator.data = after
        if (before.facts, before.presence, before.identity.run_id) != (
            after.facts,
            after.presence,
            after.identity.run_id,
        ) or not after.inventory.lasts_as(before.inventory):
            self.save_soon()
        self._note_left_out(caller.server_id, after)
        records = self.alerting.hear(coordinator)
        coordinator.async_update_listeners()
        self.alerting.tell(coordinator, records)
        self._fleet_stale = True
        self._end_conflict(caller.server_id, now)
        if before.facts != after.facts:
            self._register_device(coordinator)
        return self.reply(caller)

    def _note_left_out(self, server_id: str, state: ServerState) -> None:
        """Say once that a server has more than is followed."""
        if state.inventory.left_out and server_id not in self._overfull:
            LOGGER.warning(
                "%s reports more than is followed: %d disks, %d networks and %d "
                "temperatures at most; %d are left out",
                server_id,
                MAX_DISKS,
                MAX_NETWORKS,
                MAX_TEMPERATURES,
                state.inventory.left_out,
            )
            self._overfull.add(server_id)

    async def async_wait(self, caller: Caller) -> Reply:
        """Answer a long poll."""
        self._refuse_while_starting()
        self._confirm(caller)
        await self.waits.async_park(caller.server_id)
        if caller.server_id not in self.servers:
            raise removed()
        return self.reply(caller)

    def reply(self, caller: Caller, *, stale: bool = False) -> Reply:
        """Return the answer to an accepted message."""
        self._told[caller.server_id] = self.options.heartbeat_interval_seconds
        services, containers = self.servers[caller.server_id].config.watched
        return Reply(
            in_reply_to=caller.envelope.message_id,
            server_time=dt_util.utcnow(),
            received=True,
            stale=stale or None,
            config=Config(
                heartbeat_interval_seconds=self.options.heartbeat_interval_seconds,
                services=services,
                containers=containers,
                urls=addresses.webhook_urls(self.hass, self.webhook_id),
            ),
        )

    def _refuse_while_starting(self) -> None:
        if not self.ready:
            raise Refusal(
                Code.STARTING, "Home Assistant is starting; send again in 10 s."
            )

    def _confirm(self, caller: Caller) -> None:
        if self.keys.confirm(caller.server_id, caller.secret):
            self.save_soon()

    def _end_conflict(self, server_id: str, now: float) -> None:
        """Drop the repair once the other one was silent for long enough."""
        refused = self._conflicts.get(server_id)
        if refused is not None and now - refused > ALTERNATION_WINDOW:
            del self._conflicts[server_id]
            ir.async_delete_issue(self.hass, DOMAIN, identity_issue(server_id))

    def _raise_identity_issue(
        self, coordinator: ServerCoordinator, heartbeat: Heartbeat, verdict: Verdict
    ) -> None:
        host = heartbeat.host or coordinator.data.facts.host
        ir.async_create_issue(
            self.hass,
            DOMAIN,
            identity_issue(coordinator.config.server_id),
            is_fixable=True,
            severity=ir.IssueSeverity.ERROR,
            translation_key=verdict.value,
            translation_placeholders={
                "name": coordinator.config.name,
                "hostname": host.hostname or "?",
                "ip_address": host.ip_address or "?",
            },
            data={
                "server_id": coordinator.config.server_id,
                "machine_id": heartbeat.machine_id,
                "run_id": heartbeat.run_id,
            },
        )

    # What the user decides.

    def accept_machine(
        self, server_id: str, machine_id: str | None, run_id: str | None
    ) -> None:
        """Take another machine for this server from now on."""
        coordinator = self.servers[server_id]
        coordinator.data = server.accept_machine(coordinator.data, machine_id, run_id)
        self._conflicts.pop(server_id, None)
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
        for server_id, coordinator in self.servers.items():
            settled = server.settle(
                coordinator.data, now, self._offline_after(server_id)
            )
            if settled is not coordinator.data:
                coordinator.async_set_updated_data(settled)
                self._fleet_stale = True
                self.save_soon()
        if self.ready:
            # Not before there is somebody to hear of it.
            self.alerting.tick()
        if self.keys.prune(dt_util.utcnow()) or now - self._saved_at >= SAVE_EVERY:
            # The hourly one keeps what is lost in a crash small.
            self._saved_at = now
            self.save_soon()
        if self._fleet_stale:
            self._fleet_stale = False
            self.fleet.async_set_updated_data(
                replace(
                    fleet(
                        (coordinator.data for coordinator in self.servers.values()),
                        self._cost_per_day(),
                    ),
                    alerts=self.alerting.book.by_severity(),
                    servers_with_alert=self.alerting.servers_with_alert(),
                )
            )

    def _totals_changed(self) -> None:
        self._fleet_stale = True

    def _offline_after(self, server_id: str) -> float:
        """Return the silence that is too long, by what the agent knows of it."""
        told = self._told.get(server_id, 0)
        return max(self.options.server_offline_seconds, MIN_INTERVALS_TO_OFFLINE * told)

    def _cost_per_day(self) -> float:
        return sum(
            running_cost(
                coordinator.config.tdp_watts, self.options.electricity_price
            ).daily
            for coordinator in self.servers.values()
        )

    def _dump(self) -> dict[str, object]:
        return snapshot.dump(
            self.keys,
            {
                server_id: coordinator.data
                for server_id, coordinator in self.servers.items()
            },
            dt_util.utcnow(),
            time.monotonic(),
        )


_MISMATCH = {
    Verdict.OTHER_MACHINE: (
        "Another machine reported as this server before. Decide in Home Assistant "
        "under Settings > Repairs which one it is."
    ),
    Verdict.TWO_RUNS: (
        "Two agents report as this server by turns. Stop one of them, then decide in "
        "Home Assistant under Settings > Repairs."
    ),
}


def identity_issue(server_id: str) -> str:
    """Return the id of the repair of a server whose identity is in doubt."""
    return f"identity_{server_id}"
