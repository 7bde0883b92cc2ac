"""Entities that come and go with what is in a server.

Of an item that has vanished, the entity is taken out of the platform at once: Home
Assistant then shows it as unavailable and lets the user delete it. Its entry in the
registry, with name, area and history, stays until the core forgets the item. An item
that nobody watches any more takes its entry along at once.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
import re

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from ..const import DOMAIN
from ..hub.entry import HomelabConfigEntry
from ..servers.coordinator import ServerCoordinator
from .base import ServerEntity

_ITEM = re.compile(r".+_[0-9a-f]{16}")
"""The end of the unique id of an item's entity, after the server's id."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where an entity belongs: its item is there, or is still remembered."""

    key: str
    """The unique id without the server's id."""
    there: bool
    make: Callable[[], ServerEntity]


type Plan = Callable[[ServerCoordinator], Iterable[Place]]


@callback
def async_follow_items(
    hass: HomeAssistant,
    entry: HomelabConfigEntry,
    domain: str,
    async_add_entities: AddConfigEntryEntitiesCallback,
    plan: Plan,
) -> None:
    """Keep a platform's entities of all servers as `plan` wants them."""

    @callback
    def follow(coordinator: ServerCoordinator) -> None:
        follower = _Follower(hass, coordinator, domain, async_add_entities, plan)
        follower.sync()
        entry.async_on_unload(
            coordinator.async_add_listener(follower.sync, follower.moved)
        )

    entry.async_on_unload(entry.runtime_data.async_each_server(follow))


class _Follower:
    """Follows one server for one platform."""

    def __init__(
        self,
        hass: HomeAssistant,
        coordinator: ServerCoordinator,
        domain: str,
        async_add_entities: AddConfigEntryEntitiesCallback,
        plan: Plan,
    ) -> None:
        self._hass = hass
        self._server = coordinator
        self._domain = domain
        self._add = async_add_entities
        self._plan = plan
        self._entities: dict[str, ServerEntity] = {}
        self._known: set[str] = set()
        self._done: object = None
        self._swept = False

    def _outline(self) -> object:
        config, state = self._server.config, self._server.data
        return state.inventory.shape, config.watched, state.heartbeat is None

    def moved(self) -> bool:
        """Return whether other things are there than at the last time."""
        return self._outline() != self._done

    @callback
    def sync(self) -> None:
        """Add and remove what changed since the last time."""
        self._done = self._outline()
        places = {place.key: place for place in self._plan(self._server)}
        self._forget(places.keys())
        there = {key for key, place in places.items() if place.there}
        for key in self._entities.keys() - there:
            entity = self._entities.pop(key)
            # One that is disabled was never added.
            if entity.hass is not None:
                self._hass.async_create_task(entity.async_remove())
        added = {key: places[key].make() for key in there - self._entities.keys()}
        for key, entity in added.items():
            entity.when_deleted = partial(self._deleted, key)
        self._entities |= added
        self._add(list(added.values()), config_subentry_id=self._server.subentry_id)

    @callback
    def _deleted(self, key: str) -> None:
        """Look again with the next heartbeat: what is there is shown."""
        self._entities.pop(key, None)
        self._done = None

    def _forget(self, keys: Iterable[str]) -> None:
        """Take what is remembered no longer out of the registry."""
        registry = er.async_get(self._hass)
        server_id = self._server.config.server_id
        kept = set(keys)
        forgotten = {f"{server_id}_{key}" for key in self._known - kept}
        self._known = kept
        if not self._swept and self._server.data.heartbeat is not None:
            # What changed while nobody followed. Only after the first heartbeat: if
            # what was saved is lost, it says what there is.
            self._swept = True
            wanted = {f"{server_id}_{key}" for key in kept}
            forgotten |= {
                entry.unique_id
                for entry in er.async_entries_for_device(
                    registry, self._server.device_id, include_disabled_entities=True
                )
                if entry.domain == self._domain
                and entry.platform == DOMAIN
                and _ITEM.fullmatch(entry.unique_id)
                and entry.unique_id not in wanted
            }
        for unique_id in forgotten:
            if entity_id := registry.async_get_entity_id(
                self._domain, DOMAIN, unique_id
            ):
                registry.async_remove(entity_id)
