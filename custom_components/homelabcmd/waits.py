"""Long polls: requests that are parked until there is something to say."""

import asyncio

WAIT_SECONDS = 25


class Waits:
    """At most one parked request per server; a newer one releases the older."""

    def __init__(self) -> None:
        """Start with none parked."""
        self._parked: dict[str, asyncio.Event] = {}

    async def async_park(self, server_id: str) -> None:
        """Return when released, or after 25 seconds."""
        self.release(server_id)
        event = self._parked[server_id] = asyncio.Event()
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await event.wait()
        except TimeoutError:
            pass
        finally:
            if self._parked.get(server_id) is event:
                del self._parked[server_id]

    def release(self, server_id: str) -> None:
        """Answer the parked request of a server, if there is one."""
        if event := self._parked.get(server_id):
            event.set()

    def release_all(self) -> None:
        """Answer all parked requests: Home Assistant is about to stop."""
        for event in self._parked.values():
            event.set()
