"""A meter with its two clocks, which the tests let go on and jump."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal

from custom_components.homelabcmd.core.power.meter import Meter
from custom_components.homelabcmd.core.power.moment import Moment
from custom_components.homelabcmd.core.power.tariff import Tariff

START = datetime(2026, 3, 10, 12, tzinfo=UTC)


@dataclass
class MeterBench:
    """Samples a meter."""

    wall: datetime = START
    zone: tzinfo = UTC
    mono: float = 1000.0
    meter: Meter = field(default_factory=Meter)
    tariff: Tariff = field(default_factory=lambda: Tariff.fixed(Decimal("0.24")))

    @property
    def now(self) -> Moment:
        return Moment(mono=self.mono, wall=self.wall, zone=self.zone)

    def wait(self, seconds: float) -> None:
        self.mono += seconds
        self.wall += timedelta(seconds=seconds)

    def draws(self, watts: float, after: float = 0) -> None:
        """Take a sample `after` seconds from the one before."""
        self.wait(after)
        self.meter = self.meter.draws(Decimal(str(watts)), self.now, self.tariff)

    def runs(self, watts: float, seconds: float, every: float = 60) -> None:
        """Take samples of a constant draw, from now on."""
        self.draws(watts)
        while seconds > 0:
            step = min(every, seconds)
            self.draws(watts, step)
            seconds -= step

    def counts(self, kwh: float, after: float = 0, share: float = 100) -> None:
        """Read a counter."""
        self.wait(after)
        reading = Decimal(str(kwh))
        self.meter = self.meter.counts(reading, share, self.now, self.tariff)

    def costs(self, price: float) -> None:
        """Change the price."""
        self.tariff = self.tariff.changed(Decimal(str(price)), self.mono)

    @property
    def kwh(self) -> float:
        return float(self.meter.kwh)

    def month(self, name: str) -> tuple[float, float]:
        """Return kWh and cost of a month."""
        month = self.meter.months[name]
        return float(month.kwh), float(month.cost)
