"""The meters of all servers: followed, kept, and shown."""

from collections.abc import Callable, Mapping
from decimal import Decimal
import time

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import (
    CALLBACK_TYPE,
    Event,
    EventStateChangedData,
    HomeAssistant,
    callback,
)
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.util import dt as dt_util

from ..core.hub.settings import Options
from ..core.power.account import Account, Draw
from ..core.power.meter import Meter
from ..core.power.moment import Moment
from ..core.power.snapshot import Saved
from ..core.power.source import Kind
from ..servers.coordinator import ServerCoordinator
from .books import Books, balance
from .follower import Follower
from .issues import PowerIssues
from .listeners import PowerListeners
from .pricing import Pricing
from .store import PowerStore

_SHOWN_SECONDS = 900
"""How often energy and money are shown."""
_AHEAD_SECONDS = 20
"""How long before the quarter is full: what an hour used is to be in its statistics."""

_NEVER = (0, "")


class Metering:
    """Counts all the time, and shows the books four times an hour.

    They are saved before they are shown, so that after a crash nothing goes back. What
    is drawn shows as it comes.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        servers: Mapping[str, ServerCoordinator],
        changed: Callable[[], None],
    ) -> None:
        """Prepare; `servers` are the hub's, `changed` hears that sums are stale."""
        self.pricing = Pricing(hass)
        self.books = Books()
        self.listeners = PowerListeners(changed)
        self._hass = hass
        self._entry = entry
        self._servers = servers
        self._options = Options.from_mapping(entry.options)
        self._followers: dict[str, Follower] = {}
        self._saved = Saved()
        """What was saved of servers that nobody has taken up, and of removed ones."""
        self._removed: set[str] = set()
        """Servers that were removed since the start."""
        self._shown = _NEVER
        """The quarter of an hour, and the month, that are shown."""
        self._settling = False
        self._issues = PowerIssues(hass)
        self._store = PowerStore(hass, self._to_save, self._now)
        self._outside: tuple[str, ...] = ()
        self._unfollow: CALLBACK_TYPE | None = None

    async def async_start(self) -> None:
        """Load the meters; `async_sync` takes up the servers."""
        self._saved = await self._store.async_load()
        self.pricing.async_start(self._options, self._saved.price)

    @callback
    def async_stopping(self) -> None:
        """Count up to now, and have it saved."""
        self.count()
        self._store.save_soon()

    async def async_stop(self) -> None:
        """Save for the last time, and follow nothing any more."""
        await self._store.async_close()
        self.pricing.async_stop()
        self._follow_outside(())

    def count(self) -> None:
        """Count up to now."""
        self._look_at_all(self._now())

    # What is known.

    @property
    def price(self) -> Decimal:
        """What a kWh costs now."""
        return self.pricing.price

    def draw(self, server_id: str) -> Draw:
        """Return what a server draws now."""
        return self._follower(server_id).draw

    def account(self, server_id: str) -> Account:
        """Return what a server used by now."""
        return self._follower(server_id).account(self._now())

    def shown(self, server_id: str) -> Account:
        """Return what a server used as it is shown; one just added starts at once."""
        return self.books.accounts.get(server_id) or self.account(server_id)

    def total(self) -> Account:
        """Return what all servers used by now, those that were removed among them."""
        return self._balance(self._now()).total

    def watts(self) -> tuple[Decimal, Decimal]:
        """Return what all servers draw, now and typically, as far as it is known."""
        now = typical = Decimal(0)
        for follower in self._followers.values():
            now += follower.draw.watts or 0
            typical += follower.typical_watts() or 0
        return now, typical

    def at_least(self, server_id: str, kwh: Decimal, cost: Decimal) -> None:
        """Go on from what was shown of a server, if its memory is lost."""
        if not self._saved.lost or server_id in self._removed:
            # One that was removed and has come back begins anew.
            return
        follower, now = self._follower(server_id), self._now()
        follower.meter = follower.meter.at_least(kwh, cost, now)
        self.books = self._balance(now)
        self.show_soon()

    # The servers.

    @callback
    def async_sync(self, options: Options) -> None:
        """Follow the options, and the servers that are added and changed."""
        now = self._now()
        # What was drawn until now was drawn, and paid, by the old settings.
        self._look_at_all(now)
        self._options = options
        self.pricing.async_sync(options)
        for server_id in self._servers:
            self._follower(server_id).change(now, self.pricing.tariff, options)
        self._look_at_all(now)
        for server_id in tuple(self._saved.meters):
            # It was removed while nobody looked.
            self._retire(self._saved.meters.pop(server_id))
        outside = {
            follower.source.entity_id
            for follower in self._followers.values()
            if follower.source.kind is Kind.SENSOR
        }
        self._follow_outside(tuple(sorted(outside)))
        self.show_soon()

    def _follower(self, server_id: str) -> Follower:
        """Return what follows a server, from the first time that somebody asks."""
        follower = self._followers.get(server_id)
        if follower is None:
            meter = self._saved.meters.pop(server_id, Meter())
            follower = Follower(self._hass, self._servers[server_id], meter)
            self._followers[server_id] = follower
            follower.sample(self._now(), self.pricing.tariff, self._options)
        return follower

    def forget(self, server_id: str) -> None:
        """Forget a server that was removed; what it has cost, it has cost."""
        follower = self._followers.pop(server_id, None)
        if follower is None:
            return
        self._removed.add(server_id)
        self._retire(follower.meter)
        self.listeners.drop(server_id)
        self._issues.drop(server_id)
        self.show_soon()

    def _retire(self, meter: Meter) -> None:
        months = dict(self._saved.removed.months)
        for name, month in meter.months.items():
            months[name] = months[name].plus(month) if name in months else month
        self._saved.removed = Meter(months=months)

    # What comes in.

    def heard(self, server: ServerCoordinator) -> None:
        """Take in what a heartbeat, or its absence, says of a server's draw."""
        follower = self._followers.get(server.config.server_id)
        if follower is not None and follower.source.kind is not Kind.SENSOR:
            now = self._now()
            follower.heard(now, self.pricing.tariff, self._options)
            self._follow_up(follower, now)

    def _follow_outside(self, entity_ids: tuple[str, ...]) -> None:
        if entity_ids == self._outside:
            return
        self._outside = entity_ids
        if self._unfollow is not None:
            self._unfollow()
            self._unfollow = None
        if entity_ids:
            self._unfollow = async_track_state_change_event(
                self._hass, entity_ids, self._outside_changed
            )

    @callback
    def _outside_changed(self, event: Event[EventStateChangedData]) -> None:
        """Count at once what a plug says: it is shown once a minute."""
        now, entity_id = self._now(), event.data["entity_id"]
        for follower in self._followers.values():
            source = follower.source
            if source.kind is Kind.SENSOR and source.entity_id == entity_id:
                follower.sample(now, self.pricing.tariff, self._options)

    @callback
    def tick(self) -> None:
        """Look at what does not come by itself, and show what is due."""
        now = self._now()
        self.pricing.look()
        for follower in self._followers.values():
            if follower.due(now):
                self._look(follower, now)
        self._issues.price(self.pricing.entity_id, self.pricing.problem, now.mono)
        due = _quarter(now), now.month
        if due != self._shown and not self._settling:
            self._shown, self._settling = due, True
            self._entry.async_create_task(
                self._hass, self.async_show(), "HomelabCmd shows what was used"
            )

    def _look_at_all(self, now: Moment) -> None:
        for follower in self._followers.values():
            self._look(follower, now)

    def _look(self, follower: Follower, now: Moment) -> None:
        follower.look(now, self.pricing.tariff, self._options)
        self._follow_up(follower, now)

    def _follow_up(self, follower: Follower, now: Moment) -> None:
        """Say what is wrong with a draw, and tell one that is another."""
        config, draw = follower.config, follower.draw
        self._issues.source(config, follower.source.entity_id, draw.problem, now.mono)
        if draw != follower.told:
            follower.told = draw
            self.listeners.tell(config.server_id)

    # What is shown.

    def show_soon(self) -> None:
        """Have the books shown with the next tick."""
        self._shown = _NEVER

    async def async_show(self) -> None:
        """Save the books, and then show them."""
        try:
            now = self._now()
            self._look_at_all(now)
            books = self._balance(now)
            await self._store.async_save()
        finally:
            self._settling = False
        self.books = books
        self.listeners.tell(None)

    def _balance(self, now: Moment) -> Books:
        return balance(self._followers, self._saved.removed, self.price, now)

    def _to_save(self) -> Saved:
        meters = {name: each.meter for name, each in self._followers.items()}
        return Saved(
            meters={**self._saved.meters, **meters},
            removed=self._saved.removed,
            price=self.price if self.pricing.entity_id else None,
        )

    def _now(self) -> Moment:
        return Moment(
            mono=time.monotonic(),
            wall=dt_util.utcnow(),
            zone=dt_util.get_default_time_zone(),
        )


def _quarter(now: Moment) -> int:
    return int(now.wall.timestamp() + _AHEAD_SECONDS) // _SHOWN_SECONDS
