"""The ids of entities, of servers and items that may be called anything."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest

from custom_components.homelabcmd.const import DOMAIN
from custom_components.homelabcmd.core.naming import item_key
from custom_components.homelabcmd.hub.administration import async_update_server
from custom_components.homelabcmd.hub.hub import Hub

from .setup_hub import hub_entry
from .test_entities import device, hear
from .test_inventory import watching

ODD = ("🚀", "---", "../..")


def _ids(hass: HomeAssistant, server_id: str) -> set[str]:
    """Return the ids of all entities of a server, without their platforms."""
    entries = er.async_entries_for_device(
        er.async_get(hass), device(hass, server_id).id, include_disabled_entities=True
    )
    return {entry.entity_id.partition(".")[2] for entry in entries}


async def _add(hass: HomeAssistant, server_id: str, name: str) -> None:
    await hass.services.async_call(
        DOMAIN,
        "add_server",
        {"server_id": server_id, "name": name},
        blocking=True,
        return_response=True,
    )
    await hass.async_block_till_done()


@pytest.mark.parametrize("name", ODD)
async def test_a_name_that_can_t_be_in_an_id_gives_way_to_the_server_s_id(
    hass: HomeAssistant, hub: Hub, name: str
) -> None:
    await _add(hass, "the-rocket", name)
    ids = _ids(hass, "the-rocket")
    assert len(ids) > 20
    assert all(found.startswith("the_rocket_") for found in ids)
    assert "the_rocket_cpu" in ids
    state = hass.states.get("binary_sensor.the_rocket_connectivity")
    assert state
    assert state.name.startswith(f"{name} ")


async def test_several_of_such_servers_have_ids_of_their_own(
    hass: HomeAssistant, hub: Hub
) -> None:
    for number, name in enumerate(ODD):
        await _add(hass, f"s{number}", name)
    for server_id in ("s0", "s1", "s2"):
        ids = _ids(hass, server_id)
        assert all(found.startswith(f"{server_id}_") for found in ids)


async def test_a_name_that_can_be_in_an_id_is_in_it(
    hass: HomeAssistant, hub: Hub
) -> None:
    await _add(hass, "s1", "Media 🚀")
    assert all(found.startswith("media_") for found in _ids(hass, "s1"))


async def test_a_device_that_the_user_called_by_a_sign_goes_by_its_id(
    hass: HomeAssistant, hub: Hub
) -> None:
    registry = dr.async_get(hass)
    registry.async_update_device(device(hass, "nas").id, name_by_user="🚀")
    hear(hub, disks=[{"mount": "/srv", "percent": 1.0}])
    await hass.async_block_till_done()
    assert "nas_srv" in _ids(hass, "nas")


async def test_items_whose_names_can_t_be_in_an_id_are_known_by_their_digest(
    hass: HomeAssistant, hub: Hub
) -> None:
    async_update_server(hub, watching(hub, services=ODD, containers=ODD))
    hear(
        hub,
        disks=[{"mount": f"/{name}", "percent": 1.0} for name in ODD],
        networks=[{"name": name} for name in ODD],
        temperatures=[{"name": name, "celsius": 20.0} for name in ODD],
    )
    await hass.async_block_till_done()
    ids = _ids(hass, "nas")
    for kind, before, after in (
        ("mount_size", "", "size_"),
        ("interface_rx", "", "in_"),
        ("item_temperature", "", "temperature_"),
        ("service", "", ""),
        ("container", "", "docker_"),
    ):
        for name in ODD:
            item = f"/{name}" if kind.startswith("mount") else name
            tail = item_key(kind, item)[-8:]
            assert f"nas_{before}{after}{tail}" in ids
    # By its order is none of them.
    assert not any(found.endswith(("_2", "_3")) for found in ids)


async def test_the_hub_may_be_called_by_a_sign_too(hass: HomeAssistant) -> None:
    entry = hub_entry()
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, title="🚀")
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert hass.states.get("sensor.homelabcmd_servers_online")
    await hass.config_entries.async_unload(entry.entry_id)
