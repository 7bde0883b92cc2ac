"""A machine is scanned: over a real SSH connection, by who may."""

import asyncio
from contextlib import suppress
from dataclasses import replace
import socket
from typing import Any

import asyncssh
from homeassistant.exceptions import Unauthorized
import pytest

from custom_components.homelabcmd.core.scans.commands import commands
from custom_components.homelabcmd.core.scans.scan import ScanType
from custom_components.homelabcmd.scans import scanner, visit

from .bench import Bench
from .ssh_server import answer, mark_of, real_shell

type Process = asyncssh.SSHServerProcess[bytes]


async def test_a_quick_scan_tells_how_the_machine_fares(bench: Bench) -> None:
    scan = await bench.trusted()
    assert scan["status"] == "completed"
    assert scan["error"] is None
    assert scan["verified"] is True
    assert scan["target_ip"] == "127.0.0.1"
    assert scan["progress"] == {"done": 10, "total": 10}
    results = scan["results"]
    assert results["kernel"]["hostname"]
    assert results["memory"]["total_gb"] > 0
    assert {"tcp"} <= {port["protocol"] for port in results["ports"]}
    assert "packages" not in results
    begun = ["pending", "running"]
    assert bench.told() == [*begun, "failed", *begun, "completed"]


async def test_a_full_scan_tells_what_is_there(bench: Bench) -> None:
    scan = await bench.trusted(scan_type="full")
    assert scan["status"] == "completed"
    assert {"packages", "interfaces", "users", "jobs"} <= scan["results"].keys()
    assert scan["missing"].keys().isdisjoint({"os", "packages"})


async def test_it_is_answered_at_once_and_goes_on_by_itself(bench: Bench) -> None:
    answer = await bench.begin()
    assert answer["status"] == "pending"
    assert (await bench.ended(answer["scan_id"]))["status"] == "failed"


async def test_our_key_opens_a_machine_that_was_given_its_line(bench: Bench) -> None:
    key = await bench.call("get_scan_key", bench.guest)
    assert key["line"].startswith("restrict ssh-ed25519 ")
    bench.server.authorized.append(key["line"])
    scan = await bench.trusted(password=None)
    assert scan["status"] == "completed"
    assert bench.server.tried == ["ana"]


async def test_a_key_that_nobody_has_authorized_opens_nothing(bench: Bench) -> None:
    scan = await bench.trusted(password=None)
    assert scan["error"]["code"] == "login_refused"
    assert "authorized_keys" in scan["error"]["message"]


async def test_a_wrong_password_opens_nothing(bench: Bench) -> None:
    scan = await bench.trusted(password="wrong")
    assert scan["error"]["code"] == "login_refused"
    assert scan["results"] is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"host": "-oProxyCommand=reboot"}, "not a host"),
        ({"host": "nas;reboot"}, "not a host"),
        ({"host": "fe80::1%eth0"}, "one network interface only"),
        ({"host": "8.8.8.8"}, "not in your home network"),
        ({"host": "2606:4700::1111"}, "not in your home network"),
        ({"port": 0}, "no port"),
        ({"port": 70000}, "no port"),
        ({"username": "a b"}, "can't be a user"),
        ({"scan_type": "deep"}, "quick, full"),
    ],
)
async def test_bad_targets_are_refused_before_anything_is_sent(
    bench: Bench, changes: dict[str, Any], said: str
) -> None:
    wanted: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": bench.server.port,
        "username": "ana",
        "scan_type": "quick",
    }
    assert said in await bench.refused("scan_host", **(wanted | changes))
    assert bench.told() == []
    assert bench.server.came == 0


def have_found(bench: Bench, monkeypatch: pytest.MonkeyPatch, *found: str) -> None:
    """Have a name server answer with addresses, for a test has none to ask."""

    async def look_up(_host: str, port: int, **_options: Any) -> list[Any]:
        if not found:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(0, 0, 0, "", (address, port)) for address in found]

    monkeypatch.setattr(bench.hass.loop, "getaddrinfo", look_up)


