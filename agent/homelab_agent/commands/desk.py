"""Takes over what the hub offers, has it done, and keeps what is to be reported."""

from __future__ import annotations

from collections.abc import Callable, Iterable
import contextlib
import threading

from .. import log
from ..clock import Clock
from ..protocol.replies import Command
from .entry import Entry, Result, Stage
from .journal import DoubtError, FullError, Journal
from .runner import Asks, CommandRunner
from .verbs import VERBS

AT_ONCE = 4
"""Commands that run at the same time; the others wait for their turn."""
MOST_REFUSALS = 50


class Desk:
    """Used by all threads that talk to the hub."""

    def __init__(
        self,
        journal: Journal,
        helper: Asks,
        clock: Clock,
        *,
        ended: Callable[[], None],
    ) -> None:
        """Take who is told, from the thread of a command, that one has ended."""
        self._journal = journal
        self._runner = CommandRunner(journal, helper, clock)
        self._clock = clock
        self._ended = ended
        self._turn = threading.BoundedSemaphore(AT_ONCE)
        self._lock = threading.Lock()
        self._begun: set[str] = set()
        """The commands that have a thread, or had one, since the agent started."""
        self._refusals: dict[str, Result] = {}
        self.news = threading.Event()
        """Something is to be reported."""

    @property
    def busy(self) -> bool:
        """Whether there is anything to do or to report from before."""
        return bool(self._journal.unfinished() or self.untold())

    def accepted(self) -> tuple[str, ...]:
        """Return the ids that the hub is not to offer any more."""
        return self._journal.accepted()

    def lasting(self) -> list[str]:
        """Return the ids of what runs and takes long."""
        return [
            entry.command.command_id
            for entry in self._journal.unfinished()
            if entry.stage is Stage.STARTING and VERBS[entry.command.action].lasting
        ]

    def resume(self) -> None:
        """Go on with what was taken over before the agent started.

        To be called once the hub's time is known: what has expired must not begin.
        """
        for entry in self._journal.unfinished():
            self._start(entry)
        if self.untold():
            self.news.set()

    def offered(self, commands: Iterable[Command]) -> bool:
        """Take over what is new; return whether there was anything."""
        # Each of them, and not only up to the first that is new.
        return max([self._offer(command) for command in commands], default=False)

    def _offer(self, command: Command) -> bool:
        command_id = command.command_id
        if (known := self._journal.get(command_id)) is not None:
            if known.result is not None and known.told:
                # A hub that was restored from a backup has forgotten how it ended.
                self._journal.told(command_id, told=False)
                self.news.set()
            return False
        if command_id in self._refusals:
            return False
        try:
            if (why := self._unfit(command)) is None and not self._journal.take(
                command
            ):
                return False
        except FullError as error:
            why = Result("refused", error=str(error))
        except DoubtError as error:
            why = Result("interrupted", error=str(error))
        if why is not None:
            self._refuse(command_id, why)
            return True
        log.info(f"took over {command.action} {command.target!a} as {command_id}")
        if (entry := self._journal.get(command_id)) is not None:
            self._start(entry)
        return True

    def _unfit(self, command: Command) -> Result | None:
        if command.action not in VERBS:
            return Result(
                "refused",
                error=f"this agent does not know {command.action}; update it",
            )
        if self._clock.now() >= command.expires_at.timestamp():
            return Result("expired", error="it was too late to begin")
        return None

    def _refuse(self, command_id: str, result: Result) -> None:
        with self._lock:
            if len(self._refusals) < MOST_REFUSALS:
                self._refusals[command_id] = result
        log.warning(f"refused {command_id!a}: {result.error}")
        self.news.set()

    def _start(self, entry: Entry) -> None:
        command_id = entry.command.command_id
        with self._lock:
            if command_id in self._begun:
                return
            self._begun.add(command_id)
        threading.Thread(
            target=self._work, args=(entry,), name=command_id, daemon=True
        ).start()

    def _work(self, entry: Entry) -> None:
        try:
            with self._turn:
                self._runner.run(entry)
        except Exception as error:  # noqa: BLE001 - it must end in some way
            log.error(f"a command failed inside the agent: {error!a}")
            result = Result("interrupted", error="the agent failed; its journal says")
            with contextlib.suppress(KeyError):
                self._journal.finish(entry.command.command_id, result)
        self.news.set()
        self._ended()

    # What is reported.

    def untold(self) -> dict[str, Result]:
        """Return what the hub does not know of."""
        with self._lock:
            found = dict(self._refusals)
        for entry in self._journal.untold():
            if entry.result is not None:
                found[entry.command.command_id] = entry.result
        return found

    def told(self, command_id: str) -> None:
        """Note that the hub has a result."""
        with self._lock:
            if self._refusals.pop(command_id, None) is not None:
                return
        self._journal.told(command_id)
