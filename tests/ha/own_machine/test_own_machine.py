"""Home Assistant's own machine is a server like any other, without an agent."""

from collections.abc import Callable
from datetime import timedelta
import os
from pathlib import Path
import subprocess
import sys
import time
from typing import Any

from homeassistant.config_entries import SOURCE_IGNORE
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockUser,
    async_fire_time_changed,
)

from custom_components.homelabcmd.const import DOMAIN
from custom_components.homelabcmd.core.own_machine.heartbeat import heartbeat
from custom_components.homelabcmd.errors import HomelabError
from custom_components.homelabcmd.hub.hub import Hub
from custom_components.homelabcmd.own_machine import follower
from custom_components.homelabcmd.own_machine.measuring import Machine, machine_id
from custom_components.homelabcmd.protocol.messages import Heartbeat, parse_message
from tests.agent.processes import environment

from ..dialogs import Dialogs
from ..setup_hub import Beat, hub_entry, key_of, set_up, state_of

CARD = "this_machine"


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at the processors for a moment only."""
    monkeypatch.setattr(follower, "FIRST_SPAN", 0.05)


async def heard(hub: Hub, server_id: str = "home-assistant") -> Heartbeat:
    """Return the next heartbeat of the own machine."""
    server = hub.servers[server_id]
    before = server.data.heartbeat
    for _ in range(3000):
        if server.data.heartbeat not in (None, before):
            return server.data.heartbeat
        await hub.hass.async_add_executor_job(time.sleep, 0.02)
    raise AssertionError("nothing was measured")


@pytest.fixture
def cards(hass: HomeAssistant) -> Callable[[], list[str]]:
    """Return a function that returns the cards that are shown."""

    def shown() -> list[str]:
        flows = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
        return [f["flow_id"] for f in flows if f["context"].get("unique_id") == CARD]

    return shown


async def card(hass: HomeAssistant, cards: Any) -> str:
    """Return the card, once it is shown."""
    for _ in range(3000):
        if found := cards():
            [flow_id] = found
            return str(flow_id)
        await hass.async_add_executor_job(time.sleep, 0.02)
    raise AssertionError("no card")


async def test_checkbox_makes_a_server_that_reports_by_itself(
    hub: Hub, dialogs: Dialogs, hass: HomeAssistant
) -> None:
    dialog = await dialogs.add_server(hub.entry)
    await dialog.submit(name="Home Assistant", own_machine=True)
    assert dialog.seen["reason"] == "own_machine_added"
    found = await heard(hub)
    assert found.metrics.memory_total_gb
    assert found.sequence == 1
    await hass.async_block_till_done()
    assert float(state_of(hass, "memory_percent", "home-assistant")) > 0
    assert state_of(hass, "connectivity", "home-assistant") == "on"
    # One only: the checkbox is gone.
    again = await dialogs.add_server(hub.entry)
    assert [field["name"] for field in again.seen["data_schema"]] == ["name"]


async def test_card_suggests_it_once_and_adds_it(
    hub: Hub, dialogs: Dialogs, cards: Any, hass: HomeAssistant
) -> None:
    dialog = await dialogs.card(await card(hass, cards))
    await dialog.submit(name="!?")
    assert dialog.seen["errors"] == {"name": "unusable_name"}
    await dialog.submit(name="Home Assistant")
    assert dialog.seen["reason"] == "own_machine_added"
    assert await heard(hub)
    await hass.config_entries.async_reload(hub.entry.entry_id)
    await hass.async_block_till_done()
    await heard(hub.entry.runtime_data)
    assert cards() == []


async def test_card_that_was_ignored_does_not_come_back(
    hub: Hub, cards: Any, hass: HomeAssistant
) -> None:
    await card(hass, cards)
    await hass.config_entries.flow.async_init(
        DOMAIN,
        context={"source": SOURCE_IGNORE},
        data={"unique_id": CARD, "title": "Home"},
    )
    await hass.config_entries.async_reload(hub.entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert cards() == []


async def test_nothing_is_suggested_where_an_agent_reports_this_machine(
    hub: Hub, cards: Any, hass: HomeAssistant, beat: Beat
) -> None:
    hass.config_entries.flow.async_abort(await card(hass, cards))
    own_id = machine_id() or "id"
    host = {"ip_address": "127.0.0.1" if machine_id() else "10.10.10.10"}
    assert await beat(key_of(hub), machine_id=own_id, host=host) == "received"
    await hass.config_entries.async_reload(hub.entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert cards() == []


@pytest.fixture
async def own(hass: HomeAssistant, address: str) -> Hub:
    """Run a hub whose only server is its own machine."""
    hub = await set_up(hass, hub_entry(("home-assistant",), own_machine=True))
    await heard(hub)
    return hub


async def test_it_goes_on_at_the_interval_of_heartbeats(
    own: Hub, hass: HomeAssistant
) -> None:
    first = own.servers["home-assistant"].data.heartbeat
    assert first is not None
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=61))
    # The loop's own clock can't be turned: two measurements in a row are enough.
    own.own_machine.async_stop()
    own.own_machine.async_sync()
    second = await heard(own)
    assert second.run_id != first.run_id
    assert second.metrics.cpu_percent is not None


async def test_only_what_fits_can_be_changed(own: Hub, dialogs: Dialogs) -> None:
    dialog = await dialogs.reconfigure(own.entry, "home-assistant")
    assert dialog.seen["menu_options"] == ["alerts", "power", "settings"]


async def test_nothing_is_done_to_it(
    own: Hub, hass: HomeAssistant, hass_admin_user: MockUser
) -> None:
    with pytest.raises(HomelabError) as refused:
        await hass.services.async_call(
            DOMAIN,
            "restart_service",
            {"server": "home-assistant", "service": "nginx"},
            blocking=True,
            context=Context(user_id=hass_admin_user.id),
            return_response=True,
        )
    assert refused.value.translation_key == "own_machine_watched"


async def test_it_can_be_removed_like_any_server(own: Hub, hass: HomeAssistant) -> None:
    [subentry_id] = own.entry.subentries
    hass.config_entries.async_remove_subentry(own.entry, subentry_id)
    await hass.async_block_till_done()
    assert own.servers == {}
    assert own.own_machine.server_id is None
    assert state_of(hass, "memory_percent", "home-assistant") == "no entity"


async def test_supervisors_updates_are_pending_updates(
    own: Hub, hass: HomeAssistant
) -> None:
    hass.config.components.add("hassio")
    registry = er.async_get(hass)
    for unique_id, title, state in (
        ("home_assistant_os_version_latest", "Home Assistant Operating System", "off"),
        ("home_assistant_core_version_latest", "Home Assistant Core", "on"),
        ("core_ssh_version_latest", "Terminal & SSH", "on"),
    ):
        entry = registry.async_get_or_create("update", "hassio", unique_id)
        versions = {"installed_version": "17.0", "latest_version": "17.1"}
        hass.states.async_set(entry.entity_id, state, {"title": title, **versions})
    own.own_machine.async_stop()
    own.own_machine.async_sync()
    found = await heard(own)
    assert found.updates_available == 2
    assert found.os_info is not None
    assert found.os_info.distribution == "Home Assistant OS"
    assert found.os_info.version == "17.0"
    assert found.package_updates is not None
    assert [each.name for each in found.package_updates] == [
        "Home Assistant Core",
        "Terminal & SSH",
    ]


def of_agent(tmp_path: Path) -> Heartbeat:
    """Return what the real agent says of the machine that it shares with us."""
    config = tmp_path / "config.yaml"
    config.write_text(
        "url: http://127.0.0.1:1/api/webhook/x\nserver_id: ha\n"
        "key: whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
    )
    config.chmod(0o600)
    ran = subprocess.run(
        [sys.executable, "-m", "homelab_agent", "once", "--config", config],
        env=environment(),
        capture_output=True,
        check=True,
    )
    message = parse_message(ran.stdout, "ha")
    assert isinstance(message, Heartbeat)
    return message


ROUNDING = {
    "memory_total_gb": 0.001,
    "memory_used_gb": 0.2,
    "swap_total_gb": 0.001,
    "disk_total_gb": 0.001,
    "disk_used_gb": 0.2,
    "disk_percent": 0.5,
    "load_1m": 0.5,
    "load_15m": 0.1,
    "uptime_seconds": 10,
}
"""What may change between two looks, a second or two apart, on a quiet machine."""


def differing(ours: Heartbeat, told: Heartbeat) -> dict[str, tuple[Any, Any]]:
    """Return the figures that differ by more than passes in a second or two."""
    pairs = {
        name: (getattr(ours.metrics, name), getattr(told.metrics, name))
        for name in ROUNDING
    }
    return {
        name: pair
        for name, pair in pairs.items()
        if pair[0] != pytest.approx(pair[1], abs=ROUNDING[name])
    }


def test_figures_agree_with_those_of_an_agent_on_the_same_machine(
    tmp_path: Path,
) -> None:
    machine = Machine(container=False, address=None)
    # Other tests may fill and free memory in between: then once more.
    for _ in range(10):
        before = machine.times()
        told = of_agent(tmp_path)
        ours = heartbeat("ha", "run", 1, before, machine.read(), None)
        if not (apart := differing(ours, told)):
            break
    assert apart == {}
    assert ours.machine_id == told.machine_id
    assert (ours.os_info, ours.boot_id) == (told.os_info, told.boot_id)
    assert ours.host is not None
    assert told.host is not None
    for name in ("hostname", "cpu_model", "cpu_count"):
        assert getattr(ours.host, name) == getattr(told.host, name)
    assert ours.metrics.boot_time is not None
    assert told.metrics.boot_time is not None
    shift = ours.metrics.boot_time - told.metrics.boot_time
    assert abs(shift) <= timedelta(seconds=2)
    assert {each.name for each in ours.networks} == {n.name for n in told.networks}
    assert {disk.mount: disk.total_gb for disk in ours.disks} == pytest.approx(
        {disk.mount: disk.total_gb for disk in told.disks if disk.total_gb}, abs=0.001
    )
    assert {each.name for each in ours.temperatures} == {
        each.name for each in told.temperatures
    }


async def test_event_loop_is_not_held_up(own: Hub, hass: HomeAssistant) -> None:
    """What it costs the loop to take in one reading; the reading is elsewhere."""
    machine = await hass.async_add_executor_job(
        lambda: Machine(container=False, address=None)
    )
    before = machine.times()
    reading = await hass.async_add_executor_job(machine.read)
    took = []
    for number in range(20):
        started = time.process_time()
        own._measured(
            "home-assistant",
            heartbeat("home-assistant", "r", number + 1, before, reading, None),
        )
        took.append(time.process_time() - started)
    assert sorted(took)[len(took) // 2] < 0.005, os.times()
