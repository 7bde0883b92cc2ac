"""The loop: measure, send, wait; send again what the hub did not get."""

from __future__ import annotations

from dataclasses import dataclass
import math
import random
import threading

from . import log
from .clock import Clock
from .commands.office import Office
from .commands.taken import NOTHING
from .connected import mark
from .outcomes import (
    Delivered,
    NotDelivered,
    Outcome,
    code_of,
    is_removed,
    server_time,
)
from .protocol.fields import dump_json
from .protocol.messages import Heartbeat, dump_message
from .protocol.refusals import Code
from .protocol.replies import Reply
from .report import Reporter, shifted
from .roads import Road
from .troubles import Troubles


@dataclass(frozen=True, kw_only=True)
class Timing:
    """How long the loop waits; seconds, if not said otherwise."""

    jitter: float = 0.1
    """Part of every wait by which it is longer or shorter, so that servers which were
    switched on together do not report together."""
    first_backoff: float = 5.0
    """Doubles with every failure, up to the interval."""
    soon: float = 8.0
    """While the hub is starting; less than 10 with the jitter."""
    patience: float = 300.0
    """How long an answer that is not the hub's may mean that it is starting."""
    glance: float = 2.0
    """Until the next heartbeat when the hub has named something new to watch."""
    glances: float = 15.0
    """Between two such heartbeats, however often the hub changes its mind."""
    clock_step: float = 1.0
    """A clock that was wrong by less is not why a message was refused."""


class Runner:
    """Reports until the hub says that the server was removed."""

    def __init__(
        self,
        *,
        transport: Road,
        reporter: Reporter,
        clock: Clock,
        interval: float,
        timing: Timing | None = None,
        office: Office | None = None,
        hurry: threading.Event | None = None,
    ) -> None:
        """Take the seconds between heartbeats until the hub says otherwise.

        `hurry` is set when there is something to report at once.
        """
        self._transport = transport
        self._reporter = reporter
        self._clock = clock
        self._interval = interval
        self._timing = timing or Timing()
        self._office = office
        self._hurry = hurry or threading.Event()
        self._backoff = self._timing.first_backoff
        self._troubles = Troubles(clock)
        self._news = False
        """Something is watched that no heartbeat has told of yet."""
        self._glanced = -math.inf

    def run(self) -> None:
        """Report for ever; return only when this server was removed from the hub."""
        while True:
            started = self._clock.boot()
            self._hurry.clear()
            taken = self._office.taken() if self._office else NOTHING
            heartbeat = self._reporter.measure(taken)
            part = self._jittered(1)
            if self._deliver(heartbeat, started + part * self._interval):
                return
            # The reply may have set another interval.
            due = self._next(started + part * self._interval)
            self._sleep_until(due, soonest=self._clock.boot() + self._timing.glance)

    def _next(self, due: float) -> float:
        """Return when to report again: as planned, or sooner if there is news."""
        if not self._news:
            return due
        self._news = False
        now = self._clock.boot()
        soon = max(now + self._timing.glance, self._glanced + self._timing.glances)
        self._glanced = min(soon, due)
        return self._glanced

    def _deliver(self, heartbeat: Heartbeat, due: float) -> bool:
        """Send until the hub has it or the next one is due.

        Returns whether this server was removed.
        """
        clock_corrected = False
        while True:
            outcome, shift = self._send(heartbeat)
            if isinstance(outcome, Delivered):
                self._reporter.delivered(heartbeat)
                self._received(outcome.reply)
                return False
            if is_removed(outcome):
                return True
            # Once only: a hub that tells another time with each answer must not be
            # asked without a pause.
            wrong_clock = abs(shift) > self._timing.clock_step
            if (
                code_of(outcome) == Code.CLOCK_SKEW
                and wrong_clock
                and not clock_corrected
            ):
                clock_corrected = True
                heartbeat = shifted(heartbeat, shift)
                continue
            self._troubles.note(outcome)
            again = self._clock.boot() + self._delay(outcome)
            if again >= due:
                return False
            self._sleep_until(again)

    def _send(self, heartbeat: Heartbeat) -> tuple[Outcome, float]:
        """Send once; also return by how much the answer has set the clock."""
        body = dump_json(dump_message(heartbeat))
        outcome = self._transport.send(body, int(self._clock.now()))
        told = server_time(outcome)
        return outcome, self._clock.adjust(told) if told is not None else 0.0

    def _received(self, reply: Reply) -> None:
        self._backoff = self._timing.first_backoff
        self._troubles.over()
        mark()
        if self._office is not None:
            self._office.received(reply)
        if reply.config is None:
            return
        self._news = self._reporter.watch(reply.config) or self._news
        interval = reply.config.heartbeat_interval_seconds
        if interval != self._interval:
            log.info(f"reporting every {interval} s, as the hub asks")
            self._interval = interval

    def _delay(self, outcome: Outcome) -> float:
        starting = code_of(outcome) == Code.STARTING or (
            isinstance(outcome, NotDelivered)
            and outcome.answered
            and self._troubles.seconds < self._timing.patience
        )
        if starting:
            return self._jittered(self._timing.soon)
        if self._backoff >= self._interval:
            # The next heartbeat is due before.
            return math.inf
        delay = self._backoff
        self._backoff *= 2
        return self._jittered(delay)

    def _jittered(self, seconds: float) -> float:
        jitter = self._timing.jitter
        # Spreads load; nothing to guess.
        return seconds * random.uniform(1 - jitter, 1 + jitter)  # noqa: S311

    def _sleep_until(self, moment: float, soonest: float = math.inf) -> None:
        """Sleep, but not on beyond `soonest` when there is something to report."""
        left = moment - self._clock.boot()
        if soonest >= moment:
            self._clock.sleep(max(left, 0.0))
            return
        self._clock.sleep_or(self._hurry, max(left, 0.0))
        if self._hurry.is_set():
            self._clock.sleep(max(soonest - self._clock.boot(), 0.0))
