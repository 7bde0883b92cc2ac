"""Measures the machine at the heartbeat interval, and reports it to the hub."""

import asyncio
from collections.abc import Callable, Mapping
import secrets

from homeassistant.components.network import async_get_source_ip
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.util.package import is_docker_env

from ..const import LOGGER
from ..core.own_machine.heartbeat import heartbeat
from ..core.own_machine.reading import Reading
from ..protocol.messages import Heartbeat
from ..servers.coordinator import ServerCoordinator
from .measuring import Machine
from .supervisor import supervised

FIRST_SPAN = 1.0
"""Seconds over which the processors are looked at first, and while the hub starts."""


class OwnMachine:
    """Home Assistant's own machine, while there is a server for it."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        servers: Mapping[str, ServerCoordinator],
        report: Callable[[str, Heartbeat], bool],
        interval: Callable[[], float],
    ) -> None:
        """Prepare; `interval` tells the seconds between heartbeats.

        `report` takes one, and returns False while the hub is starting.
        """
        self._hass = hass
        self._entry = entry
        self._servers = servers
        self._report = report
        self._interval = interval
        self._task: asyncio.Task[None] | None = None
        self._server_id: str | None = None

    @property
    def server_id(self) -> str | None:
        """The server that is this machine; None if there is none."""
        for server_id, server in self._servers.items():
            if server.config.own_machine:
                return server_id
        return None

    @callback
    def async_sync(self) -> None:
        """Begin or end to measure, as there is a server for it or not."""
        if self.server_id == self._server_id:
            return
        self.async_stop()
        self._server_id = self.server_id
        if self._server_id is not None:
            self._task = self._entry.async_create_background_task(
                self._hass,
                self._run(self._server_id),
                "HomelabCmd measures this machine",
                eager_start=False,
            )

    @callback
    def async_stop(self) -> None:
        """Measure no longer."""
        if self._task is not None:
            self._task.cancel()
        self._task = self._server_id = None

    async def _run(self, server_id: str) -> None:
        address = await async_get_source_ip(self._hass)
        container = await self._hass.async_add_executor_job(is_docker_env)
        machine = await self._hass.async_add_import_executor_job(
            lambda: Machine(container=container, address=address)
        )
        before = await self._hass.async_add_executor_job(machine.times)
        await asyncio.sleep(FIRST_SPAN)
        run_id, sequence = secrets.token_hex(16), 0
        while True:
            pause = self._interval()
            if (reading := await self._async_read(machine)) is not None:
                sequence += 1
                known = supervised(self._hass)
                beat = heartbeat(server_id, run_id, sequence, before, reading, known)
                if not self._report(server_id, beat):
                    pause = FIRST_SPAN
                before = reading.times
            await asyncio.sleep(pause)

    async def _async_read(self, machine: Machine) -> Reading | None:
        try:
            return await self._hass.async_add_executor_job(machine.read)
        except Exception:  # noqa: BLE001 - its silence is an alert; this says why
            LOGGER.exception("This machine can't be measured just now")
            return None
