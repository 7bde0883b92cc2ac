"""What a user can set: options of the hub, and the fields of a server."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any, Self

from ..alerts.rule_settings import Layer
from ..power.source import Source
from ..remediation.window import Window
from ..servers.watch_list import Watched

MIN_INTERVAL_SECONDS = 10
MAX_INTERVAL_SECONDS = 3600
MAX_OFFLINE_SECONDS = 86400
MIN_TIMEOUT_SECONDS = 10
MAX_TIMEOUT_SECONDS = 3600
MIN_INTERVALS_TO_OFFLINE = 2
"""One heartbeat may be lost without an alarm."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """The options of the hub."""

    heartbeat_interval_seconds: int = 60
    server_offline_seconds: int = 180
    electricity_price: float = 0.24
    """Per kWh, in Home Assistant's currency."""
    price_entity: str | None = None
    """An entity that says what a kWh costs now; then the price above is for as long
    as it has not said anything."""
    offline_draws_tdp: bool = False
    """Whether a server that is offline is taken to draw its typical power."""
    command_timeout_seconds: int = 300
    """How long a command may take on its server."""
    show_in_sidebar: bool = True
    """Whether the dashboard has an entry there; its address works without one."""
    alerts: Layer = field(default_factory=dict)
    """Settings of the alert rules, as far as they are not the defaults."""

    @classmethod
    def from_mapping(cls, data: Mapping[str, Any]) -> Self:
        """Read what the options flow stored; what is not there has its default."""
        known = {item.name for item in fields(cls)}
        return cls(**{name: value for name, value in data.items() if name in known})


def offline_too_soon(interval: float, offline: float) -> bool:
    """Return whether one lost heartbeat would call a server offline."""
    return offline < MIN_INTERVALS_TO_OFFLINE * interval


@dataclass(frozen=True, kw_only=True)
class ServerConfig:
    """What the user says about a server."""

    server_id: str
    name: str
    tdp_watts: int = 50
    """Typical power draw."""
    location: str | None = None
    """Becomes the suggested area."""
    tags: tuple[str, ...] = ()
    services: tuple[Watched, ...] = ()
    """systemd units to watch, without `.service`."""
    containers: tuple[Watched, ...] = ()
    alerts: Layer = field(default_factory=dict)
    """Settings of the alert rules, as far as they are not those of the hub."""
    window: Window | None = None
    """When updates that need no person may be installed; None is at any time."""
    power: Source = field(default_factory=Source)
    """From where it is known what it draws."""
    own_machine: bool = False
    """Whether it is the machine that Home Assistant runs on, which has no agent."""

    @cached_property
    def watched(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The names of the units and of the containers to watch."""
        return (
            tuple(item.name for item in self.services),
            tuple(item.name for item in self.containers),
        )

    @classmethod
    def from_subentry(cls, title: str, data: Mapping[str, Any]) -> Self:
        """Read a subentry."""
        window = data.get("maintenance_window")
        return cls(
            server_id=data["server_id"],
            name=title or data["server_id"],
            tdp_watts=data["tdp_watts"],
            location=data["location"],
            tags=tuple(data["tags"]),
            # Servers added before there were watch lists have none.
            services=tuple(map(Watched.from_data, data.get("services", ()))),
            containers=tuple(map(Watched.from_data, data.get("containers", ()))),
            alerts=data.get("alerts", {}),
            window=window and Window.from_data(window),
            power=Source.from_data(data.get("power") or Source().as_data()),
            own_machine=data.get("own_machine", False),
        )

    def subentry_data(self) -> dict[str, Any]:
        """Return the data of the subentry; the name is its title."""
        return {
            "server_id": self.server_id,
            "tdp_watts": self.tdp_watts,
            "location": self.location,
            "tags": list(self.tags),
            "services": [item.as_data() for item in self.services],
            "containers": [item.as_data() for item in self.containers],
            "alerts": {key: dict(changes) for key, changes in self.alerts.items()},
            "maintenance_window": self.window and self.window.as_data(),
            "power": self.power.as_data(),
            "own_machine": self.own_machine,
        }
