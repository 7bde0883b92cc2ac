"""The dialogs of a server: add it, connect its agent, change it, rotate its key."""

import asyncio
import json
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import area_registry as ar, device_registry as dr
import pytest
from pytest_homeassistant_custom_component.common import async_capture_events
import yaml

from custom_components.homelabcmd.const import DOMAIN
from custom_components.homelabcmd.diagnostics import async_get_config_entry_diagnostics
from custom_components.homelabcmd.hub.hub import Hub
from custom_components.homelabcmd.servers.dialogs import add_and_change

from .dialogs import Answer, Dialog, Dialogs
from .setup_hub import WEBHOOK_ID, Beat, key_of, state_of

URL = f"http://127.0.0.1:8123/api/webhook/{WEBHOOK_ID}"


def _fields(form: Answer) -> dict[str, Any]:
    """Return what a form suggests, by field."""
    return {
        field["name"]: field.get("description", {}).get("suggested_value")
        for field in form["data_schema"]
    }


def _device(hass: HomeAssistant, server_id: str) -> dr.DeviceEntry | None:
    [entry] = hass.config_entries.async_entries(DOMAIN)
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    return next(
        (one for one in devices if (DOMAIN, server_id) in one.identifiers), None
    )


# Add.


async def test_a_name_is_all_it_takes(
    hass: HomeAssistant, hub: Hub, dialogs: Dialogs, beat: Beat
) -> None:
    dialog = await dialogs.add_server(hub.entry)
    assert _fields(dialog.seen).keys() == {"name", "own_machine"}
    await dialog.submit(name=" Pi-hole Master ")
    settings = yaml.safe_load(dialog.seen["description_placeholders"]["config"])
    assert settings == {
        "url": URL,
        "server_id": "pi-hole-master",
        "key": key_of(hub, "pi-hole-master"),
    }
    assert (await dialog.pick("finish"))["reason"] == "server_added"
    device = _device(hass, "pi-hole-master")
    assert device
    assert device.name == "Pi-hole Master"
    assert state_of(hass, "connectivity", "pi-hole-master") == "unknown"
    assert await beat(settings["key"], "pi-hole-master") == "received"
    await hass.async_block_till_done()
    assert state_of(hass, "connectivity", "pi-hole-master") == "on"


async def test_closing_the_dialog_loses_nothing(
    hass: HomeAssistant, hub: Hub, dialogs: Dialogs, beat: Beat
) -> None:
    dialog = await dialogs.add_server(hub.entry)
    await dialog.submit(name="Backup")
    key = dialog.key()
    await dialog.close()
    assert await beat(key, "backup") == "received"
    again = await dialogs.reconfigure(hub.entry, "backup")
    await again.pick("agent")
    assert again.key() == key
    assert (await again.pick("finish"))["reason"] == "settings_shown"


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("NAS", "duplicate_server"),
        ("nas", "duplicate_server"),
        ("", "unusable_name"),
        (" ", "unusable_name"),
        ("!?", "unusable_name"),
        ("x" * 101, "invalid_name"),
        ("two\nlines", "invalid_name"),
    ],
)
async def test_a_name_that_can_t_be_used_is_asked_for_again(
    hub: Hub, dialogs: Dialogs, name: str, error: str
) -> None:
    dialog = await dialogs.add_server(hub.entry)
    result = await dialog.submit(name=name)
    assert result["errors"] == {"name": error}
    assert _fields(result) == {"name": name, "own_machine": False}
    assert hub.servers.keys() == {"nas"}
    assert (await dialog.submit(name="Other"))["step_id"] == "agent"
    assert hub.servers.keys() == {"nas", "other"}


@pytest.mark.parametrize(
    ("name", "server_id"),
    [
        ("omv.home.lan", "omv-home-lan"),
        ("Küche", "kuche"),
        ("Unknown", "unknown"),
        ("x" * 62 + " yz", "x" * 62),
    ],
)
async def test_the_id_is_made_of_the_name(
    hub: Hub, dialogs: Dialogs, name: str, server_id: str
) -> None:
    dialog = await dialogs.add_server(hub.entry)
    await dialog.submit(name=name)
    assert hub.servers.keys() == {"nas", server_id}
    assert hub.servers[server_id].config.name == name


