"""What may be scanned is decided before anything is looked up or sent."""

import ipaddress

from hypothesis import given, strategies as st
import pytest

from custom_components.homelabcmd.core.scans.targets import (
    Address,
    TargetError,
    TargetErrorCode as Code,
    checked_target,
    reachable,
)


@pytest.mark.parametrize(
    ("host", "kept"),
    [
        ("nas", "nas"),
        (" NAS.home.lan. ", "nas.home.lan"),
        ("10.0.0.7", "10.0.0.7"),
        ("[fd00::7]", "fd00::7"),
        ("FD00:0:0::7", "fd00::7"),
        ("raspberry_pi-4", "raspberry_pi-4"),
    ],
)
def test_names_and_addresses_are_taken(host: str, kept: str) -> None:
    target = checked_target(host, 22, "ana")
    assert target.host == kept


@pytest.mark.parametrize(
    ("host", "port", "username", "code"),
    [
        ("", 22, "ana", Code.INVALID_HOST),
        ("-oProxyCommand=reboot", 22, "ana", Code.INVALID_HOST),
        ("nas;reboot", 22, "ana", Code.INVALID_HOST),
        ("$(reboot)", 22, "ana", Code.INVALID_HOST),
        ("ana@nas", 22, "ana", Code.INVALID_HOST),
        ("nas/24", 22, "ana", Code.INVALID_HOST),
        ("nas\nreboot", 22, "ana", Code.INVALID_HOST),
        ("nas..lan", 22, "ana", Code.INVALID_HOST),
        ("h\u00f6st", 22, "ana", Code.INVALID_HOST),
        ("a" * 64, 22, "ana", Code.INVALID_HOST),
        ("a." * 127 + "a", 22, "ana", Code.INVALID_HOST),
        ("10.0.0.256", 22, "ana", Code.INVALID_HOST),
        ("10.1", 22, "ana", Code.INVALID_HOST),
        ("0x7f000001", 22, "ana", Code.INVALID_HOST),
        ("2130706433", 22, "ana", Code.INVALID_HOST),
        ("010.0.0.1", 22, "ana", Code.INVALID_HOST),
        ("fe80::1%eth0", 22, "ana", Code.LINK_LOCAL),
        ("fe80::1", 22, "ana", Code.LINK_LOCAL),
        ("nas", 0, "ana", Code.INVALID_PORT),
        ("nas", 65536, "ana", Code.INVALID_PORT),
        ("nas", -22, "ana", Code.INVALID_PORT),
        ("nas", 22.5, "ana", Code.INVALID_PORT),
        ("nas", float("nan"), "ana", Code.INVALID_PORT),
        ("nas", float("inf"), "ana", Code.INVALID_PORT),
        ("nas", 22, "", Code.INVALID_USERNAME),
        ("nas", 22, "-ana", Code.INVALID_USERNAME),
        ("nas", 22, "ana;reboot", Code.INVALID_USERNAME),
        ("nas", 22, "ana\n", Code.INVALID_USERNAME),
        ("nas", 22, "a" * 33, Code.INVALID_USERNAME),
    ],
)
def test_bad_targets_are_refused(
    host: str, port: float, username: str, code: Code
) -> None:
    with pytest.raises(TargetError) as refused:
        checked_target(host, port, username)
    assert refused.value.code is code


@given(host=st.text(max_size=60), port=st.floats() | st.integers())
def test_any_text_is_taken_or_refused(host: str, port: float) -> None:
    try:
        target = checked_target(host, port, "ana")
    except TargetError:
        return
    assert not set(target.host) & set(" -\n;|&$`'\"\\%/@") - {"-"}
    assert not target.host.startswith("-")


OURS = (ipaddress.ip_network("2001:db8:1::/64"), ipaddress.ip_network("203.0.113.0/24"))


@pytest.mark.parametrize(
    ("addresses", "chosen"),
    [
        (["10.0.0.7"], "10.0.0.7"),
        (["100.64.3.4"], "100.64.3.4"),
        (["::1"], "::1"),
        (["fd00::7"], "fd00::7"),
        (["8.8.8.8", "192.168.1.7"], "192.168.1.7"),
        (["::ffff:10.0.0.7"], "10.0.0.7"),
        (["2001:db8:1::7"], "2001:db8:1::7"),
        (["203.0.113.7"], "203.0.113.7"),
        (["8.8.8.8"], None),
        (["2606:4700::1111"], None),
        (["::ffff:8.8.8.8"], None),
        (["169.254.169.254"], None),
        (["224.0.0.251"], None),
        (["0.0.0.0"], None),
        (["::"], None),
        (["255.255.255.255"], None),
        ([], None),
    ],
)
def test_only_home_networks_are_scanned(
    addresses: list[str], chosen: str | None
) -> None:
    found: list[Address] = list(map(ipaddress.ip_address, addresses))
    if chosen is not None:
        assert str(reachable(found, OURS)) == chosen
        return
    with pytest.raises(TargetError) as refused:
        reachable(found, OURS)
    assert refused.value.code is Code.PUBLIC_ADDRESS
