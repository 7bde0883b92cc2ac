"""The agent's settings: /etc/homelab-agent/config.yaml."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
import re
from typing import Any
from urllib.parse import urlsplit

from .protocol.replies import MAX_INTERVAL, MIN_INTERVAL
from .protocol.signing import SERVER_ID, SERVER_ID_RULE, Secret
from .settings_file import SettingsError, read_settings

DEFAULT_PATH = "/etc/homelab-agent/config.yaml"
DEFAULT_INTERVAL = 60

_DEFAULT_PORTS = {"http": 80, "https": 443}
_PRINTABLE = re.compile(r"[!-~]+")
_HOST = re.compile(r"[A-Za-z0-9._:-]+")
_WEBHOOK_PATH = re.compile(r"/api/webhook/[A-Za-z0-9._~-]+")
_URL_RULE = (
    "write the address that Home Assistant showed when the server was added, "
    "like http://homeassistant.local:8123/api/webhook/..."
)


class ConfigError(Exception):
    """The settings can't be used; the text names file, field and remedy, no value."""


@dataclass(frozen=True, kw_only=True)
class Url:
    """Where the hub listens."""

    scheme: str
    host: str
    port: int
    path: str = field(repr=False)
    """Holds the webhook id, which is nobody else's business."""

    @property
    def address(self) -> str:
        """The part that may be shown: scheme, host and port."""
        return f"{self.scheme}://{self._host}:{self.port}"

    @property
    def authority(self) -> str:
        """What the Host header says."""
        default = self.port == _DEFAULT_PORTS[self.scheme]
        return self._host if default else f"{self._host}:{self.port}"

    @property
    def _host(self) -> str:
        return f"[{self.host}]" if ":" in self.host else self.host


@dataclass(frozen=True, kw_only=True)
class Config:
    """The settings of one agent."""

    url: Url
    server_id: str
    key: Secret
    ca_file: str | None = None
    """Certificate authorities to trust instead of the system's."""
    heartbeat_interval_seconds: int = DEFAULT_INTERVAL
    """Until the hub says otherwise."""


def load(path: str, read: Callable[[str], Mapping[str, str]] = read_settings) -> Config:
    """Read the settings; raises ConfigError."""
    try:
        values = read(path)
    except SettingsError as error:
        raise ConfigError(f"{path}: {error}") from None
    if unknown := values.keys() - _READERS.keys():
        # What is no plain word may be a misplaced key, which is not to be shown.
        names = sorted(n for n in unknown if re.fullmatch("[a-z_]{1,40}", n))
        raise ConfigError(
            f"{path}: {', '.join(names) or 'a name'}: this setting does not exist; "
            f"the settings are {', '.join(_READERS)}"
        )
    if missing := [name for name in _REQUIRED if name not in values]:
        raise ConfigError(f"{path}: {missing[0]}: this setting is missing; add it")
    fields: dict[str, Any] = {}
    for name, value in values.items():
        try:
            fields[name] = _READERS[name](value)
        except ValueError as error:
            raise ConfigError(f"{path}: {name}: {error}") from None
    return Config(**fields)


def parse_url(value: str) -> Url:
    """Read an address of the hub; raises ValueError with what to do."""
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        raise ValueError(_URL_RULE) from None
    if not _PRINTABLE.fullmatch(value):
        raise ValueError(_URL_RULE)
    if parts.scheme not in _DEFAULT_PORTS:
        raise ValueError("start it with http:// or https://")
    if not _HOST.fullmatch(parts.hostname or ""):
        raise ValueError(_URL_RULE)
    if parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError(f"remove user name, '?' and '#'; {_URL_RULE}")
    if not _WEBHOOK_PATH.fullmatch(parts.path):
        raise ValueError(f"the path must be /api/webhook/<id>; {_URL_RULE}")
    return Url(
        scheme=parts.scheme,
        host=parts.hostname or "",
        port=port or _DEFAULT_PORTS[parts.scheme],
        path=parts.path,
    )


def _server_id(value: str) -> str:
    if not SERVER_ID.fullmatch(value):
        raise ValueError(f"write {SERVER_ID_RULE}")
    return value


def _key(value: str) -> Secret:
    try:
        return Secret.parse(value)
    except ValueError as error:
        raise ValueError(f"{error}; copy it again from Home Assistant") from None


def _ca_file(value: str) -> str:
    path = Path(value)
    if not path.is_absolute() or not value.isprintable():
        raise ValueError("write the full path of a file, starting with /")
    try:
        with path.open("rb"):
            return value
    except OSError as error:
        raise ValueError(
            f"this file can't be read ({error.strerror}); put the certificate of "
            "your certificate authority there or remove this line"
        ) from None


def _interval(value: str) -> int:
    if not re.fullmatch("[0-9]{1,6}", value) or not (
        MIN_INTERVAL <= int(value) <= MAX_INTERVAL
    ):
        raise ValueError(f"write whole seconds from {MIN_INTERVAL} to {MAX_INTERVAL}")
    return int(value)


_READERS: dict[str, Callable[[str], Any]] = {
    "url": parse_url,
    "server_id": _server_id,
    "key": _key,
    "ca_file": _ca_file,
    "heartbeat_interval_seconds": _interval,
}
_REQUIRED = ("url", "server_id", "key")
