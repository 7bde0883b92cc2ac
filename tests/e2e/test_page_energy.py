"""Servers on the Energy dashboard, as a browser shows it."""

from datetime import UTC, datetime, timedelta

from playwright.async_api import expect
import pytest

from harness import integration
from harness.api import Api
from harness.waiting import until

from .home import Home, set_up

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

SERVER, NAME = "meter", "Metered server"


async def used(api: Api, entity_id: str, kwh: float) -> None:
    """Let the recorder have it that a server used something in the last hour.

    Home Assistant draws full hours, and no test waits for one.
    """
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    await api.command(
        "recorder/import_statistics",
        metadata={
            "has_sum": True,
            "mean_type": 0,
            "name": None,
            "source": "recorder",
            "statistic_id": entity_id,
            "unit_class": "energy",
            "unit_of_measurement": "kWh",
        },
        stats=[
            {"start": start.isoformat(), "state": state, "sum": state}
            for start, state in ((hour - timedelta(hours=1), 0), (hour, kwh))
        ],
    )


async def test_a_server_is_on_the_energy_dashboard_with_what_it_used(
    home: Home,
) -> None:
    async with home.api() as api, home.window("energy") as window:
        await set_up(api)
        await integration.add_server(api, SERVER, name=NAME, tdp_watts=65)
        ids = await integration.entity_ids(api)
        energy = ids[f"{SERVER}_energy"]
        answer = await api.action(
            integration.DOMAIN, "add_to_energy_dashboard", server=SERVER
        )
        assert [added["energy"] for added in answer["added"]] == [energy]
        await used(api, energy, 1.25)

        async def known() -> bool | None:
            found = await api.command(
                "recorder/statistics_during_period",
                start_time=(datetime.now(UTC) - timedelta(hours=3)).isoformat(),
                statistic_ids=[energy],
                period="hour",
            )
            return True if found else None

        await until(known, "the recorder has the statistics", patience=15)
        assert (await api.command("energy/validate"))["device_consumption"] == [[]]
        await window.open("/energy")
        await expect(window.page.get_by_text(NAME).first).to_be_visible(timeout=20000)
        # The bar is painted; what it says is told to who points at it.
        chart = window.page.locator("hui-energy-devices-graph-card canvas").first
        box = await chart.bounding_box()
        assert box is not None
        await chart.hover(position={"x": box["width"] * 0.4, "y": box["height"] * 0.5})
        await expect(window.page.get_by_text("1.25 kWh").first).to_be_visible()
        assert window.complaints == []
        await api.post(
            f"/api/services/{integration.DOMAIN}/remove_server", {"server": SERVER}
        )
