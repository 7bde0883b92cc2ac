"""Home Assistant stood still: a paused container, a blocked loop."""

from tests.builders import metrics

from .alerts.lab import Lab
from .setup_hub import state_of


async def test_no_server_is_called_offline_for_it(lab: Lab) -> None:
    await lab.report()
    await lab.report("pi")
    lab.freezer.tick(600)
    lab.hub.tick()
    await lab.wait(170)
    assert state_of(lab.hass, "connectivity") == "on"
    assert lab.told() == []


async def test_a_server_that_stays_silent_after_it_is_offline_in_time(lab: Lab) -> None:
    await lab.report()
    await lab.report("pi")
    lab.freezer.tick(600)
    lab.hub.tick()
    await lab.wait(120)
    await lab.report("pi")
    await lab.wait(75)
    assert lab.told() == [("opened", "server_offline", "critical")]
    assert state_of(lab.hass, "connectivity") == "off"
    assert state_of(lab.hass, "connectivity", "pi") == "on"


async def test_the_first_heartbeat_after_it_spares_the_other_servers_too(
    lab: Lab,
) -> None:
    await lab.report()
    await lab.report("pi")
    lab.freezer.tick(600)
    await lab.report("pi")
    await lab.wait(60)
    assert state_of(lab.hass, "connectivity") == "on"
    assert lab.told() == []


async def test_a_server_that_was_offline_before_it_stays_so(lab: Lab) -> None:
    await lab.report()
    await lab.wait(185)
    lab.told()
    lab.freezer.tick(600)
    lab.hub.tick()
    await lab.wait(5)
    assert state_of(lab.hass, "connectivity") == "off"
    assert lab.told() == []


async def test_what_lasts_is_not_said_to_have_lasted_through_it(lab: Lab) -> None:
    busy = metrics(cpu_percent=97)
    await lab.report(metrics=busy)
    lab.freezer.tick(600)
    await lab.report(metrics=busy)
    assert lab.told() == []
    await lab.minutes(4, metrics=busy)
    assert lab.told() == []
    await lab.minutes(1, metrics=busy)
    assert lab.told() == [("opened", "cpu_warning", "medium")]


async def test_a_short_one_stops_no_duration(lab: Lab) -> None:
    busy = metrics(cpu_percent=97)
    await lab.report(metrics=busy)
    await lab.minutes(2, metrics=busy)
    lab.freezer.tick(60)
    await lab.minutes(2, metrics=busy)
    assert lab.told() == [("opened", "cpu_warning", "medium")]
