"""Home Assistant's configuration directory: complete, quiet, on loopback only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
import json
from pathlib import Path
from typing import Any

import yaml

from .paths import INTEGRATION
from .ports import LOOPBACK

_UTC = "UTC"
_LOCALTIME = Path("/etc/localtime")
# What a normal installation has and works without internet. `default_config` would add
# what looks for devices and for the cloud.
_INTEGRATIONS = (
    "api",
    "automation",
    "config",
    "energy",
    "frontend",
    "history",
    "logbook",
    "mobile_app",
    "my",
    "person",
    "scene",
    "script",
    "sun",
    "system_health",
    "webhook",
    "websocket_api",
)
_BOOTSTRAP = "homeassistant.bootstrap"
# They miss ffmpeg and libturbojpeg on a plain machine. Only cameras want those.
_NOT_OURS = ("haffmpeg", "homeassistant.components.camera.img_util")


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """A configuration directory and what is in it."""

    directory: Path
    port: int
    name: str = "Home"
    purge_keep_days: int = 10
    trust_loopback: bool = False
    """Whether a browser on this machine is logged in without a password."""
    slack_api: str = ""
    """The address of the stand-in for Slack's API; empty for the real one."""
    commit_interval: int = 1
    """Seconds after which the recorder writes to its file."""
    more: Mapping[str, Any] = field(default_factory=dict)
    """Further integrations that are set up by YAML."""

    @property
    def url(self) -> str:
        """The address of this Home Assistant."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def database(self) -> Path:
        """The recorder's file."""
        return self.directory / "home-assistant_v2.db"

    def write(self) -> None:
        """Write the directory, or bring it up to date: what is stored in it stays."""
        storage = self.directory / ".storage"
        storage.mkdir(parents=True, exist_ok=True, mode=0o700)
        (self.directory / "configuration.yaml").write_text(self._yaml())
        # YAML for this is on its way out: it would be tried for five minutes only.
        _store(storage / "http", 2, 2, self._http())
        # All of the onboarding that needs the internet is done; creating the user is
        # left.
        if not (storage / "onboarding").exists():
            done = ["core_config", "analytics", "integration"]
            _store(storage / "onboarding", 4, 1, {"done": done})
        self._link_integration()

    def _yaml(self) -> str:
        providers: list[dict[str, Any]] = [{"type": "homeassistant"}]
        if self.trust_loopback:
            # Only the first one is tried without a click.
            providers.insert(
                0,
                {
                    "type": "trusted_networks",
                    "trusted_networks": [f"{LOOPBACK}/32"],
                    "allow_bypass_login": True,
                },
            )
        return yaml.safe_dump(
            {
                "homeassistant": {
                    "name": self.name,
                    "latitude": 52.37,
                    "longitude": 4.89,
                    "elevation": 2,
                    "unit_system": "metric",
                    "currency": "EUR",
                    "country": "NL",
                    "language": "en",
                    "time_zone": _time_zone(),
                    "internal_url": self.url,
                    "external_url": self.url,
                    "auth_providers": providers,
                },
                **dict.fromkeys(_INTEGRATIONS),
                "recorder": {
                    "purge_keep_days": self.purge_keep_days,
                    "commit_interval": self.commit_interval,
                },
                "logger": {
                    "default": "warning",
                    # It tells when the start is complete; the stages are noise.
                    "logs": {
                        _BOOTSTRAP: "info",
                        **dict.fromkeys(_NOT_OURS, "critical"),
                    },
                    "filters": {_BOOTSTRAP: ["^Setting up stage", "^Nothing to set"]},
                },
                **self.more,
            },
            sort_keys=False,
        )

    def _http(self) -> dict[str, Any]:
        return {
            "stable": {
                "server_host": [LOOPBACK],
                "server_port": self.port,
                "cors_allowed_origins": [],
                "login_attempts_threshold": -1,
                "ip_ban_enabled": True,
                "ssl_profile": "modern",
                "use_x_frame_options": True,
                "created_at": "2026-01-01T00:00:00+00:00",
                "error": None,
                "error_message": None,
            },
            "pending": None,
            "yaml_migration_done": True,
        }

    def _link_integration(self) -> None:
        link = self.directory / "custom_components" / INTEGRATION.name
        link.parent.mkdir(exist_ok=True)
        if link.is_symlink():
            link.unlink()
        link.symlink_to(INTEGRATION)


def _store(path: Path, version: int, minor_version: int, data: dict[str, Any]) -> None:
    content = {
        "version": version,
        "minor_version": minor_version,
        "key": path.name,
        "data": data,
    }
    path.write_text(json.dumps(content, indent=2))


def _time_zone() -> str:
    """Return this machine's time zone, so that times read like those of its clock."""
    _, found, zone = str(_LOCALTIME.resolve()).partition("/zoneinfo/")
    return zone if found else _UTC
