"""An alert's life, from a threshold that is crossed to the end of it."""

from collections.abc import AsyncIterator
from typing import Any

from playwright.async_api import Locator, expect
import pytest
import pytest_asyncio

from harness import integration
from harness.api import Api
from harness.browser import Window
from harness.texts import text
from harness.waiting import until

from .home import INTERVAL, Home, overview_card, set_up

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

# What may be in a name is shown as it is.
NAME, SERVER, MOUNT = "Pantry <b>*1*</b> {{ 2 }}", "pantry", "/"
NOTE = "A bigger disk is ordered"
TITLE = text("selector.alert_title.options.disk_warning", subject=MOUNT, server=NAME)
ACKNOWLEDGED = text("selector.dashboard.options.acknowledged")
MARK = text("selector.dashboard.options.over_threshold")
# The root file system of any machine is fuller than the one, and not as full as the
# other.
LOW: dict[str, object] = {"threshold": 1, "clear": 1}
HIGH: dict[str, object] = {"threshold": 99, "clear": 95}
FULL: dict[str, object] = {"threshold": 100}


def row(window: Window) -> Locator:
    return window.page.locator("li.row:not(.ended)").filter(has_text=TITLE)


async def alert(api: Api, **query: str) -> dict[str, Any] | None:
    """Return what the action tells of the alert on the root file system."""
    answer = await api.action(integration.DOMAIN, "list_alerts", server=SERVER, **query)
    found: list[dict[str, Any]] = [
        alert
        for alert in answer["alerts"]
        if (alert["type"], alert["subject"]) == ("disk_warning", MOUNT)
    ]
    return found[0] if found else None


async def set_thresholds(
    api: Api, warning: dict[str, object], critical: dict[str, object]
) -> None:
    entry = await integration.entry_id(api)
    assert entry is not None
    await integration.set_alerts(
        api, entry, "alerts_disk", disk_warning=warning, disk_critical=critical
    )


@pytest_asyncio.fixture(loop_scope="session")
async def usual_thresholds(home: Home) -> AsyncIterator[None]:
    """Leave the options as the other tests want them."""
    yield
    async with home.api() as api:
        await set_thresholds(
            api, {"threshold": 80, "clear": 75}, {"threshold": 90, "clear": 85}
        )


@pytest.mark.usefixtures("usual_thresholds")
async def test_alert_opens_is_acknowledged_survives_a_restart_and_ends(
    home: Home,
) -> None:
    async with home.api() as api, home.window("alert-opens") as window:
        await set_up(api)
        enrolment = await integration.add_server(api, SERVER, name=NAME)
        card = await overview_card(window, NAME)
        await expect(row(window)).to_have_count(0)
        await set_thresholds(api, LOW, FULL)
        agent = await home.start_agent(enrolment)

        # It opens with the first heartbeat, and the open dashboard shows it.
        opened = await until(lambda: alert(api), "an alert", patience=2 * INTERVAL)
        assert (opened["status"], opened["severity"]) == ("open", "high")
        await expect(row(window)).to_contain_text("High")
        await expect(row(window)).not_to_contain_text(ACKNOWLEDGED)
        await expect(card).to_contain_text(MARK)

        # Somebody knows.
        await api.post(
            f"/api/services/{integration.DOMAIN}/acknowledge_alert",
            {"alert_id": opened["alert_id"], "note": NOTE},
        )
        await expect(row(window)).to_contain_text(ACKNOWLEDGED)
        assert window.complaints == []

    await home.restart()

    async with home.api() as api, home.window("alert-ends") as window:
        known = await alert(api, alert_id=opened["alert_id"])
        assert known is not None
        assert known["status"] == "acknowledged"
        assert known["acknowledged_by"]["name"] == "User"
        assert known["acknowledged_note"] == NOTE
        await overview_card(window, NAME)
        await expect(row(window)).to_contain_text(ACKNOWLEDGED)

        # The disk is well by another threshold: the next heartbeat ends it.
        await set_thresholds(api, HIGH, FULL)

        async def resolved() -> dict[str, Any] | None:
            return await alert(api, alert_id=opened["alert_id"], status="resolved")

        ended = await until(resolved, "the end", patience=2 * INTERVAL)
        assert ended["resolution"] == "cleared"
        assert ended["acknowledged_note"] == NOTE
        await expect(row(window)).to_have_count(0)
        assert window.complaints == []
        await agent.stop()
        await api.post(
            f"/api/services/{integration.DOMAIN}/remove_server", {"server": SERVER}
        )
