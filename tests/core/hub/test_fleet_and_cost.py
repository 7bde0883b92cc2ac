"""Totals over servers, and what they cost."""

from dataclasses import replace

import pytest

from custom_components.homelabcmd.core.hub.cost import running_cost
from custom_components.homelabcmd.core.hub.fleet import Fleet, fleet
from custom_components.homelabcmd.core.servers import server

from ..make import START, added, heartbeat


def test_65_watts_at_24_cents_cost_what_the_specification_says() -> None:
    cost = running_cost(65, 0.24)
    assert round(cost.daily, 2) == 0.37
    assert round(cost.monthly, 2) == 11.23
    assert round(cost.yearly, 2) == 134.78


def test_totals_are_of_the_servers_online() -> None:
    one = server.receive(
        added(), heartbeat(cpu_percent=10, disk_used_gb=5, disk_total_gb=10), START, 0
    )
    two = server.receive(
        added(), heartbeat(cpu_percent=30, disk_used_gb=1, disk_total_gb=2), START, 0
    )
    gone = server.offline_if_silent(replace(two, heard=-1000.0), 0, 180)
    total = fleet([one, two, gone, added()], 1.5)
    assert total == Fleet(
        online=2,
        offline=1,
        cpu_percent=20,
        memory_percent=None,
        disk_used_gb=6,
        disk_total_gb=12,
        cost_per_day=1.5,
    )


def test_no_server_has_no_mean() -> None:
    assert fleet([], 0) == Fleet()


@pytest.mark.parametrize("watts", [0, 5, 100])
def test_a_year_is_twelve_months_of_thirty_days(watts: int) -> None:
    cost = running_cost(watts, 0.3)
    assert cost.yearly == pytest.approx(cost.daily * 360)
