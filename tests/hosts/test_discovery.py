"""A probe of a network: who is there is found, and nobody else hears of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
import ipaddress
import socket
import struct
import subprocess
import sys
import threading
import time

import pytest

from custom_components.homelabcmd.core.discovery.networks import Place, place
from custom_components.homelabcmd.discovery import neighbours, probe

pytestmark = pytest.mark.hosts

MANY = 50
FIRST = 100
WITH_SSH = 3
SILENT = FIRST + MANY - 1
ADAPTER = "home0"
OURS = "10.88.0.5"
NETWORK = ipaddress.ip_network("10.88.0.0/24")
LAST_V6 = "fe80::aa"
_ETH_ALL = 3
_OUTGOING = 4
_IPV4, _ARP, _IPV6 = 0x0800, 0x0806, 0x86DD
# Says what a server says, to whoever comes.
SERVER = """
import socket
server = socket.create_server(("", 22))
print("ready", flush=True)
while True:
    client, _ = server.accept()
    client.sendall(b"SSH-2.0-test\\r\\n")
    client.close()
"""


def ip(*commands: str) -> None:
    subprocess.run(
        ["ip", "-batch", "-"], input="\n".join(commands), text=True, check=True
    )


def mac(number: int) -> str:
    return f"02:00:0a:58:00:{number:02x}"


@pytest.fixture(scope="module")
def home() -> Iterator[Place]:
    """Make a network with 50 machines, each in a namespace of its own."""
    ip(
        f"link add {ADAPTER} type bridge forward_delay 0",
        f"address add {OURS}/24 dev {ADAPTER}",
        f"link set {ADAPTER} up",
        # Another network, and a route by it that seems to fit better.
        "link add office0 type bridge forward_delay 0",
        "address add 10.99.0.5/24 dev office0",
        "link set office0 up",
        "route add 10.88.0.128/25 via 10.99.0.9",
    )
    numbers = range(FIRST, FIRST + MANY)
    for number in numbers:
        ip(
            f"netns add n{number}",
            f"link add v{number} type veth peer name eth0 address {mac(number)} "
            f"netns n{number}",
            f"link set v{number} master {ADAPTER} up",
        )
        subprocess.run(
            ["ip", "-n", f"n{number}", "-batch", "-"],
            input=f"address add 10.88.0.{number}/24 dev eth0\nlink set eth0 up\n",
            text=True,
            check=True,
        )
    # One that drops what comes: it can't answer, but the kernel finds it.
    subprocess.run(
        ["ip", "-n", f"n{SILENT}", "route", "add", "blackhole", f"{OURS}/32"],
        check=True,
    )
    # Somebody with whom this machine has spoken by IPv6.
    ip(
        f"neighbour add {LAST_V6} lladdr {mac(FIRST)} dev {ADAPTER} nud stale",
        f"neighbour add fd00::77 lladdr {mac(0x77)} dev {ADAPTER} nud stale",
        f"neighbour add 10.99.0.77 lladdr {mac(0x78)} dev office0 nud stale",
    )
    servers = [_server(number) for number in numbers[:WITH_SSH]]
    found = place(ADAPTER, OURS, 24)
    assert found is not None
    yield found
    for server in servers:
        server.kill()
        server.wait()
    for number in numbers:
        ip(f"netns delete n{number}")
    ip(f"link delete {ADAPTER}", "link delete office0")


def _server(number: int) -> subprocess.Popen[str]:
    server = subprocess.Popen(
        ["ip", "netns", "exec", f"n{number}", sys.executable, "-c", SERVER],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    assert server.stdout.readline() == "ready\n"
    return server


@contextmanager
def captured() -> Iterator[list[tuple[str, int, bytes]]]:
    """Record every packet that leaves this machine: adapter, kind, and what it is."""
    found: list[tuple[str, int, bytes]] = []
    listener = socket.socket(
        socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(_ETH_ALL)
    )
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 24)
    listener.settimeout(0.2)
    ended = threading.Event()

    def listen() -> None:
        while True:
            try:
                packet, (name, kind, way, *_) = listener.recvfrom(65535)
            except TimeoutError:
                if ended.is_set():
                    return
                continue
            if way == _OUTGOING and name in (ADAPTER, "office0", "lab0"):
                found.append((name, kind, packet))

    thread = threading.Thread(target=listen)
    thread.start()
    try:
        yield found
    finally:
        ended.set()
        thread.join()
        listener.close()


def receiver(kind: int, packet: bytes) -> ipaddress.IPv4Address:
    """Return for whom a packet is."""
    at = 24 if kind == _ARP else 16
    return ipaddress.IPv4Address(packet[at : at + 4])


def test_fifty_machines_are_found_within_five_seconds_and_nobody_else_is_asked(
    home: Place,
) -> None:
    with captured() as packets:
        started = time.monotonic()
        answered = asyncio.run(probe.async_probe(home))
        took = time.monotonic() - started
        there = neighbours.read({ADAPTER})
    addresses = {f"10.88.0.{number}" for number in range(FIRST, FIRST + MANY)}
    told = {address for each in answered for address in each.addresses}
    assert told == addresses - {f"10.88.0.{SILENT}"}
    assert sum(bool(each.ssh) for each in answered) == WITH_SSH
    known = {each.address: each.mac for each in there}
    assert {address: known.get(address) for address in addresses} == {
        f"10.88.0.{number}": mac(number) for number in range(FIRST, FIRST + MANY)
    }
    assert took < 5
    ages = {each.address: each.age for each in there}
    assert max(ages[address] for address in addresses) < 10
    # By then the kernel had not heard of it for as long as it trusts anybody.
    assert ages[LAST_V6] > 10
    # IPv6 neighbours are shown; those of other adapters are not.
    assert known[LAST_V6] == mac(FIRST)
    assert known["fd00::77"] == mac(0x77)
    assert "10.99.0.77" not in known
    # That this machine has come into a network its kernel tells a group by itself.
    sent = [
        each
        for each in packets
        if each[1] in (_IPV4, _ARP) and not receiver(*each[1:]).is_multicast
    ]
    asked = {receiver(kind, packet) for _, kind, packet in sent}
    strays = [(name, receiver(kind, packet)) for name, kind, packet in sent]
    assert [each for each in strays if each[0] != ADAPTER] == []
    assert asked <= set(NETWORK.hosts()), asked - set(NETWORK.hosts())
    assert len(asked) >= len(home.others)
    # What the kernel says by itself goes to groups: nobody is asked by IPv6.
    v6 = {packet[24:40] for _, kind, packet in packets if kind == _IPV6}
    assert all(ipaddress.IPv6Address(each).is_multicast for each in v6)
    assert not any(
        _is_solicitation(packet) for _, kind, packet in packets if kind == _IPV6
    )


def _is_solicitation(packet: bytes) -> bool:
    """Return whether it asks for the MAC address of somebody else, RFC 4861, 4.3."""
    header, icmp = packet[:40], packet[40:]
    (following,) = struct.unpack("B", header[6:7])
    if following != socket.IPPROTO_ICMPV6 or icmp[0] != 135:
        return False
    # One without a sender looks whether an address of our own is free.
    return not ipaddress.IPv6Address(header[8:24]).is_unspecified


def test_network_that_the_machine_has_left_is_noticed(
    home: Place,
) -> None:
    probe.check(home)
    left = place(ADAPTER, "10.88.0.6", 24)
    assert left is not None
    with pytest.raises(OSError, match="assign"):
        probe.check(left)
    assert asyncio.run(probe._async_ssh(left, f"10.88.0.{FIRST}")) is None