async def test_without_an_address_no_server_is_added(
    hass: HomeAssistant, hub: Hub, dialogs: Dialogs
) -> None:
    hass.config.internal_url = None
    hass.config.api = None
    dialog = await dialogs.add_server(hub.entry)
    result = await dialog.submit(name="Backup")
    assert result["errors"] == {"base": "no_address"}
    assert hub.servers.keys() == {"nas"}
    hass.config.external_url = "https://home.example.org"
    assert (await dialog.submit(name="Backup"))["step_id"] == "agent"


async def test_settings_offer_the_external_address_and_a_private_authority(
    hass: HomeAssistant, hub: Hub, dialogs: Dialogs
) -> None:
    hass.config.external_url = "https://home.example.org"
    dialog = await dialogs.add_server(hub.entry)
    await dialog.submit(name="Backup")
    config = dialog.seen["description_placeholders"]["config"]
    assert f'# url: "https://home.example.org/api/webhook/{WEBHOOK_ID}"' in config
    assert "# ca_file:" in config
    assert yaml.safe_load(config)["url"] == URL


# Wait for the agent.


async def test_the_dialog_goes_on_by_itself_with_the_first_heartbeat(
    hass: HomeAssistant, hub: Hub, dialogs: Dialogs, beat: Beat
) -> None:
    progressed = async_capture_events(hass, "data_entry_flow_progressed")
    dialog = await dialogs.add_server(hub.entry)
    await dialog.submit(name="Backup")
    assert (await dialog.pick("wait"))["type"] == "progress"
    assert (await dialog.look())["type"] == "progress"
    assert await beat(key_of(hub)) == "received"  # another server
    await hass.async_block_till_done()
    assert not progressed
    assert await beat(dialog.key(), "backup") == "received"
    await hass.async_block_till_done()
    assert progressed
    assert (await dialog.look())["reason"] == "server_connected"


async def test_a_heartbeat_that_came_before_the_waiting_counts(
    hub: Hub, dialogs: Dialogs, beat: Beat
) -> None:
    dialog = await dialogs.add_server(hub.entry)
    await dialog.submit(name="Backup")
    assert await beat(dialog.key(), "backup") == "received"
    assert (await dialog.pick("wait"))["reason"] == "server_connected"


