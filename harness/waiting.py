"""Waiting for what comes in its own time."""

import asyncio
from collections.abc import Awaitable, Callable


async def until[T](
    look: Callable[[], Awaitable[T | None]], what: str, *, patience: float
) -> T:
    """Look again and again until there is something to return."""
    loop = asyncio.get_running_loop()
    end = loop.time() + patience
    while (found := await look()) is None:
        if loop.time() > end:
            raise TimeoutError(f"not within {patience:.0f} s: {what}")
        await asyncio.sleep(0.2)
    return found
