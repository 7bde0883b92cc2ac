"""A home network that is made up: its kernel, its leases, its announcements."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any

from homeassistant.components.dhcp.models import DATA_DHCP, DHCPData, DhcpMatchers
from homeassistant.core import Context, Event, HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import (
    MockUser,
    async_capture_events,
)
from zeroconf import current_time_millis
from zeroconf._cache import DNSCache
from zeroconf._dns import DNSAddress

from custom_components.homelabcmd.const import DOMAIN
from custom_components.homelabcmd.core.discovery.networks import Place
from custom_components.homelabcmd.discovery import (
    explorer,
    neighbours,
    probe,
    sources,
)
from custom_components.homelabcmd.discovery.neighbours import Neighbour
from custom_components.homelabcmd.hub.hub import Hub

from ..dialogs import Dialogs

NAS = "00:1b:21:3a:4f:5c"
OURS = "192.168.1.5"
_A, _AAAA, _IN = 1, 28, 1


def adapter(name: str, address: str, prefix: int, **more: Any) -> dict[str, Any]:
    ipv4 = [{"address": address, "network_prefix": prefix}]
    return {"name": name, "enabled": True, "ipv4": ipv4, "ipv6": [], **more}


@dataclass
class Home:
    """Home Assistant and who is around it."""

    hass: HomeAssistant
    hub: Hub
    dialogs: Dialogs
    admin: Context
    guest: Context
    events: list[Event[dict[str, Any]]]
    adapters: list[dict[str, Any]] = field(
        default_factory=lambda: [
            adapter("docker0", "172.17.0.1", 16, enabled=False),
            adapter("eth0", OURS, 24),
        ]
    )
    there: dict[str, list[Neighbour]] = field(default_factory=dict)
    """The neighbours by the adapter over which they are."""
    ssh: dict[str, bool] = field(default_factory=dict)
    """Who answers a probe, and whether by SSH."""
    asked: list[str] = field(default_factory=list)
    cache: DNSCache = field(default_factory=DNSCache)

    async def call(
        self, action: str, context: Context | None = None, **data: Any
    ) -> Any:
        """Call an action, and return its answer if it has one."""
        answers = self.hass.services.supports_response(DOMAIN, action) != "none"
        return await self.hass.services.async_call(
            DOMAIN,
            action,
            data,
            blocking=True,
            return_response=answers,
            context=context or self.admin,
        )

    async def devices(self) -> dict[str, dict[str, Any]]:
        """Return what is listed, by the devices' ids."""
        answer = await self.call("list_devices", self.guest)
        return {device["device"]: device for device in answer["devices"]}

    def cards(self) -> list[str]:
        """Return of which devices there are cards."""
        flows = self.hass.config_entries.flow.async_progress_by_handler(DOMAIN)
        ids = (str(flow["context"].get("unique_id")) for flow in flows)
        return [each.removeprefix("device_") for each in ids if "device_" in each]

    def neighbours(
        self, *known: tuple[str, str], over: str = "eth0", age: float = 0
    ) -> None:
        """Have the kernel know some machines: MAC addresses and addresses."""
        self.there[over] = [Neighbour(mac, address, age) for mac, address in known]

    def lease(self, mac: str, address: str, name: str) -> None:
        """Have Home Assistant's DHCP integration know a machine."""
        self.hass.config.components.add("dhcp")
        data = self.hass.data.setdefault(
            DATA_DHCP, DHCPData(integration_matchers=DhcpMatchers(set(), {}, {}))
        )
        data.address_data[mac] = {"ip": address, "hostname": name}

    def announce(self, name: str, *addresses: str, age: float = 0) -> None:
        """Have a machine announce itself by mDNS; the age is in seconds."""
        self.hass.config.components.add("zeroconf")
        created = current_time_millis() - age * 1000
        self.cache.async_add_records(
            DNSAddress(
                f"{name}.local.",
                _A if address.version == 4 else _AAAA,
                _IN,
                120,
                address.packed,
                created=created,
            )
            for address in map(ip_address, addresses)
        )


@pytest.fixture
async def home(
    hass: HomeAssistant,
    hub: Hub,
    dialogs: Dialogs,
    hass_admin_user: MockUser,
    hass_read_only_user: MockUser,
    mock_async_zeroconf: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Home]:
    """Run a hub in a network that the test makes up."""
    home = Home(
        hass=hass,
        hub=hub,
        dialogs=dialogs,
        admin=Context(user_id=hass_admin_user.id),
        guest=Context(user_id=hass_read_only_user.id),
        events=async_capture_events(hass, "homelabcmd_devices"),
    )
    mock_async_zeroconf.zeroconf.cache = home.cache

    async def adapters(_hass: HomeAssistant) -> list[dict[str, Any]]:
        return home.adapters

    async def ask(place: Place, address: str) -> bool | None:
        assert str(place.address) == OURS
        home.asked.append(address)
        return home.ssh.get(address)

    def read(over: frozenset[str]) -> list[Neighbour]:
        return [each for name in over for each in home.there.get(name, ())]

    # The network of the machine that tests run on is nobody's business.
    monkeypatch.setattr(explorer, "check", lambda _place: None)
    monkeypatch.setattr(sources, "async_get_adapters", adapters)
    monkeypatch.setattr(neighbours, "read", read)
    monkeypatch.setattr(probe, "_async_ssh", ask)
    monkeypatch.setattr(probe, "PER_SECOND", 1e6)
    yield home
    await hub.explorer.async_stop()
