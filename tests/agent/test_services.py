"""Units: all of them with one call, whatever they are called."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
import socket
import time

import pytest

from homelab_agent.collectors import services
from homelab_agent.collectors.dbus_wire import WireError, length_of, parse_answer
from homelab_agent.collectors.sample import Sample
from homelab_agent.collectors.surroundings import Surroundings
from homelab_agent.collectors.watch import Watch

from .stand_ins import FakeBus, listening, message, pack, put

HOSTILE = (
    *("", " ", "--now", "-x", "../x", "/etc/passwd", "a b", 'quo"te', "quo'te"),
    *("new\nline", "nul\0", "*", "nginx*", "[a-z]", "a?b", "<script>", "über", "日本"),
    *("x" * 300, "foo@.service", "@", ".service", "a@b@c", "%n", "$(id)", "a;b"),
)


class Server:
    """A made-up machine with a systemd."""

    def __init__(self, root: Path, bus: FakeBus) -> None:
        """Watch nothing yet."""
        self.root = root
        self.bus = bus
        self.time = 1000.0
        self.watch = Watch()
        around = Surroundings(root=root, watch=self.watch, boot=lambda: self.time)
        self.collect = services.collector(around)
        put(root, "sys/fs/cgroup/cgroup.procs", "")

    def look(self, *names: str) -> Sample:
        self.watch.services = names
        self.time += 60
        self.bus.asked.clear()
        return self.collect()

    def group(self, name: str, pid: int, usec: int, memory: int | None = None) -> None:
        folder = f"sys/fs/cgroup/system.slice/{name}"
        put(self.root, f"{folder}/cgroup.procs", f"{pid}\n")
        put(self.root, f"{folder}/cpu.stat", f"usage_usec {usec}\nuser_usec 1\n")
        if memory is not None:
            put(self.root, f"{folder}/memory.current", f"{memory}\n")


@pytest.fixture
def server(tmp_path: Path, unix_sockets: None) -> Iterator[Server]:
    with FakeBus().at(tmp_path) as bus:
        yield Server(tmp_path, bus)


@pytest.mark.parametrize(
    ("state", "status", "detail"),
    [
        (("loaded", "active", "running"), "running", "active (running)"),
        (("loaded", "active", "exited"), "running", "active (exited)"),
        (("loaded", "reloading", "reload"), "running", "reloading (reload)"),
        (("not-found", "active", "running"), "running", "active (running)"),
        (("loaded", "inactive", "dead"), "stopped", "inactive (dead)"),
        (("loaded", "deactivating", "stop"), "stopped", "deactivating (stop)"),
        (("loaded", "activating", "start-pre"), "stopped", "activating (start-pre)"),
        (
            ("loaded", "activating", "auto-restart"),
            "failed",
            "activating (auto-restart)",
        ),
        (("loaded", "failed", "failed"), "failed", "failed (failed)"),
        (("masked", "inactive", "dead"), "stopped", "masked"),
        (("bad-setting", "inactive", "dead"), "failed", "bad-setting"),
        (("not-found", "inactive", "dead"), "unknown", "not-found"),
        (("loaded", "new-word", "x"), "unknown", "new-word (x)"),
    ],
)
def test_states_of_systemd_become_ours_with_its_own_words(
    server: Server, state: tuple[str, str, str], status: str, detail: str
) -> None:
    server.bus.units["nginx.service"] = state
    (service,) = server.look("nginx").services or ()
    assert (service.name, service.status, service.detail) == ("nginx", status, detail)


def test_all_units_are_asked_for_at_once(server: Server) -> None:
    names = [f"unit-{number}" for number in range(200)]
    for name in names:
        server.bus.units[f"{name}.service"] = ("loaded", "inactive", "dead")
    server.look(*names)
    found = server.look(*names).services or ()
    assert [service.name for service in found] == names
    assert [member for member, _ in server.bus.asked] == ["Hello", "ListUnitsByNames"]


def test_type_is_service_unless_the_name_says_otherwise(server: Server) -> None:
    server.look("nginx", "backup.timer", "foo@bar", "a.b")
    ((wanted,),) = [v for m, v in server.bus.asked if m == "ListUnitsByNames"]
    assert wanted == [
        "nginx.service",
        "backup.timer",
        "foo@bar.service",
        "a.b.service",
    ]


def test_hostile_names_are_not_found_and_spoil_no_other(server: Server) -> None:
    server.bus.units["nginx.service"] = ("loaded", "active", "running")
    found = server.look(*HOSTILE, "nginx").services or ()
    assert [service.name for service in found] == [*HOSTILE, "nginx"]
    assert {service.detail for service in found[:-1]} == {"not-found"}
    assert found[-1].status == "running"
    ((wanted,),) = [v for m, v in server.bus.asked if m == "ListUnitsByNames"]
    assert wanted == ["nginx.service"]


def test_name_that_systemd_rejects_spoils_no_other(server: Server) -> None:
    server.bus.units["nginx.service"] = ("loaded", "active", "running")
    server.bus.rejected = {"odd.service"}
    found = server.look("odd", "nginx").services or ()
    assert [service.status for service in found] == ["unknown", "running"]


def test_thousands_of_names_are_cut(server: Server) -> None:
    found = server.look(*(f"u{number}" for number in range(2000)))
    assert len(found.services or ()) == 500
    assert found.trouble == ("only 500 of 2000 are watched; watch fewer on this server")


def test_process_memory_and_processor_come_from_the_control_group(
    server: Server,
) -> None:
    server.bus.units["nginx.service"] = ("loaded", "active", "running")
    server.bus.processes["nginx.service"] = (42, "/system.slice/nginx.service")
    server.group("nginx.service", 42, 1_000_000, 50_000_000)
    (first,) = server.look("nginx").services or ()
    assert (first.pid, first.memory_mb, first.cpu_percent) == (42, 50.0, None)
    server.group("nginx.service", 42, 7_000_000, 60_000_000)
    (second,) = server.look("nginx").services or ()
    assert (second.pid, second.memory_mb, second.cpu_percent) == (42, 60.0, 10.0)
    assert "Get" not in [member for member, _ in server.bus.asked]


def test_restarted_service_has_its_new_process(server: Server) -> None:
    server.bus.units["nginx.service"] = ("loaded", "active", "running")
    server.bus.processes["nginx.service"] = (42, "/system.slice/nginx.service")
    server.group("nginx.service", 42, 9_000_000)
    server.look("nginx")
    server.bus.processes["nginx.service"] = (43, "/system.slice/nginx.service")
    server.group("nginx.service", 43, 10)
    (service,) = server.look("nginx").services or ()
    assert (service.pid, service.memory_mb, service.cpu_percent) == (43, None, None)


def test_what_could_be_watched_is_listed_rarely_and_without_systemds_own(
    server: Server,
) -> None:
    server.bus.files = {
        "nginx.service": "enabled",
        "plex.service": "disabled",
        "alias.service": "alias",
        "apt-daily.service": "static",
        "/etc/systemd/system/mine.service": "static",
        "foo@.service": "enabled",
        "systemd-journald.service": "enabled",
        "getty@.service": "enabled",
        "backup.timer": "enabled",
    }
    server.bus.units = {
        "postgresql@15-main.service": ("loaded", "active", "running"),
        "dbus.service": ("loaded", "active", "running"),
        "getty@tty1.service": ("loaded", "active", "running"),
        "gone.service": ("not-found", "inactive", "dead"),
    }
    expected = ("dbus", "mine", "nginx", "plex", "postgresql@15-main")
    assert server.look().available_services == expected
    for _ in range(30):
        assert server.look().available_services == expected
        assert server.bus.asked == []
    (server.root / "etc/systemd/system").mkdir(parents=True)
    server.look()
    assert server.bus.asked


def test_without_a_bus_nothing_is_wrong_until_something_is_watched(
    tmp_path: Path,
) -> None:
    watch = Watch()
    collect = services.collector(Surroundings(root=tmp_path, watch=watch))
    assert collect() == Sample(services=())
    watch.services = ("nginx", "plex")
    found = collect()
    assert [service.status for service in found.services or ()] == ["unknown"] * 2
    assert found.trouble == ("there is no system bus; run: sudo apt-get install dbus")


def test_systemd_that_refuses_is_named(server: Server) -> None:
    server.bus.refuse = {"ListUnitsByNames", "ListUnitFiles"}
    found = server.look("nginx")
    assert [service.status for service in found.services or ()] == ["unknown"]
    assert found.trouble == "systemd does not say how the watched units are"


@pytest.mark.parametrize(
    "said", [b"", b"REJECTED\r\n", b"OK x\r\nHTTP/1.1 200\r\n\r\n" * 9, b"x" * 5000]
)
def test_nonsense_on_the_bus_is_an_error_and_not_a_crash(
    tmp_path: Path, unix_sockets: None, said: bytes
) -> None:
    def serve(connection: socket.socket) -> None:
        connection.sendall(said)
        connection.shutdown(socket.SHUT_WR)
        connection.recv(65536)

    watch = Watch(services=("nginx",))
    collect = services.collector(Surroundings(root=tmp_path, watch=watch))
    with listening(tmp_path / "run/dbus/system_bus_socket", serve):
        found = collect()
    assert "the system bus does" in (found.trouble or "")


def test_bus_that_never_stops_talking_is_left_in_time(
    tmp_path: Path, unix_sockets: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("homelab_agent.collectors.dbus._SECONDS", 0.3)
    signals = message(4, 99, 0, "s", ("x" * 1000,)) * 50

    def serve(connection: socket.socket) -> None:
        connection.sendall(b"OK x\r\n")
        while True:
            connection.sendall(signals)

    watch = Watch(services=("nginx",))
    collect = services.collector(Surroundings(root=tmp_path, watch=watch))
    with listening(tmp_path / "run/dbus/system_bus_socket", serve):
        started = time.monotonic()
        assert "no answer in time" in (collect().trouble or "")
        assert time.monotonic() - started < 2


def test_bus_never_has_more_calls_at_once_than_it_takes(server: Server) -> None:
    # A real one refuses from 128 on.
    names = [f"unit-{number}" for number in range(400)]
    for name in names:
        server.bus.units[f"{name}.service"] = ("loaded", "active", "running")
        server.bus.processes[f"{name}.service"] = (7, "/x")
    found = server.look(*names)
    assert len(found.services or ()) == 400
    assert server.bus.most_at_once <= 64


@pytest.mark.parametrize(
    "body",
    [
        # An array of what takes no bytes.
        ("a()", b"\x08\0\0\0" + bytes(12)),
        # A variant in a variant in a variant ...
        ("v", b"\x01v\0" * 5000),
        ("(", bytes(8)),
        ("s", b"\xff\xff\xff\xff"),
    ],
)
def test_messages_that_could_go_on_for_ever_are_refused(
    body: tuple[str, bytes],
) -> None:
    signature, data = body
    empty = message(2, 1, 1, signature, ())
    whole = empty[:4] + len(data).to_bytes(4, "little") + empty[8:] + data
    assert length_of(whole) == len(whole)
    started = time.monotonic()
    with pytest.raises(WireError):
        parse_answer(whole)
    assert time.monotonic() - started < 1


def test_header_fields_of_another_kind_are_refused() -> None:
    fields = bytearray()
    pack(fields, "a(yv)", [(8, ("u", 5)), (5, ("s", "x"))], 12)
    head = b"l\x02\x00\x01" + bytes(4) + b"\x01\0\0\0" + fields
    whole = bytes(head + bytes(-len(head) % 8))
    with pytest.raises(WireError):
        parse_answer(whole)
    fields = bytearray()
    pack(fields, "a(yv)", [(5, ("s", "x"))], 12)
    head = b"l\x02\x00\x01" + bytes(4) + b"\x01\0\0\0" + fields
    assert parse_answer(bytes(head + bytes(-len(head) % 8))).reply_to is None


def test_thousands_of_units_are_read_quickly_and_cut_with_a_word(
    server: Server,
) -> None:
    for number in range(5000):
        name = f"unit-{number:04}.service"
        server.bus.units[name] = ("loaded", "active", "running")
        server.bus.files[name] = "enabled"
    started = time.monotonic()
    found = server.look("unit-4999")
    # Half of it is the stand-in's.
    assert time.monotonic() - started < 5
    assert [service.status for service in found.services or ()] == ["running"]
    assert len(found.available_services or ()) == 1000
    assert found.trouble == (
        "only 1000 of 5000 units are offered; type the names of others"
    )


def test_transient_units_are_no_reason_to_list_all_again(server: Server) -> None:
    folder = server.root / "run/systemd/transient"
    folder.mkdir(parents=True)
    server.look()
    (folder / "health-check.timer").touch()
    server.look()
    assert server.bus.asked == []


def test_bus_that_hangs_is_left_in_time(
    tmp_path: Path, unix_sockets: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("homelab_agent.collectors.dbus._SECONDS", 0.2)
    watch = Watch(services=("nginx",))
    collect = services.collector(Surroundings(root=tmp_path, watch=watch))
    with listening(tmp_path / "run/dbus/system_bus_socket", lambda c: time.sleep(0.6)):
        started = time.monotonic()
        assert "no answer in time" in (collect().trouble or "")
        assert time.monotonic() - started < 1


def test_damaged_messages_are_refused_as_such() -> None:
    whole = message(2, 1, 1, "a(ss)", ([("a", "b"), ("c", "d")],))
    assert parse_answer(whole).values == ([("a", "b"), ("c", "d")],)
    for at in range(len(whole)):
        for value in (0, 0xFF, whole[at] ^ 1):
            damaged = whole[:at] + bytes([value]) + whole[at + 1 :]
            try:
                if length_of(damaged) == len(damaged):
                    parse_answer(damaged)
            except WireError:
                continue
    for end in range(1, len(whole)):
        with pytest.raises(WireError):
            length_of(whole[:end][:15])
