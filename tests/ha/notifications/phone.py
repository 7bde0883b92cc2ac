"""Phones of the companion app, and what is pressed on them."""

from dataclasses import dataclass
from typing import Any

from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import device_registry as dr
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser

from ..alerts.lab import Lab
from .mail import Mail, target

EVENT = "mobile_app_notification_action"


@dataclass
class Phone:
    """A phone of somebody, as the companion app registers it."""

    hass: HomeAssistant
    name: str
    user: MockUser
    maker: str = "Google"

    def __post_init__(self) -> None:
        self.mail = Mail(self.hass, f"mobile_app_{self.name}")
        entry = MockConfigEntry(
            domain="mobile_app",
            title=self.name,
            data={
                "device_name": self.name,
                "manufacturer": self.maker,
                "user_id": self.user.id,
            },
        )
        entry.add_to_hass(self.hass)
        self.device_id = (
            dr.async_get(self.hass)
            .async_get_or_create(
                config_entry_id=entry.entry_id,
                identifiers={("mobile_app", self.name)},
                name=self.name,
            )
            .id
        )

    @property
    def target(self) -> dict[str, Any]:
        return target(self.name, "phone", address=self.device_id)

    @property
    def button(self) -> str:
        """The id of the button of the last message."""
        [button] = self.mail.letters[-1]["data"]["actions"]
        assert button["title"] == "Acknowledge"
        action: str = button["action"]
        return action

    @property
    def buttons(self) -> dict[str, str]:
        """The ids of the buttons of the last message, by what is on them."""
        actions = self.mail.letters[-1].get("data", {}).get("actions", ())
        return {button["title"]: button["action"] for button in actions}


async def press(
    lab: Lab, action: str, user: MockUser | None, *, parent: str | None = None
) -> None:
    context = Context(user_id=user.id if user else None, parent_id=parent)
    lab.hass.bus.async_fire(EVENT, {"action": action}, context=context)
    await lab.hass.async_block_till_done()
