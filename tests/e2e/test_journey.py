"""A server's way through the product, from the first click to its return."""

from datetime import UTC, datetime, timedelta

from playwright.async_api import Locator, expect
import pytest

from harness import dialogs, integration
from harness.api import Api
from harness.browser import Window
from harness.servers import heard_since
from harness.texts import text
from harness.waiting import until

from . import machine
from .history import recorded
from .home import OFFLINE, Home, overview_card, set_up, states

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

NAME, SERVER = "Attic server", "attic-server"
OUTLIVES_SILENCE = {
    "alert",
    "alerts",
    "connectivity",
    "cost_this_month",
    "energy",
    "maintenance",
    "power",
    "remediation",
}
ALERT = text("selector.alert_title.options.server_offline", server=NAME)


def shown_as(card: Locator, state: str) -> Locator:
    """Return the card of a server, if it says that the server is in a state."""
    word = card.page.get_by_text(text(f"selector.dashboard.options.{state}"))
    return card.locator(f"a[data-presence={state}]").filter(has=word)


def open_alert(window: Window) -> Locator:
    return window.page.locator("li.row:not(.ended)").filter(has_text=ALERT)


def apart(state: str, moment: datetime) -> timedelta:
    return abs(datetime.fromisoformat(state) - moment)


async def in_state(api: Api, state: str) -> bool | None:
    now = await states(api, SERVER)
    return True if now["connectivity"] == state else None


async def test_server_is_added_reports_falls_silent_and_returns(home: Home) -> None:
    async with home.api() as api, home.window("journey") as window:
        assert await integration.entry_id(api) is None, "another test was first"

        # The dialogs.
        await dialogs.add_integration(window)
        enrolment = await dialogs.name_server(window, NAME)
        assert enrolment.server_id == SERVER
        await dialogs.wait_for_heartbeat(window)
        await set_up(api)
        before = datetime.now(UTC)
        agent = await home.start_agent(enrolment)
        await dialogs.connected(window, NAME)

        # What Home Assistant knows then.
        now = await states(api, SERVER)
        assert now["connectivity"] == "on"
        assert 0 <= float(now["cpu_percent"]) <= 100
        assert float(now["memory_percent"]) == pytest.approx(
            machine.memory_percent(), abs=5
        )
        assert float(now["disk_percent"]) == pytest.approx(
            machine.disk_percent(), abs=1
        )
        assert apart(now["boot_time"], machine.boot_time()) <= timedelta(seconds=5)
        unknown = {key for key, state in now.items() if state == "unavailable"}
        assert unknown == set()

        # What the recorder has of it.
        ids = await integration.entity_ids(api)
        database = home.home_assistant.configuration.database

        async def rows() -> list[str | None] | None:
            found = recorded(database, ids[f"{SERVER}_disk_percent"])
            return found if now["disk_percent"] in found else None

        await until(rows, "a row of the recorder", patience=15)

        # What the user sees.
        card = await overview_card(window, NAME)
        await expect(shown_as(card, "online")).to_be_visible()
        for name in ("CPU", "RAM"):
            await expect(card.get_by_text(name, exact=True)).to_be_visible()
        await expect(card.get_by_text("Disk /")).to_be_visible()

        # The machine dies without a word.
        await heard_since(api, SERVER, before, agent)
        await agent.kill()
        died = datetime.now(UTC)
        await until(
            lambda: in_state(api, "off"), "the server is offline", patience=OFFLINE + 15
        )
        assert datetime.now(UTC) - died > timedelta(seconds=OFFLINE / 2)
        now = await states(api, SERVER)
        available = {key for key, state in now.items() if state != "unavailable"}
        assert available == OUTLIVES_SILENCE
        await expect(shown_as(card, "offline")).to_be_visible()
        await expect(shown_as(card, "online")).to_be_hidden()
        await expect(open_alert(window)).to_be_visible()
        await expect(card.get_by_text("CPU", exact=True)).to_be_hidden()

        # It comes back.
        started = datetime.now(UTC)
        agent = await home.start_agent(enrolment)
        await heard_since(api, SERVER, started, agent)
        now = await states(api, SERVER)
        assert now["connectivity"] == "on"
        assert "unavailable" not in now.values()
        await expect(shown_as(card, "online")).to_be_visible()
        await expect(open_alert(window)).to_be_hidden()
        await expect(card.get_by_text("CPU", exact=True)).to_be_visible()
        assert window.complaints == []
        await agent.stop()