async def test_when_nothing_is_heard_the_dialog_says_what_to_check(
    hass: HomeAssistant,
    hub: Hub,
    dialogs: Dialogs,
    beat: Beat,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dialog = await dialogs.add_server(hub.entry)
    await dialog.submit(name="Backup")
    with monkeypatch.context() as short:
        short.setattr(add_and_change, "WAIT_SECONDS", 0)
        assert (await dialog.pick("wait"))["type"] == "progress"
        await hass.async_block_till_done()
    assert (await dialog.look())["step_id"] == "not_heard"
    assert (await dialog.pick("wait"))["type"] == "progress"
    assert await beat(dialog.key(), "backup") == "received"
    await hass.async_block_till_done()
    assert (await dialog.look())["reason"] == "server_connected"


async def test_closing_the_dialog_ends_the_waiting(
    hass: HomeAssistant, hub: Hub, dialogs: Dialogs
) -> None:
    dialog = await dialogs.add_server(hub.entry)
    await dialog.submit(name="Backup")
    await dialog.pick("wait")
    assert _waiting()
    await dialog.close()
    await hass.async_block_till_done()
    assert not _waiting()


async def test_unloading_the_hub_ends_the_waiting(
    hass: HomeAssistant, hub: Hub, dialogs: Dialogs
) -> None:
    dialog = await dialogs.add_server(hub.entry)
    await dialog.submit(name="Backup")
    await dialog.pick("wait")
    assert await hass.config_entries.async_unload(hub.entry.entry_id)
    await hass.async_block_till_done()
    assert not _waiting()
    assert (await dialog.look())["reason"] == "entry_not_loaded"


def _waiting() -> list[str]:
    names = (task.get_name() for task in asyncio.all_tasks())
    return [name for name in names if name.startswith("HomelabCmd waits")]


async def test_a_server_removed_meanwhile_ends_the_dialog(
    hass: HomeAssistant, hub: Hub, dialogs: Dialogs
) -> None:
    dialog = await dialogs.add_server(hub.entry)
    await dialog.submit(name="Backup")
    await _remove(hass, "backup")
    assert (await dialog.pick("wait"))["reason"] == "server_removed"


async def _remove(hass: HomeAssistant, server_id: str) -> None:
    await hass.services.async_call(
        DOMAIN, "remove_server", {"server": server_id}, blocking=True
    )


@pytest.mark.parametrize("options", [(), ("settings",), ("agent",), ("new_key",)])
async def test_every_page_notices_that_its_server_was_removed(
    hass: HomeAssistant, hub: Hub, dialogs: Dialogs, options: tuple[str, ...]
) -> None:
    dialog = await dialogs.reconfigure(hub.entry, "nas")
    for option in options:
        await dialog.pick(option)
    await _remove(hass, "nas")
    assert (await dialog.look())["reason"] == "server_removed"


async def test_a_hub_that_is_not_running_opens_no_dialog(
    hass: HomeAssistant, hub: Hub, dialogs: Dialogs
) -> None:
    assert await hass.config_entries.async_unload(hub.entry.entry_id)
    assert (await dialogs.add_server(hub.entry)).seen["reason"] == "entry_not_loaded"
    dialog = await dialogs.reconfigure(hub.entry, "nas")
    assert dialog.seen["reason"] == "entry_not_loaded"


async def test_a_dialog_outlives_its_hub_in_good_order(
    hass: HomeAssistant, hub: Hub, dialogs: Dialogs
) -> None:
    dialog = await dialogs.add_server(hub.entry)
    await hass.config_entries.async_remove(hub.entry.entry_id)
    assert (await dialog.submit(name="Backup"))["reason"] == "entry_not_loaded"


# Change.


async def test_settings_are_changed_and_shown_again(
    hass: HomeAssistant, hub: Hub, dialogs: Dialogs
) -> None:
    ar.async_get(hass).async_create("Basement")
    dialog = await dialogs.reconfigure(hub.entry, "nas")
    form = await dialog.pick("settings")
    assert _fields(form) == {
        "name": "NAS",
        "tdp_watts": 50,
        "location": None,
        "tags": [],
    }
    [location] = [one for one in form["data_schema"] if one["name"] == "location"]
    assert location["selector"]["select"]["options"] == ["Basement"]
    changed = {
        "name": "Big NAS",
        "tdp_watts": 65,
        "location": "Attic",
        "tags": ["omv", "disks"],
    }
    assert (await dialog.submit(**changed))["reason"] == "reconfigure_successful"
    assert _fields(
        await (await dialogs.reconfigure(hub.entry, "nas")).pick("settings")
    ) == (changed)
    device = _device(hass, "nas")
    assert device
    assert device.name == "Big NAS"
    assert hub.servers.keys() == {"nas"}


async def test_location_and_tags_can_be_cleared(hub: Hub, dialogs: Dialogs) -> None:
    dialog = await dialogs.reconfigure(hub.entry, "nas")
    await dialog.pick("settings")
    await dialog.submit(name="NAS", tdp_watts=50, location="Attic", tags=["omv"])
    dialog = await dialogs.reconfigure(hub.entry, "nas")
    await dialog.pick("settings")
    await dialog.submit(name="NAS", tdp_watts=50)
    assert hub.servers["nas"].config.location is None
    assert hub.servers["nas"].config.tags == ()


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("name", " ", "invalid_name"),
        ("name", "x" * 101, "invalid_name"),
        ("tdp_watts", 65.5, "invalid_tdp"),
        ("tdp_watts", "nan", "invalid_tdp"),
        ("location", "x" * 101, "invalid_location"),
        ("location", "a\x00b", "invalid_location"),
        ("tags", [""], "invalid_tags"),
        ("tags", ["x" * 101], "invalid_tags"),
        ("tags", [str(number) for number in range(51)], "invalid_tags"),
    ],
)
async def test_a_setting_that_can_t_be_used_is_asked_for_again(
    hub: Hub, dialogs: Dialogs, field: str, value: object, error: str
) -> None:
    good: dict[str, Any] = {
        "name": "Good",
        "tdp_watts": 10_000,
        "location": "Attic",
        "tags": ["omv"],
    }
    dialog = await dialogs.reconfigure(hub.entry, "nas")
    await dialog.pick("settings")
    result = await dialog.submit(**good | {field: value})
    assert result["errors"] == {field: error}
    assert hub.servers["nas"].config.name == "NAS"
    assert (await dialog.submit(**good))["reason"] == "reconfigure_successful"
    assert hub.servers["nas"].config.tdp_watts == 10_000


