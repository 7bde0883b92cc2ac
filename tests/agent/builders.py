"""What the agent's tests build again and again."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from homelab_agent.clock import Clock
from homelab_agent.collectors import Collectors
from homelab_agent.collectors.surroundings import Surroundings
from homelab_agent.commands.whitelist import Whitelist
from homelab_agent.config import Config, Url
from homelab_agent.report import Reporter
from homelab_agent.runner import Runner
from homelab_agent.stop import Stop
from homelab_agent.transport import Transport

from .fake_hub import FakeHub

TIMEOUT = 0.5


def config_for(hub: FakeHub, ca_file: str | None = None) -> Config:
    """Return the settings of an agent of this hub."""
    parts = urlsplit(hub.url)
    url = Url(
        scheme=parts.scheme,
        host=parts.hostname or "",
        port=parts.port or 0,
        path=parts.path,
    )
    return Config(url=url, server_id=hub.server_id, key=hub.key, ca_file=ca_file)


class Machine:
    """Runs the agent's loop against a real hub, in a time of its own."""

    def __init__(self, hub: FakeHub) -> None:
        """Start in 2027 with a clock that is right."""
        self.hub = hub
        self.wrong_by = 0.0
        """Seconds by which the machine's own clock is ahead."""
        self.waits: list[float] = []
        """How long the loop waited each time, in seconds."""
        self.at_wait: Callable[[int], None] = lambda _number: None
        """Called with 1, 2, 3 ... when a wait is over."""
        self._passed = 0.0
        self._waits_left = 0
        self.clock = Clock(
            boot=self._boot,
            wall=self._wall,
            sleep=self._wait,
            wait=lambda _event, seconds: self._wait(seconds),
        )
        self.transport = Transport(config_for(hub), timeout=TIMEOUT)
        # Without apt: a simulation costs a second, and outlives the test.
        around = Surroundings(
            now=self.clock.now, sleep=lambda _seconds: None, apt_get="/nowhere"
        )
        self.reporter = Reporter(
            hub.server_id, self.clock, Collectors(around), Whitelist(around)
        )
        self.runner = Runner(
            transport=self.transport,
            reporter=self.reporter,
            clock=self.clock,
            interval=60,
        )

    def true_time(self) -> float:
        return 1_800_000_000 + self._passed

    def run(self, waits: int) -> None:
        """Run the loop until it waits for the last time, or ends by itself."""
        self._waits_left = waits
        try:
            self.runner.run()
        except Stop:
            pass
        finally:
            self.transport.close()

    def _boot(self) -> float:
        return 1000 + self._passed

    def _wall(self) -> float:
        return self.true_time() + self.wrong_by

    def _wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self._passed += seconds
        self._waits_left -= 1
        if not self._waits_left:
            raise Stop
        self.at_wait(len(self.waits))
