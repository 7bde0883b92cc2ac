"""Tells people: follows the alerts, keeps what is to be told, and has it delivered."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
import time
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.start import async_at_started
from homeassistant.util import dt as dt_util

from ..alerts.alerting import Alerting
from ..const import LOGGER
from ..core.alerts.alert import Record
from ..core.notifications.lines import Line
from ..core.notifications.news import Item, News, Parcel
from ..core.notifications.outbox import Outbox, Place
from ..core.notifications.targets import Target, TargetKind, targets_of
from ..core.remediation.action import Action, ActionRecord
from ..errors import HomelabError
from ..remediation.remediator import Remediator
from ..servers.coordinator import ServerCoordinator
from . import issues, reach
from .delivery import TIMEOUT_SECONDS, DeliveryError, async_deliver
from .store import OutboxStore
from .wording import Wording

GATHER_SECONDS = 1
"""What happens at once, as when a rack loses its power, is told together."""
FAILURES_TO_SAY = 3
"""A target that failed as often in a row, in about 15 seconds, is a repair."""
LOOK_EVERY = 150
"""Seconds after which targets are looked for that are no more."""
_PATIENCE = TIMEOUT_SECONDS + 5
"""Seconds that what is under way is given when we stop."""


class Notifier:
    """The messages to all targets."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        alerting: Alerting,
        remediator: Remediator,
        servers: Mapping[str, ServerCoordinator],
    ) -> None:
        """Prepare; `servers` are the hub's."""
        self.outbox = Outbox()
        self._hass = hass
        self._entry = entry
        self._alerting = alerting
        self._remediator = remediator
        self._servers = servers
        self._wording = Wording(
            hass,
            alerting.texts,
            remediator.texts,
            remediator.name_of,
            remediator.page_of,
        )
        self._store = OutboxStore(hass, lambda: self.outbox)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._running = False
        """Whether messages are sent: Home Assistant has started and we don't stop."""
        self._gathering: asyncio.TimerHandle | None = None
        self._show_again = False
        """Whether Home Assistant itself starts, which forgets its notifications."""
        self._looked = 0.0
        self._missing: set[str] = set()
        """The targets that were not there at the last look."""
        self._unsubscribe: list[CALLBACK_TYPE] = []

    @property
    def targets(self) -> Mapping[str, Target]:
        """The targets by their ids."""
        return self.outbox.targets

    async def async_start(self) -> None:
        """Load what survived the restart; send once Home Assistant has started."""
        self.outbox = await self._store.async_load()
        self._follow()
        book = self._alerting.book
        self.outbox.reconcile(
            book.told(), book.history, self._tags(), dt_util.utcnow(), time.monotonic()
        )
        self.outbox.reconcile_actions(
            self._remediator.queue.actions,
            self._tags(),
            dt_util.utcnow(),
            time.monotonic(),
        )
        await self._store.async_save()
        self._unsubscribe += [
            self._alerting.async_listen(self._take),
            self._remediator.async_listen(self._take_action),
        ]
        self._show_again = not self._hass.is_running
        # The targets are there when everything else is.
        self._unsubscribe.append(async_at_started(self._hass, self._async_started))

    async def _async_started(self, _hass: HomeAssistant) -> None:
        self._running = True
        if self._show_again:
            await self._async_show_again()
        self.tick()

    async def _async_show_again(self) -> None:
        """Show what stands once more where a restart of Home Assistant took it away."""
        for (target_id, _), line in list(self.outbox.lines.items()):
            target = self.targets[target_id]
            if (
                target.kind is TargetKind.PERSISTENT
                and line.told is not None
                and line.waiting is None
            ):
                await self._async_tell(target, line.told)

    async def _async_tell(self, target: Target, news: Item) -> None:
        """Put right what a target shows; that it fails is no matter."""
        parcel = Parcel(target_id=target.target_id, news=(news,))
        with suppress(DeliveryError):
            await async_deliver(self._hass, target, self._wording.of(parcel))

    @callback
    def async_stopping(self) -> None:
        """Send nothing more, and have the last state saved."""
        self._running = False
        self._store.save_soon()

    async def async_stop(self) -> None:
        """Stop: what was not sent is sent after the next start."""
        self._running = False
        for unsubscribe in self._unsubscribe:
            unsubscribe()
        if self._gathering is not None:
            self._gathering.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=_PATIENCE)
        for task in self._tasks.values():
            task.cancel()
        await self._store.async_close()

    # Who is to be told, and of what.

    @callback
    def async_sync(self) -> None:
        """Follow the options."""
        if not self._unsubscribe:
            # What was saved is not loaded yet.
            return
        before, lines = self.outbox.targets, self.outbox.lines
        self._follow()
        for target_id, target in before.items():
            if self.targets.get(target_id) != target:
                issues.settled(self._hass, target_id)
            if target_id not in self.targets:
                self._take_back(target, lines)
        self._looked = 0
        self._store.save_soon()

    def _follow(self) -> None:
        targets = targets_of(self._entry.options.get("notifications"))
        standing = self._alerting.book.standing()
        self.outbox.follow(targets, standing, time.monotonic())

    def _take_back(self, target: Target, lines: Mapping[Place, Line]) -> None:
        """Have a target that is none any more show nothing that is never changed."""
        if target.kind not in (TargetKind.PERSISTENT, TargetKind.PHONE):
            return
        for (target_id, _), line in lines.items():
            if target_id == target.target_id and line.told and line.alone:
                self._entry.async_create_background_task(
                    self._hass,
                    self._async_tell(target, line.told.taken_back()),
                    f"HomelabCmd takes back from {target.target_id}",
                )

    def _tags(self) -> dict[str, tuple[str, ...]]:
        return {
            server_id: server.config.tags for server_id, server in self._servers.items()
        }

    @callback
    def _take(self, record: Record) -> None:
        tags = self._tags_of(record.alert.server_id)
        self.outbox.take(record, tags, time.monotonic())
        self._gather()

    @callback
    def _take_action(self, record: ActionRecord) -> None:
        tags = self._tags_of(record.action.server_id)
        self.outbox.take_action(record, tags, time.monotonic())
        self._gather()

    def _tags_of(self, server_id: str) -> tuple[str, ...]:
        server = self._servers.get(server_id)
        return server.config.tags if server else ()

    def _gather(self) -> None:
        """Send in a moment, together with what else happens now."""
        self._store.save_soon()
        if self._gathering is None:
            self._gathering = self._hass.loop.call_later(GATHER_SECONDS, self._gathered)

    @callback
    def _gathered(self) -> None:
        self._gathering = None
        self._send()

    # Sending: a task for each target, so that none waits for another.

    @callback
    def tick(self) -> None:
        """Let time pass: what waited may be due, and a target may be gone."""
        self._send()
        now = time.monotonic()
        if self._running and now - self._looked >= LOOK_EVERY:
            self._looked = now
            self._look_for_missing()

    def _send(self) -> None:
        if not self._running:
            return
        for target_id in self.outbox.busy() - self._tasks.keys():
            task = self._entry.async_create_background_task(
                self._hass, self._async_serve(target_id), f"HomelabCmd to {target_id}"
            )
            if not task.done():
                self._tasks[target_id] = task
                task.add_done_callback(partial(self._served, target_id))

    def _served(self, target_id: str, _task: asyncio.Task[None]) -> None:
        self._tasks.pop(target_id, None)

    async def _async_serve(self, target_id: str) -> None:
        while (parcel := self._next(target_id)) is not None:
            # Should we crash, nobody is told twice of what was saved as told, and
            # what was not is told.
            await self._store.async_save()
            await self._alerting.async_save()
            target = self.targets.get(target_id)
            if target is None or not await self._async_send(target, parcel):
                return

    def _next(self, target_id: str) -> Parcel | None:
        if not self._running or target_id not in self.targets:
            return None
        return self.outbox.next(
            target_id, dt_util.now(), dt_util.utcnow(), time.monotonic()
        )

    async def _async_send(self, target: Target, parcel: Parcel) -> bool:
        """Send a parcel and take note of how it went; returns whether it arrived."""
        try:
            await async_deliver(self._hass, target, self._wording.of(parcel))
        except DeliveryError as err:
            self._failed(target, parcel, err)
            return False
        if self.outbox.failures(target.target_id) >= FAILURES_TO_SAY:
            LOGGER.info("Messages to %s arrive again", target.name)
        self.outbox.delivered(parcel, time.monotonic())
        issues.settled(self._hass, target.target_id)
        for news in parcel.news:
            if isinstance(news, News) and not news.calm:
                self._alerting.async_mark_notified(news.subject_id)
        self._store.save_soon()
        return True

    def _failed(self, target: Target, parcel: Parcel, err: DeliveryError) -> None:
        given_up = self.outbox.failed(parcel, time.monotonic())
        failures = self.outbox.failures(target.target_id)
        if failures == FAILURES_TO_SAY:
            LOGGER.warning("Messages to %s do not arrive: %s", target.name, err)
        if failures >= FAILURES_TO_SAY:
            if err.gone:
                issues.say_missing(self._hass, target)
            else:
                issues.say_failing(self._hass, target, str(err))
        for item in given_up:
            self._alerting.async_mark_undelivered(item.subject_id, target.name)
        self._store.save_soon()

    def _look_for_missing(self) -> None:
        missing = {
            target_id
            for target_id, target in self.targets.items()
            if not reach.present(self._hass, target)
        }
        for target_id, target in self.targets.items():
            if target_id not in missing:
                issues.found_again(self._hass, target_id)
            elif target_id in self._missing:
                # Once is nothing: its integration may be starting anew.
                issues.say_missing(self._hass, target)
        self._missing = missing

    async def async_answer(self, target: Target, action: Action) -> None:
        """Answer a press that came too late, in the place of what was pressed."""
        with suppress(DeliveryError):
            await async_deliver(self._hass, target, self._wording.too_late(action))

    # What people try out.

    async def async_send_test(self, target_id: str | None = None) -> None:
        """Send a test message to one target or to all; raises HomelabError.

        All are tried before what went wrong with the first of them is raised.
        """
        targets = (
            self.targets.values() if target_id is None else [self.targets[target_id]]
        )
        letter = self._wording.test()
        results: list[Any] = await asyncio.gather(
            *(async_deliver(self._hass, target, letter) for target in targets),
            return_exceptions=True,
        )
        for target, result in zip(targets, results, strict=True):
            if isinstance(result, BaseException):
                raise HomelabError(
                    "test_failed", name=target.name, reason=str(result)
                ) from result
