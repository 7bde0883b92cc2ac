"""All about commands for the loop of the heartbeats; at rest in monitor mode."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from .. import state
from ..clock import Clock
from ..collectors import identity
from ..collectors.errors import CollectorError
from ..collectors.helper import SOCKET, Helper
from ..collectors.surroundings import Surroundings
from ..config import Config, Url
from ..protocol.fields import object_of
from ..protocol.messages import Progress
from ..protocol.refusals import Refusal
from ..protocol.replies import Reply
from ..text import clean
from .branch import Branch
from .desk import Desk
from .durable import DurableFile
from .journal import Journal
from .taken import Taken
from .threads import LONG_POLL_SECONDS, Courier, Listener, Sender, start
from .whitelist import Whitelist

_FILE = "journal.json"
_PATIENCE = LONG_POLL_SECONDS + 15.0

_read_progress = object_of(Progress)


class Office:
    """What this server is asked to do."""

    def __init__(
        self,
        config: Config,
        clock: Clock,
        around: Surroundings,
        run_id: str,
        whitelist: Whitelist,
        *,
        url: Callable[[], Url],
        ended: Callable[[], None],
        folder: Path | None = None,
    ) -> None:
        """Take who knows the hub's address, and who is told that a command ended."""
        folder = folder or state.folder()
        journal = Journal(
            DurableFile(folder / _FILE if folder else None),
            clean(around.boot_mark) or "",
            clock.now,
        )
        # Of the heartbeats' thread.
        self._helper = around.helper
        # One of its own: the heartbeats' connections are theirs.
        self._desk = Desk(journal, Helper(around.root / SOCKET), clock, ended=ended)
        self._config = config
        self._clock = clock
        self._around = around
        self._run_id = run_id
        self._whitelist = whitelist
        self._url = url
        self._resumed = False
        self._listening = False
        self._reporting = False

    def taken(self) -> Taken:
        """Return what was taken over, and how far it is."""
        found = map(self._progress_of, self._desk.lasting())
        return Taken(self._desk.accepted(), tuple(each for each in found if each))

    def _progress_of(self, command_id: str) -> Progress | None:
        try:
            answer = self._helper.ask("outcome", id=command_id)
            return _read_progress({"command_id": command_id, **answer}, "")
        except (CollectorError, Refusal):
            return None

    def received(self, reply: Reply) -> None:
        """Follow an answer to a heartbeat; the hub's time is known by now."""
        if not self._resumed:
            self._resumed = True
            self._desk.resume()
        self._desk.offered(reply.pending_commands)
        if self._managed() and not self._listening:
            self._listening = True
            branch = Branch(self._config, self._clock, self._url, _PATIENCE)
            start(self._listener(branch), "listener")
        if not self._reporting and (self._listening or self._desk.busy):
            self._reporting = True
            branch = Branch(self._config, self._clock, self._url)
            courier = Courier(branch, self._desk, self._clock, self._sender())
            start(courier.run, "courier")

    def _managed(self) -> bool:
        return self._whitelist.allowed is not None

    def _sender(self) -> Sender:
        machine_id = identity.collector(self._around)().machine_id
        return Sender(self._config.server_id, self._run_id, machine_id)

    def _listener(self, branch: Branch) -> Callable[[], None]:
        listener = Listener(
            branch, self._desk, self._clock, self._sender(), self._managed
        )

        def listen() -> None:
            listener.run()
            # Managed again, it starts anew.
            self._listening = False

        return listen
