"""An agent that was uninstalled on its server takes its leave."""

from typing import Any

from homeassistant.helpers import issue_registry as ir

from .alerts.lab import Lab, full
from .setup_hub import state_of

GOODBYE: dict[str, Any] = {
    "run_id": "goodbye",
    "sequence": 1,
    "metrics": {},
    "services": None,
    "os_info": None,
    "host": None,
    "updates_available": None,
    "security_updates": None,
    "collectors": [{"name": "agent", "error": "uninstalled on this server"}],
}
"""The last heartbeat, as the uninstaller has it sent."""


def _told(lab: Lab) -> bool:
    issues = ir.async_get(lab.hass)
    return bool(issues.async_get_issue("homelabcmd", "uninstalled_nas"))


async def test_its_server_is_disconnected_and_a_repair_says_why_but_no_alert(
    lab: Lab,
) -> None:
    await lab.report()
    await lab.wait(60)
    await lab.report(**GOODBYE)
    assert _told(lab)
    assert state_of(lab.hass, "connectivity") == "off"
    assert state_of(lab.hass, "cpu_percent") == "unavailable"
    await lab.wait(7 * 86400)
    assert await lab.alerts() == []
    assert lab.state("sensor", "servers_offline", "hub").state == "1"


async def test_its_server_keeps_its_facts_and_its_items(lab: Lab) -> None:
    await lab.report(**full(50))
    await lab.report(**GOODBYE)
    answer: Any = await lab.hass.services.async_call(
        "homelabcmd",
        "list_servers",
        {"server": "nas"},
        blocking=True,
        return_response=True,
    )
    [server] = answer["servers"]
    assert (server["status"], server["hostname"]) == ("offline", "nas")
    assert [found["mount"] for found in server["disks"]] == ["/"]


async def test_it_is_known_after_a_restart(lab: Lab) -> None:
    await lab.report()
    await lab.report(**GOODBYE)
    await lab.restart(away=3600)
    await lab.wait(3600)
    assert _told(lab)
    assert await lab.alerts() == []


async def test_an_agent_that_is_installed_again_ends_it(lab: Lab) -> None:
    await lab.report()
    await lab.report(**GOODBYE)
    await lab.wait(3600)
    await lab.report(run_id="again", sequence=1)
    assert not _told(lab)
    assert state_of(lab.hass, "connectivity") == "on"
    await lab.wait(181)
    assert await lab.standing() == {"server_offline": "open"}


async def test_a_server_that_was_offline_before_is_no_longer_missed(lab: Lab) -> None:
    await lab.report()
    await lab.wait(181)
    assert await lab.standing() == {"server_offline": "open"}
    await lab.report(**GOODBYE)
    assert await lab.standing() == {}
    await lab.wait(3600)
    assert await lab.standing() == {}


async def test_its_alerts_end_with_it_and_open_anew_when_it_is_back(lab: Lab) -> None:
    await lab.report(**full(95))
    lab.told()
    await lab.report(**GOODBYE)
    assert lab.told() == [("resolved", "disk_critical", "critical")]
    (ended,) = await lab.alerts()
    assert ended["resolution"] == "gone"
    await lab.wait(86400)
    assert lab.told() == []
    await lab.report(run_id="again", sequence=1, **full(95))
    assert lab.told() == [("opened", "disk_critical", "critical")]


async def test_removing_the_server_ends_the_repair(lab: Lab) -> None:
    await lab.report()
    await lab.report(**GOODBYE)
    await lab.act("remove_server", server="nas")
    assert not _told(lab)
