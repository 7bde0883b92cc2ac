"""Only home networks of Home Assistant's own adapters are looked through."""

import pytest

from custom_components.homelabcmd.core.discovery.networks import (
    NetworkError,
    NetworkErrorCode,
    Place,
    Why,
    chosen,
    place,
)


def at(address: str, prefix: int, adapter: str = "eth0") -> Place:
    found = place(adapter, address, prefix)
    assert found is not None
    return found


HOME = at("192.168.1.5", 24)


@pytest.mark.parametrize("named", ["192.168.1.0/24", " 192.168.1.77/24 "])
def test_network_of_an_adapter_is_looked_through(named: str) -> None:
    assert chosen(named, [at("10.0.0.1", 24, "eth1"), HOME]) is HOME


def test_home_assistant_itself_and_the_ends_of_a_network_are_left_out() -> None:
    others = [str(address) for address in HOME.others]
    assert len(others) == 253
    assert not {"192.168.1.0", "192.168.1.5", "192.168.1.255"} & set(others)


@pytest.mark.parametrize(
    ("known", "why"),
    [
        (at("172.17.0.1", 16), Why.TOO_LARGE),
        (at("10.0.0.1", 21), Why.TOO_LARGE),
        (at("10.0.0.1", 22), None),
        (at("10.0.0.1", 30), None),
        (at("10.0.0.1", 31), Why.TOO_SMALL),
        (at("10.0.0.1", 32), Why.TOO_SMALL),
        (at("8.8.8.8", 24), Why.PUBLIC),
        (at("100.101.1.2", 24), Why.OVERLAY),
    ],
)
def test_why_a_network_is_not_looked_through(known: Place, why: Why | None) -> None:
    assert known.why is why


@pytest.mark.parametrize(
    ("named", "code"),
    [
        ("", NetworkErrorCode.INVALID),
        ("eth0", NetworkErrorCode.INVALID),
        ("192.168.1.0/33", NetworkErrorCode.INVALID),
        ("192.168.1.0/24; reboot", NetworkErrorCode.INVALID),
        ("fe80::1%eth0/64", NetworkErrorCode.IPV6),
        ("fd00::/64", NetworkErrorCode.IPV6),
        ("0.0.0.0/0", NetworkErrorCode.TOO_LARGE),
        ("192.168.0.0/16", NetworkErrorCode.TOO_LARGE),
        ("192.168.0.0/21", NetworkErrorCode.TOO_LARGE),
        ("8.8.8.0/24", NetworkErrorCode.PUBLIC),
        ("192.168.2.0/24", NetworkErrorCode.NOT_OURS),
        # A part of ours, or more than ours, is not what the adapter is in.
        ("192.168.1.0/25", NetworkErrorCode.NOT_OURS),
        ("192.168.0.0/23", NetworkErrorCode.NOT_OURS),
        ("192.168.1.7", NetworkErrorCode.NOT_OURS),
    ],
)
def test_other_networks_are_refused(named: str, code: NetworkErrorCode) -> None:
    with pytest.raises(NetworkError) as refused:
        chosen(named, [HOME, at("172.17.0.1", 16)])
    assert refused.value.code is code


@pytest.mark.parametrize(
    ("address", "prefix"), [("127.0.0.1", 8), ("169.254.3.4", 16), ("fd00::1", 64)]
)
def test_addresses_that_lead_to_nobody_have_no_place(address: str, prefix: int) -> None:
    assert place("lo", address, prefix) is None


@pytest.mark.parametrize(
    "adapter", ["docker0", "hassio", "veth1a2b", "br-0123456789ab"]
)
def test_containers_of_the_machine_itself_are_no_place(adapter: str) -> None:
    assert place(adapter, "172.30.32.1", 23) is None
    assert place("br-lan", "192.168.1.5", 24) is not None
