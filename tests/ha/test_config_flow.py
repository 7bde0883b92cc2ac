"""The dialogs of the hub: add it, change its options."""

from unittest.mock import patch

from homeassistant.config_entries import ConfigEntryState, FlowType
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.homelabcmd.const import DOMAIN
from custom_components.homelabcmd.hub.hub import Hub

from .dialogs import ENTRIES, Dialog, Dialogs
from .setup_hub import Beat, key_of

pytestmark = pytest.mark.usefixtures("address")


async def test_the_hub_is_added_without_a_question(
    hass: HomeAssistant, dialogs: Dialogs
) -> None:
    dialog = await dialogs.add_hub()
    assert dialog.seen["data_schema"] == []
    result = await dialog.submit()
    assert result["type"] == "create_entry"
    [entry] = hass.config_entries.async_entries(DOMAIN)
    assert entry.title == "HomelabCmd"
    assert entry.data.keys() == {"webhook_id"}
    assert entry.state is ConfigEntryState.LOADED


@pytest.mark.skipif(
    not hasattr(FlowType, "CONFIG_SUBENTRIES_FLOW"),
    reason="Home Assistant 2026.5 and later can",
)
async def test_adding_the_first_server_comes_next_by_itself(
    hass: HomeAssistant, dialogs: Dialogs, beat: Beat
) -> None:
    result = await (await dialogs.add_hub()).submit()
    kind, flow_id = result["next_flow"]
    assert kind == "config_subentries_flow"
    dialog = await dialogs.server().take_over(flow_id)
    await dialog.submit(name="Media server")
    assert await beat(dialog.key(), "media-server") == "received"


async def test_a_hub_that_does_not_start_opens_no_further_dialog(
    hass: HomeAssistant, dialogs: Dialogs
) -> None:
    dialog = await dialogs.add_hub()
    with patch(
        "homeassistant.helpers.storage.Store.async_load",
        # Nothing that a file could be the cause of: those are survived.
        side_effect=RuntimeError("broken"),
    ):
        result = await dialog.submit()
    assert result["type"] == "create_entry"
    assert "next_flow" not in result
    assert not hass.config_entries.subentries.async_progress()


@pytest.mark.usefixtures("hub")
async def test_there_is_one_hub(hass: HomeAssistant, dialogs: Dialogs) -> None:
    dialog = await dialogs.add_hub()
    assert dialog.seen["reason"] == "already_configured"


async def test_two_open_dialogs_still_make_one_hub(
    hass: HomeAssistant, dialogs: Dialogs
) -> None:
    first, second = await dialogs.add_hub(), await dialogs.add_hub()
    await first.submit()
    assert (await second.submit())["reason"] == "already_configured"
    assert len(hass.config_entries.async_entries(DOMAIN)) == 1


async def test_a_user_who_is_no_admin_adds_nothing(
    hass: HomeAssistant,
    dialogs: Dialogs,
    hub: Hub,
    hass_client: ClientSessionGenerator,
    hass_read_only_access_token: str,
) -> None:
    client = await hass_client(hass_read_only_access_token)
    response = await client.post(
        f"{ENTRIES}/subentries/flow", json={"handler": [hub.entry.entry_id, "server"]}
    )
    assert response.status == 401


async def _general(dialogs: Dialogs, hub: Hub) -> Dialog:
    dialog = await dialogs.options(hub.entry)
    menu = ["general", "alerts", "notifications", "repairs"]
    assert dialog.seen["menu_options"] == menu
    await dialog.pick("general")
    return dialog


async def test_options_start_with_the_specification_s_defaults(
    hub: Hub, dialogs: Dialogs
) -> None:
    dialog = await _general(dialogs, hub)
    assert {
        field["name"]: field["default"]
        for field in dialog.seen["data_schema"]
        if "default" in field
    } == {
        "heartbeat_interval_seconds": 60,
        "server_offline_seconds": 180,
        "command_timeout_seconds": 300,
        "electricity_price": 0.24,
        "show_in_sidebar": True,
    }


async def test_options_reach_the_running_hub(
    hass: HomeAssistant, hub: Hub, dialogs: Dialogs, beat: Beat
) -> None:
    dialog = await _general(dialogs, hub)
    given = {
        "heartbeat_interval_seconds": 30,
        "server_offline_seconds": 60,
        "command_timeout_seconds": 120,
        "electricity_price": 0.5,
        "show_in_sidebar": False,
    }
    await dialog.submit(**given)
    assert hub.entry.options == given
    assert hub.remediator.timeout_seconds == 120
    assert hub.options.heartbeat_interval_seconds == 30
    assert hub.entry.runtime_data is hub  # It was not reloaded.
    assert await beat(key_of(hub)) == "received"


async def test_the_price_is_in_home_assistant_s_currency(
    hass: HomeAssistant, hub: Hub, dialogs: Dialogs
) -> None:
    hass.config.currency = "CHF"
    dialog = await _general(dialogs, hub)
    [price] = [
        field
        for field in dialog.seen["data_schema"]
        if field["name"] == "electricity_price"
    ]
    assert price["selector"]["number"]["unit_of_measurement"] == "CHF/kWh"


async def test_a_server_may_miss_one_heartbeat_before_it_is_offline(
    hub: Hub, dialogs: Dialogs
) -> None:
    dialog = await _general(dialogs, hub)
    result = await dialog.submit(
        heartbeat_interval_seconds=60, server_offline_seconds=119, electricity_price=0.3
    )
    assert result["errors"] == {"server_offline_seconds": "offline_too_soon"}
    # What was typed stays.
    typed = [field.get("default") for field in result["data_schema"]]
    assert typed == [60, 119, 300, 0.3, None, None, True]
    assert hub.entry.options == {}
    result = await dialog.submit(
        heartbeat_interval_seconds=60, server_offline_seconds=120, electricity_price=0.3
    )
    assert result["type"] == "create_entry"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("heartbeat_interval_seconds", 9),
        ("heartbeat_interval_seconds", 3601),
        ("server_offline_seconds", 86401),
        ("command_timeout_seconds", 9),
        ("command_timeout_seconds", 3601),
        ("electricity_price", -0.01),
        ("electricity_price", "nan"),
        ("electricity_price", "inf"),
    ],
)
async def test_an_option_out_of_range_is_refused(
    hub: Hub, dialogs: Dialogs, field: str, value: object
) -> None:
    dialog = await _general(dialogs, hub)
    good = {
        "heartbeat_interval_seconds": 60,
        "server_offline_seconds": 180,
        "electricity_price": 0.3,
    }
    assert field in await dialog.refused(**good | {field: value})
    assert hub.entry.options == {}
    assert (await dialog.submit(**good))["type"] == "create_entry"
