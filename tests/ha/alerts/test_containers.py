"""Containers that run, and are not well for all that."""

from typing import Any

from custom_components.homelabcmd.core.naming import item_key

from .lab import Lab


def _box(
    status: str = "running", health: str | None = None, restarts: int | None = 0
) -> dict[str, Any]:
    box = {"name": "web", "status": status, "health": health, "restarts": restarts}
    return {"containers": [{n: v for n, v in box.items() if v is not None}]}


async def test_one_that_is_unhealthy_for_two_minutes_is_told(lab: Lab) -> None:
    await lab.watch(containers=["web"])
    await lab.report(**_box(health="unhealthy"))
    await lab.minutes(1, **_box(health="unhealthy"))
    assert lab.told() == []
    await lab.minutes(1, **_box(health="unhealthy"))
    assert lab.told() == [("opened", "container_unhealthy", "high")]
    [alert] = await lab.alerts()
    assert alert["title"] == "Container web on NAS is unhealthy"
    await lab.minutes(1, **_box(health="starting"))
    assert lab.told() == []
    await lab.minutes(1, **_box(health="healthy"))
    assert lab.told() == [("resolved", "container_unhealthy", "high")]


async def test_one_that_goes_down_is_told_to_be_down_and_nothing_else(lab: Lab) -> None:
    await lab.watch(containers=["web"])
    await lab.minutes(4, **_box(health="unhealthy"))
    await lab.minutes(2, **_box(status="failed", health="unhealthy"))
    assert await lab.standing() == {"container_down web": "open"}


async def test_one_that_may_be_down_may_be_unhealthy_too(lab: Lab) -> None:
    await lab.watch(containers=[{"name": "web", "critical": False}])
    await lab.minutes(5, **_box(health="unhealthy"))
    assert lab.told() == []


async def test_one_that_is_watched_no_longer_ends_its_alert(lab: Lab) -> None:
    await lab.watch(containers=["web"])
    await lab.minutes(4, **_box(health="unhealthy"))
    await lab.watch(containers=[])
    await lab.report(**_box(health="unhealthy"))
    assert await lab.standing() == {}


async def test_one_that_restarts_again_and_again_counts_as_down(lab: Lab) -> None:
    await lab.watch(containers=["web"])
    for count in range(4):
        assert lab.told() == []
        await lab.minutes(1, **_box(restarts=count))
    state = lab.state("binary_sensor", item_key("container", "web"))
    assert state.state == "off"
    assert state.attributes["status"] == "running"
    assert state.attributes["problem"] == "restarting"
    await lab.minutes(1, **_box(restarts=4))
    assert lab.told() == [("opened", "container_down", "critical")]
    [alert] = await lab.alerts()
    assert alert["title"] == "Container web on NAS keeps restarting"
    assert "4 restarts" in alert["message"]
    await lab.minutes(8, **_box(restarts=4))
    assert lab.told() == []
    await lab.minutes(3, **_box(restarts=4))
    assert lab.told() == [("resolved", "container_down", "critical")]
    assert lab.state("binary_sensor", item_key("container", "web")).state == "on"


async def test_a_restart_of_the_hub_breaks_no_count(lab: Lab) -> None:
    await lab.watch(containers=["web"])
    for count in range(3):
        await lab.minutes(1, **_box(restarts=count))
    await lab.restart(away=30)
    await lab.minutes(2, **_box(restarts=3))
    assert await lab.standing() == {"container_down web": "open"}


async def test_one_that_is_created_anew_counts_from_0(lab: Lab) -> None:
    await lab.watch(containers=["web"])
    for count in (7, 8, 0, 0, 1, None, 1):
        await lab.minutes(1, **_box(restarts=count))
    await lab.minutes(3, **_box(restarts=1))
    assert lab.told() == []
