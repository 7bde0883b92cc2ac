"""What applies to the alerts of a server: its rules, and what it is to run."""

from collections.abc import Mapping, Set as AbstractSet
from dataclasses import dataclass
from typing import Any, Self

from ..core.alerts.evidence import Evidence, evidence_of, known_of
from ..core.alerts.rule_settings import Layer, Policy, policy
from ..core.hub.settings import ServerConfig
from ..core.servers.server import ServerState

CONF_ALERTS = "alerts"
"""Holds a layer of settings: in the options of the hub, in the data of a server."""


@dataclass(frozen=True, kw_only=True)
class AppliedRules:
    """Made when the user changes something, and kept."""

    config: ServerConfig
    layers: tuple[Layer, Layer]
    policy: Policy
    services: AbstractSet[str]
    containers: AbstractSet[str]

    @classmethod
    def of(cls, config: ServerConfig, layers: tuple[Layer, Layer]) -> Self:
        """Work out what applies."""
        return cls(
            config=config,
            layers=layers,
            policy=policy(*layers),
            services=frozenset(item.name for item in config.services if item.critical),
            containers=frozenset(
                item.name for item in config.containers if item.critical
            ),
        )

    def heard(self, state: ServerState, newest_agent: str | None) -> Evidence:
        """Return what a heartbeat proves, to be used once."""
        return evidence_of(
            state, self.services, self.containers, newest_agent, self.policy.heat
        )

    def known(self, state: ServerState) -> Evidence:
        """Return what is known of a server without a word from it."""
        return known_of(state, self.services, self.containers)


def layer_in(data: Mapping[str, Any]) -> Layer:
    """Return the settings of alerts that options or a subentry hold."""
    layer = data.get(CONF_ALERTS)
    return layer if isinstance(layer, Mapping) else {}
