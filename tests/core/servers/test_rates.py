"""Rates come from counters of the same boot."""

import pytest

from custom_components.homelabcmd.core.servers.rates import Rates, Traffic, rates
from custom_components.homelabcmd.protocol.inventory import Network

from ..make import heartbeat


def test_a_rate_is_the_difference_by_the_seconds_between() -> None:
    before = heartbeat(0, network_rx_bytes=1000, network_tx_bytes=0)
    now = heartbeat(60, network_rx_bytes=7000, network_tx_bytes=600)
    assert rates(before, now) == Rates(network_rx=100, network_tx=10)


def test_the_first_heartbeat_has_no_rate() -> None:
    assert rates(None, heartbeat(0, network_rx_bytes=1000)) == Rates()


def test_a_counter_that_went_down_has_no_rate_and_the_other_one_has() -> None:
    before = heartbeat(0, network_rx_bytes=1000, network_tx_bytes=0)
    now = heartbeat(10, network_rx_bytes=10, network_tx_bytes=50)
    assert rates(before, now) == Rates(network_tx=5)


def test_a_reboot_between_leaves_no_rate() -> None:
    before = heartbeat(0, boot_id="one", network_rx_bytes=0)
    now = heartbeat(60, boot_id="two", network_rx_bytes=600)
    assert rates(before, now) == Rates()


@pytest.mark.parametrize("jump", [-3600, 0, 86400 * 30])
def test_a_clock_set_in_between_does_not_change_the_rate(jump: float) -> None:
    before = heartbeat(0, uptime_seconds=1000, network_rx_bytes=0)
    now = heartbeat(60 + jump, uptime_seconds=1060, network_rx_bytes=600)
    assert rates(before, now).network_rx == 10


def test_two_heartbeats_of_the_same_moment_have_no_rate() -> None:
    before = heartbeat(5, network_rx_bytes=0)
    assert rates(before, heartbeat(5, network_rx_bytes=9)) == Rates()


def test_every_interface_has_its_own_rates_once_it_was_there_before() -> None:
    before = heartbeat(0, networks=(Network(name="eth0", rx_bytes=0, tx_bytes=90),))
    now = heartbeat(
        60,
        networks=(
            Network(name="eth0", rx_bytes=600, tx_bytes=30),
            Network(name="eth1", rx_bytes=600),
        ),
    )
    assert rates(before, now).interfaces == {"eth0": Traffic(rx=10)}
    assert rates(None, now).interfaces == {}
