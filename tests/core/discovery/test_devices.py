"""Devices are recognised whatever they were noticed by, and forgotten in time."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.homelabcmd.core.discovery import snapshot
from custom_components.homelabcmd.core.discovery.book import (
    MAX_DEVICES,
    DeviceBook,
    UnknownDeviceError,
)
from custom_components.homelabcmd.core.discovery.device import (
    MAX_ADDRESSES,
    Sighting,
    Source,
    checked_address,
    checked_mac,
    checked_name,
    is_random,
    sighting,
)
from custom_components.homelabcmd.core.discovery.recognition import Recognition
from custom_components.homelabcmd.protocol.inventory import Host

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
MAC = "00:1b:21:3a:4f:5c"
TV = "00:17:88:01:02:03"
IP, IP2 = "192.168.1.7", "192.168.1.8"


def seen(
    source: Source = Source.NEIGHBOURS,
    *,
    address: str | tuple[str, ...] = (),
    at: datetime | None = NOW,
    **what: object,
) -> Sighting:
    """Return a sighting, by default of this moment."""
    addresses = (address,) if isinstance(address, str) else address
    found = sighting(source, *addresses, seen=at, **what)  # type: ignore[arg-type]
    assert found is not None
    return found


def book(*sightings: Sighting) -> DeviceBook:
    found = DeviceBook()
    found.observe(sightings, NOW)
    return found


def test_what_several_sources_say_is_one_device() -> None:
    (device,) = book(
        seen(mac=MAC, address="192.168.1.7"),
        seen(Source.DHCP, mac=MAC.upper(), address="192.168.1.7", name="NAS"),
        seen(Source.ZEROCONF, address="192.168.1.7", name="nas.local."),
        seen(Source.PROBE, address="192.168.1.7", ssh=True),
        seen(mac=MAC, address="fe80::1"),
    ).query()
    assert device.device_id == MAC
    assert device.name == "nas"
    assert device.addresses == ("192.168.1.7", "fe80::1")
    assert device.ssh is True
    assert device.sources == ("dhcp", "neighbours", "probe", "zeroconf")
    assert (device.first_seen, device.last_seen) == (NOW, NOW)


def test_device_with_a_new_address_is_the_same() -> None:
    devices = book(seen(mac=MAC, address="192.168.1.7"))
    later = NOW + timedelta(days=1)
    devices.observe([seen(mac=MAC, address="192.168.1.8", at=later)], later)
    (device,) = devices.query()
    assert device.addresses == ("192.168.1.8", "192.168.1.7")
    assert (device.first_seen, device.last_seen) == (NOW, later)


def test_device_whose_mac_address_is_learnt_later_is_the_same() -> None:
    devices = book(seen(Source.ZEROCONF, address="192.168.1.7", name="nas"))
    later = NOW + timedelta(days=1)
    devices.observe([seen(mac=MAC, address="192.168.1.7")], later)
    (device,) = devices.query()
    assert device.device_id == MAC
    assert device.name == "nas"
    assert device.first_seen == NOW


def test_another_device_at_the_same_address_is_another_one() -> None:
    devices = book(seen(mac=MAC, address="192.168.1.7", name="nas"))
    other = "00:1b:21:00:00:01"
    devices.observe([seen(mac=other, address="192.168.1.7")], NOW)
    assert {device.device_id for device in devices.query()} == {MAC, other}
    assert devices.get(other).name is None


def test_announcement_without_mac_address_is_of_who_had_the_address_last() -> None:
    devices = book(seen(mac=MAC, address="192.168.1.7"))
    devices.observe([seen(Source.ZEROCONF, address="192.168.1.7", name="nas")], NOW)
    assert [device.name for device in devices.query()] == ["nas"]


def test_that_nobody_was_asked_is_no_news_about_ssh() -> None:
    devices = book(seen(Source.PROBE, address="192.168.1.7", ssh=True))
    devices.observe([seen(mac=MAC, address="192.168.1.7")], NOW)
    assert devices.get(MAC).ssh is True


def test_device_with_ever_new_addresses_does_not_grow() -> None:
    devices = book()
    for number in range(50):
        devices.observe([seen(mac=MAC, address=f"2001:db8::{number:x}")], NOW)
    assert len(devices.get(MAC).addresses) == MAX_ADDRESSES
    assert devices.get(MAC).addresses[0] == "2001:db8::31"


def test_forgotten_device_is_gone_until_it_is_seen_again() -> None:
    devices = book(seen(mac=MAC))
    assert devices.forget(MAC).device_id == MAC
    with pytest.raises(UnknownDeviceError):
        devices.forget(MAC)
    devices.observe([seen(mac=MAC)], NOW)
    assert devices.get(MAC)


def test_device_is_forgotten_after_90_days() -> None:
    devices = book(seen(mac=MAC))
    assert devices.prune(NOW + timedelta(days=90)) == ()
    (gone,) = devices.prune(NOW + timedelta(days=90, seconds=1))
    assert gone.device_id == MAC
    assert devices.query() == []


def test_those_seen_last_stay_when_there_are_too_many() -> None:
    devices = book(seen(mac=MAC))
    later = NOW + timedelta(hours=1)
    many = [f"02:00:00:00:{n >> 8:02x}:{n & 255:02x}" for n in range(MAX_DEVICES)]
    devices.observe([seen(mac=mac, at=later) for mac in many], later)
    assert len(devices.devices) == MAX_DEVICES
    assert MAC not in devices.devices


@pytest.mark.parametrize(
    ("mac", "kept"),
    [
        ("001B213A4F5C", MAC),
        ("00-1b-21-3a-4f-5c", MAC),
        ("ff:ff:ff:ff:ff:ff", None),
        ("33:33:00:00:00:01", None),
        ("00:00:00:00:00:00", None),
        ("00:1b:21:3a:4f", None),
        ("nonsense", None),
    ],
)
def test_mac_addresses_are_of_one_device_and_written_in_one_way(
    mac: str, kept: str | None
) -> None:
    assert checked_mac(mac) == kept


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("fe80::1%eth0", "fe80::1"),
        ("192.168.1.7", "192.168.1.7"),
        ("ff02::1", None),
        ("224.0.0.251", None),
        ("0.0.0.0", None),
        ("127.0.0.1", None),
        ("nas.lan", None),
    ],
)
def test_addresses_are_of_one_device_and_without_a_zone(
    address: str, kept: str | None
) -> None:
    assert checked_address(address) == kept


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("NAS.local.", "nas"),
        ("Büro", None),
        ("a b", None),
        ("", None),
        ("x" * 64, None),
        ("<b>", None),
    ],
)
def test_names_are_host_names(name: str, kept: str | None) -> None:
    assert checked_name(name) == kept


def test_phones_make_their_addresses_up() -> None:
    assert is_random("da:a1:19:00:00:01")
    assert not is_random(MAC)


def test_what_is_no_device_is_not_kept() -> None:
    assert sighting(Source.NEIGHBOURS, "ff02::1", mac="x") is None


def test_servers_are_recognised_by_what_they_say_of_themselves() -> None:
    known = Recognition(
        {
            "nas": Host(mac_address=MAC.upper(), ip_address="192.168.1.7"),
            "pi": Host(hostname="pi.lan", ip_address="192.168.1.8"),
        },
        {"nas", "pi"},
    )
    devices = book(
        seen(mac=MAC, address="192.168.1.9"),
        seen(Source.ZEROCONF, address="192.168.1.8"),
        seen(Source.ZEROCONF, address="192.168.1.10", name="pi"),
        seen(Source.ZEROCONF, address="192.168.1.11", name="tv"),
    )
    found = {key: known.server_of(each) for key, each in devices.devices.items()}
    assert found == {
        MAC: "nas",
        "192.168.1.8": "pi",
        "192.168.1.10": "pi",
        "192.168.1.11": None,
    }


def test_second_machine_of_the_same_name_is_another_one() -> None:
    known = Recognition({"pi": Host(hostname="raspberrypi", mac_address=MAC)}, {"pi"})
    devices = book(seen(Source.DHCP, mac=TV, address=IP, name="raspberrypi"))
    assert known.server_of(devices.get(TV)) is None


@pytest.mark.parametrize(("online", "found"), [({"nas"}, "nas"), (set(), None)])
def test_who_has_the_address_of_a_silent_server_may_be_another_one(
    online: set[str], found: str | None
) -> None:
    known = Recognition({"nas": Host(ip_address=IP, mac_address=MAC)}, online)
    assert known.server_of(book(seen(mac=TV, address=IP)).get(TV)) == found
    assert known.server_of(book(seen(address=IP)).get(IP)) == "nas"


def test_devices_survive_a_restart_and_a_damaged_one_costs_no_other() -> None:
    devices = book(
        seen(mac=MAC, address="192.168.1.7", name="nas"), seen(address="192.168.1.9")
    )
    stored = snapshot.dump(devices)
    stored["devices"].insert(0, {"mac": "x"})
    stored["devices"].insert(1, {**stored["devices"][1], "mac": None, "addresses": []})
    restored = snapshot.load(stored)
    assert restored.book.devices == devices.devices
    assert len(restored.damaged) == 2


# Who has an address, and when somebody was there.


def test_who_is_only_remembered_was_not_there() -> None:
    devices = book(seen(Source.DHCP, mac=MAC, address=IP))
    later = NOW + timedelta(days=1)
    news = devices.observe([seen(Source.DHCP, mac=MAC, address=IP, at=None)], later)
    assert devices.get(MAC).last_seen == NOW
    assert not news
    devices.prune(NOW + timedelta(days=91))
    assert devices.query() == []


def test_neighbour_of_yesterday_was_seen_yesterday() -> None:
    yesterday = NOW - timedelta(days=1)
    devices = book(seen(mac=MAC, address=IP, at=yesterday))
    assert devices.get(MAC).first_seen == devices.get(MAC).last_seen == yesterday


def test_source_whose_clock_is_ahead_dates_nobody_into_the_future() -> None:
    devices = book(seen(mac=MAC, address=IP, at=NOW + timedelta(days=1)))
    assert devices.get(MAC).last_seen == NOW


def test_address_belongs_to_who_was_seen_with_it_last() -> None:
    devices = book(seen(mac=MAC, address=IP))
    later = NOW + timedelta(hours=1)
    devices.observe([seen(mac=TV, address=IP, at=later)], later)
    assert devices.get(MAC).addresses == ()
    assert devices.get(TV).addresses == (IP,)
    # Whoever only remembers it, or had it before, does not get it back.
    for at in (None, NOW):
        devices.observe([seen(Source.DHCP, mac=MAC, address=IP, at=at)], later)
        assert devices.get(TV).addresses == (IP,)


def test_two_that_claim_an_address_in_one_look_do_not_share_it() -> None:
    sightings = [
        seen(Source.DHCP, mac=MAC, address=IP, at=None),
        seen(mac=TV, address=IP, at=NOW - timedelta(seconds=5)),
        seen(mac=MAC, address=IP2),
    ]
    for order in (sightings, sightings[::-1]):
        devices = book(*order)
        assert devices.get(MAC).addresses == (IP2,)
        assert devices.get(TV).addresses == (IP,)


def test_one_announcement_with_two_addresses_is_one_device() -> None:
    devices = book(seen(Source.ZEROCONF, address=("fd00::7", IP), name="tv"))
    assert devices.devices.keys() == {IP}
    assert devices.get(IP).addresses == (IP, "fd00::7")


def test_one_name_for_two_known_devices_is_a_machine_with_two_cables() -> None:
    devices = book(
        seen(mac=MAC, address=IP),
        seen(mac=TV, address=IP2),
        seen(Source.ZEROCONF, address=(IP, IP2), name="nas"),
    )
    assert {device.name for device in devices.query()} == {"nas"}
    assert [devices.get(mac).addresses for mac in (MAC, TV)] == [(IP,), (IP2,)]


def test_only_what_is_worth_telling_is_news() -> None:
    devices = DeviceBook()
    later = NOW + timedelta(hours=1)
    assert devices.observe([seen(mac=MAC, address=IP)], NOW)
    assert not devices.observe([seen(mac=MAC, address=IP, at=later)], later)
    assert devices.observe([seen(mac=MAC, name="nas", at=later)], later)


_MACS = [MAC, TV, "02:00:00:00:00:01"]
_ADDRESSES = [IP, IP2, "192.168.1.9", "fe80::1", "fd00::7", "fd00::8"]
_hours = st.integers(0, 100 * 24).map(lambda hours: NOW + timedelta(hours=hours))


@st.composite
def _sightings(draw: st.DrawFn) -> Sighting | None:
    return sighting(
        draw(st.sampled_from(Source)),
        *draw(st.lists(st.sampled_from([*_ADDRESSES, "x"]), max_size=4)),
        mac=draw(st.none() | st.sampled_from([*_MACS, "bad"])),
        name=draw(st.none() | st.text(max_size=8)),
        ssh=draw(st.none() | st.booleans()),
        seen=draw(st.none() | _hours),
    )


@settings(max_examples=300)
@given(st.lists(st.tuples(st.lists(_sightings(), max_size=6), _hours), max_size=6))
def test_whatever_is_seen_each_device_and_address_is_there_once_and_can_be_saved(
    looks: list[tuple[list[Sighting | None], datetime]],
) -> None:
    devices = DeviceBook()
    for look, wall in looks:
        devices.observe([each for each in look if each is not None], wall)
        held = [each for device in devices.query() for each in device.addresses]
        assert len(held) == len(set(held))
    for device_id, device in devices.devices.items():
        assert device.device_id == device_id
        assert device.first_seen <= device.last_seen <= max(wall for _, wall in looks)
    assert snapshot.load(snapshot.dump(devices)).book.devices == devices.devices
