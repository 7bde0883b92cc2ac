"""The phones of the people at home."""

from contextlib import AsyncExitStack

from harness.account import Account
from harness.phone import App, Phone, phone

from .home import Home


class Phones:
    """Makes phones that are deleted after the test."""

    def __init__(self, stack: AsyncExitStack, home: Home) -> None:
        self._stack = stack
        self._home = home

    async def __call__(self, account: Account, name: str, app: App) -> Phone:
        made = await self._stack.enter_async_context(phone(account, name, app))
        self._stack.push_async_callback(self._unregister, made)
        return made

    async def _unregister(self, made: Phone) -> None:
        async with self._home.api() as api:
            await made.unregister(api)
