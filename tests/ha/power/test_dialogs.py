"""The dialogs in which a source of power and the price are chosen."""

from typing import Any

import pytest

from ..dialogs import Dialog, Dialogs
from .bench import PLUG, PRICE, PowerBench

GENERAL = {
    "heartbeat_interval_seconds": 60,
    "server_offline_seconds": 180,
    "command_timeout_seconds": 300,
    "electricity_price": 0.24,
}


async def power(
    bench: PowerBench, dialogs: Dialogs, kind: str, server_id: str = "nas"
) -> Dialog:
    """Open the form of a kind of source."""
    dialog = await dialogs.reconfigure(bench.lab.hub.entry, server_id)
    await dialog.pick("power")
    await dialog.pick(f"power_{kind}")
    return dialog


def suggested(dialog: Dialog) -> dict[str, Any]:
    """Return what a form begins with."""
    return {
        field["name"]: (field.get("description") or {}).get("suggested_value")
        for field in dialog.seen["data_schema"]
    }


def source(bench: PowerBench, server_id: str = "nas") -> dict[str, Any]:
    return bench.lab.hub.servers[server_id].config.power.as_data()


async def test_the_menu_says_what_is_drawn_now(
    bench: PowerBench, dialogs: Dialogs
) -> None:
    await bench.online(2)
    dialog = await dialogs.reconfigure(bench.lab.hub.entry, "nas")
    seen = await dialog.pick("power")
    assert seen["description_placeholders"] == {"name": "NAS", "watts": "50"}


@pytest.mark.parametrize(
    ("kind", "usual", "given"),
    [
        (
            "cpu",
            {"idle_watts": 20, "full_watts": 65},
            {"idle_watts": 12.5, "full_watts": 90},
        ),
        ("rapl", {"rest_watts": 15}, {"rest_watts": 22}),
        (
            "sensor",
            {"entity_id": None, "share": 100},
            {"entity_id": PLUG, "share": 40},
        ),
    ],
)
async def test_a_source_is_chosen_and_shown_again(
    bench: PowerBench,
    dialogs: Dialogs,
    kind: str,
    usual: dict[str, Any],
    given: dict[str, Any],
) -> None:
    await bench.plug(80)
    dialog = await power(bench, dialogs, kind)
    assert suggested(dialog) == usual
    ended = await dialog.submit(**given)
    assert ended["reason"] == "reconfigure_successful"
    assert source(bench) == {"kind": kind, **given}
    assert bench.sensor("power").attributes["source"] == kind
    assert suggested(await power(bench, dialogs, kind)) == given


async def test_the_typical_draw_is_chosen_with_its_watts(
    bench: PowerBench, dialogs: Dialogs
) -> None:
    await bench.source("cpu", idle_watts=1, full_watts=2)
    await bench.online(2)
    dialog = await power(bench, dialogs, "tdp")
    assert suggested(dialog) == {"tdp_watts": 50}
    await dialog.submit(tdp_watts=72)
    assert source(bench) == {"kind": "tdp"}
    assert bench.watts() == "72"


async def test_a_typical_draw_that_is_none_is_refused(
    bench: PowerBench, dialogs: Dialogs
) -> None:
    dialog = await power(bench, dialogs, "tdp")
    seen = await dialog.submit(tdp_watts=65.5)
    assert seen["errors"] == {"tdp_watts": "invalid_tdp"}
    assert "tdp_watts" in await dialog.refused(tdp_watts=0)
    await dialog.submit(tdp_watts=65)


async def test_full_load_below_idle_is_refused(
    bench: PowerBench, dialogs: Dialogs
) -> None:
    dialog = await power(bench, dialogs, "cpu")
    seen = await dialog.submit(idle_watts=60, full_watts=59)
    assert seen["errors"] == {"full_watts": "full_below_idle"}
    await dialog.submit(idle_watts=60, full_watts=60)
    assert source(bench)["full_watts"] == 60


@pytest.mark.parametrize("watts", [-1, 10_001, "many"])
async def test_watts_that_can_t_be_are_refused(
    bench: PowerBench, dialogs: Dialogs, watts: Any
) -> None:
    dialog = await power(bench, dialogs, "rapl")
    assert "rest_watts" in await dialog.refused(rest_watts=watts)
    assert source(bench) == {"kind": "tdp"}


