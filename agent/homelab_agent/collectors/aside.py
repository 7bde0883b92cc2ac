"""Work that may hang, done where it can be left behind.

A system call on a server that went away can't be interrupted, not even with a signal,
so it must not be the main thread that makes it.
"""

from __future__ import annotations

from collections.abc import Callable
import queue
import threading
import time
from typing import Generic, TypeVar

T = TypeVar("T")
_MOST_OPEN = 16
"""Questions without an answer, so that not even many dead servers cost many threads."""
_PAUSE = 0.01


class HangsError(Exception):
    """There is no result in time."""


class Task(Generic[T]):
    """Something to be done in another thread."""

    def __init__(self, work: Callable[[], T]) -> None:
        """Take what is to be done."""
        self._work = work
        self._done = threading.Event()
        self._result: list[T] = []
        self._failure: BaseException | None = None

    @property
    def done(self) -> bool:
        """Whether it has ended, well or not."""
        return self._done.is_set()

    def perform(self) -> None:
        """Do it; in the other thread."""
        try:
            self._result.append(self._work())
        except BaseException as failure:  # noqa: BLE001 - raised where it is awaited
            self._failure = failure
        self._done.set()

    def result(self, seconds: float) -> T:
        """Return the result, or raise what the work raised; HangsError if too late."""
        if not self._done.wait(max(seconds, 0.0)):
            raise HangsError
        if self._failure is not None:
            raise self._failure
        return self._result[0]


class Worker:
    """One thread for task after task; one that hangs is left to it for good."""

    def __init__(self) -> None:
        """Start nothing yet."""
        self._tasks: queue.SimpleQueue[Callable[[], None] | None] | None = None
        self._thread: threading.Thread | None = None

    def run(self, task: Task[T], seconds: float) -> T:
        """Do a task and return as `Task.result` does."""
        if self._tasks is None:
            tasks: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
            # First the thread: where none can be made, nothing is to wait for it.
            self._thread = _start(_WorkOff(tasks))
            self._tasks = tasks
        self._tasks.put(task.perform)
        try:
            return task.result(seconds)
        except HangsError:
            # When the thread comes back from wherever it is, it ends.
            self._tasks.put(None)
            self._tasks = self._thread = None
            raise

    def rest(self) -> None:
        """Let the thread end; the next task gets another one."""
        if self._tasks is not None and self._thread is not None:
            self._tasks.put(None)
            self._thread.join(1.0)
            self._tasks = self._thread = None


class _WorkOff:
    def __init__(self, tasks: queue.SimpleQueue[Callable[[], None] | None]) -> None:
        self._tasks = tasks

    def __call__(self) -> None:
        while (perform := self._tasks.get()) is not None:
            perform()


def _start(work: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


class Inquiries(Generic[T]):
    """Questions of which each may hang; many are asked at once, each in a thread.

    Who has not answered is not asked again before the answer has come.
    """

    def __init__(self) -> None:
        """Ask nothing yet."""
        self._open: dict[str, Task[T]] = {}

    def ask(
        self, questions: dict[str, Callable[[], T]], seconds: float
    ) -> dict[str, T | Exception]:
        """Return the answers that come within so many seconds, or what was raised."""
        until = time.monotonic() + seconds
        asked: dict[str, Task[T]] = {}
        for name, question in questions.items():
            late = self._open.get(name)
            if (late is None or late.done) and self._has_room(asked, until):
                task = Task(question)
                _start(task.perform)
                asked[name] = self._open[name] = task
        for name in self._open.keys() - questions.keys():
            if self._open[name].done:
                del self._open[name]
        answers: dict[str, T | Exception] = {}
        for name in questions:
            if name not in asked:
                answers[name] = HangsError()
                continue
            try:
                answers[name] = asked[name].result(until - time.monotonic())
            except Exception as failure:  # noqa: BLE001 - it is an answer too
                answers[name] = failure
        return answers

    def _has_room(self, asked: dict[str, Task[T]], until: float) -> bool:
        """Return whether another may be asked, waiting for one that was just asked."""
        while sum(not task.done for task in self._open.values()) >= _MOST_OPEN:
            just_asked = any(not task.done for task in asked.values())
            if not just_asked or time.monotonic() >= until:
                return False
            time.sleep(_PAUSE)
        return True
