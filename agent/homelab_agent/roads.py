"""The ways to the hub: the configured address, and those that the hub has named.

An address that the hub names is used when the others don't answer, and kept once a
signed reply has come from it. Nothing but such a reply makes the agent stay anywhere.
"""

from __future__ import annotations

from collections.abc import Callable
import dataclasses
import json
from pathlib import Path
import time
from typing import Protocol

from . import log, state
from .config import Config, Url, parse_url
from .outcomes import Delivered, NotDelivered, Outcome, Refused
from .transport import TIMEOUT, Transport

_MOST = 10
_MAX_BYTES = 64 * 1024
_FILE = "urls.json"


class Road(Protocol):
    """What carries messages to the hub."""

    @property
    def hub_address(self) -> str | None:
        """The hub's IP address, once it has answered."""
        ...

    def send(self, body: bytes, timestamp: int) -> Outcome:
        """Send one message and return what became of it."""
        ...


class Roads:
    """All addresses of the hub behind one."""

    def __init__(
        self,
        config: Config,
        *,
        make: Callable[[Config], Transport] = Transport,
        folder: Path | None = None,
        patience: float = TIMEOUT,
    ) -> None:
        """Take the folder for what is kept (systemd's, if None)."""
        self._config = config
        self._make = make
        self._patience = patience
        folder = folder or state.folder()
        path = folder / _FILE if folder else None
        self._file = state.StateFile(path)
        self._kept = self._usable(_load(path))
        self._offered: list[Url] = []
        self._url = config.url
        self._transport = make(config)
        self._tried = 0
        """Where among the others to go on when there was no time for all of them."""

    @property
    def hub_address(self) -> str | None:
        """The hub's IP address, once it has answered."""
        return self._transport.hub_address

    @property
    def url(self) -> Url:
        """The address that the messages take at present."""
        return self._url

    def close(self) -> None:
        """Close the connection."""
        self._transport.close()

    def send(self, body: bytes, timestamp: int) -> Outcome:
        """Send one message, by another road if the present one leads nowhere."""
        started = time.monotonic()
        first = self._transport.send(body, timestamp)
        # What answers without a signature may be a hub that starts.
        if not isinstance(first, NotDelivered) or first.answered:
            self._learn(first)
            return first
        others = self._others()
        for _ in others:
            url = others[self._tried % len(others)]
            self._tried += 1
            if (outcome := self._try(url, body, timestamp)) is not None:
                return outcome
            if time.monotonic() - started > self._patience:
                break
        return first

    def _try(self, url: Url, body: bytes, timestamp: int) -> Outcome | None:
        """Return the hub's own answer and stay there, or None."""
        transport = self._make(dataclasses.replace(self._config, url=url))
        outcome: Outcome | None = None
        try:
            outcome = transport.send(body, timestamp)
        finally:
            if not _is_the_hubs(outcome):
                transport.close()
        if not _is_the_hubs(outcome):
            return None
        self._transport.close()
        self._transport, self._url, self._tried = transport, url, 0
        log.info(f"the hub answers at {url.address}")
        if outcome is not None:
            self._learn(outcome)
        return outcome

    def _others(self) -> list[Url]:
        every = dict.fromkeys([self._config.url, *self._kept, *self._offered])
        return [url for url in every if url != self._url]

    def _learn(self, outcome: Outcome) -> None:
        if not isinstance(outcome, Delivered) or outcome.reply.config is None:
            return
        self._offered = self._usable(outcome.reply.config.urls)
        # The hub takes back what it names no more, but not the road it came on.
        kept = [url for url in self._kept if url in self._offered or url == self._url]
        if self._url != self._config.url and self._url not in kept:
            kept.append(self._url)
        if kept != self._kept:
            self._kept = kept
            self._file.save([f"{url.address}{url.path}" for url in kept])

    def _usable(self, texts: tuple[str, ...]) -> list[Url]:
        """Return the addresses that may be tried."""
        found: dict[Url, None] = {}
        for text in texts[:_MOST]:
            try:
                url = parse_url(text)
            except ValueError:
                continue
            # Who has chosen https must not lose it because somebody names http.
            if self._config.url.scheme == "https" != url.scheme:
                continue
            if url != self._config.url:
                found[url] = None
        return list(found)


def _is_the_hubs(outcome: Outcome | None) -> bool:
    if isinstance(outcome, Refused):
        return outcome.signed
    return isinstance(outcome, Delivered)


def _load(path: Path | None) -> tuple[str, ...]:
    if path is None:
        return ()
    try:
        with path.open("rb") as file:
            texts = json.loads(file.read(_MAX_BYTES))
    except (OSError, ValueError, RecursionError):
        return ()
    if not isinstance(texts, list):
        return ()
    return tuple(text for text in texts if isinstance(text, str))
