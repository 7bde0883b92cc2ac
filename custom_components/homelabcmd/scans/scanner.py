"""Scans machines: a few at a time, each within its time, and tells how it goes."""

import asyncio
import time
from typing import Any
import uuid

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Context, HomeAssistant, callback
from homeassistant.util import dt as dt_util
from homeassistant.util.event_type import EventType

from ..const import DOMAIN, LOGGER
from ..core.scans import findings, snapshot
from ..core.scans.book import ScanBook, TooManyScansError
from ..core.scans.comparison import compare
from ..core.scans.facts import Facts
from ..core.scans.scan import MAX_DETAIL, Failure, Result, Scan, ScanType, Status
from ..core.scans.targets import Target
from ..core.scans.text import word
from ..errors import HomelabError
from . import addresses
from .failures import ScanFailedError
from .hosts import Hosts
from .key import KeyFile
from .password import Password
from .store import ScanStore
from .visit import Visit

EVENT_SCAN: EventType[dict[str, Any]] = EventType(f"{DOMAIN}_scan")
"""Fired when a scan is asked for, begins and ends."""
PARALLEL = 4
_PRUNE_EVERY = 3600
SECONDS = {ScanType.QUICK: 120, ScanType.FULL: 300}
"""How long a scan may take in all, once it has begun."""


