"""The integration's own key: machines let it in once their users have its line."""

from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_ssh_private_key,
)
from homeassistant.core import HomeAssistant

from ..const import DOMAIN, LOGGER
from ..core.scans.host_keys import key_of
from ..errors import HomelabError
from ..storage.saved_file import PrivateStore, SavedFile

_VERSION = 1
_OPTIONS = "restrict"
"""No terminal, no forwarding of anything: commands are all that it is let in for."""
_COMMENT = DOMAIN


def _store(hass: HomeAssistant) -> PrivateStore:
    # Private: readable by Home Assistant's own user only.
    return PrivateStore(
        hass, _VERSION, f"{DOMAIN}.ssh_key", private=True, atomic_writes=True
    )


async def async_remove(hass: HomeAssistant) -> None:
    """Delete the key."""
    await _store(hass).async_remove()


@dataclass(frozen=True, kw_only=True)
class Key:
    """A key of ours."""

    private: str = field(repr=False)
    """In OpenSSH's own format, without a password."""
    public: str
    """As in "ssh-ed25519 AAAA…"."""

    @property
    def line(self) -> str:
        """Return the line for authorized_keys."""
        return f"{_OPTIONS} {self.public} {_COMMENT}"

    @property
    def fingerprint(self) -> str:
        """Return what people compare."""
        return key_of(self.public).fingerprint


class KeyFile:
    """The private file of the key; it is made when it is first needed."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Prepare."""
        self._key: Key | None = None
        self._file = SavedFile(hass, _store(hass), 0, self._dump)

    async def async_get(self) -> Key:
        """Return the key; raises HomelabError if a new one can't be saved."""
        if self._key is not None:
            return self._key
        damaged: list[str] = []
        stored = await self._file.async_load(damaged)
        found = None if stored is None else _read(stored)
        if damaged or (stored is not None and found is None):
            await self._file.async_keep_copy()
            LOGGER.error(
                "The key that scans log in with can't be read, so there is a new one: "
                "machines must be given its line. A copy of the file is kept"
            )
        self._key = found or _new()
        # One that a restart would lose is of no use to anybody.
        if found is None and not await self._file.async_save():
            self._key = None
            raise HomelabError("scan_key_not_saved")
        return self._key

    def _dump(self) -> dict[str, Any]:
        return {"private_key": self._key.private if self._key else None}


def _new() -> Key:
    return _key(Ed25519PrivateKey.generate())


def _key(private: Ed25519PrivateKey) -> Key:
    public = private.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    text = private.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    return Key(private=text.decode(), public=public.decode())


def _read(stored: object) -> Key | None:
    text = stored.get("private_key") if isinstance(stored, dict) else None
    if not isinstance(text, str):
        return None
    try:
        private = load_ssh_private_key(text.encode(), None)
    except ValueError, UnsupportedAlgorithm:
        return None
    return _key(private) if isinstance(private, Ed25519PrivateKey) else None
