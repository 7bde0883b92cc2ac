"""The demo's simulated servers, in a real Home Assistant."""

from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.async_api import expect
import pytest

from harness import integration
from harness.api import Api
from harness.servers import servers
from harness.simulation.scene import simulation
from harness.simulation.table import SERVERS
from harness.waiting import until

from .history import recorded
from .home import INTERVAL, OFFLINE, Home, set_up, states

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

IDS = {server.server_id for server in SERVERS}
SILENT = "omv-webserver2"
DOCUMENTS = "omv-documentserver"
MEDIA = "omv-mediaserver"


async def statuses(api: Api) -> dict[str, str]:
    known = await servers(api)
    return {name: server["status"] for name, server in known.items() if name in IDS}


async def alerts(api: Api) -> dict[tuple[str, str], str]:
    """Return the status of the simulated servers' alerts, by server and type."""
    answer = await api.action(integration.DOMAIN, "list_alerts")
    return {
        (alert["server_id"], alert["type"]): alert["status"]
        for alert in answer["alerts"]
        if alert["server_id"] in IDS
    }


async def _click(home: Home, name: str) -> None:
    """Restart something from the dashboard, as an administrator who looks at it."""
    async with home.window("repair") as window:
        await window.open(f"{integration.DASHBOARD}/server-{MEDIA}")
        restart = window.page.get_by_role("button", name=f"Restart {name}", exact=True)
        await restart.click(timeout=30000)
        dialog = window.page.get_by_role("dialog")
        await expect(dialog).to_contain_text(f"Restart {name} on the server now?")
        await window.page.screenshot(path=home.folder / "repair.png")
        await dialog.get_by_role("button", name="Restart", exact=True).click()
        await expect(restart).to_be_hidden(timeout=30000)


async def _repaired(home: Home, api: Api) -> None:
    """Restart what is down on one server by a click, and approve it on another."""

    async def ended(
        server_id: str, status: str, action_type: str = "restart_service"
    ) -> dict[str, Any]:
        async def look() -> dict[str, Any] | None:
            answer = await api.action(
                integration.DOMAIN, "list_actions", server=server_id, status=status
            )
            found = [a for a in answer["actions"] if a["action_type"] == action_type]
            return found[0] if found else None

        return await until(look, f"{server_id}: {status}", patience=60 + 3 * INTERVAL)

    for server_id, target, end in (
        (MEDIA, "transmission", "completed"),
        ("omv-webserver1", "n8n (docker)", "failed"),
    ):
        waiting = await ended(server_id, "pending")
        assert waiting["target"] == target
        approved = datetime.now(UTC)
        if server_id == MEDIA:
            await _click(home, target)
        else:
            await api.action(
                integration.DOMAIN, "approve_action", action_id=waiting["action_id"]
            )
        done = await ended(server_id, end)
        took = (datetime.now(UTC) - approved).total_seconds()
        print(f"{target} on {server_id}: {end} after {took:.1f} s")  # noqa: T201
        assert done["decided_by"]["name"] == "User"

    updates = await ended(DOCUMENTS, "pending", "apply_updates")
    await api.action(
        integration.DOMAIN, "approve_action", action_id=updates["action_id"]
    )
    await ended(DOCUMENTS, "completed", "apply_updates")

    async def well() -> bool | None:
        return (await alerts(api))[MEDIA, "service_down"] == "resolved" or None

    await until(well, "the end of the alert", patience=2 * INTERVAL)
    known = await alerts(api)
    assert known["omv-webserver1", "remediation_failed"] == "open"
    assert known[DOCUMENTS, "update_available"] == "resolved"


async def test_simulated_servers_report_and_have_a_past(home: Home) -> None:
    configuration = home.home_assistant.configuration
    keys = home.folder / "simulated.json"
    async with home.api() as api:
        await set_up(api)
        started = datetime.now(UTC)
        async with simulation(api, keys, configuration, INTERVAL) as count:
            assert count == len(IDS)
            expected = dict.fromkeys(IDS, "online")
            assert (await statuses(api)).keys() == expected.keys()

            # The past, which the graphs show.
            ids = await integration.entity_ids(api)
            cpu = ids[f"{MEDIA}_cpu_percent"]
            day_ago = (started - timedelta(hours=24)).timestamp()
            for key in ("cpu_percent", "network_rx", "temperature"):
                rows = recorded(configuration.database, ids[f"{MEDIA}_{key}"], day_ago)
                assert len(rows) > 100, key

            async def month() -> int | None:
                answer = await api.command(
                    "recorder/statistics_during_period",
                    start_time=(started - timedelta(days=40)).isoformat(),
                    end_time=(started - timedelta(hours=2)).isoformat(),
                    statistic_ids=[cpu],
                    period="hour",
                )
                hours = len(answer.get(cpu, ()))
                return hours if hours > 700 else None

            await until(month, "a month of statistics", patience=60)

            # The present.
            now = await states(api, MEDIA)
            assert now["connectivity"] == "on"
            assert float(now["disk_percent"]) == pytest.approx(46, abs=1)
            watched = [now[key] for key in now if key.startswith("service_")]
            assert (watched.count("on"), watched.count("off")) == (4, 1)
            assert (await alerts(api)).items() >= {
                (MEDIA, "disk_critical"): "acknowledged",
                (MEDIA, "update_available"): "open",
                ("omv-documentserver", "reboot_required"): "open",
                ("pihole-backup", "agent_outdated"): "open",
            }.items()

            # One of them falls silent; the others do not.
            async def silent() -> bool | None:
                return (await statuses(api))[SILENT] == "offline" or None

            await until(silent, f"{SILENT} is offline", patience=OFFLINE + 30)
            assert await statuses(api) == expected | {SILENT: "offline"}
            assert (await alerts(api))[SILENT, "server_offline"] == "open"

            # What is down can be repaired by a click, or not.
            await _repaired(home, api)

        # At the next start they are known, and quickly back.
        async with simulation(api, keys, configuration, INTERVAL) as count:
            assert count == len(IDS)
        for server_id in IDS:
            await api.post(
                f"/api/services/{integration.DOMAIN}/remove_server",
                {"server": server_id},
            )
