"""The phones of the people at home."""

from contextlib import AsyncExitStack

from harness.account import Account
from harness.api import Api
from harness.phone import App, Phone, phone


class Phones:
    """Makes phones that are deleted after the test."""

    def __init__(self, stack: AsyncExitStack, api: Api) -> None:
        self._stack = stack
        self._api = api

    async def __call__(self, account: Account, name: str, app: App) -> Phone:
        made = await self._stack.enter_async_context(phone(account, name, app))
        self._stack.push_async_callback(made.unregister, self._api)
        return made