@pytest.mark.parametrize("watts", [0, 10_001, "inf"])
async def test_the_form_itself_limits_the_power_draw(
    hub: Hub, dialogs: Dialogs, watts: object
) -> None:
    dialog = await dialogs.reconfigure(hub.entry, "nas")
    await dialog.pick("settings")
    assert "tdp_watts" in await dialog.refused(name="NAS", tdp_watts=watts)


# Keys.


async def test_the_old_key_works_until_the_new_one_is_used(
    hub: Hub, dialogs: Dialogs, beat: Beat
) -> None:
    old = key_of(hub)
    new = await _new_key(hub, dialogs, compromised=False)
    assert new.key() != old
    assert await beat(old) == "received"
    assert await beat(new.key()) == "received"
    assert await beat(old) == "invalid_signature"
    assert await beat(new.key()) == "received"


async def test_a_compromised_key_ends_at_once(
    hub: Hub, dialogs: Dialogs, beat: Beat
) -> None:
    old = key_of(hub)
    new = await _new_key(hub, dialogs, compromised=True)
    assert await beat(old) == "invalid_signature"
    assert await beat(new.key()) == "received"


async def _new_key(hub: Hub, dialogs: Dialogs, *, compromised: bool) -> Dialog:
    dialog = await dialogs.reconfigure(hub.entry, "nas")
    await dialog.pick("new_key")
    await dialog.submit(compromised=compromised)
    return dialog


@pytest.mark.parametrize("compromised", [False, True])
async def test_after_a_new_key_only_a_heartbeat_with_it_counts(
    hass: HomeAssistant, hub: Hub, dialogs: Dialogs, beat: Beat, compromised: bool
) -> None:
    old = key_of(hub)
    assert await beat(old) == "received"
    dialog = await _new_key(hub, dialogs, compromised=compromised)
    new = dialog.key()
    await dialog.pick("wait")
    await beat(old)
    await hass.async_block_till_done()
    assert (await dialog.look())["type"] == "progress"
    assert await beat(new) == "received"
    await hass.async_block_till_done()
    assert (await dialog.look())["reason"] == "server_connected"


async def test_where_no_settings_can_be_shown_the_old_key_stays(
    hass: HomeAssistant, hub: Hub, dialogs: Dialogs, beat: Beat
) -> None:
    old = key_of(hub)
    dialog = await dialogs.reconfigure(hub.entry, "nas")
    hass.config.internal_url = None
    hass.config.api = None
    assert (await dialog.pick("new_key"))["reason"] == "no_address"
    assert await beat(old) == "received"


async def test_a_new_key_survives_a_restart(
    hass: HomeAssistant, hub: Hub, dialogs: Dialogs, beat: Beat
) -> None:
    new = (await _new_key(hub, dialogs, compromised=True)).key()
    assert await hass.config_entries.async_reload(hub.entry.entry_id)
    assert await beat(new) == "received"


async def test_keys_show_nowhere_else(
    hass: HomeAssistant,
    hub: Hub,
    dialogs: Dialogs,
    beat: Beat,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("DEBUG")
    dialog = await dialogs.add_server(hub.entry)
    await dialog.submit(name="Backup")
    keys = [key_of(hub), dialog.key()]
    await dialog.pick("wait")
    await beat(keys[0], "backup")
    await beat(keys[1], "backup")
    keys.append((await _new_key(hub, dialogs, compromised=False)).key())
    await hass.async_block_till_done()
    diagnostics = await async_get_config_entry_diagnostics(hass, hub.entry)
    told = [
        # The plugin's stand-in for the disk logs what is saved.
        *(one.getMessage() for one in caplog.records if "pytest" not in one.name),
        repr(hass.states.async_all()),
        json.dumps(diagnostics),
        repr(hub.entry.as_dict()),
    ]
    assert not [key for key in keys for text in told if key[6:] in text]
