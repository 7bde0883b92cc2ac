"""Follows what one server draws, with its meter."""

from decimal import Decimal

from homeassistant.core import HomeAssistant

from ..core.hub.settings import Options, ServerConfig
from ..core.power import account as accounts
from ..core.power.account import Account, Draw
from ..core.power.meter import GAP_SECONDS, Meter
from ..core.power.moment import Moment
from ..core.power.reported import brings_it, reported_watts
from ..core.power.source import Kind, Problem, Source
from ..core.power.tariff import Tariff
from ..servers.coordinator import ServerCoordinator
from .outside import Energy, Reading, read_source

SAMPLE_SECONDS = 60
"""How often what does not come with heartbeats is looked at."""


class Follower:
    """One server and its meter."""

    def __init__(
        self, hass: HomeAssistant, server: ServerCoordinator, meter: Meter
    ) -> None:
        """Start with what was counted before."""
        self.meter = meter
        self.config: ServerConfig = server.config
        self.source: Source = server.config.power
        """From where it is known what the server draws."""
        self.draw = Draw(kind=self.source.kind)
        self.told: Draw | None = None
        """The draw as it was told last."""
        self._hass = hass
        self._server = server
        self._looked = float("-inf")
        """When, in monotonic seconds."""

    @property
    def by_heartbeat(self) -> bool:
        """Whether the draw comes with heartbeats, and with nothing else."""
        return brings_it(self.source, self._server.data)

    def due(self, now: Moment) -> bool:
        """Return whether it is time to look again."""
        return now.mono - self._looked >= SAMPLE_SECONDS

    def look(self, now: Moment, tariff: Tariff, options: Options) -> None:
        """Look at what does not come with heartbeats; what does grows old."""
        if self.by_heartbeat:
            self._looked = now.mono
            self.draw = Draw(
                kind=self.draw.kind, watts=self._lately(now), problem=self.draw.problem
            )
        else:
            self.sample(now, tariff, options)

    def heard(self, now: Moment, tariff: Tariff, options: Options) -> None:
        """Take in a heartbeat, or that the server fell silent."""
        if self.source.kind is Kind.SENSOR:
            return
        if self.by_heartbeat or self._reading(options) != self.draw.watts:
            self.sample(now, tariff, options)

    def sample(self, now: Moment, tariff: Tariff, options: Options) -> None:
        """Let the meter count up to now."""
        self._looked = now.mono
        kind, reading = self.source.kind, self._reading(options)
        watts: Decimal | None
        if isinstance(reading, Problem):
            watts = self._lately(now)
            self.draw = Draw(kind=kind, watts=watts, problem=reading)
            return
        if isinstance(reading, Energy):
            share = self.source.share
            self.meter = self.meter.counts(reading.kwh, share, now, tariff)
            counter = self.meter.counter
            watts = counter.watts(now.mono) if counter else None
        else:
            self.meter = self.meter.draws(reading, now, tariff)
            watts = reading
        self.draw = Draw(kind=kind, watts=watts)

    def change(self, now: Moment, tariff: Tariff, options: Options) -> None:
        """Follow the server's settings; what was counted by the old ones stays."""
        before, self.config = self.config, self._server.config
        self.source = self.config.power
        if (before.power, before.tdp_watts) == (self.source, self.config.tdp_watts):
            return
        self.meter = self.meter.restarted()
        self.draw = Draw(kind=self.source.kind)
        self.sample(now, tariff, options)

    def account(self, now: Moment) -> Account:
        """Return what the server used by now."""
        return accounts.account(self.meter, self.draw, self.config.tdp_watts, now)

    def typical_watts(self) -> Decimal | None:
        """Return what the server's estimates rest upon."""
        return accounts.typical_watts(self.meter, self.draw, self.config.tdp_watts)

    def _reading(self, options: Options) -> Reading:
        if self.source.kind is Kind.SENSOR:
            return read_source(self._hass, self.source)
        return reported_watts(
            self.source,
            self._server.data,
            self.config.tdp_watts,
            offline_draws_tdp=options.offline_draws_tdp,
        )

    def _lately(self, now: Moment) -> Decimal | None:
        """Return the last draw; after the time of a gap none is known any more."""
        sample = self.meter.sample
        if sample is None or not 0 <= now.mono - sample.at <= GAP_SECONDS:
            return None
        return sample.watts