class Scanner:
    """The scans of all machines."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Prepare; what speaks SSH is not loaded before the first scan."""
        self.book = ScanBook()
        self.hosts = Hosts(hass, self.book)
        self.key = KeyFile(hass)
        self._hass = hass
        self._entry = entry
        self._store = ScanStore(hass, lambda: self.book)
        self._slots = asyncio.Semaphore(PARALLEL)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._contexts: dict[str, Context | None] = {}
        self._pruned = time.monotonic()

    async def async_start(self) -> None:
        """Load what survived the restart."""
        self.book = await self._store.async_load()
        self.book.interrupted(dt_util.utcnow())
        self.hosts = Hosts(self._hass, self.book)
        await self.async_prune()

    @callback
    def async_stopping(self) -> None:
        """End what is under way and have the last state saved."""
        for scan_id in tuple(self._tasks):
            self._break_off(scan_id, Failure.INTERRUPTED)
        self.save_soon()

    async def async_stop(self) -> None:
        """Save for the last time."""
        tasks = tuple(self._tasks.values())
        self.async_stopping()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._store.async_close()

    def save_soon(self) -> None:
        """Save within seconds, and at the latest when Home Assistant stops."""
        self._store.save_soon()

    async def async_save(self) -> None:
        """Save now: somebody has decided something."""
        await self._store.async_save()

    async def async_prune(self) -> None:
        """Forget scans of more than 30 days ago."""
        await self._forget(self.book.prune(dt_util.utcnow()))

    async def _forget(self, scan_ids: tuple[str, ...]) -> None:
        if scan_ids:
            await self._store.async_forget(scan_ids)
            self.save_soon()

    @callback
    def tick(self) -> None:
        """Let time pass."""
        now = time.monotonic()
        if now - self._pruned >= _PRUNE_EVERY:
            self._pruned = now
            self._entry.async_create_background_task(
                self._hass, self.async_prune(), "HomelabCmd forgets old scans"
            )

    # What people ask for.

    async def async_scan(
        self,
        target: Target,
        scan_type: ScanType,
        password: Password | None,
        context: Context | None,
    ) -> Scan:
        """Begin a scan and return it; raises TargetError and HomelabError."""
        await addresses.async_check(self._hass, target)
        if self.book.unfinished(target) is not None:
            raise HomelabError("scan_under_way", field="host", host=target.place)
        try:
            dropped = self.book.make_room()
        except TooManyScansError as err:
            raise HomelabError("too_many_scans") from err
        scan_id = str(uuid.uuid4())
        scan = self.book.asked(scan_id, target, scan_type, dt_util.utcnow())
        self._contexts[scan_id] = context
        self._tell(scan)
        task = self._tasks[scan_id] = self._entry.async_create_background_task(
            self._hass,
            self._run(scan, password),
            f"HomelabCmd scans {target.place}",
            # It must not have ended before it is known.
            eager_start=False,
        )

        def ended(_task: asyncio.Task[None]) -> None:
            # Not at its own end: one that was cancelled before it began has none.
            del self._tasks[scan_id]
            self._contexts.pop(scan_id, None)

        task.add_done_callback(ended)
        await self._forget(dropped)
        return scan

    async def async_cancel(self, scan_id: str) -> Scan:
        """End a scan that waits or runs; raises UnknownScanError and HomelabError."""
        task = self._tasks.get(scan_id)
        if not self.book.get(scan_id).unfinished or task is None:
            raise HomelabError("scan_ended", field="scan_id")
        self._break_off(scan_id, Failure.CANCELLED)
        # When it returns, nothing speaks to the machine any more.
        await asyncio.wait([task])
        return self.book.get(scan_id)

    async def async_result(self, scan: Scan) -> Result | None:
        """Return what a scan has found out; None if there is nothing."""
        if scan.status is not Status.COMPLETED:
            return None
        return await self._store.async_result(scan.scan_id)

    def _break_off(self, scan_id: str, why: Failure) -> None:
        task = self._tasks[scan_id]
        # First, so that whoever looks now sees it ended.
        if self.book.get(scan_id).unfinished:
            self._end(scan_id, why)
        task.cancel()

    # One scan.

    async def _run(self, scan: Scan, password: Password | None) -> None:
        scan_id = scan.scan_id
        try:
            async with self._slots:
                self._tell(
                    self.book.change(
                        scan_id, status=Status.RUNNING, started_at=dt_util.utcnow()
                    )
                )
                async with asyncio.timeout(SECONDS[scan.scan_type]):
                    await self._scan(scan, password)
        except ScanFailedError as err:
            self._end(scan_id, err.failure, err.detail)
        except TimeoutError:
            self._end(scan_id, Failure.TIMED_OUT)
        except HomelabError:
            # There is no key that could be kept.
            self._end(scan_id, Failure.NOT_SAVED)
        except Exception:  # noqa: BLE001
            LOGGER.exception("A scan of %s has failed", scan.target.place)
            self._end(scan_id, Failure.UNEXPECTED)

    async def _scan(self, scan: Scan, password: Password | None) -> None:
        """Visit a machine, and keep what was found out; raises ScanFailedError."""
        scan_id = scan.scan_id

        def changed(**changes: object) -> None:
            self.book.change(scan_id, **changes)

        visit = Visit(self._hass, scan, self.hosts, changed)
        found = await visit.async_make(password, self.key)
        changed(missing=findings.missing_of(found))
        result = await self._compared(scan_id, findings.facts_of(found))
        dump = await self._hass.async_add_executor_job(snapshot.dump_result, result)
        if not await self._store.async_save_result(scan_id, dump):
            raise ScanFailedError(Failure.NOT_SAVED)
        self._end(scan_id, None)

    async def _compared(self, scan_id: str, facts: Facts) -> Result:
        """Return what was found out, compared with the last time that asked as much."""
        scan = self.book.get(scan_id)
        earlier = self.book.earlier(scan)
        known = await self.async_result(earlier) if earlier else None
        if earlier is None or known is None:
            return Result(facts=facts)
        unsure = scan.unsure | earlier.unsure
        changes = await self._hass.async_add_executor_job(
            compare, known.facts, facts, unsure
        )
        return Result(facts=facts, changes=changes, compared_with=earlier.scan_id)

    def _end(
        self, scan_id: str, failure: Failure | None, detail: str | None = None
    ) -> None:
        """End a scan; `detail` comes from the machine and may be anything."""
        said = word("".join(filter(str.isprintable, detail or "")))[:MAX_DETAIL]
        now = dt_util.utcnow()
        self._tell(self.book.ended(scan_id, failure, now, detail=said or None))

    def _tell(self, scan: Scan) -> None:
        """Tell Home Assistant how a scan goes, and have that saved."""
        self.save_soon()
        self._hass.bus.async_fire(
            EVENT_SCAN,
            {
                "scan_id": scan.scan_id,
                "host": scan.target.host,
                "port": scan.target.port,
                "scan_type": scan.scan_type.value,
                "status": scan.status.value,
                "failure": scan.failure and scan.failure.value,
            },
            context=self._contexts.get(scan.scan_id),
        )
