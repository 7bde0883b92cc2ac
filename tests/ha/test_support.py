"""What helps when something is wrong: diagnostics, system health."""

import json
from typing import Any

from homeassistant.components.system_health import get_info
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.homelabcmd.const import DOMAIN
from custom_components.homelabcmd.diagnostics import (
    async_get_config_entry_diagnostics,
    async_get_device_diagnostics,
)
from tests.builders import heartbeat, signed

from .setup_hub import WEBHOOK_ID, hub_entry, key_of, set_up


async def _post(client: Any, key: str, body: dict[str, Any]) -> int:
    request = signed(key, body)
    response = await client.post(
        f"/api/webhook/{WEBHOOK_ID}", data=request.body, headers=request.headers
    )
    return int(response.status)


async def test_diagnostics_hold_no_key_name_address_or_identity(
    hass: HomeAssistant, hass_client_no_auth: ClientSessionGenerator
) -> None:
    names = [f"private-{number}" for number in range(10)]
    hook = {
        "target_id": "1",
        "kind": "slack_webhook",
        "name": names[8],
        "address": f"https://slack.example/{names[9]}",
        "severities": ["high"],
    }
    entry = hub_entry(options={"notifications": [hook]})
    hub = await set_up(hass, entry)
    body = heartbeat(
        collectors=[{"name": "cpu", "duration_ms": 1.5}],
        disks=[{"mount": names[0], "device": names[1], "standby": True}],
        networks=[{"name": names[2]}],
        temperatures=[{"name": names[3], "celsius": 40}],
        services=[{"name": names[4], "status": "failed"}],
        containers=[{"name": names[5], "status": "running", "image": names[6]}],
        package_updates=[{"name": names[7]}],
        available_services=names,
    )
    assert await _post(await hass_client_no_auth(), key_of(hub), body) == 200
    whole = await async_get_config_entry_diagnostics(hass, entry)
    text = json.dumps(whole)
    private = [
        key_of(hub),
        WEBHOOK_ID,
        body["machine_id"],
        body["run_id"],
        *(body["host"][name] for name in ("ip_address", "mac_address")),
        *names,
        '"nas"',
        '"NAS"',
    ]
    assert not [item for item in private if item in text]
    assert whole["heartbeats_accepted"] == 1
    inventory = whole["servers"][0]["inventory"]
    assert inventory["disks"] == {"present": 1, "missing": 0}
    assert inventory["services"] == {"failed": 1}
    assert inventory["standby"] == 1
    assert inventory["available_services"] == len(names)
    assert whole["servers"][0]["metrics"]["cpu_percent"] == 12.5
    device = next(
        device
        for device in dr.async_entries_for_config_entry(
            dr.async_get(hass), entry.entry_id
        )
        if (DOMAIN, "nas") in device.identifiers
    )
    one = await async_get_device_diagnostics(hass, entry, device)
    assert one["servers"] == whole["servers"]


async def test_system_health_counts_what_came_in(
    hass: HomeAssistant, hass_client_no_auth: ClientSessionGenerator
) -> None:
    assert await async_setup_component(hass, "system_health", {})
    hub = await set_up(hass, hub_entry())
    client = await hass_client_no_auth()
    assert await _post(client, key_of(hub), heartbeat()) == 200
    assert await _post(client, key_of(hub), heartbeat(type="hello")) == 422
    info: dict[str, Any] = (await get_info(hass))[DOMAIN]
    assert info["heartbeats_accepted"] == 1
    assert info["heartbeats_refused"] == "invalid_field 1"
    assert info["heartbeat_p95"].endswith(" ms")


async def test_the_sidebar_can_do_without_the_dashboard(hass: HomeAssistant) -> None:
    entry = hub_entry()
    await set_up(hass, entry)
    panels = hass.data["frontend_panels"]
    for shown, title in ((False, None), (True, "HomelabCmd"), (False, None)):
        hass.config_entries.async_update_entry(
            entry, options={"show_in_sidebar": shown}
        )
        await hass.async_block_till_done()
        assert panels["homelab-cmd"].sidebar_title == title
        assert "homelab-cmd" in hass.data["lovelace"].dashboards
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert panels["homelab-cmd"].sidebar_title is None


async def test_a_dashboard_of_somebody_else_is_left_alone(hass: HomeAssistant) -> None:
    assert await async_setup_component(hass, "lovelace", {})
    other = hass.data["lovelace"].dashboards["homelab-cmd"] = object()
    entry = hub_entry()
    await set_up(hass, entry)
    hass.config_entries.async_update_entry(entry, options={"show_in_sidebar": False})
    await hass.async_block_till_done()
    assert hass.data["lovelace"].dashboards["homelab-cmd"] is other
    assert "homelab-cmd" not in hass.data["frontend_panels"]


@pytest.mark.parametrize("reload", [False, True])
async def test_the_dashboard_is_in_the_sidebar_while_the_hub_is_loaded(
    hass: HomeAssistant, hass_client_no_auth: ClientSessionGenerator, reload: bool
) -> None:
    entry = hub_entry()
    await set_up(hass, entry)
    if reload:
        assert await hass.config_entries.async_reload(entry.entry_id)
    panels = hass.data["frontend_panels"]
    assert panels["homelab-cmd"].sidebar_title == "HomelabCmd"
    dashboard = hass.data["lovelace"].dashboards["homelab-cmd"]
    assert await dashboard.async_load(False) == {
        "strategy": {"type": "custom:homelabcmd"}
    }
    client = await hass_client_no_auth()
    [module] = hass.data["frontend_extra_module_url"].urls
    response = await client.get(module)
    assert response.status == 200
    assert "ll-strategy-dashboard-" in await response.text()
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert "homelab-cmd" not in panels
    assert "homelab-cmd" not in hass.data["lovelace"].dashboards
