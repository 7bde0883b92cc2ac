"""Containers and energy, as the root helper tells of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
import shutil
import time
from typing import Any

import pytest

from homelab_agent.collectors import containers, helper as helpers, power
from homelab_agent.collectors.sample import Sample
from homelab_agent.collectors.surroundings import Surroundings
from homelab_agent.collectors.watch import Watch

from .stand_ins import FakeHelper, listening, put

ID = "a" * 64
GROUP = f"sys/fs/cgroup/system.slice/docker-{ID}.scope"


def container(name: str, state: str = "running", **more: Any) -> dict[str, Any]:
    common = {"engine": "docker", "id": ID, "image": "nginx:1", "status": "Up 2 hours"}
    return common | {"name": name, "state": state} | more


class Server:
    """A made-up machine with an engine behind the root helper."""

    def __init__(self, root: Path, helper: FakeHelper) -> None:
        """Watch nothing yet."""
        self.root = root
        self.helper = helper
        self.time = 1000.0
        self.watch = Watch()
        self.around = Surroundings(root=root, watch=self.watch, boot=lambda: self.time)
        self.collect = containers.collector(self.around)
        put(root, "sys/fs/cgroup/cgroup.procs", "")

    def has(self, *listed: Any, **notes: str) -> None:
        answer = {"containers": list(listed), "notes": notes}
        self.helper.answers["containers"] = answer

    def look(self, *names: str, seconds: float = 60) -> Sample:
        self.time += seconds
        self.watch.containers = names
        return self.collect()

    def state(self, name: str) -> tuple[str, str | None]:
        (found,) = self.look(name).containers or ()
        return found.status, found.detail


@pytest.fixture
def server(tmp_path: Path, unix_sockets: None) -> Iterator[Server]:
    with FakeHelper().at(tmp_path) as helper:
        yield Server(tmp_path, helper)


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("running", "running"),
        ("Running", "running"),
        ("exited", "stopped"),
        ("created", "stopped"),
        ("paused", "stopped"),
        ("dead", "failed"),
        ("restarting", "failed"),
        ("dreaming", "unknown"),
    ],
)
def test_states_of_engines_become_ours_with_their_own_words(
    server: Server, state: str, status: str
) -> None:
    server.has(container("web", state))
    assert server.state("web") == (status, state.lower())


def test_watched_container_is_described_and_all_are_offered(server: Server) -> None:
    server.has(
        container("web", health="unhealthy", restarts=3),
        container("db", id="b" * 64, image="postgres:16"),
    )
    put(server.root, f"{GROUP}/cpu.stat", "usage_usec 0\n")
    put(server.root, f"{GROUP}/memory.current", "90000000\n")
    put(server.root, f"{GROUP}/memory.stat", "anon 1\ninactive_file 30000000\n")
    server.look("web")
    put(server.root, f"{GROUP}/cpu.stat", "usage_usec 30000000\n")
    found = server.look("web")
    assert found.available_containers == ("db", "web")
    (web,) = found.containers or ()
    assert (web.image, web.health, web.restarts) == ("nginx:1", "unhealthy", 3)
    # As `docker stats` counts: without cache that can be dropped.
    assert (web.cpu_percent, web.memory_mb) == (50.0, 60.0)


def test_container_that_does_not_exist_says_so(server: Server) -> None:
    server.has(container("web"))
    assert server.state("gone") == ("unknown", "not-found")


def test_quiet_engine_is_asked_every_five_minutes(server: Server) -> None:
    server.has(container("web"))
    for _ in range(60):
        server.look("web")
    assert 11 <= len(server.helper.asked) <= 13


@pytest.mark.parametrize(
    "group",
    [
        GROUP,
        f"sys/fs/cgroup/docker/{ID}",
        f"sys/fs/cgroup/machine.slice/libpod-{ID}.scope",
        f"sys/fs/cgroup/libpod_parent/libpod-{ID}",
    ],
)
def test_container_that_stops_or_comes_shows_with_the_next_heartbeat(
    server: Server, group: str
) -> None:
    (server.root / group).mkdir(parents=True)
    server.has(container("web"))
    assert server.state("web") == ("running", "running")
    shutil.rmtree(server.root / group)
    server.has(container("web", "exited"))
    assert server.state("web") == ("stopped", "exited")
    (server.root / group).mkdir(parents=True)
    server.has(container("web"))
    assert server.state("web") == ("running", "running")
    assert len(server.helper.asked) == 3


def test_containers_that_come_and_go_all_the_time_do_not_flood_the_helper(
    server: Server,
) -> None:
    server.has(container("web"))
    for number in range(100):
        name = f"docker-{number:064x}.scope"
        (server.root / f"sys/fs/cgroup/system.slice/{name}").mkdir(parents=True)
        server.look("web", seconds=2)
    assert len(server.helper.asked) <= 11


def test_newly_watched_container_is_asked_for_at_once(server: Server) -> None:
    server.has(container("web"))
    server.look()
    server.look("web", seconds=25)
    assert len(server.helper.asked) == 2


def test_server_without_containers_asks_once(server: Server) -> None:
    server.has(docker="not running", podman="not running")
    for _ in range(30):
        found = server.look()
    assert found == Sample(containers=())
    assert server.helper.asked == ["containers"]


def test_missing_helper_is_only_a_trouble_where_containers_are_watched(
    tmp_path: Path,
) -> None:
    watch = Watch()
    collect = containers.collector(Surroundings(root=tmp_path, watch=watch))
    assert collect() == Sample(containers=())
    watch.containers = ("web",)
    clock = [0.0]
    around = Surroundings(root=tmp_path, watch=watch, boot=lambda: clock[0])
    found = containers.collector(around)()
    assert [c.status for c in found.containers or ()] == ["unknown"]
    assert found.trouble == helpers.NOT_INSTALLED


def test_what_the_helper_notes_about_an_engine_is_passed_on(server: Server) -> None:
    server.has(docker="[Errno 13] Permission denied", podman="not running")
    found = server.look("web")
    assert found.trouble == (
        "docker: [Errno 13] Permission denied; look at: systemctl status docker"
    )
    # Nobody knows whether it exists.
    assert [(c.status, c.detail) for c in found.containers or ()] == [("unknown", None)]


def test_containers_of_an_engine_that_was_stopped_are_stopped(server: Server) -> None:
    (server.root / GROUP).mkdir(parents=True)
    server.has(container("web"), container("db", engine="podman", id="b" * 64))
    server.look("web", "db")
    shutil.rmtree(server.root / GROUP)
    server.has(container("db", engine="podman", id="b" * 64), docker="not running")
    found = server.look("web", "db", "gone").containers or ()
    assert [(c.status, c.detail) for c in found] == [
        ("stopped", "docker is not running"),
        ("running", "running"),
        ("unknown", "not-found"),
    ]
    (server.root / GROUP).mkdir(parents=True)
    server.has(container("web"))
    assert server.state("web") == ("running", "running")


def test_trouble_is_looked_into_again_with_the_next_heartbeat_but_not_for_ever(
    server: Server,
) -> None:
    (server.root / GROUP).mkdir(parents=True)
    server.has(container("web"))
    server.look("web")
    shutil.rmtree(server.root / GROUP)
    server.has(docker="took too long")
    assert server.state("web") == ("unknown", None)
    server.has(docker="not running")
    assert server.state("web") == ("stopped", "docker is not running")
    server.helper.asked.clear()
    server.has(docker="took too long")
    for _ in range(60):
        server.look("web")
    assert len(server.helper.asked) <= 14


def test_container_that_outlives_its_engine_runs(server: Server) -> None:
    (server.root / GROUP).mkdir(parents=True)
    server.has(container("web"))
    server.look("web")
    server.has(docker="not running")
    (server.root / GROUP.replace("aaa", "bbb", 1)).mkdir()
    assert server.state("web") == ("running", "docker is not running")


def test_container_beyond_what_the_helper_tells_is_not_called_missing(
    server: Server,
) -> None:
    server.has(container("web"), docker="only 250 of 300 containers are told")
    found = server.look("web", "last")
    assert [(c.status, c.detail) for c in found.containers or ()] == [
        ("running", "running"),
        ("unknown", None),
    ]
    assert found.trouble == "docker: only 250 of 300 containers are told"


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"containers": 5, "notes": 5},
        {"containers": [5, {}, {"name": None}, {"name": ""}]},
        b"nonsense\n",
        b"[]\n",
        b"",
        b'{"ok": false, "code": "internal", "message": "the journal says more"}\n',
        b"[" * 100_000 + b"\n",
    ],
)
def test_nonsense_of_helper_or_engine_breaks_nothing(
    server: Server, answer: Any
) -> None:
    server.helper.answers["containers"] = answer
    found = server.look("web")
    assert [c.status for c in found.containers or ()] == ["unknown"]


def test_hostile_names_are_cleaned_and_thousands_are_no_trouble(
    server: Server,
) -> None:
    odd = ["<script>", 'quo"te', "--now", "../x", "日本", "x" * 5000, "a\nb"]
    server.has(*(container(n, restarts=-1, health="\x00") for n in odd))
    found = server.look("<script>", "--now", "../x", "日本", "x" * 255)
    assert [c.status for c in found.containers or ()] == ["running"] * 5
    assert "a b" in (found.available_containers or ())


def test_answer_that_is_late_comes_with_the_next_heartbeat(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient = helpers.Helper.ask
    monkeypatch.setattr(helpers.Helper, "ask", lambda s, v: patient(s, v, 0.2))
    server.has(container("web"))
    server.helper.hold.clear()
    started = time.monotonic()
    assert server.state("web") == ("unknown", None)
    assert time.monotonic() - started < 1
    server.helper.hold.set()
    assert server.state("web") == ("running", "running")
    assert len(server.helper.asked) == 1


def test_helper_that_hangs_up_is_an_error(tmp_path: Path, unix_sockets: None) -> None:
    watch = Watch(containers=("web",))
    collect = containers.collector(Surroundings(root=tmp_path, watch=watch))
    with listening(tmp_path / helpers.SOCKET, lambda connection: None):
        assert "root helper" in (collect().trouble or "")


# energy


class Meter:
    """A made-up machine with counters of energy."""

    def __init__(self, root: Path, helper: FakeHelper) -> None:
        """Start at zero."""
        self.helper = helper
        self.time = 0.0
        around = Surroundings(root=root, boot=lambda: self.time)
        self.collect = power.collector(around)
        (root / "sys/class/powercap/intel-rapl:0").mkdir(parents=True)

    def look(self, *energy: int, limit: int = 10**12) -> float | None:
        self.time += 300
        self.helper.answers["rapl"] = {
            "domains": [
                {
                    "domain": f"intel-rapl:{number}",
                    "name": "package-0",
                    "energy_uj": counter,
                    "max_energy_range_uj": limit,
                }
                for number, counter in enumerate(energy)
            ]
        }
        return self.collect().power_watts


@pytest.fixture
def meter(tmp_path: Path, unix_sockets: None) -> Iterator[Meter]:
    with FakeHelper().at(tmp_path) as helper:
        yield Meter(tmp_path, helper)


def test_power_is_the_mean_between_two_readings(meter: Meter) -> None:
    assert meter.look(0, 0) is None
    assert meter.look(3_000_000_000, 1_500_000_000) == 15.0


def test_counter_that_starts_anew_is_counted_on(meter: Meter) -> None:
    meter.look(900_000_000, limit=1_000_000_000)
    assert meter.look(200_000_000, limit=1_000_000_000) == 1.0


def test_impossible_power_is_not_told(meter: Meter) -> None:
    meter.look(0)
    assert meter.look(10**15, limit=10**16) is None


def test_energy_is_read_rarely(meter: Meter) -> None:
    for _ in range(60):
        meter.time -= 240
        meter.look(0)
    assert 11 <= len(meter.helper.asked) <= 13


def test_machine_without_counters_has_no_power_and_asks_nobody(
    tmp_path: Path, unix_sockets: None
) -> None:
    with FakeHelper().at(tmp_path) as helper:
        assert power.collector(Surroundings(root=tmp_path))() == Sample()
    assert helper.asked == []


def test_missing_helper_costs_only_the_figure(tmp_path: Path) -> None:
    (tmp_path / "sys/class/powercap/intel-rapl:0").mkdir(parents=True)
    assert power.collector(Surroundings(root=tmp_path))() == Sample()
