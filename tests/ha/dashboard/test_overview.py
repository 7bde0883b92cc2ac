"""The pages are told everything at once, and then what changes."""

from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from tests.builders import metrics

from ..alerts.lab import Lab, disk
from ..remediation.bench import Bench

TYPE = "homelabcmd/overview/subscribe"


class Page:
    """An open page."""

    def __init__(self, lab: Lab, client: Any) -> None:
        """Take a connection."""
        self.lab = lab
        self.client = client

    async def open(self) -> dict[str, Any]:
        """Ask to be told; return the first message."""
        await self.client.send_json_auto_id({"type": TYPE})
        answer = await self.client.receive_json()
        assert answer["success"]
        return await self.event()

    async def event(self) -> dict[str, Any]:
        """Return the next message."""
        message: dict[str, Any] = await self.client.receive_json()
        assert message["type"] == "event"
        event: dict[str, Any] = message["event"]
        return event

    async def news(self) -> dict[str, Any]:
        """Let half a second pass and return the message that comes then."""
        async_fire_time_changed(self.lab.hass, dt_util.utcnow() + timedelta(seconds=1))
        return await self.event()


@pytest.fixture
async def page(lab: Lab, hass_ws_client: WebSocketGenerator) -> Page:
    """Open a page of an administrator."""
    return Page(lab, await hass_ws_client(lab.hass))


async def test_first_message_has_everything(lab: Lab, page: Page) -> None:
    await lab.act("update_server", server="nas", location="Attic", tags=["a", "b"])
    await lab.report(
        metrics=metrics(cpu_percent=12.5, memory_percent=95.0),
        disks=[disk(20), disk(93, "/srv/films")],
    )
    first = await page.open()
    assert (first["all"], first["admin"]) == (True, True)
    nas, pi = first["servers"]
    assert nas == {
        "server_id": "nas",
        "name": "NAS",
        "device_id": lab.hub.servers["nas"].device_id,
        "presence": "online",
        "since": None,
        "last_seen": nas["last_seen"],
        "location": "Attic",
        "tags": ["a", "b"],
        "maintenance": False,
        "cpu": 12.5,
        "memory": 95.0,
        "worst_disk": {"mount": "/srv/films", "percent": 93.0},
        "up_since": "2026-03-01T11:00:00+00:00",
        "disk_levels": [
            {"threshold": 80.0, "severity": "high"},
            {"threshold": 90.0, "severity": "critical"},
        ],
        "marks": {"memory": "medium", "disk": "critical"},
        "down": [],
        "ip_address": "192.168.1.42",
        "operating_system": "Debian GNU/Linux 12",
        "kernel": "6.1.0-17-amd64",
        "tdp_watts": 50,
        "cost": nas["cost"],
        "power": {"source": "tdp", "problem": None, "typical_watts": 50},
        "cost_this_month": 0,
        "cost_last_month": 0,
    }
    assert round(nas["cost"]["daily"], 3) == 0.288
    assert (pi["presence"], pi["cpu"], pi["worst_disk"]) == ("unknown", None, None)
    assert first["standing"] == 1
    [alert] = first["alerts"]
    assert alert["title"]
    assert (alert["server_id"], alert["severity"]) == ("nas", "critical")
    assert first["actions"] == []


async def test_only_what_changed_is_told(lab: Lab, page: Page) -> None:
    await page.open()
    await lab.report(metrics=metrics(cpu_percent=50.0))
    await lab.report(metrics=metrics(cpu_percent=51.0))
    news = await page.news()
    [nas] = news["servers"]
    assert (nas["server_id"], nas["cpu"]) == ("nas", 51.0)
    assert not {"alerts", "actions"} & news.keys()


