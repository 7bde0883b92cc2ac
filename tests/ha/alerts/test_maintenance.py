"""Planned work: alerts open and end as ever, but nobody is told."""

from datetime import timedelta
from typing import Any

from homeassistant.core import Context
from homeassistant.exceptions import Unauthorized, UnknownUser
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockUser

from .lab import Lab, full


@pytest.fixture
def tells(lab: Lab) -> list[tuple[str, bool]]:
    """Return kind, and whether people are to hear of it, of what happens."""
    heard: list[tuple[str, bool]] = []
    lab.hub.alerting.async_listen(
        lambda record: heard.append((record.kind.value, record.tell))
    )
    return heard


def _switch(lab: Lab) -> tuple[str, Any]:
    state = lab.state("switch", "maintenance")
    return state.state, state.attributes.get("until")


async def _turn(lab: Lab, way: str, context: Context | None = None) -> None:
    await lab.hass.services.async_call(
        "switch",
        f"turn_{way}",
        {"entity_id": lab.entity_id("switch", "maintenance")},
        blocking=True,
        context=context,
    )


async def test_what_is_still_wrong_at_the_end_is_told_then(
    lab: Lab, tells: list[tuple[str, bool]]
) -> None:
    await lab.report()
    await _turn(lab, "on")
    assert _switch(lab) == ("on", None)
    await lab.minutes(1, **full(95))
    assert await lab.standing() == {"disk_critical /": "open"}
    assert tells == [("opened", False)]
    await _turn(lab, "off")
    assert _switch(lab) == ("off", None)
    assert tells == [("opened", False), ("overdue", True)]


async def test_what_came_and_went_in_between_is_never_told(
    lab: Lab, tells: list[tuple[str, bool]]
) -> None:
    await lab.report()
    await lab.act("set_maintenance", server="nas")
    await lab.minutes(1, **full(95))
    await lab.minutes(1, **full(20))
    await lab.act("set_maintenance", server="nas", enabled=False)
    await lab.minutes(1, **full(20))
    assert tells == [("opened", False), ("resolved", False)]


async def test_a_server_that_is_away_for_planned_work_alarms_nobody(
    lab: Lab, tells: list[tuple[str, bool]]
) -> None:
    await lab.report()
    await lab.act("set_maintenance", server="nas", duration={"hours": 2})
    await lab.wait(3600)
    assert tells == [("opened", False)]
    assert await lab.standing() == {"server_offline": "open"}
    # The end comes by itself, and the server is still not back.
    await lab.wait(3601)
    assert tells == [("opened", False), ("overdue", True)]
    assert _switch(lab) == ("off", None)


async def test_maintenance_of_one_server_is_none_of_another(
    lab: Lab, tells: list[tuple[str, bool]]
) -> None:
    await lab.act("set_maintenance", server="nas")
    await lab.report("pi", **full(95))
    assert tells == [("opened", True)]


@pytest.mark.parametrize(
    ("duration", "seconds"),
    [
        ({"days": 366}, 366 * 86400),
        ({"minutes": 5}, 300),
        ("02:00:00", 7200),
        (90, 90),
        ("0.5", 0.5),
    ],
)
async def test_the_switch_shows_when_maintenance_ends(
    lab: Lab, duration: Any, seconds: float
) -> None:
    await lab.act("set_maintenance", server="nas", duration=duration)
    assert _switch(lab) == ("on", dt_util.utcnow() + timedelta(seconds=seconds))


async def test_setting_it_again_replaces_its_end(lab: Lab) -> None:
    await lab.act("set_maintenance", server="nas", duration=60)
    await lab.act("set_maintenance", server="nas")
    await lab.wait(120)
    assert _switch(lab) == ("on", None)


async def test_it_goes_on_over_a_restart_and_the_time_away_counts(lab: Lab) -> None:
    await lab.act("set_maintenance", server="nas", duration={"hours": 2})
    await lab.restart(away=3600)
    assert _switch(lab)[0] == "on"
    await lab.wait(3500)
    assert _switch(lab)[0] == "on"
    await lab.wait(101)
    assert _switch(lab)[0] == "off"
    await lab.act("set_maintenance", server="nas")
    await lab.restart(away=30 * 86400)
    assert _switch(lab) == ("on", None)


async def test_a_clock_that_was_set_back_makes_it_no_longer(lab: Lab) -> None:
    await lab.act("set_maintenance", server="nas", duration={"hours": 2})
    await lab.stop()
    lab.freezer.tick(-30 * 86400)
    await lab.start()
    assert lab.state("switch", "maintenance").attributes["until"] == (
        dt_util.utcnow() + timedelta(hours=2)
    )


async def test_the_switch_is_for_admins_and_automations(
    lab: Lab, hass_admin_user: MockUser, hass_read_only_user: MockUser
) -> None:
    hass_read_only_user.mock_policy({"entities": True})
    with pytest.raises(Unauthorized):
        await _turn(lab, "on", Context(user_id=hass_read_only_user.id))
    assert _switch(lab)[0] == "off"
    with pytest.raises(UnknownUser):
        await _turn(lab, "on", Context(user_id="nobody"))
    await _turn(lab, "on", Context(user_id=hass_admin_user.id))
    assert _switch(lab)[0] == "on"
    await _turn(lab, "off")
    assert _switch(lab)[0] == "off"


async def test_to_turn_on_what_is_on_keeps_its_end(lab: Lab) -> None:
    await lab.act("set_maintenance", server="nas", duration={"hours": 2})
    before = _switch(lab)
    assert before[1] is not None
    await _turn(lab, "on")
    assert _switch(lab) == before
