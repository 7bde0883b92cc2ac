"""All commands that this server was given: on disk before anything is done.

What stands here never begins a second time, whatever happens to the agent, to the
server or to the hub. An id is kept for longer than the hub hands it out.
"""

from __future__ import annotations

from collections.abc import Callable
import dataclasses
import json
import math
import threading

from .. import log
from ..protocol.fields import dump_json, to_object
from ..protocol.refusals import Refusal
from ..protocol.replies import Command
from .durable import DurableFile, NotWrittenError, UnsureError
from .entry import Entry, Result, Stage, moment_of, read_entry

MOST = 500
"""Commands that are remembered: those of the last two days at most."""
MOST_BYTES = 512 * 1024
KEPT_SECONDS = 25 * 3600
"""After a command has expired; the hub hands it out for a day at most."""


class FullError(Exception):
    """Nothing can be taken over; the text says why and what to do."""


class DoubtError(Exception):
    """It may have been done already, which nobody can tell any more."""


class Journal:
    """Used by several threads; each change is on disk when the method returns."""

    def __init__(
        self, file: DurableFile, boot_id: str, now: Callable[[], float]
    ) -> None:
        """Read the file; `now` tells the hub's time in seconds since 1970."""
        self._file = file
        self.boot_id = boot_id
        self._now = now
        self._lock = threading.RLock()
        self._entries: dict[str, Entry] = {}
        self._not_before = -math.inf
        """What the hub has queued before that may have been done already."""
        self._load()

    def _load(self) -> None:
        try:
            raw = self._file.load()
            if raw is None:
                return
            stored = json.loads(raw)
            self._not_before = float(stored["not_before"] or -math.inf)
            entries = [
                read_entry(entry, f"entries[{number}]")
                for number, entry in enumerate(stored["entries"])
            ]
        except (
            OSError,
            ValueError,
            KeyError,
            TypeError,
            RecursionError,
            Refusal,
        ) as error:
            self._file.put_aside()
            self._not_before = math.inf
            log.warning(
                f"the journal of commands can't be read ({type(error).__name__}); what "
                "Home Assistant has queued before now is refused"
            )
            return
        self._entries = {entry.command.command_id: entry for entry in entries}

    # What there is.

    def get(self, command_id: str) -> Entry | None:
        """Return a command that was taken over."""
        with self._lock:
            return self._entries.get(command_id)

    def unfinished(self) -> list[Entry]:
        """Return what is to be done, or to be found out."""
        with self._lock:
            return [e for e in self._entries.values() if e.stage is not Stage.FINISHED]

    def untold(self) -> list[Entry]:
        """Return what ended and the hub does not know of."""
        with self._lock:
            return [
                entry
                for entry in self._entries.values()
                if entry.result is not None and not entry.told
            ]

    def accepted(self) -> tuple[str, ...]:
        """Return the ids of what the hub is not to offer any more."""
        with self._lock:
            return tuple(i for i, entry in self._entries.items() if not entry.told)

    def began_before(self, entry: Entry) -> bool:
        """Return whether the server has booted since a command was begun."""
        return entry.boot_id != self.boot_id

    # What happens.

    def take(self, command: Command) -> bool:
        """Take a command over.

        False if it was taken over before, or if the disk did not say clearly that it
        has it.

        Raises FullError if it was not taken over and nothing of it will be done, and
        DoubtError if something of it may have been done before.
        """
        with self._lock:
            # Two threads may be offered it at the same moment.
            if command.command_id in self._entries:
                return False
            if self._not_before == math.inf:
                self._not_before = self._now()
                self._try_save()
            if command.queued_at.timestamp() <= self._not_before:
                raise DoubtError(
                    "the server's journal of commands was damaged, so nobody knows "
                    "whether this was done; it is not done again. Look yourself"
                )
            self._make_room()
            entry = Entry(
                command=command,
                boot_id=self.boot_id,
                accepted_at=moment_of(self._now()),
            )
            before = dict(self._entries)
            self._entries[command.command_id] = entry
            try:
                self._save()
            except NotWrittenError as error:
                self._entries = before
                raise FullError(
                    f"the agent can't write its journal ({error}), and does nothing "
                    "without it; make room in /var/lib/homelab-agent"
                ) from None
            except UnsureError:
                self._entries = before
                return False
            return True

    def start(self, command_id: str) -> bool:
        """Put down that a command begins; False if that can't be written."""
        entry = self._entries[command_id]
        started = dataclasses.replace(
            entry,
            stage=Stage.STARTING,
            boot_id=self.boot_id,
            started_at=moment_of(self._now()),
        )
        return self._change(command_id, started)

    def finish(self, command_id: str, result: Result) -> None:
        """Put down how a command ended.

        If that can't be written it is known until the agent ends, and then the helper
        is asked again.
        """
        with self._lock:
            entry = self._entries[command_id]
            result = dataclasses.replace(
                result,
                started_at=entry.started_at,
                finished_at=moment_of(self._now()),
            )
            self._entries[command_id] = dataclasses.replace(
                entry, stage=Stage.FINISHED, result=result
            )
            self._try_save()

    def told(self, command_id: str, *, told: bool = True) -> None:
        """Note that the hub has a result, or is to get it once more."""
        with self._lock:
            if (entry := self._entries.get(command_id)) is not None:
                self._entries[command_id] = dataclasses.replace(entry, told=told)
                self._try_save()

    def _change(self, command_id: str, entry: Entry) -> bool:
        with self._lock:
            before = self._entries[command_id]
            self._entries[command_id] = entry
            try:
                self._save()
            except (NotWrittenError, UnsureError):
                self._entries[command_id] = before
                return False
            return True

    def _try_save(self) -> None:
        try:
            self._save()
        except (NotWrittenError, UnsureError) as error:
            log.warning(f"the journal of commands can't be written ({error})")

    def _save(self) -> None:
        content = self._dump()
        for command_id, entry in list(self._entries.items()):
            if len(content) <= MOST_BYTES:
                break
            if entry.told and entry.result is not None and entry.result.output:
                short = dataclasses.replace(entry.result, output=None)
                self._entries[command_id] = dataclasses.replace(entry, result=short)
                content = self._dump()
        self._file.save(content)

    def _dump(self) -> bytes:
        known = math.isfinite(self._not_before)
        return dump_json(
            {
                "version": 1,
                "not_before": self._not_before if known else None,
                "entries": [to_object(entry) for entry in self._entries.values()],
            }
        )

    def _make_room(self) -> None:
        now = self._now()
        self._entries = {
            command_id: entry
            for command_id, entry in self._entries.items()
            if not entry.told or now - entry.expires_at < KEPT_SECONDS
        }
        if len(self._entries) >= MOST:
            raise FullError(
                f"the agent has {MOST} commands in its journal, of the last two days; "
                "try again later"
            )
