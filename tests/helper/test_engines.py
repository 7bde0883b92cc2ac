"""Docker and Podman, played by a server on a real unix socket."""

from __future__ import annotations

from contextlib import suppress
import json
import socket
import time
from typing import Any

import pytest

from .rig import FakeEngine, Reply, Rig, http_answer

LIST = "GET /containers/json?all=1"
ID = "4f" * 32
WEB: dict[str, Any] = {
    "Id": ID,
    "Names": ["/web"],
    "Image": "nginx:1.27",
    "State": "running",
    "Status": "Up 2 hours (healthy)",
}
DETAILS = {"RestartCount": 3, "State": {"Health": {"Status": "healthy"}}}
RESTART = "POST /containers/web/restart"
INSPECT = f"GET /containers/{ID}/json"


def engine_with(rig: Rig, listed: object, details: object = DETAILS) -> FakeEngine:
    replies: dict[str, Reply] = {
        LIST: http_answer(listed),
        INSPECT: http_answer(details),
    }
    return rig.engine("docker", replies)


def containers(rig: Rig) -> dict[str, Any]:
    answer = rig.hear("containers")
    assert json.loads(json.dumps(answer)) == answer
    assert answer["ok"] is True
    return answer


def endless(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n[")
    while True:
        connection.sendall(b" " * 65536)


def endless_headers(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"X-A: " + b"a" * 1000 + b"\r\n")


def drip(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        connection.sendall(b" ")
        time.sleep(0.05)


def drip_headers(connection: socket.socket) -> None:
    while True:
        connection.sendall(b"H")
        time.sleep(0.05)


def hang(connection: socket.socket) -> None:
    # Until the helper has given up.
    with suppress(OSError):
        while connection.recv(100):
            pass


def test_without_engines_the_list_is_empty(rig: Rig) -> None:
    assert containers(rig) == {
        "ok": True,
        "containers": [],
        "notes": {"docker": "not running", "podman": "not running"},
    }


def test_containers_of_both_engines_are_told(rig: Rig) -> None:
    docker = engine_with(rig, [WEB])
    podman = rig.engine("podman", {LIST: http_answer([WEB | {"Names": ["db"]}])})
    answer = containers(rig)
    assert answer["containers"][0] == {
        "engine": "docker",
        "id": ID,
        "name": "web",
        "image": "nginx:1.27",
        "state": "running",
        "status": "Up 2 hours (healthy)",
        "health": "healthy",
        "restarts": 3,
    }
    second = answer["containers"][1]
    # Podman refused to tell more, which loses nothing else.
    assert (second["engine"], second["restarts"]) == ("podman", None)
    assert answer["notes"] == {}
    assert docker.requests == podman.requests == [LIST, INSPECT]


def test_container_without_health_check_has_no_health(rig: Rig) -> None:
    engine_with(rig, [WEB], {"RestartCount": 0, "State": {}})
    (container,) = containers(rig)["containers"]
    assert (container["health"], container["restarts"]) == (None, 0)


def test_container_without_a_name_does_not_hide_others(rig: Rig) -> None:
    engine_with(rig, [WEB | {"Names": None}, WEB])
    assert [c["name"] for c in containers(rig)["containers"]] == ["", "web"]


def test_link_of_another_container_is_not_the_name(rig: Rig) -> None:
    engine_with(rig, [WEB | {"Names": ["/app/web", "/web"]}])
    assert containers(rig)["containers"][0]["name"] == "web"


@pytest.mark.parametrize("states", ["active\ninactive\n", "active\nfailed\n"])
def test_docker_that_was_stopped_is_not_started(rig: Rig, states: str) -> None:
    """Docker's socket stays with systemd, which would start it for any connection."""
    docker = engine_with(rig, [WEB])
    rig.program("output", states)
    rig.program("fail")
    assert containers(rig)["notes"]["docker"] == "not running"
    assert docker.requests == []
    assert rig.calls() == [["is-active", "docker.socket", "docker.service"]]


@pytest.mark.parametrize("states", ["active\nactive\n", "inactive\nactive\n", ""])
def test_docker_that_runs_is_asked(rig: Rig, states: str) -> None:
    engine_with(rig, [WEB])
    rig.program("output", states)
    assert len(containers(rig)["containers"]) == 1


@pytest.mark.parametrize(
    "reply",
    [
        b"",
        b"\0\xff\n",
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n[",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 301 Moved\r\nLocation: http://evil/\r\nContent-Length: 0\r\n\r\n",
        http_answer(b"[{"),
        http_answer(b"\xff"),
        http_answer(b"[" * 100_000),
        http_answer(b"[" + b"7" * 5000 + b"]"),
        http_answer({"message": "broken"}, "500 Internal Server Error"),
        http_answer({"a": 1}),
        http_answer(5),
        http_answer("text"),
        http_answer([5]),
        http_answer([None]),
        http_answer([{}]),
        http_answer([WEB | {"Names": 5}]),
        endless,
        endless_headers,
        drip,
        drip_headers,
        hang,
    ],
    ids=lambda reply: reply.__name__ if callable(reply) else ascii(reply[9:60])[2:],
)
def test_broken_engine_is_a_note(rig: Rig, reply: Reply) -> None:
    rig.changes["engine_seconds"] = 0.5
    engine = rig.engine("docker", {LIST: reply})
    rig.engine("podman", {LIST: http_answer([WEB])})
    began = time.monotonic()
    answer = containers(rig)
    assert time.monotonic() < began + 10
    assert answer["notes"].keys() == {"docker"}
    assert answer["notes"]["docker"] != "not running"
    assert [c["engine"] for c in answer["containers"]] == ["podman"]
    assert engine.requests[0] == LIST


@pytest.mark.parametrize(
    "details",
    [
        b"",
        http_answer(b"{"),
        http_answer({}),
        http_answer({"RestartCount": {}}),
        http_answer(b'{"RestartCount": 1e999}'),
        http_answer({}, "500 Error"),
        endless,
        hang,
    ],
)
def test_broken_details_lose_only_themselves(rig: Rig, details: Reply) -> None:
    rig.changes["engine_seconds"] = 1
    rig.engine("docker", {LIST: http_answer([WEB, WEB]), INSPECT: details})
    found = containers(rig)["containers"]
    assert [(c["name"], c["restarts"]) for c in found] == [("web", None)] * 2


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "a\nb",
        "a\0b",
        '"}\n{"ok": false}',
        "<script>",
        "\ud800",
        "\u2028\u202e",
        "x" * 100_000,
        "$(id)",
        "--now",
    ],
    ids=lambda name: ascii(name)[:20],
)
def test_hostile_names_are_only_text(rig: Rig, name: str) -> None:
    hostile = {key: name for key in WEB if key not in {"Id", "Names"}}
    engine_with(rig, [WEB | hostile | {"Names": ["/" + name]}])
    (container,) = containers(rig)["containers"]
    expected = name.encode(errors="replace").decode()
    assert expected.startswith(container["name"])
    assert len(container["name"]) == min(len(name), 254)
    assert container["image"] == expected[:255]


@pytest.mark.parametrize(
    ("hostile", "asked"),
    [
        ("../images/json?", "..%2Fimages%2Fjson%3F"),
        ("x/../y", "x%2F..%2Fy"),
        ("a b\r\nX: y", "a%20b%0D%0AX%3A%20y"),
        ("\u00e4", "%C3%A4"),
    ],
)
def test_hostile_id_stays_one_part_of_the_path(
    rig: Rig, hostile: str, asked: str
) -> None:
    engine = engine_with(rig, [WEB | {"Id": hostile}])
    assert containers(rig)["containers"][0]["restarts"] is None
    assert engine.requests == [LIST, f"GET /containers/{asked}/json"]


def test_socket_that_a_stopped_engine_left_behind_is_no_trouble(rig: Rig) -> None:
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(rig.engine_socket("podman")))
    assert containers(rig)["notes"]["podman"] == "not running"


def test_very_many_containers_are_cut_and_it_says_so(rig: Rig) -> None:
    engine_with(rig, [WEB] * 260)
    answer = containers(rig)
    assert len(answer["containers"]) == 250
    assert answer["notes"]["docker"] == "only 250 of 260 containers are told"


def test_too_large_an_answer_is_refused(rig: Rig) -> None:
    big = dict.fromkeys(("Image", "State", "Status"), "\u00e4" * 255)
    engine_with(rig, [WEB | big] * 250, {})
    answer = rig.ask("containers")
    assert answer["code"] == "too_large"


def test_real_process_tells_the_same(rig: Rig) -> None:
    engine_with(rig, [WEB])
    assert rig.ask("containers") == containers(rig)


def test_real_process_gives_up_too(rig: Rig) -> None:
    rig.changes["engine_seconds"] = 0.5
    rig.engine("docker", {LIST: drip})
    rig.engine("podman", {LIST: endless})
    notes = rig.ask("containers")["notes"]
    assert notes["docker"] in {"took too long", "timed out"}
    assert notes["podman"] == "its answer is too large"


# Restarts


def restartable(
    rig: Rig, reply: Reply = b"HTTP/1.1 204 No Content\r\n\r\n"
) -> FakeEngine:
    rig.allow('restart_service = ["web (docker)", "db (podman)", "4f4f (docker)"]')
    return rig.engine("docker", {LIST: http_answer([WEB]), RESTART: reply})


def restart(rig: Rig, target: str = "web (docker)") -> dict[str, Any]:
    return rig.hear("restart_service", target)


@pytest.mark.parametrize("real", [False, True])
def test_listed_container_is_restarted(rig: Rig, real: bool) -> None:
    engine = restartable(rig)
    ask = rig.ask if real else rig.hear
    assert ask("restart_service", "web (docker)") == {
        "ok": True,
        "exit_code": 0,
        "output": "",
    }
    assert engine.requests == [LIST, RESTART]
    assert rig.calls() == []


def test_unlisted_container_is_refused(rig: Rig) -> None:
    engine = restartable(rig)
    for target in ("web (podman)", "db (docker)", "Web (docker)", "web"):
        assert restart(rig, target)["code"] == "not_allowed"
    assert engine.requests == []


def test_name_is_not_taken_for_the_beginning_of_an_id(rig: Rig) -> None:
    engine = restartable(rig)
    assert "no such container" in restart(rig, "4f4f (docker)")["message"]
    assert engine.requests == [LIST]


def test_container_of_an_absent_engine_is_a_failure(rig: Rig) -> None:
    restartable(rig)
    assert restart(rig, "db (podman)")["code"] == "failed"


def test_refusal_of_the_engine_is_passed_on(rig: Rig) -> None:
    restartable(rig, http_answer({"message": "no space left"}, "500 Error"))
    answer = restart(rig)
    assert answer["code"] == "failed"
    assert "no space left" in answer["message"]


@pytest.mark.parametrize("reply", [hang, drip_headers])
def test_restart_that_takes_too_long_is_told(rig: Rig, reply: Reply) -> None:
    rig.changes["restart_seconds"] = 0.5
    restartable(rig, reply)
    assert restart(rig)["code"] == "timeout"


@pytest.mark.parametrize(
    "listed", [{}, [5], [{}], [{"Names": None}], [{"Names": [5, None]}]]
)
def test_broken_list_restarts_nothing(rig: Rig, listed: object) -> None:
    rig.allow('restart_service = ["web (docker)"]')
    engine = rig.engine("docker", {LIST: http_answer(listed)})
    assert restart(rig)["code"] == "failed"
    assert engine.requests == [LIST]