async def test_a_name_of_nothing_is_an_unknown_host(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    have_found(bench, monkeypatch)
    scan = await bench.scan(host="nas.lan")
    assert scan["error"]["code"] == "unknown_host"


async def test_a_name_of_somebody_else_is_not_connected_to(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    have_found(bench, monkeypatch, "8.8.8.8", "2606:4700::1111")
    scan = await bench.scan(host="nas.lan")
    assert scan["error"]["code"] == "public_address"


async def test_a_name_is_looked_up_and_kept_with_its_key(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    have_found(bench, monkeypatch, "8.8.8.8", "127.0.0.1")
    scan = await bench.scan(host="NAS.lan")
    assert (scan["target_hostname"], scan["target_ip"]) == ("nas.lan", "127.0.0.1")
    assert (await bench.scan())["error"]["code"] == "host_key_unknown"
    assert bench.issues() == ["host_key_unknown"] * 2


async def test_a_port_where_nobody_listens_is_unreachable(bench: Bench) -> None:
    await bench.server.__aexit__()
    scan = await bench.scan()
    assert scan["error"]["code"] == "unreachable"
    assert "refused" in scan["error"]["detail"]
    await bench.server._listen()


async def test_what_speaks_another_language_is_no_ssh(bench: Bench) -> None:
    async def greet(_reader: Any, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as web:
        port = web.sockets[0].getsockname()[1]
        scan = await bench.scan(port=port)
    assert scan["error"]["code"] in {"not_ssh", "connection_lost"}


@pytest.mark.parametrize(
    ("action", "data"),
    [
        ("scan_host", {"host": "nas", "username": "ana", "scan_type": "quick"}),
        ("cancel_scan", {"scan_id": "x"}),
        ("trust_host", {"host": "nas", "without_verification": True}),
        ("forget_host", {"host": "nas"}),
    ],
)
async def test_only_administrators_act(
    bench: Bench, action: str, data: dict[str, Any]
) -> None:
    with pytest.raises(Unauthorized):
        await bench.call(action, bench.guest, **data)


async def test_a_scan_is_cancelled_and_the_machine_is_left(bench: Bench) -> None:
    bench.server.shell = hang
    await bench.scan()
    await bench.trust(fingerprint=bench.server.fingerprint)
    scan_id = (await bench.begin())["scan_id"]
    await bench.server.until(lambda: bool(bench.server.asked))
    answer = await bench.call("cancel_scan", scan_id=scan_id)
    assert answer["scan"]["error"]["code"] == "cancelled"
    await bench.server.until(lambda: bench.server.connections == 0)
    assert "ended already" in await bench.refused("cancel_scan", scan_id=scan_id)
    assert "no scan" in await bench.refused("cancel_scan", scan_id="nonsense")


async def test_scan_that_is_cancelled_before_it_began_leaves_nothing(
    bench: Bench,
) -> None:
    scan_id = (await bench.begin())["scan_id"]
    await bench.call("cancel_scan", scan_id=scan_id)
    assert bench.hub.scanner._tasks == {}
    assert bench.hub.scanner._contexts == {}


async def test_machine_that_wants_to_compress_is_left_alone(bench: Bench) -> None:
    """A little of it may unpack to more than there is memory."""
    await bench.trusted()
    bench.server.compression = ["zlib@openssh.com"]
    await bench.server.__aexit__()
    await bench.server._listen()
    assert (await bench.scan())["error"]["code"] == "not_ssh"


@pytest.mark.parametrize("password", [12345, 1.5])
async def test_password_of_digits_is_a_password(bench: Bench, password: float) -> None:
    await bench.trusted()
    assert (await bench.scan(password=password))["error"]["code"] == "login_refused"
    assert bench.server.tried[-1] == "ana by password"


async def test_empty_password_is_none(bench: Bench) -> None:
    await bench.trusted()
    tried = len(bench.server.tried)
    await bench.scan(password="")
    assert not any("password" in each for each in bench.server.tried[tried:])


async def test_a_machine_is_not_scanned_twice_at_once(bench: Bench) -> None:
    bench.server.shell = hang
    await bench.scan()
    await bench.trust(fingerprint=bench.server.fingerprint)
    scan_id = (await bench.begin())["scan_id"]
    said = await bench.refused(
        "scan_host",
        host="127.0.0.1",
        port=bench.server.port,
        username="ben",
        scan_type="full",
    )
    assert "already" in said
    await bench.call("cancel_scan", scan_id=scan_id)


async def test_four_machines_are_scanned_at_a_time(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names stand for machines: all lead to the same server."""
    bench.server.shell = hang
    have_found(bench, monkeypatch, "127.0.0.1")
    hosts = [f"server-{number}.lan" for number in range(6)]
    for host in hosts:
        place: dict[str, Any] = {"host": host, "port": bench.server.port}
        await bench.call("trust_host", **place, without_verification=True)
    begun = [(await bench.begin(host=host))["scan_id"] for host in hosts]
    await bench.server.until(lambda: len(bench.server.asked) == 4)
    statuses = [(await bench.look(scan_id))["status"] for scan_id in begun]
    assert statuses == ["running"] * 4 + ["pending"] * 2
    bench.server.shell = real_shell
    for scan_id in begun[:4]:
        await bench.call("cancel_scan", scan_id=scan_id)
    ended = [await bench.ended(scan_id) for scan_id in begun[4:]]
    assert [scan["status"] for scan in ended] == ["completed"] * 2
    assert bench.server.most == 4


async def hang(process: Process) -> None:
    """Say nothing, until the connection ends."""
    await process.wait_closed()


async def flood(process: Process) -> None:
    """Answer with 100 MB."""
    process.stdout.write(f"\n{mark_of(process.command or '')} way 0\n".encode())
    with suppress(OSError, asyncssh.Error):
        for _ in range(1600):
            process.stdout.write(b"x" * 62 * 1024 + b"\n")
            await process.stdout.drain()
        process.exit(0)


async def refuse(process: Process) -> None:
    """Be a login without a shell."""
    process.stdout.write(b"This account is currently not available.\n")
    process.exit(1)


async def chatter(process: Process) -> None:
    """Have a profile that talks, in colours and in Latin-1."""
    process.stdout.write(b"\x1b[32mGr\xfc\xdfe von nas\x1b[0m\n\x00\xff\xfe")
    await real_shell(process)


async def test_a_noisy_profile_does_not_matter(bench: Bench) -> None:
    bench.server.shell = chatter
    scan = await bench.trusted()
    assert scan["status"] == "completed"
    assert scan["missing"] == {}


async def test_a_login_without_a_shell_is_said_to_be_one(bench: Bench) -> None:
    bench.server.shell = refuse
    scan = await bench.trusted()
    assert scan["error"]["code"] == "no_shell"


async def test_an_endless_answer_is_cut_off(bench: Bench) -> None:
    bench.server.shell = flood
    scan = await bench.trusted()
    assert scan["status"] == "completed"
    assert set(scan["missing"].values()) == {"cut"}


@pytest.mark.parametrize("after", [1, 5])
async def test_a_connection_that_is_cut_ends_the_scan(bench: Bench, after: int) -> None:
    async def cut(process: Process) -> None:
        if len(bench.server.asked) == after:
            bench.server.cut()
            return
        await real_shell(process)

    bench.server.shell = cut
    scan = await bench.trusted()
    assert scan["error"]["code"] == "connection_lost"
    assert scan["results"] is None
    assert scan["progress"]["done"] == after - 1


async def test_a_command_that_hangs_costs_its_own_time_and_answer(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def quick(*, full: bool) -> Any:
        return [
            replace(item, seconds=0.1) if item.name == "disks" else item
            for item in commands(full=full)
        ]

    monkeypatch.setattr(visit, "commands", quick)

    async def hang_at_disks(process: Process) -> None:
        await (hang if "df -P" in (process.command or "") else real_shell)(process)

    bench.server.shell = hang_at_disks
    scan = await bench.trusted()
    assert scan["status"] == "completed"
    assert scan["missing"] == {"disks": "timed_out"}
    assert "disks" not in scan["results"]
    assert scan["results"]["ports"] is not None


async def test_a_machine_that_takes_too_long_is_given_up(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.server.shell = hang
    await bench.scan()
    await bench.trust(fingerprint=bench.server.fingerprint)
    monkeypatch.setitem(scanner.SECONDS, ScanType.QUICK, 0.5)
    scan = await bench.scan()
    assert scan["error"]["code"] == "timed_out"
    await bench.server.until(lambda: bench.server.connections == 0)


async def test_a_second_scan_says_what_has_changed(bench: Bench) -> None:
    first = await bench.trusted()
    assert first["results"]["changes"] is None

    async def with_another_port(process: Process) -> None:
        if "ss -tuln" in (process.command or ""):
            answer(process, "tcp LISTEN 0 128 0.0.0.0:4444 0.0.0.0:*\n")
        else:
            await real_shell(process)

    bench.server.shell = with_another_port
    second = await bench.scan()
    assert second["results"]["compared_with"] == first["scan_id"]
    ports = second["results"]["changes"]["ports"]
    assert ports["added"] == ["tcp *:4444"]
    assert ports["removed"]
    assert "packages" not in second["results"]["changes"]


async def test_scans_are_listed_without_results(bench: Bench) -> None:
    await bench.trusted()
    answer = await bench.call("list_scans", bench.guest)
    assert [scan["status"] for scan in answer["scans"]] == ["completed", "failed"]
    assert all(scan["results"] is None for scan in answer["scans"])
    answer = await bench.call("list_scans", limit=1)
    assert len(answer["scans"]) == 1
    assert "no scan" in await bench.refused("list_scans", scan_id="nonsense")
    assert "limit" in await bench.refused("list_scans", limit=0)
