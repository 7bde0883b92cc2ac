"""Which key a server may sign with: issue, replace, revoke, remember the removed."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ...protocol.signing import Secret

TOMBSTONE_LIFETIME = timedelta(days=30)


@dataclass(frozen=True, kw_only=True)
class ServerKeys:
    """The keys of one server."""

    current: Secret
    previous: Secret | None = None
    """Still accepted until the first message signed with `current`."""

    def __iter__(self) -> Iterator[Secret]:
        """Iterate over the accepted keys, the current one first."""
        yield self.current
        if self.previous is not None:
            yield self.previous


@dataclass(frozen=True, kw_only=True)
class Tombstone:
    """What stays of a removed server, so that its agent can be told to stop."""

    keys: ServerKeys
    removed_at: datetime


class KeyRing:
    """The keys of all servers, and those of the servers removed lately."""

    def __init__(self) -> None:
        """Start without any key."""
        self.servers: dict[str, ServerKeys] = {}
        self.tombstones: dict[str, Tombstone] = {}

    def issue(self, server_id: str) -> Secret:
        """Give a new server its first key; forgets a removed one of that name."""
        self.tombstones.pop(server_id, None)
        self.servers[server_id] = ServerKeys(current=Secret.generate())
        return self.servers[server_id].current

    def rotate(self, server_id: str, *, compromised: bool) -> Secret:
        """Replace a key.

        The old one stays valid until the new one is first used, unless it was
        compromised. An agent that never used the last key is on the one before it.
        """
        old = self.servers[server_id]
        in_use = old.previous or old.current
        self.servers[server_id] = ServerKeys(
            current=Secret.generate(), previous=None if compromised else in_use
        )
        return self.servers[server_id].current

    def confirm(self, server_id: str, used: Secret) -> bool:
        """End the previous key once the current one was used; return if it ended."""
        keys = self.servers[server_id]
        if keys.previous is None or used != keys.current:
            return False
        self.servers[server_id] = replace(keys, previous=None)
        return True

    def remove(self, server_id: str, wall: datetime) -> None:
        """Bury the keys of a server."""
        if keys := self.servers.pop(server_id, None):
            self.tombstones[server_id] = Tombstone(keys=keys, removed_at=wall)

    def prune(self, wall: datetime) -> bool:
        """Forget servers removed more than 30 days ago; return if anything changed.

        One that was removed in the future, by a clock that was wrong then, was removed
        just now: else it would be remembered for as long as the clock was wrong.
        """
        ahead = {
            server_id: replace(tombstone, removed_at=wall)
            for server_id, tombstone in self.tombstones.items()
            if tombstone.removed_at > wall
        }
        self.tombstones |= ahead
        expired = [
            server_id
            for server_id, tombstone in self.tombstones.items()
            if wall - tombstone.removed_at > TOMBSTONE_LIFETIME
        ]
        for server_id in expired:
            del self.tombstones[server_id]
        return bool(expired or ahead)
