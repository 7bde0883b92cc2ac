"""Heat is told of what can be too hot, by its own account."""

from typing import Any

from .lab import Lab


def _hot(name: str, celsius: float, **limits: float) -> dict[str, Any]:
    return {"temperatures": [{"name": name, "celsius": celsius, **limits}]}


async def test_a_board_s_input_with_nothing_plugged_in_is_no_heat(lab: Lab) -> None:
    for name in ("nct6775 AUXTIN2", "acpitz"):
        await lab.minutes(7, **_hot(name, 119))
    assert lab.told() == []


async def test_a_drive_at_its_own_limit_is_too_hot_and_one_below_is_not(
    lab: Lab,
) -> None:
    limits = {"max_celsius": 60.0, "crit_celsius": 70.0}
    await lab.minutes(7, **_hot("drivetemp", 59, **limits))
    assert lab.told() == []
    await lab.minutes(6, **_hot("drivetemp", 62, **limits))
    [alert] = await lab.alerts()
    assert alert["message"] == "drivetemp on NAS is at 62 °C (threshold 60 °C)."


async def test_the_user_may_have_all_sensors_judged_and_by_one_threshold(
    lab: Lab,
) -> None:
    await lab.set_server_alerts(temperature_high={"all_sensors": True, "threshold": 50})
    for celsius in (60, 61, 60, 61, 60, 61, 60):
        await lab.minutes(1, **_hot("nct6775 SYSTIN", celsius, max_celsius=90.0))
    assert lab.told() == [("opened", "temperature_high", "high")]
    await lab.set_server_alerts()
    await lab.minutes(1, **_hot("nct6775 SYSTIN", 60))
    assert await lab.standing() == {}


async def test_a_degraded_pool_is_told_as_such_and_shown(lab: Lab) -> None:
    pool = {"mount": "/tank", "percent": 40.0, "health": "DEGRADED"}
    root = {"mount": "/", "percent": 40.0, "health": "ONLINE"}
    error = "the pool tank is DEGRADED; see: zpool status tank"
    await lab.report(disks=[root, pool], collectors=[{"name": "pools", "error": error}])
    [alert] = await lab.alerts()
    assert alert["type"] == "collector_failed"
    assert alert["title"] == "The agent on NAS reports trouble with pools"
    assert alert["message"] == (
        "Something is wrong with pools on NAS, or the agent can't look there and what "
        f"Home Assistant shows of it may be old. Details: {error}"
    )
    state = lab.hass.states.get("sensor.nas_tank")
    assert state
    assert state.attributes["health"] == "DEGRADED"
    assert lab.state("sensor", "disk_percent").attributes["health"] == "ONLINE"
    await lab.report(disks=[root, pool | {"health": "ONLINE"}], collectors=[])
    state = lab.hass.states.get("sensor.nas_tank")
    assert state
    assert state.attributes["health"] == "ONLINE"
    await lab.report(disks=[root], collectors=[{"name": "pools"}])
    news = lab.events[-1].data
    assert news["message"] == "The agent on NAS reports no more trouble with pools."