async def test_silence_is_told_with_since_when(
    lab: Lab, page: Page, freezer: FrozenDateTimeFactory
) -> None:
    await lab.report()
    heard = lab.hub.servers["nas"].data.last_seen
    await page.open()
    await lab.wait(600)
    news = await page.news()
    [nas] = [server for server in news["servers"] if server["server_id"] == "nas"]
    assert heard is not None
    assert (nas["presence"], nas["since"]) == ("offline", heard.isoformat())
    assert (nas["cpu"], nas["up_since"], nas["marks"]) == (None, None, {})
    [alert] = news["alerts"]
    assert alert["status"] == "open"


async def test_servers_come_and_go(lab: Lab, page: Page) -> None:
    await lab.report(disks=[disk(95)])
    await page.open()
    await lab.hass.services.async_call(
        "homelabcmd",
        "add_server",
        {"server_id": "new", "name": "<img src=x onerror=alert(1)>"},
        blocking=True,
        return_response=True,
    )
    [new] = (await page.news())["servers"]
    assert new["name"] == "<img src=x onerror=alert(1)>"
    await lab.act("remove_server", server="nas")
    news = await page.news()
    assert (news["servers"], news["gone"]) == ([], ["nas"])
    assert (news["standing"], news["actions"]) == (0, [])


async def test_what_stands_comes_before_what_ended(lab: Lab, page: Page) -> None:
    await lab.report(disks=[disk(95)])
    await lab.wait(60)
    for number in range(12):
        await lab.report("pi", disks=[disk(85, f"/{number}")])
        await lab.wait(1)
        for alert in await lab.alerts(server="pi", status="open"):
            await lab.act("resolve_alert", alert_id=alert["alert_id"])
    first = await page.open()
    assert first["standing"] == 1
    statuses = [alert["status"] for alert in first["alerts"]]
    assert statuses == ["open", *["resolved"] * 9]
    assert first["alerts"][0]["server_id"] == "nas"


async def test_page_stays_while_the_hub_is_reloaded(lab: Lab, page: Page) -> None:
    await lab.stop()
    await page.client.send_json_auto_id({"type": TYPE})
    assert (await page.client.receive_json())["success"]
    await lab.start()
    assert (await page.event())["all"] is True
    await lab.report()
    [nas] = (await page.news())["servers"]
    assert nas["presence"] == "online"


async def test_nobody_is_told_who_has_left(
    hass: HomeAssistant, lab: Lab, page: Page
) -> None:
    await page.open()
    await page.client.send_json_auto_id(
        {"type": "unsubscribe_events", "subscription": 1}
    )
    assert (await page.client.receive_json())["success"]
    await lab.report()
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=1))
    await page.client.send_json_auto_id({"type": "ping"})
    assert (await page.client.receive_json())["type"] == "pong"


async def test_what_waits_for_a_person_is_told(bench: Bench, page: Page) -> None:
    await page.open()
    await bench.crash_plex()
    [nas] = (await page.event())["servers"]
    assert nas["down"] == ["plex"]
    news = await page.news()
    [action] = news["actions"]
    known = await bench.only()
    assert (action["action_id"], action["title"]) == (
        known["action_id"],
        "Restart plex.service on NAS",
    )
    assert action["message"]
    assert action["auto"] is True
    await bench.ask("approve_action", bench.admin, action_id=action["action_id"])
    assert (await page.news())["actions"] == []


async def test_auto_is_not_offered_where_it_is_on(bench: Bench, page: Page) -> None:
    await bench.lab.act(
        "set_auto_approve",
        bench.admin,
        action_type="restart_service",
        server="nas",
        enabled=True,
    )
    for _ in range(4):
        await bench.ask(
            "queue_action",
            bench.admin,
            server="nas",
            action_type="restart_service",
            target="plex",
        )
        for action in await bench.actions(status="approved"):
            await bench.end(action["action_id"])
    [action] = (await page.open())["actions"]
    assert action["auto"] is False


async def test_everybody_may_read(
    lab: Lab, hass_ws_client: WebSocketGenerator, hass_read_only_access_token: str
) -> None:
    client = await hass_ws_client(lab.hass, hass_read_only_access_token)
    assert (await Page(lab, client).open())["admin"] is False
