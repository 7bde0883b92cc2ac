"""A second connection to the hub, by the road that the heartbeats found."""

from __future__ import annotations

from collections.abc import Callable
import dataclasses

from ..clock import Clock
from ..config import Config, Url
from ..outcomes import Outcome, server_time
from ..protocol.fields import dump_json
from ..protocol.messages import CommandResult, Wait, dump_message
from ..transport import TIMEOUT, Transport


class Branch:
    """For one thread."""

    def __init__(
        self,
        config: Config,
        clock: Clock,
        url: Callable[[], Url],
        timeout: float = TIMEOUT,
    ) -> None:
        """Take who knows the present address, and the seconds that a step may last."""
        self._config = config
        self._clock = clock
        self._url = url
        self._timeout = timeout
        self._transport: Transport | None = None
        self._at: Url | None = None

    def send(self, message: CommandResult | Wait) -> Outcome:
        """Send a message and return what became of it."""
        url = self._url()
        if self._transport is None or url != self._at:
            if self._transport is not None:
                self._transport.close()
            config = dataclasses.replace(self._config, url=url)
            self._transport, self._at = Transport(config, self._timeout), url
        body = dump_json(dump_message(message))
        outcome = self._transport.send(body, int(self._clock.now()))
        if (told := server_time(outcome)) is not None:
            self._clock.adjust(told)
        return outcome
