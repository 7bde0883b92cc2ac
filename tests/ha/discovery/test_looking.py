"""Looking around in the home network: what is known, what is asked, what is kept."""

import asyncio
from datetime import datetime, timedelta
import errno
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.dhcp import helpers as dhcp_helpers
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, Unauthorized
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.homelabcmd.const import DOMAIN
from custom_components.homelabcmd.core.discovery.networks import Place
from custom_components.homelabcmd.diagnostics import (
    async_get_config_entry_diagnostics,
)
from custom_components.homelabcmd.discovery import explorer, probe
from custom_components.homelabcmd.discovery.explorer import LOOK_EVERY
from custom_components.homelabcmd.errors import HomelabError

from ..setup_hub import Beat, key_of, pass_time
from .conftest import NAS, Home, adapter

PHONE = "da:a1:19:00:00:01"
MINUTE = timedelta(minutes=1)

with_leases = pytest.mark.skipif(
    not hasattr(dhcp_helpers, "async_discovered_service_info"),
    reason="Home Assistant 2026.3 keeps its leases to itself",
)


@with_leases
async def test_what_home_assistant_knows_is_listed_and_nothing_is_sent(
    home: Home,
) -> None:
    home.neighbours((NAS, "192.168.1.7"), (PHONE, "192.168.1.20"), (PHONE, "fe80::1"))
    home.lease(NAS.replace(":", ""), "192.168.1.7", "NAS")
    home.announce("tv", "192.168.1.30")
    answer = await home.call("discover_network")
    assert home.asked == []
    devices = await home.devices()
    assert answer["devices"] == list(devices.values())
    assert devices.keys() == {NAS, PHONE, "192.168.1.30"}
    nas = devices[NAS]
    assert nas["first_seen"] == nas["last_seen"]
    assert {name: nas[name] for name in nas if not name.endswith("_seen")} == {
        "device": NAS,
        "name": "nas",
        "mac": NAS,
        "addresses": ["192.168.1.7"],
        "vendor": "Intel Corporate",
        "ssh": None,
        "server": None,
        "sources": ["dhcp", "neighbours"],
    }
    # A phone makes its address up: nobody has sold it under that.
    assert devices[PHONE]["vendor"] is None
    assert devices[PHONE]["addresses"] == ["192.168.1.20", "fe80::1"]


@with_leases
async def test_each_device_was_seen_when_it_was_there_and_not_when_we_looked(
    home: Home, freezer: FrozenDateTimeFactory
) -> None:
    start = dt_util.utcnow()
    home.neighbours((PHONE, "192.168.1.20"), age=7200)
    home.lease(NAS.replace(":", ""), "192.168.1.7", "NAS")
    home.announce("tv", "192.168.1.30", "fd00::30", age=60)
    home.announce("gone", "192.168.1.31", age=600)
    await home.call("discover_network")
    freezer.tick(timedelta(days=1))
    home.neighbours((PHONE, "192.168.1.20"), age=7200 + 86400)
    await home.call("discover_network")
    devices = await home.devices()
    minutes_before = {
        device_id: round((start - datetime.fromisoformat(device["last_seen"])) / MINUTE)
        for device_id, device in devices.items()
    }
    # A lease is remembered for ever: only a new one is of somebody who was there.
    assert minutes_before == {PHONE: 120, NAS: 0, "192.168.1.30": 1}
    home.lease(NAS.replace(":", ""), "192.168.1.8", "NAS")
    await home.call("discover_network")
    last_seen = datetime.fromisoformat((await home.devices())[NAS]["last_seen"])
    assert last_seen == start + timedelta(days=1)
    # What one machine announces is one device.
    assert devices["192.168.1.30"]["addresses"] == ["192.168.1.30", "fd00::30"]


