"""What was read of a machine becomes a heartbeat that the hub takes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
import json

from hypothesis import given, strategies as st
import pytest

from custom_components.homelabcmd.core.own_machine.heartbeat import busy, heartbeat
from custom_components.homelabcmd.core.own_machine.reading import (
    Counters,
    Heat,
    Partition,
    Pending,
    Reading,
    Supervised,
    Times,
    Usage,
    counted,
)
from custom_components.homelabcmd.protocol.fields import dump_json
from custom_components.homelabcmd.protocol.messages import (
    Heartbeat,
    dump_message,
    parse_message,
)

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
ROOT = Partition(device="/dev/sda1", mount="/", fstype="ext4")
BEFORE = Times(total=100.0, idle=50.0)
READING = Reading(
    at=NOW,
    times=Times(total=200.0, idle=125.0),
    memory=Usage(total=8 * 10**9, used=2 * 10**9),
    swap=None,
    root=Usage(total=100 * 10**9, used=40 * 10**9, free=55 * 10**9),
    disks=((ROOT, Usage(total=100 * 10**9, used=40 * 10**9, free=55 * 10**9)),),
    interfaces=(Counters(name="eth0", received=1000, sent=500),),
    heat=(Heat(name="coretemp Package id 0", celsius=41.04),),
    load=(0.5, 0.25, 0.125),
    booted=NOW - timedelta(days=1),
    boot_id="boot",
    hostname="homeassistant",
    ip_address="192.168.1.5",
    mac_address="00:1b:21:3a:4f:5c",
    cpu_model="N100",
    cpu_count=4,
    machine_id="id",
    distribution="Debian GNU/Linux",
    version="13 (trixie)",
    kernel="6.12",
    architecture="x86_64",
)


def beat(reading: Reading = READING, supervised: Supervised | None = None) -> Heartbeat:
    """Return the heartbeat as the hub would read it from the wire."""
    sent = heartbeat("ha", "run", 1, BEFORE, reading, supervised)
    body = dump_json(dump_message(sent))
    message = parse_message(body, "ha")
    assert message == sent
    assert isinstance(message, Heartbeat)
    return message


def test_figures_are_those_of_an_agent() -> None:
    message = beat()
    metrics = message.metrics
    assert metrics.cpu_percent == 25.0
    assert (metrics.memory_percent, metrics.memory_used_gb) == (25.0, 2.0)
    # Of what can be filled, without what is reserved for root.
    assert metrics.disk_percent == pytest.approx(42.1)
    assert metrics.swap_percent is None
    assert (metrics.network_rx_bytes, metrics.network_tx_bytes) == (1000, 500)
    assert metrics.uptime_seconds == 86400
    assert [disk.mount for disk in message.disks] == ["/"]
    assert [each.celsius for each in message.temperatures] == [41.0]
    assert message.agent is not None
    assert (message.agent.mode, message.agent.version) == ("monitor", None)
    assert message.updates_available is None


def test_what_the_supervisor_knows_is_told() -> None:
    core = Pending(name="Home Assistant Core", current="2026.10", candidate="2026.11")
    message = beat(
        supervised=Supervised(
            distribution="Home Assistant OS", version="17.0", pending=(core,)
        )
    )
    assert message.os_info is not None
    assert message.os_info.distribution == "Home Assistant OS"
    assert message.os_info.version == "17.0"
    assert message.updates_available == 1
    assert message.package_updates is not None
    assert message.package_updates[0].candidate == "2026.11"


def test_what_can_not_be_read_is_left_out() -> None:
    bare = replace(READING, root=None, disks=(), interfaces=(), heat=(), cpu_model=None)
    metrics = beat(bare).metrics
    assert metrics.disk_percent is None
    assert metrics.network_rx_bytes is None


@pytest.mark.parametrize(
    ("before", "after", "percent"),
    [
        ((100, 50), (200, 150), 0.0),
        ((100, 50), (200, 50), 100.0),
        # The time spent waiting for disks may run backwards.
        ((100, 50), (200, 40), 100.0),
        ((100, 50), (200, 300), 0.0),
        ((100, 50), (100, 50), None),
        ((100, 50), (90, 50), None),
    ],
)
def test_how_busy_processors_were(
    before: tuple[float, float], after: tuple[float, float], percent: float | None
) -> None:
    found = busy(
        Times(total=before[0], idle=before[1]), Times(total=after[0], idle=after[1])
    )
    assert found == percent


def at(mount: str, device: str = "/dev/sda1", **more: object) -> Partition:
    values = {"device": device, "mount": mount, "fstype": "ext4", **more}
    return Partition(**values)  # type: ignore[arg-type]


def test_each_file_system_is_shown_once_where_people_look_for_it() -> None:
    # As in the container of Home Assistant OS: one partition, mounted many times.
    found = counted([at("/media"), at("/config"), at("/ssl"), at("/run/audio")])
    assert [each.mount for each in found] == ["/config"]
    found = counted([at("/home"), at("/"), at("/mnt/usb", "/dev/sdb1")])
    assert [each.mount for each in found] == ["/", "/mnt/usb"]


def test_what_holds_no_files_of_people_does_not_count() -> None:
    assert (
        counted(
            [
                at("/snap/core/1", fstype="squashfs"),
                at("/var/lib/docker/overlay2/x", "/dev/sdb1"),
                at("/cdrom", fstype="iso9660"),
            ]
        )
        == []
    )


def test_disk_that_may_sleep_is_only_looked_at_in_memory() -> None:
    found = counted(
        [
            at("/mnt/a", "/dev/sdb1", turning=True),
            at("/mnt/b", "/dev/sdc1", turning=True, fstype="exfat"),
            at("/mnt/c", "/dev/sdd1", turning=False, fstype="exfat"),
        ]
    )
    assert [each.mount for each in found] == ["/mnt/a", "/mnt/c"]


_words = st.text(max_size=300)
_sizes = st.integers(min_value=0, max_value=10**15)


@given(
    _words,
    st.lists(st.builds(Pending, name=_words, current=_words, candidate=_words)),
    st.builds(Usage, total=st.integers(1, 10**15), used=_sizes, free=_sizes),
)
def test_whatever_names_there_are_the_hub_can_read_it(
    name: str, pending: list[Pending], usage: Usage
) -> None:
    used = min(usage.used, usage.total)
    reading = replace(
        READING,
        hostname=name,
        cpu_model=name,
        distribution=name,
        root=usage,
        memory=Usage(total=usage.total, used=used),
    )
    supervised = Supervised(version=name, pending=tuple(pending[:50]))
    assert json.loads(dump_json(dump_message(beat(reading, supervised))))
