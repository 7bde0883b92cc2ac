"""Long polls: requests that are parked until there is something to say."""

import asyncio
import math

WAIT_SECONDS = 25


class LongPolls:
    """One parked request per server; a newer one takes its place.

    The older one is answered then, but not if that happened just before: two agents
    with one key would else release each other without a pause. It keeps its own time.
    """

    def __init__(self) -> None:
        """Start with none parked."""
        self._parked: dict[str, list[asyncio.Event]] = {}
        self._displaced: dict[str, float] = {}
        """When a newer one has last released an older one."""

    async def async_park(self, server_id: str) -> None:
        """Return when released, or after 25 seconds."""
        self._displace(server_id)
        event = asyncio.Event()
        parked = self._parked.setdefault(server_id, [])
        parked.append(event)
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await event.wait()
        except TimeoutError:
            pass
        finally:
            parked.remove(event)
            if not parked:
                del self._parked[server_id]

    def _displace(self, server_id: str) -> None:
        if server_id not in self._parked:
            return
        now = asyncio.get_running_loop().time()
        if now - self._displaced.get(server_id, -math.inf) >= WAIT_SECONDS:
            self._displaced[server_id] = now
            self.release(server_id)

    def release(self, server_id: str) -> None:
        """Answer what is parked of a server."""
        for event in self._parked.get(server_id, ()):
            event.set()

    def release_all(self) -> None:
        """Answer all parked requests: Home Assistant is about to stop."""
        for server_id in self._parked:
            self.release(server_id)

    def drop(self, server_id: str) -> None:
        """Forget a server that was removed."""
        self.release(server_id)
        self._displaced.pop(server_id, None)
