"""Set the hub up inside a test's Home Assistant."""

from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigSubentryData
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.homelabcmd.const import DOMAIN, SUBENTRY_SERVER
from custom_components.homelabcmd.core.hub.standstill import LONGEST
from custom_components.homelabcmd.hub.hub import Hub

WEBHOOK_ID = "a" * 64

type Beat = Callable[..., Coroutine[Any, Any, str]]
"""Sends a heartbeat with a key; returns "received", or the code of the refusal."""


def hub_entry(
    servers: Iterable[str] = ("nas",),
    options: dict[str, Any] | None = None,
    **data: Any,
) -> MockConfigEntry:
    """Return a hub's config entry with servers; `data` is what they have besides."""
    return MockConfigEntry(
        domain=DOMAIN,
        title="HomelabCmd",
        data={"webhook_id": WEBHOOK_ID},
        options=options or {},
        unique_id=DOMAIN,
        subentries_data=[
            ConfigSubentryData(
                data={
                    "server_id": server_id,
                    "tdp_watts": 50,
                    "location": None,
                    "tags": [],
                    **data,
                },
                subentry_type=SUBENTRY_SERVER,
                title=server_id.upper(),
                unique_id=server_id,
            )
            for server_id in servers
        ],
    )


async def set_up(hass: HomeAssistant, entry: MockConfigEntry) -> Hub:
    """Set the hub up and return it."""
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    # These servers did not come by a dialog, so their keys only look lost.
    ir.async_delete_issue(hass, DOMAIN, "keys_lost")
    hub: Hub = entry.runtime_data
    return hub


def pass_time(hub: Hub, freezer: FrozenDateTimeFactory, seconds: float) -> None:
    """Let time pass in silence, with the hub awake.

    Of more than an hour, it sleeps through the rest.
    """
    asleep = max(seconds - 3600, 0)
    awake = seconds - asleep
    while awake > 0:
        freezer.tick(min(awake, LONGEST))
        hub.tick()
        awake -= LONGEST
    if asleep:
        freezer.tick(asleep)
        hub.tick()


def key_of(hub: Hub, server_id: str = "nas") -> str:
    """Return the key that a server's agent signs with."""
    return hub.keys.servers[server_id].current.dump()


def state_of(hass: HomeAssistant, key: str, server_id: str = "nas") -> str:
    """Return the state of a server's entity, found by what it is, not by its name."""
    registry = er.async_get(hass)
    for platform in ("sensor", "binary_sensor"):
        entity_id = registry.async_get_entity_id(platform, DOMAIN, f"{server_id}_{key}")
        if entity_id is not None:
            state = hass.states.get(entity_id)
            return "no state" if state is None else state.state
    return "no entity"
