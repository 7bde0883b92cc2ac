"""Turn measurements into heartbeats."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
import secrets
import sys

from .clock import Clock
from .collectors import Collectors
from .commands.taken import NOTHING, Taken
from .commands.whitelist import Whitelist
from .protocol.inventory import Agent, Metrics
from .protocol.messages import Heartbeat
from .protocol.replies import Config
from .seldom import Seldom
from .size import fitting
from .version import VERSION
from .watched import Watched

_PYTHON = ".".join(map(str, sys.version_info[:3]))


class Reporter:
    """Writes the heartbeats of one run of the agent, numbered 1, 2, 3 ..."""

    def __init__(
        self,
        server_id: str,
        clock: Clock,
        collectors: Collectors,
        whitelist: Whitelist,
        watched: Watched | None = None,
    ) -> None:
        """Start a new run."""
        self.run_id = secrets.token_hex(16)
        self._server_id = server_id
        self._clock = clock
        self._collectors = collectors
        self._whitelist = whitelist
        self._watched = watched or Watched()
        self._seldom = Seldom(clock)
        self._sequence = 0

    def watch(self, config: Config) -> bool:
        """Watch what the hub wants from now on; return whether that is news."""
        self._watched.keep(config.services, config.containers)
        return self._collectors.watch.change(config.services, config.containers)

    def delivered(self, heartbeat: Heartbeat) -> None:
        """Note that the hub has it."""
        self._seldom.delivered(heartbeat)

    def measure(self, taken: Taken = NOTHING) -> Heartbeat:
        """Measure now and return the next heartbeat, with the commands taken over."""
        measurement = self._collectors.measure()
        self._whitelist.look()
        allowed, trouble = self._whitelist.allowed, self._whitelist.trouble
        sample = measurement.sample
        self._sequence += 1
        heartbeat = Heartbeat(
            server_id=self._server_id,
            timestamp=self._clock.utc(),
            run_id=self.run_id,
            sequence=self._sequence,
            machine_id=sample.machine_id,
            boot_id=sample.boot_id,
            metrics=sample.metrics or Metrics(),
            os_info=sample.os_info,
            host=sample.host,
            agent=Agent(
                version=VERSION,
                mode="monitor" if allowed is None else "managed",
                python=_PYTHON,
                allowed=allowed,
            ),
            services=sample.services or (),
            containers=sample.containers or (),
            disks=sample.disks or (),
            networks=sample.networks or (),
            temperatures=sample.temperatures or (),
            power_watts=sample.power_watts,
            updates_available=sample.updates_available,
            security_updates=sample.security_updates,
            reboot_required=sample.reboot_required,
            collectors=(*measurement.collectors, *([trouble] if trouble else [])),
            accepted=taken.accepted,
            progress=taken.progress,
        )
        return fitting(self._seldom.add(heartbeat, sample))


def shifted(heartbeat: Heartbeat, seconds: float) -> Heartbeat:
    """Return the same heartbeat as a clock that was set by `seconds` would date it."""
    by = timedelta(seconds=round(seconds))
    metrics = heartbeat.metrics
    if metrics.boot_time is not None:
        metrics = dataclasses.replace(metrics, boot_time=metrics.boot_time + by)
    return dataclasses.replace(
        heartbeat, timestamp=heartbeat.timestamp + by, metrics=metrics
    )
