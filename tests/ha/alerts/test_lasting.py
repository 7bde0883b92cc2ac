"""Alerts over restarts, reloads, crashes and damage."""

from typing import Any

from homeassistant.const import EVENT_HOMEASSISTANT_FINAL_WRITE
import pytest

from .lab import Lab, disk, full, unit

STANDING = "homelabcmd.alerts"
HISTORY = "homelabcmd.alert_history"

type Storage = dict[str, Any]


@pytest.fixture(autouse=True)
def _storage(hass_storage: Storage) -> None:
    """Save into memory."""


@pytest.mark.parametrize("away", [0, 60, 86400])
async def test_a_restart_changes_no_alert(lab: Lab, away: float) -> None:
    await lab.report(disks=[disk(85), disk(95, "/srv")])
    await lab.report("pi", **full(85))
    await lab.minutes(1, "pi", **full(20))
    critical = (await lab.alerts(severity="critical"))[0]
    await lab.act("acknowledge_alert", alert_id=critical["alert_id"], note="known")
    before = await lab.alerts()
    lab.told()
    await lab.restart(away)
    assert await lab.alerts() == before
    assert lab.state("binary_sensor", "alert").state == "on"
    await lab.minutes(1, disks=[disk(85), disk(95, "/srv")])
    await lab.report("pi", **full(20))
    assert await lab.alerts() == before
    assert lab.told() == []
    await lab.wait(5)
    assert lab.state("sensor", "servers_with_alert", "hub").state == "1"


async def test_nobody_is_called_offline_before_there_was_time_to_report(
    lab: Lab,
) -> None:
    await lab.report()
    lab.told()
    await lab.restart(away=86400)
    await lab.wait(170)
    assert lab.told() == []
    await lab.wait(15)
    assert lab.told() == [("opened", "server_offline", "critical")]


async def test_an_offline_alert_stays_one_over_a_restart(lab: Lab) -> None:
    await lab.report()
    await lab.wait(181)
    [before] = await lab.alerts()
    await lab.restart(away=3600)
    await lab.wait(3600)
    assert await lab.alerts() == [before]
    await lab.report()
    assert await lab.standing() == {}


async def test_a_duration_goes_on_over_a_short_restart(lab: Lab) -> None:
    await lab.watch(services=["plex"])
    await lab.report(**unit("failed"))
    await lab.wait(50)
    await lab.restart(away=5)
    await lab.wait(10)
    await lab.report(**unit("failed"))
    assert await lab.standing() == {"service_down plex": "open"}


async def test_a_duration_starts_anew_when_nobody_looked_for_long(lab: Lab) -> None:
    await lab.watch(services=["plex"])
    await lab.report(**unit("failed"))
    await lab.wait(50)
    await lab.restart(away=600)
    await lab.wait(20)
    await lab.report(**unit("failed"))
    assert await lab.standing() == {}
    await lab.minutes(1, **unit("failed"))
    assert await lab.standing() == {"service_down plex": "open"}


async def test_what_was_resolved_by_hand_stays_quiet_over_a_restart(lab: Lab) -> None:
    await lab.report(**full(95))
    [alert] = await lab.alerts()
    await lab.act("resolve_alert", alert_id=alert["alert_id"])
    await lab.restart()
    await lab.minutes(5, **full(95))
    assert await lab.standing() == {}


# Crashes.


async def test_what_somebody_did_is_saved_before_the_action_returns(
    lab: Lab, hass_storage: Storage
) -> None:
    await lab.report(**full(95))
    [alert] = await lab.alerts()
    await lab.act("acknowledge_alert", alert_id=alert["alert_id"], note="known")
    await lab.act("set_maintenance", server="pi")
    await lab.crash(hass_storage)
    [after] = await lab.alerts()
    assert (after["status"], after["acknowledged_note"]) == ("acknowledged", "known")
    assert lab.state("switch", "maintenance", "pi").state == "on"


async def test_what_opened_is_saved_soon(lab: Lab, hass_storage: Storage) -> None:
    await lab.report(**full(95))
    await lab.wait(11)
    before = await lab.alerts()
    await lab.crash(hass_storage)
    assert await lab.alerts() == before


async def test_what_ended_outlives_crashes_before_it_reaches_its_file(
    lab: Lab, hass_storage: Storage
) -> None:
    await lab.report(**full(95))
    await lab.minutes(1, **full(20))
    before = await lab.alerts()
    await lab.wait(11)
    assert HISTORY not in hass_storage
    await lab.crash(hass_storage)
    await lab.minutes(1, **full(95))
    await lab.wait(11)
    await lab.crash(hass_storage)
    assert (await lab.alerts(status="resolved")) == before
    await lab.minutes(11, **full(95))
    assert len(hass_storage[HISTORY]["data"]["alerts"]) == 1


async def test_all_is_saved_when_home_assistant_stops(
    lab: Lab, hass_storage: Storage
) -> None:
    await lab.report(**full(95))
    await lab.minutes(1, **full(20))
    before = await lab.alerts()
    lab.hub.async_stopping()
    lab.hass.bus.async_fire(EVENT_HOMEASSISTANT_FINAL_WRITE)
    await lab.hass.async_block_till_done()
    await lab.crash(hass_storage)
    assert await lab.alerts() == before


async def test_a_hub_that_was_unloaded_never_writes_its_successor_s_files(
    lab: Lab,
) -> None:
    await lab.report(**full(95))
    old = lab.hub.alerting
    await lab.restart()
    await lab.minutes(1, **full(20))
    before = await lab.alerts()
    await old.async_save()
    old.async_stopping()
    await lab.wait(700)
    await lab.restart()
    assert await lab.alerts(status="resolved") == before


# Age.


async def test_what_ended_90_days_ago_is_forgotten(lab: Lab) -> None:
    await lab.report(**full(95))
    await lab.minutes(1, **full(20))
    for _ in range(89 * 4):
        await lab.wait(6 * 3600)
    assert [alert["type"] for alert in await lab.alerts(status="resolved")] == [
        "disk_critical"
    ]
    for _ in range(8):
        await lab.wait(6 * 3600)
    assert await lab.alerts(status="resolved") == []
    await lab.restart()
    assert await lab.alerts(status="resolved") == []


async def test_removing_the_hub_deletes_the_files(
    lab: Lab, hass_storage: Storage
) -> None:
    await lab.report(**full(95))
    await lab.restart()
    assert {STANDING, HISTORY} <= hass_storage.keys()
    assert await lab.hass.config_entries.async_remove(lab.hub.entry.entry_id)
    assert not {STANDING, HISTORY} & hass_storage.keys()
