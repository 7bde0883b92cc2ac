"""What is measured: compared with psutil, and on machines that we do not have."""

from collections.abc import Callable
from pathlib import Path
import re
import shutil
import socket
import subprocess

import psutil
import pytest

from homelab_agent.collectors import COLLECTORS, Collectors, Measurement
from homelab_agent.collectors.cpu_model import cpu_model
from homelab_agent.collectors.route import route_to
from homelab_agent.collectors.sample import Collect, Sample
from homelab_agent.collectors.surroundings import Surroundings
from homelab_agent.protocol.fields import to_json
from homelab_agent.protocol.inventory import Host, Metrics, Network

GB = 10**9
TABLE = dict(COLLECTORS)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return the root of an empty machine."""
    return tmp_path


def put(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def sample(root: Path, name: str) -> Sample:
    """Return what one collector finds on a made-up machine."""
    return TABLE[name](Surroundings(root=root))()


def metrics(root: Path, name: str) -> dict[str, object]:
    found = to_json(sample(root, name).metrics or Metrics())
    assert isinstance(found, dict)
    return found


@pytest.fixture
def here(loopback: None) -> Measurement:
    """Return what all collectors find on this machine."""
    return Collectors(Surroundings(sleep=lambda _seconds: None)).measure()


def test_this_machine_has_no_broken_collector(here: Measurement) -> None:
    assert [c.name for c in here.collectors] == [name for name, _ in COLLECTORS]
    assert [c.error for c in here.collectors] == [None] * len(COLLECTORS)
    assert all(c.duration_ms is not None for c in here.collectors)


def test_memory_and_disk_agree_with_psutil(here: Measurement) -> None:
    found = here.sample.metrics
    assert found is not None
    memory, disk = psutil.virtual_memory(), psutil.disk_usage("/")
    assert found.memory_total_gb == pytest.approx(memory.total / GB, abs=0.01)
    assert found.memory_percent == pytest.approx(memory.percent, abs=5)
    assert found.disk_total_gb == pytest.approx(disk.total / GB, abs=0.01)
    assert found.disk_used_gb == pytest.approx(disk.used / GB, abs=0.5)
    assert found.disk_percent == pytest.approx(disk.percent, abs=1)


def test_boot_time_and_uptime_agree_with_psutil(here: Measurement) -> None:
    found = here.sample.metrics
    assert found is not None
    assert found.boot_time is not None
    assert abs(found.boot_time.timestamp() - psutil.boot_time()) < 5
    assert found.uptime_seconds is not None
    assert found.uptime_seconds > 0


def test_host_agrees_with_psutil(here: Measurement) -> None:
    host = here.sample.host
    assert host is not None
    assert host.hostname == socket.gethostname()
    assert host.cpu_count == psutil.cpu_count()
    if host.ip_address is not None:
        addresses = psutil.net_if_addrs()
        assert host.ip_address in {a.address for i in addresses.values() for a in i}


@pytest.mark.skipif(shutil.which("df") is None, reason="there is no df here")
def test_disk_percentage_is_the_one_of_df(here: Measurement) -> None:
    output = subprocess.run(
        ["df", "--output=pcent", "/"], capture_output=True, text=True, check=True
    ).stdout
    percent = int(output.split()[-1].rstrip("%"))
    found = here.sample.metrics
    assert found is not None
    assert found.disk_percent is not None
    # df rounds up.
    assert percent - 1.5 <= found.disk_percent <= percent + 0.5


# cpu


def cpu_line(user: int, idle: int, iowait: int = 0, guest: int = 0) -> str:
    return f"cpu  {user} 0 0 {idle} {iowait} 0 0 0 {guest} 0\ncpu0 1 2 3 4\n"


def cpu(root: Path, *lines: str) -> list[float | None]:
    """Return the percentages of a machine that reads these lines one by one."""
    put(root, "proc/stat", lines[0])
    left = list(lines[1:])

    def sleep(_seconds: float) -> None:
        put(root, "proc/stat", left.pop(0))

    collect = TABLE["cpu"](Surroundings(root=root, sleep=sleep))
    found = [(collect().metrics or Metrics()).cpu_percent]
    while left:
        put(root, "proc/stat", left.pop(0))
        found.append((collect().metrics or Metrics()).cpu_percent)
    return found


def test_cpu_is_measured_from_one_look_to_the_next(root: Path) -> None:
    lines = [cpu_line(100, 900), cpu_line(125, 975), cpu_line(225, 975)]
    assert cpu(root, *lines) == [25, 100]


def test_waiting_for_disks_is_not_work(root: Path) -> None:
    assert cpu(root, cpu_line(0, 0), cpu_line(10, 40, iowait=50)) == [10]


def test_time_of_guests_is_not_counted_twice(root: Path) -> None:
    assert cpu(root, cpu_line(0, 0), cpu_line(50, 50, guest=50)) == [50]


def test_idle_time_that_runs_backwards_gives_no_impossible_value(root: Path) -> None:
    assert cpu(root, cpu_line(0, 100, iowait=50), cpu_line(100, 100)) == [100]


def test_clock_that_stood_still_gives_no_value(root: Path) -> None:
    assert cpu(root, cpu_line(1, 1), cpu_line(1, 1), cpu_line(2, 2)) == [None, 50]


def test_first_measurement_takes_a_second_and_the_others_none(root: Path) -> None:
    put(root, "proc/stat", cpu_line(1, 1))
    slept: list[float] = []
    collect = TABLE["cpu"](Surroundings(root=root, sleep=slept.append))
    collect()
    collect()
    assert slept == [1.0]


# memory and load


def test_memory_that_can_be_had_is_not_used(root: Path) -> None:
    put(
        root,
        "proc/meminfo",
        "MemTotal: 4000000 kB\nMemFree: 1 kB\nMemAvailable: 1000000 kB\n",
    )
    assert metrics(root, "memory") == {
        "memory_percent": 75.0,
        "memory_used_gb": 3.072,
        "memory_total_gb": 4.096,
    }


def test_old_kernel_without_available_memory_is_measured_too(root: Path) -> None:
    put(
        root,
        "proc/meminfo",
        "MemTotal: 400 kB\nMemFree: 100 kB\nBuffers: 50 kB\nCached: 50 kB\n",
    )
    assert metrics(root, "memory")["memory_percent"] == 50


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SwapTotal: 2000000 kB\nSwapFree: 1500000 kB\n", (25.0, 0.512, 2.048)),
        ("SwapTotal: 0 kB\nSwapFree: 0 kB\n", (None, None, None)),
        ("", (None, None, None)),
    ],
)
def test_swap_is_measured_where_there_is_any(
    root: Path, text: str, expected: tuple[float | None, ...]
) -> None:
    put(root, "proc/meminfo", f"MemTotal: 9 kB\nMemAvailable: 9 kB\n{text}")
    found = sample(root, "memory").metrics
    assert found is not None
    assert expected == (found.swap_percent, found.swap_used_gb, found.swap_total_gb)


def test_load_is_read(root: Path) -> None:
    put(root, "proc/loadavg", "0.50 1.25 2.00 1/234 5678\n")
    assert metrics(root, "load") == {"load_1m": 0.5, "load_5m": 1.25, "load_15m": 2.0}


# network


def interface(root: Path, name: str, rx: int, tx: int, *, physical: bool) -> None:
    base = f"sys/class/net/{name}"
    put(root, f"{base}/statistics/rx_bytes", f"{rx}\n")
    put(root, f"{base}/statistics/tx_bytes", f"{tx}\n")
    if physical:
        (root / base / "device").mkdir()


def test_physical_interfaces_are_summed(root: Path) -> None:
    interface(root, "eth0", 1, 10, physical=True)
    interface(root, "wlan0", 2, 20, physical=True)
    for name in ("lo", "docker0", "bond0", "wg0", "eth0.5"):
        interface(root, name, 1000, 1000, physical=False)
    assert metrics(root, "network") == {"network_rx_bytes": 3, "network_tx_bytes": 30}


def test_physical_interfaces_are_counted_one_by_one(root: Path) -> None:
    interface(root, "eth0", 1, 10, physical=True)
    interface(root, "<script>", 2, 20, physical=True)
    interface(root, "docker0", 1000, 1000, physical=False)
    assert sample(root, "network").networks == (
        Network(name="<script>", rx_bytes=2, tx_bytes=20),
        Network(name="eth0", rx_bytes=1, tx_bytes=10),
    )


def test_thousands_of_interfaces_are_summed_and_cut(root: Path) -> None:
    for number in range(300):
        interface(root, f"eth{number}", 1, 1, physical=True)
    found = sample(root, "network")
    assert len(found.networks or ()) == 64
    assert found.metrics is not None
    assert found.metrics.network_rx_bytes == 300
    assert found.trouble == "only 64 of 300 interfaces are shown one by one"


def test_container_without_physical_interfaces_counts_its_way_out(root: Path) -> None:
    interface(root, "eth0", 1, 10, physical=False)
    for name in ("lo", "docker0", "veth12ab", "br-0a1b", "virbr0", "tailscale0"):
        interface(root, name, 1000, 1000, physical=False)
    assert metrics(root, "network") == {"network_rx_bytes": 1, "network_tx_bytes": 10}


def test_machine_without_any_network_has_no_counters(root: Path) -> None:
    interface(root, "lo", 1, 1, physical=False)
    assert metrics(root, "network") == {}


# system


def test_boot_time_does_not_tremble_with_the_clocks(root: Path) -> None:
    clock = iter([1_800_000_100.0, 1_800_000_160.9, 1_800_000_219.2, 1_800_003_820.0])
    collect = TABLE["system"](Surroundings(root=root, now=lambda: next(clock)))
    boots = []
    for uptime in (100, 160, 220, 220):
        put(root, "proc/uptime", f"{uptime}.00 5.00\n")
        found = collect().metrics
        assert found is not None
        boots.append(found.boot_time)
    assert boots[0] == boots[1] == boots[2]
    assert boots[0] is not None
    # A clock that was set is believed.
    assert boots[3] is not None
    assert (boots[3] - boots[0]).total_seconds() == 3600


def test_machine_that_booted_before_1970_by_its_clock_is_measured(root: Path) -> None:
    put(root, "proc/uptime", "500.00 5.00\n")
    collect = TABLE["system"](Surroundings(root=root, now=lambda: 12.0))
    found = collect().metrics
    assert found is not None
    assert found.uptime_seconds == 500


# os_info


@pytest.mark.parametrize(
    ("text", "distribution", "version"),
    [
        (
            'NAME="Debian GNU/Linux"\nVERSION_ID="12"\nVERSION="12 (bookworm)"\n',
            "Debian GNU/Linux",
            "12 (bookworm)",
        ),
        ("NAME='Alpine Linux'\nVERSION_ID=3.20.1\n", "Alpine Linux", "3.20.1"),
        ('NAME="Arch \\"Linux\\""\n# VERSION=1\n', 'Arch "Linux"', None),
        ('NAME="a\x1b[31mb\x85"\nnonsense\n', "a [31mb", None),
        ("", None, None),
    ],
)
def test_distribution_is_read(
    root: Path, text: str, distribution: str | None, version: str | None
) -> None:
    put(root, "etc/os-release", text)
    found = sample(root, "os_info").os_info
    assert found is not None
    assert (found.distribution, found.version) == (distribution, version)
    assert found.kernel
    assert found.architecture


def test_distribution_is_found_in_its_other_place(root: Path) -> None:
    put(root, "usr/lib/os-release", "NAME=NixOS\n")
    found = sample(root, "os_info").os_info
    assert found is not None
    assert found.distribution == "NixOS"


# host


@pytest.mark.parametrize(
    ("text", "model"),
    [
        ("processor: 0\nmodel\t: 85\nmodel name\t: Intel(R) N100\n", "Intel(R) N100"),
        (
            "CPU part: 0xd08\n\nRevision: c03\nModel\t: Raspberry Pi 4 Model B Rev 1.4",
            "Raspberry Pi 4 Model B Rev 1.4",
        ),
        (
            "model name: ARMv7 Processor rev 3 (v7l)\nHardware: BCM2711\n",
            "ARMv7 Processor rev 3 (v7l)",
        ),
        ("CPU implementer: 0x41\nCPU part: 0xd0c\n", "ARM Neoverse-N1"),
        ("CPU implementer: 0x41\nCPU part: 0xfff\n", None),
        ("", None),
    ],
)
def test_processor_is_named(root: Path, text: str, model: str | None) -> None:
    put(root, "proc/cpuinfo", text)
    assert cpu_model(Surroundings(root=root)) == model


def test_board_names_the_processor_where_only_the_device_tree_does(root: Path) -> None:
    put(root, "proc/cpuinfo", "CPU implementer: 0x41\nCPU part: 0xd08\n")
    put(root, "proc/device-tree/model", "Radxa ROCK 5B\0")
    assert cpu_model(Surroundings(root=root)) == "Radxa ROCK 5B"


def host_facing(root: Path, hub: str | None) -> Host:
    host = TABLE["host"](Surroundings(root=root, hub_address=lambda: hub))().host
    assert host is not None
    return host


def test_way_to_this_machine_is_loopback(loopback: None) -> None:
    route = route_to("127.0.0.1")
    assert route is not None
    assert (route.interface, route.source) == ("lo", "127.0.0.1")


def test_hub_on_this_machine_does_not_make_the_address_loopback(
    loopback: None,
) -> None:
    assert host_facing(Path("/"), "127.0.0.1") == host_facing(Path("/"), None)


@pytest.mark.parametrize("text", ["00:00:00:00:00:00\n", "", "80:00:02:08:fe:80:1\n"])
def test_interface_without_a_mac_address_has_none(
    root: Path, loopback: None, text: str
) -> None:
    for path in Path("/sys/class/net").iterdir():
        put(root, f"sys/class/net/{path.name}/address", text)
    assert host_facing(root, None).mac_address is None


# identity


def test_machine_is_known_by_a_hash_of_its_id(root: Path) -> None:
    put(root, "etc/machine-id", "0123456789abcdef0123456789abcdef\n")
    first = sample(root, "identity").machine_id
    assert first == sample(root, "identity").machine_id
    assert first is not None
    assert re.fullmatch("[0-9a-f]{64}", first)
    assert "0123456789abcdef" not in first
    put(root, "etc/machine-id", "0123456789abcdef0123456789abcdee\n")
    assert sample(root, "identity").machine_id != first


@pytest.mark.parametrize("text", [None, "", "uninitialized\n", "x" * 32])
def test_machine_without_an_id_is_not_identified(root: Path, text: str | None) -> None:
    if text is not None:
        put(root, "etc/machine-id", text)
    assert sample(root, "identity").machine_id is None


# isolation


def broken(failure: Exception) -> Callable[[Surroundings], Collect]:
    def collect() -> Sample:
        raise failure

    return lambda _around: collect


def good(_around: Surroundings) -> Collect:
    return lambda: Sample(metrics=Metrics(load_1m=1.0))


def impossible(_around: Surroundings) -> Collect:
    return lambda: Sample(metrics=Metrics(cpu_percent=250.0), boot_id="x")


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (broken(ValueError("odd\nvalue\x1b[31m")), "ValueError: odd value [31m"),
        (broken(KeyError()), "KeyError:"),
        (broken(RuntimeError("x" * 5000)), "RuntimeError: " + "x" * 241),
        (broken(RecursionError("deep")), "RecursionError: deep"),
        (impossible, "bad value: metrics.cpu_percent: send a number from 0 to 100."),
    ],
)
def test_broken_collector_costs_only_its_own_fields(
    make: Callable[[Surroundings], Collect], error: str
) -> None:
    table = [("before", good), ("broken", make), ("after", good)]
    found = Collectors(Surroundings(), table).measure()
    assert found.sample == Sample(metrics=Metrics(load_1m=1.0))
    assert [c.error for c in found.collectors] == [None, error, None]


def test_broken_collector_may_recover() -> None:
    results = iter([OSError("no"), None])

    def make(_around: Surroundings) -> Collect:
        def collect() -> Sample:
            if failure := next(results):
                raise failure
            return Sample(boot_id="b")

        return collect

    collectors = Collectors(Surroundings(), [("x", make)])
    assert collectors.measure().collectors[0].error == "OSError: no"
    assert collectors.measure().sample.boot_id == "b"


def test_empty_machine_breaks_nothing(root: Path, loopback: None) -> None:
    found = Collectors(Surroundings(root=root)).measure()
    assert found.sample.host is not None
    assert {c.name for c in found.collectors if c.error} == {
        "cpu",
        "memory",
        "disks",
        "network",
        "load",
        "system",
    }
