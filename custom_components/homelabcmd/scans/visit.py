"""One visit to a machine: found, recognised, logged in to, asked, and left."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
import secrets
from typing import TYPE_CHECKING

from homeassistant.core import HomeAssistant
from homeassistant.helpers.importlib import async_import_module

from ..core.scans import findings
from ..core.scans.asking import Answer, Reading
from ..core.scans.commands import Command, commands
from ..core.scans.host_keys import HostKey, Verdict
from ..core.scans.scan import Failure, Scan, ScanType
from . import addresses
from .failures import ScanFailedError
from .hosts import Hosts
from .key import KeyFile
from .password import Password

if TYPE_CHECKING:
    from .ssh import Accept, Login, Machine

_REFUSED = {
    Verdict.UNKNOWN: Failure.HOST_KEY_UNKNOWN,
    Verdict.CHANGED: Failure.HOST_KEY_CHANGED,
}

type Changed = Callable[..., object]
"""Takes what has changed of the scan."""


class Visit:
    """A visit that is made for a scan."""

    def __init__(
        self, hass: HomeAssistant, scan: Scan, hosts: Hosts, changed: Changed
    ) -> None:
        """Take where it goes to."""
        self._hass = hass
        self._scan = scan
        self._hosts = hosts
        self._changed = changed
        self._verdict: Verdict | None = None

    async def async_make(
        self, password: Password | None, key: KeyFile
    ) -> dict[str, Reading]:
        """Return what each answer says; raises ScanFailedError and HomelabError."""
        ssh = await async_import_module(self._hass, f"{__package__}.ssh")
        logged_in: Callable[[Login, Accept], AbstractAsyncContextManager[Machine]]
        logged_in, make_login = ssh.logged_in, ssh.Login
        target = self._scan.target
        address = await addresses.async_find(self._hass, target)
        self._changed(address=address)
        known = self._hosts.known(target.place)
        login: Login = make_login(
            address=address,
            port=target.port,
            username=target.username,
            password=password,
            private_key=None if password else (await key.async_get()).private,
            algorithm=known and known.trusted and known.trusted.algorithm,
        )
        try:
            async with logged_in(login, self._accept) as machine:
                return await self._ask(machine)
        except ScanFailedError as err:
            # We left because of its key, whatever that looked like from outside.
            if self._verdict in _REFUSED:
                raise ScanFailedError(_REFUSED[self._verdict]) from err
            raise

    def _accept(self, shown: HostKey) -> bool:
        """Say whether to go on with a machine that shows this key."""
        self._verdict = self._hosts.judge(self._scan.target.place, shown)
        unverified = self._verdict is Verdict.NOT_VERIFIED
        self._changed(host_key=shown, unverified=unverified)
        return self._verdict not in _REFUSED

    async def _ask(self, machine: Machine) -> dict[str, Reading]:
        token = secrets.token_hex(16)
        answers: list[tuple[Command, Answer]] = []
        full = self._scan.scan_type is ScanType.FULL
        for command in commands(full=full):
            answers.append((command, await machine.ask(command, token)))
            self._changed(done=len(answers))
        # Megabytes are read in no time, but not within the time of a heartbeat.
        found = await self._hass.async_add_executor_job(
            findings.readings, answers, token
        )
        if findings.spoke_to_nobody(found):
            raise ScanFailedError(Failure.NO_SHELL)
        return found
