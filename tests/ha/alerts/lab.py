"""A hub with two servers whose alerts are followed from outside."""

from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import Context, Event, HomeAssistant, State
from homeassistant.helpers import entity_registry as er
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.homelabcmd.const import DOMAIN
from custom_components.homelabcmd.hub.hub import Hub
from tests.builders import metrics

from ..setup_hub import Beat, key_of, pass_time

START = "2026-03-02T12:00:00+00:00"
QUIET: dict[str, Any] = {"updates_available": 0, "security_updates": 0}
"""What a heartbeat says of updates where they are not the matter."""

type Told = tuple[str, str, str]


def disk(percent: float, mount: str = "/") -> dict[str, Any]:
    """Return a disk as a heartbeat has it."""
    return {"mount": mount, "total_gb": 100, "used_gb": percent, "percent": percent}


def full(percent: float) -> dict[str, Any]:
    """Return what a heartbeat says of a root file system."""
    return {"disks": [disk(percent)], "metrics": metrics(disk_percent=percent)}


def unit(status: str, name: str = "plex") -> dict[str, Any]:
    """Return what a heartbeat says of one service."""
    return {"services": [{"name": f"{name}.service", "status": status}]}


@dataclass
class Lab:
    """Drives time, heartbeats and actions, and looks at what comes of them."""

    hass: HomeAssistant
    hub: Hub
    beat: Beat
    freezer: FrozenDateTimeFactory
    events: list[Event[dict[str, Any]]]

    # What happens.

    async def report(self, server_id: str = "nas", **changes: Any) -> None:
        """Send a heartbeat by the webhook."""
        key = key_of(self.hub, server_id)
        assert await self.beat(key, server_id, **(QUIET | changes)) == "received"
        await self.hass.async_block_till_done()

    async def wait(self, seconds: float) -> None:
        """Let time pass in silence."""
        pass_time(self.hub, self.freezer, seconds)
        async_fire_time_changed(self.hass)
        # Messages are sent in the background.
        await self.hass.async_block_till_done(wait_background_tasks=True)

    async def minutes(self, count: int, *server_ids: str, **changes: Any) -> None:
        """Let servers report the same every minute."""
        for _ in range(count):
            await self.wait(60)
            for server_id in server_ids or ("nas",):
                await self.report(server_id, **changes)

    async def act(
        self, action: str, context: Context | None = None, **data: Any
    ) -> None:
        """Call an action that answers nothing."""
        await self.hass.services.async_call(
            DOMAIN, action, data, blocking=True, context=context
        )
        await self.hass.async_block_till_done()

    async def watch(self, **lists: Any) -> None:
        """Set what is watched on the first server."""
        await self.act("update_server", server="nas", **lists)

    async def set_options(self, **options: Any) -> None:
        """Change the options of the hub."""
        self.hass.config_entries.async_update_entry(self.hub.entry, options=options)
        await self.hass.async_block_till_done()

    async def set_server_alerts(self, **alerts: Any) -> None:
        """Change the alert settings of the first server."""
        entry = self.hub.entry
        subentry = entry.subentries[self.hub.servers["nas"].subentry_id]
        self.hass.config_entries.async_update_subentry(
            entry, subentry, data={**subentry.data, "alerts": alerts}
        )
        await self.hass.async_block_till_done()

    async def restart(self, away: float = 0) -> None:
        """Stop the hub, and start it again after so many seconds."""
        await self.stop()
        self.freezer.tick(away)
        await self.start()

    async def crash(self, storage: dict[str, Any]) -> None:
        """Start the hub again with what was saved by now."""
        saved = deepcopy(storage)
        await self.stop()
        storage.clear()
        storage.update(saved)
        await self.start()

    async def stop(self) -> None:
        """Unload the hub."""
        assert await self.hass.config_entries.async_unload(self.hub.entry.entry_id)
        await self.hass.async_block_till_done()

    async def start(self) -> None:
        """Load the hub again."""
        assert await self.hass.config_entries.async_setup(self.hub.entry.entry_id)
        await self.hass.async_block_till_done()
        self.hub = self.hub.entry.runtime_data

    # What is seen.

    async def alerts(self, **filters: Any) -> list[dict[str, Any]]:
        """Return what list_alerts answers."""
        answer: Any = await self.hass.services.async_call(
            DOMAIN, "list_alerts", filters, blocking=True, return_response=True
        )
        alerts: list[dict[str, Any]] = answer["alerts"]
        return alerts

    async def standing(self, server: str = "nas") -> dict[str, str]:
        """Return type and subject of the alerts that are not resolved, by status."""
        return {
            f"{alert['type']} {alert['subject']}".strip(): alert["status"]
            for alert in await self.alerts(server=server)
            if alert["status"] != "resolved"
        }

    def told(self) -> list[Told]:
        """Return kind, type and severity of each change since the last look."""
        told = [
            (event.data["kind"], event.data["type"], event.data["severity"])
            for event in self.events
        ]
        self.events.clear()
        return told

    def state(self, platform: str, key: str, owner: str = "nas") -> State:
        """Return the state of an entity, found by what it is."""
        entity_id = self.entity_id(platform, key, owner)
        state = self.hass.states.get(entity_id)
        assert state is not None
        return state

    def entity_id(self, platform: str, key: str, owner: str = "nas") -> str:
        """Return the id of an entity of a server, or of the hub."""
        owner = self.hub.entry.entry_id if owner == "hub" else owner
        entity_id = er.async_get(self.hass).async_get_entity_id(
            platform, DOMAIN, f"{owner}_{key}"
        )
        assert entity_id is not None
        return entity_id