@pytest.mark.parametrize(
    ("state", "unit", "error"),
    [
        ("on", "W", "entity_not_a_number"),
        ("21", "°C", "entity_unit"),
        ("-3", "W", "entity_negative"),
        ("1e9", "W", "entity_absurd"),
    ],
)
async def test_a_sensor_that_can_t_be_used_is_refused(
    bench: PowerBench, dialogs: Dialogs, state: str, unit: str, error: str
) -> None:
    await bench.plug(state, unit)
    dialog = await power(bench, dialogs, "sensor")
    seen = await dialog.submit(entity_id=PLUG, share=100)
    assert seen["errors"] == {"entity_id": error}
    await bench.plug(5, "W")
    await dialog.submit(entity_id=PLUG, share=100)
    assert bench.watts() == "5"


async def test_our_own_sensors_and_none_at_all_are_refused(
    bench: PowerBench, dialogs: Dialogs
) -> None:
    dialog = await power(bench, dialogs, "sensor")
    own = bench.lab.entity_id("sensor", "power")
    seen = await dialog.submit(entity_id=own, share=100)
    assert seen["errors"] == {"entity_id": "own_entity"}
    seen = await dialog.submit(entity_id="sensor.none", share=100)
    assert seen["errors"] == {"entity_id": "entity_missing"}


async def test_a_sensor_that_is_only_unavailable_may_be_chosen(
    bench: PowerBench, dialogs: Dialogs
) -> None:
    await bench.plug("unavailable")
    dialog = await power(bench, dialogs, "sensor")
    await dialog.submit(entity_id=PLUG, share=100)
    assert source(bench)["entity_id"] == PLUG


async def test_shares_are_at_most_the_whole(
    bench: PowerBench, dialogs: Dialogs
) -> None:
    await bench.plug(100)
    await bench.source("sensor", "pi", entity_id=PLUG, share=40)
    dialog = await power(bench, dialogs, "sensor")
    seen = await dialog.submit(entity_id=PLUG, share=61)
    assert seen["errors"] == {"share": "share_too_large"}
    await dialog.submit(entity_id=PLUG, share=60)
    assert bench.watts() == "60"


async def test_a_source_stays_when_other_settings_change(
    bench: PowerBench, dialogs: Dialogs
) -> None:
    await bench.source("rapl", rest_watts=7)
    await bench.lab.act("update_server", server="nas", tdp_watts=80)
    dialog = await dialogs.reconfigure(bench.lab.hub.entry, "nas")
    await dialog.pick("settings")
    await dialog.submit(name="Big NAS", tdp_watts=90)
    assert source(bench) == {"kind": "rapl", "rest_watts": 7}


# The price.


async def general(bench: PowerBench, dialogs: Dialogs) -> Dialog:
    dialog = await dialogs.options(bench.lab.hub.entry)
    await dialog.pick("general")
    return dialog


async def test_a_price_s_entity_is_chosen_shown_again_and_taken_away(
    bench: PowerBench, dialogs: Dialogs
) -> None:
    await bench.price(30, "ct/kWh")
    dialog = await general(bench, dialogs)
    await dialog.submit(**GENERAL, price_entity=PRICE, offline_draws_tdp=True)
    assert float(bench.lab.hub.metering.price) == 0.3
    assert bench.lab.hub.options.offline_draws_tdp
    dialog = await general(bench, dialogs)
    assert suggested(dialog)["price_entity"] == PRICE
    await dialog.submit(**GENERAL, offline_draws_tdp=False)
    assert bench.lab.hub.options.price_entity is None
    assert float(bench.lab.hub.metering.price) == 0.24


@pytest.mark.parametrize(
    ("state", "unit", "error"),
    [
        ("cheap", "EUR/kWh", "entity_not_a_number"),
        ("3", "EUR", "entity_unit"),
        ("3", "USD/kWh", "entity_currency"),
        ("1e9", "EUR/kWh", "entity_absurd"),
    ],
)
async def test_an_entity_that_says_no_price_is_refused(
    bench: PowerBench, dialogs: Dialogs, state: str, unit: str, error: str
) -> None:
    await bench.price(state, unit)
    dialog = await general(bench, dialogs)
    seen = await dialog.submit(**GENERAL, price_entity=PRICE)
    assert seen["errors"] == {"price_entity": error}
    seen = await dialog.submit(**GENERAL, price_entity="sensor.none")
    assert seen["errors"] == {"price_entity": "entity_missing"}
    await dialog.submit(**GENERAL)
    assert bench.lab.hub.options.price_entity is None