async def test_older_home_assistant_that_keeps_its_leases_to_itself_costs_nothing_else(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.lease(NAS.replace(":", ""), "192.168.1.7", "NAS")
    home.neighbours((PHONE, "192.168.1.20"))
    # As in Home Assistant 2026.3.
    monkeypatch.delattr(dhcp_helpers, "async_discovered_service_info", raising=False)
    await home.call("discover_network")
    assert list(await home.devices()) == [PHONE]


async def test_probe_asks_each_address_of_one_network_once(home: Home) -> None:
    home.ssh = {"192.168.1.7": True, "192.168.1.8": False}
    home.neighbours(
        (NAS, "192.168.1.7"),
        # Of another network over the same adapter: it was not asked for.
        ("00:1b:21:00:00:09", "10.9.9.9"),
    )
    await home.call("discover_network", network="192.168.1.0/24")
    assert len(home.asked) == len(set(home.asked)) == 253
    assert all(address.startswith("192.168.1.") for address in home.asked)
    devices = await home.devices()
    assert devices[NAS]["ssh"] is True
    assert devices[NAS]["sources"] == ["neighbours", "probe"]
    assert devices["192.168.1.8"]["ssh"] is False


async def test_containers_of_home_assistants_machine_are_no_devices(
    home: Home,
) -> None:
    home.neighbours(("02:42:ac:11:00:02", "172.17.0.2"), over="docker0")
    await home.call("discover_network")
    assert await home.devices() == {}


async def test_networks_that_can_be_probed_are_named_and_the_others_with_the_reason(
    home: Home,
) -> None:
    home.adapters.append(adapter("tailscale0", "100.101.1.2", 32))
    home.adapters.append(adapter("eth1", "10.20.0.5", 16, enabled=False))
    answer = await home.call("list_devices", home.guest)
    assert answer["networks"] == [
        {
            "network": "192.168.1.0/24",
            "adapter": "eth0",
            "addresses": 253,
            "probe": True,
            "why": None,
        },
        {
            "network": "100.101.1.2/32",
            "adapter": "tailscale0",
            "addresses": None,
            "probe": False,
            "why": "overlay",
        },
        {
            "network": "10.20.0.0/16",
            "adapter": "eth1",
            "addresses": None,
            "probe": False,
            "why": "too_large",
        },
    ]


@pytest.mark.parametrize(
    ("network", "key"),
    [
        ("", "invalid_network"),
        ("nonsense", "invalid_network"),
        ("fe80::1%eth0", "network_ipv6"),
        ("192.168.1.0%eth0/24", "invalid_network"),
        ("fd00::/64", "network_ipv6"),
        ("172.17.0.0/16", "network_too_large"),
        ("8.8.8.0/24", "network_public"),
        ("192.168.2.0/24", "network_not_ours"),
    ],
)
async def test_other_networks_are_refused_before_anything_is_sent(
    home: Home, network: str, key: str
) -> None:
    with pytest.raises(HomelabError) as refused:
        await home.call("discover_network", network=network)
    assert refused.value.translation_key == key
    assert home.asked == []
    assert home.events == []


async def test_only_administrators_act_and_everybody_reads(home: Home) -> None:
    for action, data in (
        ("discover_network", {"network": "192.168.1.0/24"}),
        ("forget_device", {"device": NAS}),
        ("add_device_as_server", {"device": NAS}),
    ):
        with pytest.raises(Unauthorized):
            await home.call(action, home.guest, **data)
    assert home.asked == []
    home.neighbours((NAS, "192.168.1.7"))
    answer = await home.call("discover_network", home.guest)
    assert answer["devices"] == list((await home.devices()).values())


async def test_network_that_home_assistant_has_left_is_not_probed(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(_place: Place) -> None:
        raise OSError(errno.EADDRNOTAVAIL, "no such address")

    monkeypatch.setattr(explorer, "check", gone)
    with pytest.raises(HomelabError) as refused:
        await home.call("discover_network", network="192.168.1.0/24")
    assert refused.value.translation_key == "network_left"
    assert home.asked == []


async def test_who_is_there_and_says_nothing_has_no_ssh(home: Home) -> None:
    home.neighbours((NAS, "192.168.1.7"))
    home.ssh = {"192.168.1.7": True}
    await home.call("discover_network", network="192.168.1.0/24")
    home.ssh = {}
    await home.call("discover_network")
    assert (await home.devices())[NAS]["ssh"] is True
    await home.call("discover_network", network="192.168.1.0/24")
    assert (await home.devices())[NAS]["ssh"] is False
    # It was there yesterday: that it says nothing today is no wonder.
    home.ssh = {"192.168.1.7": True}
    await home.call("discover_network", network="192.168.1.0/24")
    home.ssh = {}
    home.neighbours((NAS, "192.168.1.7"), age=86400)
    await home.call("discover_network", network="192.168.1.0/24")
    assert (await home.devices())[NAS]["ssh"] is True


async def test_second_probe_waits_for_the_first(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = asyncio.Event()

    async def hang(*_args: Any) -> None:
        begun.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(probe, "_async_ssh", hang)
    first = home.hass.async_create_task(
        home.call("discover_network", network="192.168.1.0/24")
    )
    await begun.wait()
    with pytest.raises(HomelabError) as refused:
        await home.call("discover_network", network="192.168.1.0/24")
    assert refused.value.translation_key == "probe_under_way"
    # Home Assistant stops, or the hub is reloaded: the probe ends at once.
    home.hub.explorer.async_stopping()
    with pytest.raises(HomeAssistantError):
        await first


async def test_servers_are_recognised_and_not_counted(
    home: Home, beat: Beat, hass: HomeAssistant
) -> None:
    host = {"hostname": "nas", "ip_address": "192.168.1.7", "mac_address": NAS}
    assert await beat(key_of(home.hub), host=host) == "received"
    home.neighbours((NAS, "192.168.1.7"), (PHONE, "192.168.1.20"))
    await home.call("discover_network")
    devices = await home.devices()
    assert devices[NAS]["server"] == {"server_id": "nas", "name": "NAS"}
    assert devices[PHONE]["server"] is None
    home.hub.tick()
    await hass.async_block_till_done()
    state = hass.states.get("sensor.homelabcmd_devices_without_an_agent")
    assert state is not None
    assert state.state == "1"
    with pytest.raises(HomelabError) as refused:
        await home.call("add_device_as_server", device=NAS)
    assert refused.value.translation_key == "device_is_server"


async def test_forgotten_device_is_gone_with_its_card(home: Home) -> None:
    home.neighbours((NAS, "192.168.1.7"))
    await home.call("discover_network")
    answer = await home.call("add_device_as_server", device=NAS)
    await home.call("forget_device", device=NAS)
    assert await home.devices() == {}
    flows = home.hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert answer["flow_id"] not in [flow["flow_id"] for flow in flows]
    with pytest.raises(HomelabError) as refused:
        await home.call("forget_device", device=NAS)
    assert refused.value.translation_key == "unknown_device"
    assert [event.data["count"] for event in home.events] == [1, 0]


@with_leases
async def test_old_leases_are_not_new_because_the_hub_is_loaded_anew(
    home: Home, freezer: FrozenDateTimeFactory
) -> None:
    home.lease(NAS.replace(":", ""), "192.168.1.7", "NAS")
    await home.call("discover_network")
    before = (await home.devices())[NAS]
    freezer.tick(timedelta(days=1))
    [entry] = home.hass.config_entries.async_entries(DOMAIN)
    assert await home.hass.config_entries.async_reload(entry.entry_id)
    await home.call("discover_network")
    assert (await home.devices())[NAS]["last_seen"] == before["last_seen"]


async def test_devices_survive_a_restart_and_are_forgotten_after_90_days(
    home: Home, freezer: FrozenDateTimeFactory
) -> None:
    home.neighbours((NAS, "192.168.1.7"))
    await home.call("discover_network")
    [entry] = home.hass.config_entries.async_entries(DOMAIN)
    assert await home.hass.config_entries.async_reload(entry.entry_id)
    assert list(await home.devices()) == [NAS]
    freezer.tick(timedelta(days=91))
    assert await home.hass.config_entries.async_reload(entry.entry_id)
    assert await home.devices() == {}


async def test_file_of_the_devices_goes_with_the_hub(
    home: Home, hass_storage: dict[str, Any]
) -> None:
    home.neighbours((NAS, "192.168.1.7"))
    await home.call("discover_network")
    [entry] = home.hass.config_entries.async_entries(DOMAIN)
    await home.hass.config_entries.async_unload(entry.entry_id)
    assert "homelabcmd.devices" in hass_storage
    await home.hass.config_entries.async_remove(entry.entry_id)
    assert "homelabcmd.devices" not in hass_storage


@with_leases
async def test_device_becomes_a_server_by_its_card(
    home: Home, beat: Beat, hass: HomeAssistant
) -> None:
    home.neighbours((NAS, "192.168.1.7"))
    home.lease(NAS.replace(":", ""), "192.168.1.7", "cellar")
    await home.call("discover_network")
    answer = await home.call("add_device_as_server", device=NAS)
    # Once more is the same card.
    assert await home.call("add_device_as_server", device=NAS) == answer
    flow = hass.config_entries.flow.async_get(answer["flow_id"])
    assert flow["context"]["title_placeholders"] == {"name": "cellar"}
    card = await home.dialogs.card(answer["flow_id"])
    assert card.seen["description_placeholders"] == {
        "name": "cellar",
        "addresses": "192.168.1.7",
        "mac": NAS,
        "vendor": "Intel Corporate",
    }
    await card.submit(name="NAS")
    assert card.seen["errors"] == {"name": "duplicate_server"}
    await card.submit(name="Cellar")
    assert card.seen["reason"] == "device_added"
    assert home.cards() == []
    key = card.key()
    assert key in card.seen["description_placeholders"]["command"]
    assert await beat(key, "cellar") == "received"
    assert home.hub.servers["cellar"].data.last_seen is not None


async def test_card_ends_with_the_hub(home: Home) -> None:
    home.neighbours((NAS, "192.168.1.7"))
    await home.call("discover_network")
    await home.call("add_device_as_server", device=NAS)
    assert home.cards() == [NAS]
    [entry] = home.hass.config_entries.async_entries(DOMAIN)
    await home.hass.config_entries.async_unload(entry.entry_id)
    assert home.cards() == []


async def test_card_of_a_device_that_became_a_server_otherwise_ends(
    home: Home, beat: Beat
) -> None:
    home.neighbours((NAS, "192.168.1.7"))
    await home.call("discover_network")
    await home.call("add_device_as_server", device=NAS)
    host = {"hostname": "nas", "ip_address": "192.168.1.7", "mac_address": NAS}
    assert await beat(key_of(home.hub), host=host) == "received"
    home.hub.tick()
    assert home.cards() == []


async def test_card_that_was_ignored_is_shown_to_who_asks_for_it_again(
    home: Home, hass_ws_client: WebSocketGenerator
) -> None:
    home.neighbours((NAS, "192.168.1.7"))
    await home.call("discover_network")
    answer = await home.call("add_device_as_server", device=NAS)
    client = await hass_ws_client()
    await client.send_json_auto_id(
        {
            "type": "config_entries/ignore_flow",
            "flow_id": answer["flow_id"],
            "title": "nas",
        }
    )
    assert (await client.receive_json())["success"]
    assert len(home.hass.config_entries.async_entries(DOMAIN)) == 2
    again = await home.call("add_device_as_server", device=NAS)
    assert again["flow_id"] != answer["flow_id"]
    card = await home.dialogs.card(again["flow_id"])
    assert card.seen["step_id"] == "device"
    [entry] = home.hass.config_entries.async_entries(DOMAIN)
    assert entry.entry_id == home.hub.entry.entry_id
    assert list(await home.devices()) == [NAS]


async def test_who_comes_home_is_noticed_within_minutes_and_told_once(
    home: Home, freezer: FrozenDateTimeFactory
) -> None:
    home.neighbours((NAS, "192.168.1.7"))
    for _ in range(3):
        pass_time(home.hub, freezer, LOOK_EVERY)
        await home.hass.async_block_till_done(wait_background_tasks=True)
    device = (await home.devices())[NAS]
    assert device["first_seen"] < device["last_seen"]
    assert [event.data["count"] for event in home.events] == [1]
    assert home.asked == []


async def test_diagnostics_count_devices_and_name_none(home: Home) -> None:
    home.neighbours((NAS, "192.168.1.7"))
    home.announce("tv", "192.168.1.30")
    await home.call("discover_network")
    [entry] = home.hass.config_entries.async_entries(DOMAIN)
    told = await async_get_config_entry_diagnostics(home.hass, entry)
    assert told["devices"] == {
        "known": 2,
        "without_mac": 1,
        "sources": {"neighbours": 1, "zeroconf": 1},
    }
    assert not any(each in str(told) for each in (NAS, "192.168.1.", "tv"))
