"""A hub with two servers whose power is followed from outside."""

from dataclasses import dataclass
from typing import Any

from homeassistant.core import Context, State
from homeassistant.helpers import issue_registry as ir

from custom_components.homelabcmd.const import DOMAIN
from tests.builders import metrics

from ..alerts.lab import Lab

PLUG = "sensor.plug"
PRICE = "sensor.price"


@dataclass
class PowerBench:
    """Sets sources and sensors, and looks at what is counted."""

    lab: Lab

    # What happens.

    async def source(self, kind: str, server_id: str = "nas", **fields: Any) -> None:
        """Choose a server's source of power, as its dialog does."""
        entry = self.lab.hub.entry
        subentry = entry.subentries[self.lab.hub.servers[server_id].subentry_id]
        power = {"kind": kind, **fields}
        self.lab.hass.config_entries.async_update_subentry(
            entry, subentry, data={**subentry.data, "power": power}
        )
        await self.lab.hass.async_block_till_done()

    async def plug(self, state: Any, unit: str = "W", entity_id: str = PLUG) -> None:
        """Let a sensor of Home Assistant say something."""
        self.lab.hass.states.async_set(
            entity_id, str(state), {"unit_of_measurement": unit}
        )
        await self.lab.hass.async_block_till_done()

    async def price(self, state: Any, unit: str = "EUR/kWh") -> None:
        """Let the price's entity say something."""
        await self.plug(state, unit, PRICE)

    async def online(self, minutes: int, server_id: str = "nas", **told: Any) -> None:
        """Let a server report the same every minute."""
        cpu = told.pop("cpu", 10)
        await self.lab.minutes(
            minutes, server_id, metrics=metrics(cpu_percent=cpu), **told
        )

    async def quiet(self, minutes: int) -> None:
        """Let minutes pass in which no server reports."""
        for _ in range(minutes):
            await self.lab.wait(60)

    # What is seen.

    def sensor(self, key: str, owner: str = "nas") -> State:
        return self.lab.state("sensor", key, owner)

    def number(self, key: str, owner: str = "nas") -> float:
        return float(self.sensor(key, owner).state)

    def watts(self, owner: str = "nas") -> str:
        return self.sensor("power", owner).state

    def problem(self, owner: str = "nas") -> str | None:
        return self.sensor("power", owner).attributes.get("problem")

    async def shown(self) -> None:
        """Let the books be shown."""
        await self.lab.hub.metering.async_show()
        await self.lab.hass.async_block_till_done()

    async def kwh(self, owner: str = "nas") -> float:
        """Return the energy by now."""
        await self.shown()
        return self.number("energy", owner)

    async def cost(self, owner: str = "nas") -> float:
        """Return what this month has cost by now."""
        await self.shown()
        return self.number("cost_this_month", owner)

    def repairs(self) -> set[str]:
        """Return what there is to repair, by its texts."""
        issues = ir.async_get(self.lab.hass).issues.values()
        return {
            issue.translation_key or ""
            for issue in issues
            if issue.domain == DOMAIN
            and (issue.translation_key or "").startswith(("power_", "price_"))
        }

    async def ask(
        self, action: str, context: Context | None = None, **data: Any
    ) -> dict[str, Any]:
        """Call an action and return what it answers."""
        answer: Any = await self.lab.hass.services.async_call(
            DOMAIN, action, data, blocking=True, return_response=True, context=context
        )
        answered: dict[str, Any] = answer
        return answered
