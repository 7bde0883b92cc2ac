"""What a heartbeat says of the containers of real engines, and of engines that fail."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from .engines import ENGINES, Engine
from .hub import Hub
from .reports import beat, errors, install, watch

pytestmark = pytest.mark.hosts

UNHEALTHY = "--health-cmd false --health-interval 1s --health-retries 1"
ALL = ("web", "done", "ill", "again", "gone")


def states(heartbeat: dict) -> dict[str, tuple[str, str | None]]:
    return {c["name"]: (c["status"], c.get("detail")) for c in heartbeat["containers"]}


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.command)
def test_containers_of_a_real_engine_are_seen_as_they_come_and_go(
    engine: Engine, boot: Callable, hub: Hub
) -> None:
    host = boot(engine.prepare)
    engine.install(host)
    engine.run(host, "web")
    engine.run(host, "done", does="true")
    engine.run(host, "ill", UNHEALTHY)
    before = engine.run(host, "again")
    host.read(f"until {engine.command} ps | grep -q unhealthy; do sleep 0.2; done")
    watch(hub, (), ALL)
    install(host, hub)
    found = beat(hub, lambda b: b["containers"] and "cpu_percent" in b["containers"][0])
    assert states(found) == {
        "web": ("running", "running"),
        "done": ("stopped", "exited"),
        "ill": ("running", "running"),
        "again": ("running", "running"),
        "gone": ("unknown", "not-found"),
    }
    web, _, ill, again, _ = found["containers"]
    assert ill["health"] == "unhealthy"
    assert "health" not in web
    assert web["cpu_percent"] < 5
    assert again["image"].endswith("box:1")
    assert errors(found) == {}
    # The engine's own layers and stores are no disks of anybody's.
    assert [disk["mount"] for disk in found["disks"]] == ["/"]
    checked = host.run("homelab-agent check")
    assert checked.status == 0, checked.output
    assert "helper: it answers; it sees 4 containers" in checked.output

    # Another one of the same name is the same to a person.
    host.read(f"{engine.command} rm -f again")
    assert engine.run(host, "again", image="box:2") != before
    found = beat(hub, lambda b: b["containers"][3].get("image", "").endswith("box:2"))
    assert states(found)["again"] == ("running", "running")

    host.read(f"{engine.command} stop -t 1 web")
    found = beat(hub, lambda b: states(b)["web"] != ("running", "running"))
    assert states(found)["web"] == ("stopped", "exited")
    host.read(f"{engine.command} start web")
    beat(hub, lambda b: states(b)["web"] == ("running", "running"))


def test_containers_of_a_docker_that_was_stopped_are_stopped(
    boot: Callable, hub: Hub
) -> None:
    docker = ENGINES[0]
    host = boot(docker.prepare)
    docker.install(host)
    docker.run(host, "web")
    watch(hub, (), ("web",))
    install(host, hub)
    beat(hub, lambda b: states(b) == {"web": ("running", "running")})
    host.read("systemctl stop docker.socket docker.service containerd")
    found = beat(hub, lambda b: states(b)["web"][0] == "stopped")
    assert states(found) == {"web": ("stopped", "docker is not running")}
    assert errors(found) == {}
    # Nobody has started it to look.
    assert host.run("systemctl is-active docker.service").output.strip() == "inactive"


GARBAGE = """import socket
listener = socket.socket(socket.AF_UNIX)
listener.bind("/run/docker.sock")
listener.listen()
while True:
    connection, _ = listener.accept()
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 8\\r\\n\\r\\n<script>")
    connection.close()
"""


def garbage(root: Path) -> None:
    (root / "root/garbage.py").write_text(GARBAGE)


def test_engine_that_answers_garbage_is_an_error_with_a_remedy(
    boot: Callable, hub: Hub
) -> None:
    host = boot(garbage)
    host.read("systemd-run --unit garbage /usr/bin/python3 /root/garbage.py")
    watch(hub, ("dbus",), ("web",))
    install(host, hub)
    found = beat(hub, lambda b: b["containers"])
    error = errors(found)["containers"]
    assert error.startswith("docker: ")
    assert error.endswith("look at: systemctl status docker")
    assert errors(found).keys() == {"containers"}
    assert states(found) == {"web": ("unknown", None)}
    assert [service["status"] for service in found["services"]] == ["running"]
    checked = host.run("homelab-agent check")
    assert checked.status == 1
    assert "look at: systemctl status docker" in checked.output


def test_helper_that_the_agent_may_not_ask_is_an_error_with_a_remedy(
    boot: Callable, hub: Hub
) -> None:
    host = boot()
    watch(hub, ("dbus",), ("web",))
    install(host, hub)
    host.read("chmod 600 /run/homelab-agent-helper.sock")
    host.read("systemctl restart homelab-agent")
    found = beat(hub, lambda b: b["containers"] and errors(b))
    assert errors(found) == {
        "containers": "the root helper can't be asked (Permission denied); run the "
        "installer again"
    }
    assert [service["status"] for service in found["services"]] == ["running"]
