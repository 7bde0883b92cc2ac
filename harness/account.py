"""The users: sign up, get a token, log a browser in."""

from dataclasses import dataclass
from pathlib import Path
import time
from typing import Any

import aiohttp

from . import private_file
from .api import Api, connect

_TEN_YEARS = 315_360_000


@dataclass(frozen=True, kw_only=True)
class Account:
    """A user with an access token that does not end."""

    url: str
    token: str

    @property
    def browser_login(self) -> dict[str, Any]:
        """What the frontend keeps in `localStorage.hassTokens`."""
        return {
            "access_token": self.token,
            "token_type": "Bearer",
            "expires_in": _TEN_YEARS,
            "expires": int((time.time() + _TEN_YEARS) * 1000),
            "refresh_token": "",
            "hassUrl": self.url,
            "clientId": f"{self.url}/",
        }


def save(path: Path, account: Account) -> None:
    """Keep the token, for this user only."""
    private_file.write(path, account.token)


def load(path: Path, url: str) -> Account:
    """Return the account whose token was kept."""
    return Account(url=url, token=path.read_text())


async def sign_up(url: str, username: str, password: str) -> Account:
    """Create the first user of a new Home Assistant."""
    async with (
        aiohttp.ClientSession(url, raise_for_status=True) as session,
        session.post(
            "/api/onboarding/users",
            json={
                "client_id": f"{url}/",
                "name": username.capitalize(),
                "username": username,
                "password": password,
                "language": "en",
            },
        ) as response,
    ):
        code = (await response.json())["auth_code"]
    return await _account(url, code)


async def add_user(
    admin: Api, username: str, password: str, *, is_admin: bool
) -> Account:
    """Have an administrator create another user, who then logs in."""
    group = "system-admin" if is_admin else "system-users"
    created = await admin.command(
        "config/auth/create", name=username.capitalize(), group_ids=[group]
    )
    await admin.command(
        "config/auth_provider/homeassistant/create",
        user_id=created["user"]["id"],
        username=username,
        password=password,
    )
    return await _account(admin.url, await _log_in(admin.url, username, password))


async def _log_in(url: str, username: str, password: str) -> str:
    client = {"client_id": f"{url}/"}
    async with aiohttp.ClientSession(url, raise_for_status=True) as session:
        async with session.post(
            "/auth/login_flow",
            json={
                **client,
                "handler": ["homeassistant", None],
                "redirect_uri": f"{url}/",
            },
        ) as response:
            flow = (await response.json())["flow_id"]
        async with session.post(
            f"/auth/login_flow/{flow}",
            json={**client, "username": username, "password": password},
        ) as response:
            code: str = (await response.json())["result"]
            return code


async def _account(url: str, code: str) -> Account:
    """Turn the code of a login into a token that lasts."""
    async with (
        aiohttp.ClientSession(url, raise_for_status=True) as session,
        session.post(
            "/auth/token",
            data={
                "grant_type": "authorization_code",
                "code": code,
                "client_id": f"{url}/",
            },
        ) as response,
    ):
        access_token = (await response.json())["access_token"]
    async with connect(url, access_token) as api:
        token = await api.command(
            "auth/long_lived_access_token", client_name="harness", lifespan=3650
        )
    return Account(url=url, token=token)
