"""When a server's disks will be full, as a page asks for it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

from homeassistant.components.recorder import Recorder
from homeassistant.components.recorder.models import (
    StatisticData,
    StatisticMeanType,
    StatisticMetaData,
)
from homeassistant.components.recorder.statistics import async_import_statistics
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.homelabcmd.hub.hub import Hub

from ..setup_hub import hub_entry, set_up


@pytest.fixture(autouse=True)
def _custom_integrations(
    recorder_mock: Recorder, enable_custom_integrations: None
) -> None:
    """Let Home Assistant load the integration; the recorder has to be there first."""


@pytest.fixture
async def hub(hass: HomeAssistant, address: str) -> AsyncIterator[Hub]:
    entry = hub_entry()
    yield await set_up(hass, entry)
    await hass.config_entries.async_unload(entry.entry_id)


async def ask(client: Any, server_id: str) -> dict[str, str]:
    await client.send_json_auto_id(
        {"type": "homelabcmd/forecast", "server_id": server_id}
    )
    answer = await client.receive_json()
    assert answer["success"]
    told: dict[str, str] = answer["result"]["full_at"]
    return told


async def test_disk_that_fills_up_is_told_of(
    hass: HomeAssistant,
    hub: Hub,
    hass_ws_client: WebSocketGenerator,
    hass_read_only_access_token: str,
) -> None:
    client = await hass_ws_client(hass, hass_read_only_access_token)
    assert await ask(client, "nas") == {}
    disk = er.async_get(hass).async_get_entity_id(
        "sensor", "homelabcmd", "nas_disk_percent"
    )
    assert disk is not None
    hour = dt_util.utcnow().replace(minute=0, second=0, microsecond=0)
    async_import_statistics(
        hass,
        StatisticMetaData(
            mean_type=StatisticMeanType.ARITHMETIC,
            has_sum=False,
            name=None,
            source="recorder",
            statistic_id=disk,
            unit_class=None,
            unit_of_measurement="%",
        ),
        [
            StatisticData(start=hour - timedelta(hours=hours), mean=80 - hours / 24)
            for hours in range(13 * 24, 0, -1)
        ],
    )
    await async_wait_recording_done(hass)
    told = await ask(client, "nas")
    assert told.keys() == {disk}
    left = dt_util.parse_datetime(told[disk], raise_on_error=True) - hour
    assert left / timedelta(days=1) == pytest.approx(20, abs=0.1)


async def test_of_what_is_not_there_nothing_is_told(
    hass: HomeAssistant, hub: Hub, hass_ws_client: WebSocketGenerator
) -> None:
    client = await hass_ws_client(hass)
    assert await ask(client, "nobody") == {}
    [entry] = hass.config_entries.async_entries("homelabcmd")
    await hass.config_entries.async_unload(entry.entry_id)
    assert await ask(client, "nas") == {}
    await hass.config_entries.async_setup(entry.entry_id)
