#!/usr/bin/python3 -I
"""The root helper: the only part of homelab-agent that runs as root.

systemd starts it once per connection to /run/homelab-agent-helper.sock, with the
connection as its standard input. It reads one request,
{"verb": ..., "target": ..., "id": ...}, answers with one line of JSON and ends. What
changes something runs in a unit of its own (homelab_action.py); a line before the
answer says that it begins. All that can be asked is in the tables READING, REMEMBERED
and MANAGED near the end; what they need for updates, files and the reboot lies beside
this file and is loaded when it is asked for. Nothing from outside chooses a program, a
path or an option: there are no arguments and no variables, a target only selects from
root's own whitelist, and an id only names a record.
"""

from __future__ import annotations

import array
from collections.abc import Callable, Iterator
import contextlib
from dataclasses import dataclass
import fcntl
from functools import partial
import importlib
import json
import os
from pathlib import Path
import pwd
import re
import select
import signal
import socket
import stat
import struct
from subprocess import DEVNULL, PIPE, STDOUT, Popen, TimeoutExpired
import sys
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MAX_REQUEST = 4 * 1024
MAX_ANSWER = 256 * 1024
MAX_OUTPUT = 16 * 1024
MAX_BODY = 4 * 1024 * 1024
MAX_CONTAINERS = 250
MAX_POOLS = 100
MAX_RECORDS = 100
# The hub hands an action out for a day at most.
RECORD_SECONDS = 25 * 3600
# The longest answer of an action: each byte of its output may be six in JSON.
RECORD_SIZE = 112 * 1024
PIPE_SIZE = 64 * 1024
CUT = "[... the beginning was cut off]\n"
ENV = {"PATH": "/usr/sbin:/usr/bin", "LC_ALL": "C.UTF-8"}
Answer = dict[str, object]
AnyJson = Any
Tell = Callable[..., None]
"""Takes the output so far and, by name, what else of SAID there is to say."""
Work = Callable[[Tell], Answer]


def part(name: str) -> Any:  # noqa: ANN401
    """Return a part of the helper that lies beside it; only what is asked for loads."""
    # Parts use this module as it runs, whatever it was started as.
    sys.modules.setdefault("homelab_helper", sys.modules[__name__])
    if (folder := str(Path(__file__).parent)) not in sys.path:
        # Python does not look there by itself when it is isolated (-I).
        sys.path.insert(0, folder)
    return importlib.import_module(name)


@dataclass(frozen=True)
class Settings:
    """What tests replace when they call main(); in service the defaults hold."""

    agent_user: str = "homelab-agent"
    whitelist: Path = Path("/etc/homelab-agent/allowed.toml")
    owner: int = 0
    root: Path = Path("/")
    """Where scripts, logs and locks are looked for."""
    actions: Path = Path("/run/homelab-agent-actions")
    systemctl: str = "/usr/bin/systemctl"
    systemd_run: str = "/usr/bin/systemd-run"
    journalctl: str = "/usr/bin/journalctl"
    apt_get: str = "/usr/bin/apt-get"
    apt_mark: str = "/usr/bin/apt-mark"
    runner: tuple[str, ...] = (
        *("/usr/bin/python3", "-I", "-S", "-B"),
        "/opt/homelab-agent/install/homelab_action.py",
    )
    guard: tuple[str, ...] = (
        *("/usr/bin/python3", "-I", "-S", "-B"),
        "/opt/homelab-agent/install/homelab_guard.py",
    )
    zpool: tuple[str, ...] = ("/usr/sbin/zpool", "/sbin/zpool")
    sys: Path = Path("/sys")
    dev: Path = Path("/dev")
    request_seconds: float = 5
    engine_seconds: float = 10
    zpool_seconds: float = 10
    restart_seconds: float = 270  # The hub waits for 300.
    script_seconds: float = 270
    lock_seconds: float = 600  # As long as another program may work with packages.
    lists_seconds: float = 900  # To fetch them; to give that up changes nothing.
    start_seconds: float = 15
    begin_seconds: float = 30  # From the request until its unit has begun, at most.
    wait_seconds: float = 290
    engines: tuple[tuple[str, str], ...] = (
        ("docker", "/run/docker.sock"),
        ("podman", "/run/podman/podman.sock"),
    )


class RefusedError(Exception):
    """A request that isn't fulfilled: a code for programs, a message for people."""


def failure(code: str, message: str) -> Answer:
    """Return the answer to what was not done."""
    return {"ok": False, "code": code, "message": message}


def seconds_left(deadline: float) -> float:
    """Return the seconds until a deadline; raise TimeoutError when it has passed."""
    if (left := deadline - time.monotonic()) <= 0:
        raise TimeoutError("took too long")
    return left


class DeadlineSocket(socket.socket):
    """A socket whose reads share one deadline, however slowly the bytes drip."""

    deadline = 0.0

    def recv_into(
        self, buffer: WriteableBuffer, nbytes: int = 0, flags: int = 0
    ) -> int:
        """Read for the files that makefile() returns."""
        self.settimeout(seconds_left(self.deadline))
        return super().recv_into(buffer, nbytes, flags)


# The request


def check_peer(connection: socket.socket, agent_user: str) -> None:
    """Refuse everybody but root and the agent, whatever the socket's mode may be."""
    raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    _pid, uid, _gid = struct.unpack("iII", raw)
    allowed = {0}
    with contextlib.suppress(KeyError):
        allowed.add(pwd.getpwnam(agent_user).pw_uid)
    if uid not in allowed:
        raise RefusedError("not_authorized", f"user {uid} may not use this helper")


def read_request(connection: DeadlineSocket, seconds: float) -> bytes:
    """Read up to the first newline or the end."""
    connection.deadline = time.monotonic() + seconds
    try:
        with connection.makefile("rb") as file:
            line = file.readline(MAX_REQUEST + 1)
    except TimeoutError:
        raise RefusedError("timeout", "no complete request in time") from None
    if len(line) > MAX_REQUEST:
        raise RefusedError("too_large", f"more than {MAX_REQUEST} bytes")
    return line


def unique_fields(pairs: list[tuple[str, object]]) -> Answer:
    """Build a JSON object; no two readers may see different values of one field."""
    if len(fields := dict(pairs)) != len(pairs):
        raise ValueError
    return fields


@dataclass(frozen=True)
class Request:
    """What is asked for: a verb, and with some verbs of what, and as which action."""

    verb: str
    target: str | None = None
    id: str | None = None


def parse_request(line: bytes) -> Request:
    """Return the request."""
    try:
        fields = json.loads(line.decode(), object_pairs_hook=unique_fields)
    except (ValueError, RecursionError):
        raise RefusedError("invalid_request", "not JSON in UTF-8") from None
    if not isinstance(fields, dict) or fields.keys() - {"verb", "target", "id"}:
        raise RefusedError("invalid_request", "not an object of verb, target and id")
    verb, target, action = (fields.get(key) for key in ("verb", "target", "id"))
    if not isinstance(verb, str) or not isinstance(target, str | None):
        raise RefusedError("invalid_request", "verb and target are texts")
    if action is not None and not (isinstance(action, str) and ID.fullmatch(action)):
        raise RefusedError("invalid_request", "id is 1 to 64 of A-Z, a-z, 0-9 and -")
    return Request(verb, target, action)


# A file and a unit are named by it.
ID = re.compile(r"[A-Za-z0-9-]{1,64}")


# The whitelist of managed mode. In names, the first character keeps out options. "/",
# "*", "?", "[", "\" and "%" occur nowhere, which keeps out paths, patterns, escapes and
# specifiers. Nothing after "@" would be the template of all instances.
UNIT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:-]*(@[A-Za-z0-9_.:-]+)?\.service")
CONTAINER = re.compile(r"([A-Za-z0-9][A-Za-z0-9_.-]{0,240}) \((docker|podman)\)")


@dataclass(frozen=True)
class Service:
    """What can be restarted: a unit of systemd, or a container of an engine."""

    name: str
    engine: str = ""


def parse_service(text: str) -> Service | None:
    """Read "nginx", "nginx.service" or "nextcloud (docker)"; None for all else."""
    if container := CONTAINER.fullmatch(text):
        return Service(container[1], container[2])
    # A name with a dot must say itself that it is a service and not a timer.
    unit = text if "." in text else f"{text}.service"
    return Service(unit) if len(unit) <= 255 and UNIT.fullmatch(unit) else None


def distrust(path: Path, why: str) -> RefusedError:
    """Return the refusal for a whitelist that can't be relied on."""
    return RefusedError("not_allowed", f"nothing managed is allowed: {path}: {why}")


def read_whitelist(path: Path, owner: int) -> str:
    """Read allowed.toml if only root can write it; check the very file that is read."""
    try:
        # Follow no link, and wait for no writer should it be a pipe.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
        with os.fdopen(os.open(path, flags), "rb") as file:
            folder, info = path.parent.lstat(), os.fstat(file.fileno())
            if not stat.S_ISDIR(folder.st_mode) or not stat.S_ISREG(info.st_mode):
                raise distrust(path, "not a regular file in a real folder")
            # The group's bit is also set when an access list lets others write.
            if (folder.st_mode | info.st_mode) & (stat.S_IWGRP | stat.S_IWOTH):
                raise distrust(path, "it or its folder is writable by others")
            if {folder.st_uid, info.st_uid} != {owner}:
                raise distrust(path, "it or its folder is not owned by root")
            return file.read().decode()
    except FileNotFoundError:
        raise RefusedError("not_allowed", "this server is in monitor mode") from None
    except OSError as error:
        raise distrust(path, str(error.strerror)) from None


# Nothing in it can be taken for an option, a pattern or the end of a line.
FILE = re.compile(r"(/[A-Za-z0-9_.+@-][A-Za-z0-9_.+@ -]*)+")
JOURNAL = "journal"


def is_path(text: str) -> bool:
    """Return whether a text is the whole path of a file, in the shortest form."""
    inside = not {".", ".."} & set(text.split("/"))
    return bool(len(text) <= 1000 and FILE.fullmatch(text)) and inside


def is_log(text: str) -> bool:
    """Return whether a text names the journal or a file below /var/log."""
    return text == JOURNAL or (text.startswith("/var/log/") and is_path(text))


# What each list may hold, and what its entries are called; the rest is yes or no.
LISTS: dict[str, tuple[Callable[[str], object], str]] = {
    "restart_service": (parse_service, "a service"),
    "clear_logs": (is_log, 'a log: "journal" or a file below /var/log'),
    "custom": (is_path, "a script: its full path, without links"),
}
SWITCHES = ("apply_updates", "reboot")


def read_allowed(settings: Settings) -> dict[str, AnyJson]:
    """Return what the whitelist holds; one mistake in it voids all of it."""
    # It takes a while to load, and verbs that only read don't need it.
    import tomllib  # noqa: PLC0415

    path = settings.whitelist
    try:
        table = tomllib.loads(read_whitelist(path, settings.owner))
    except (ValueError, RecursionError):
        raise distrust(path, "not valid TOML") from None
    for key, value in table.items():
        if key in SWITCHES:
            if not isinstance(value, bool):
                raise distrust(path, f"{key} is not true or false")
        elif key not in LISTS:
            raise distrust(path, f"{key!a} is unknown")
        elif not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            raise distrust(path, f"{key} is not a list of texts")
        elif not all(map(LISTS[key][0], value)):
            raise distrust(path, f"{key} lists what can't be {LISTS[key][1]}")
    return table


def listed(verb: str, target: str, settings: Settings) -> None:
    """Refuse what a list of the whitelist does not have, letter by letter."""
    if target not in read_allowed(settings).get(verb, ()):
        raise RefusedError("not_allowed", f"{settings.whitelist} does not list it")


def switched_on(verb: str, settings: Settings) -> None:
    """Refuse what the whitelist does not say yes to."""
    if not read_allowed(settings).get(verb, False):
        raise RefusedError("not_allowed", f"{settings.whitelist} does not allow it")


def allowed(settings: Settings) -> Answer:
    """Say what may be asked for; the hub offers nothing else.

    What is listed and is refused all the same is left out, and `refused` says why.
    """
    table = read_allowed(settings)
    answer: Answer = {key: table.get(key, []) for key in LISTS}
    answer |= {key: table.get(key, False) for key in SWITCHES}
    if not table.get("clear_logs") and not table.get("custom"):
        return answer
    refused: Answer = part("homelab_files").usable(table, settings)
    return answer | refused


# Programs and container engines


def tail(output: bytes) -> str:
    """Return the end of an output, where errors are; a mark says that it was cut.

    It is MAX_OUTPUT bytes at most in UTF-8, though bytes that are none take more then.
    """
    encoded = output.decode(errors="replace").encode()
    if len(encoded) <= MAX_OUTPUT:
        return encoded.decode()
    return CUT + encoded[len(CUT) - MAX_OUTPUT :].decode(errors="ignore")


def read_some(pipe: int) -> bytes | None:
    """Return what is in a pipe by now, all of it; None if nothing is."""
    with contextlib.suppress(BlockingIOError):
        return os.read(pipe, PIPE_SIZE)
    return None


def follow(
    process: Popen[bytes], pipe: int, deadline: float, tell: Tell
) -> tuple[int | None, bytes]:
    """Read what a program writes until it ends; kill its whole group when it is late.

    Its end counts, not that of the pipe, which a child that it left behind holds open.
    """
    ended = os.pidfd_open(process.pid)
    os.set_blocking(pipe, False)
    watched, output, code = [pipe, ended], b"", None
    try:
        while ended not in select.select(watched, [], [], seconds_left(deadline))[0]:
            if (chunk := read_some(pipe)) == b"":
                watched = [ended]
            output = (output + (chunk or b""))[-MAX_OUTPUT - 1 :]
            tell(output)
        code = process.wait()
    except TimeoutError:
        os.killpg(process.pid, signal.SIGKILL)
        # What hangs in the kernel does not even die, and is not waited for.
        with contextlib.suppress(TimeoutExpired):
            process.wait(1)
    finally:
        os.close(ended)
    return code, output + (read_some(pipe) or b"")


def say_nothing(_output: bytes) -> None:
    """Tell nobody what a program has written so far."""


def run(
    *argv: str,
    seconds: float,
    keep: tuple[int, ...] = (),
    tell: Tell = say_nothing,
    env: dict[str, str] = ENV,
) -> tuple[int | None, str]:
    """Run a program without a shell; return exit code and the end of its output.

    Past its time its whole process group is killed, and there is no exit code. `keep`
    stays open in it; `tell` hears its output as it comes.
    """
    deadline = time.monotonic() + seconds
    process = Popen(
        argv,
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=STDOUT,
        env=env,
        start_new_session=True,
        pass_fds=keep,
    )
    if process.stdout is None:
        raise RuntimeError
    with process.stdout as pipe:
        code, output = follow(process, pipe.fileno(), deadline, tell)
    return code, tail(output)


def ask_engine(path: str, method: str, url: str, deadline: float) -> AnyJson:
    """Send one request to a container engine and return the JSON that it answers."""
    # It takes a third of the whole time to load, and most requests don't need it.
    from http.client import HTTPConnection  # noqa: PLC0415

    with DeadlineSocket(socket.AF_UNIX) as connected:
        connected.deadline = deadline
        connected.settimeout(seconds_left(deadline))
        connected.connect(path)
        connection = HTTPConnection("localhost")
        connection.sock = connected
        connection.request(method, url)
        response = connection.getresponse()
        body = response.read(MAX_BODY + 1)
    if len(body) > MAX_BODY:
        raise ValueError("its answer is too large")
    if response.status >= 300:
        raise ValueError(f"it answered {response.status}: {body[:200]!r}")
    return json.loads(body or b"null")


def short(value: object) -> str:
    """Return somebody else's text in a length and form that is fit to pass on."""
    return str(value)[:255].encode(errors="replace").decode()


# The verbs. An engine may answer anything, which must never be more than its own error.
LIST = "/containers/json?all=1"


def describe(path: str, listed: AnyJson, deadline: float) -> Answer:
    """Return what is worth telling about one container of an engine's list."""
    health = restarts = None
    # It may be gone since it was listed.
    with contextlib.suppress(Exception):
        url = f"/containers/{quote(listed['Id'], safe='')}/json"
        details = ask_engine(path, "GET", url, deadline)
        restarts = int(details["RestartCount"])
        health = short(details["State"]["Health"]["Status"])
    return {
        "id": short(listed["Id"]),
        # Links of old give a container further names, below those of others.
        "name": min((short(n)[1:] for n in listed["Names"] or ()), key=len, default=""),
        "image": short(listed["Image"]),
        "state": short(listed["State"]),
        "status": short(listed["Status"]),
        "health": health or None,
        "restarts": restarts,
    }


def docker_sleeps(settings: Settings) -> bool:
    """Tell whether to ask Docker would start it, though the admin has stopped it."""
    argv = (settings.systemctl, "is-active", "docker.socket", "docker.service")
    states = run(*argv, seconds=settings.engine_seconds)[1].split()
    return states[:1] == ["active"] != states[1:]


def containers(settings: Settings) -> Answer:
    """List the containers of Docker and of root's Podman; notes say what is missing."""
    found: list[Answer] = []
    notes = {}
    for engine, path in settings.engines:
        deadline = time.monotonic() + settings.engine_seconds
        if not Path(path).exists() or (engine == "docker" and docker_sleeps(settings)):
            notes[engine] = "not running"
            continue
        try:
            listed = ask_engine(path, "GET", LIST, deadline)
            if (count := len(listed)) > MAX_CONTAINERS:
                notes[engine] = f"only {MAX_CONTAINERS} of {count} containers are told"
            first = listed[:MAX_CONTAINERS]
            found += [{"engine": engine} | describe(path, c, deadline) for c in first]
        except ConnectionRefusedError:
            # Of an engine that was stopped, the socket may stay behind.
            notes[engine] = "not running"
        except Exception as error:  # noqa: BLE001
            notes[engine] = short(error) or "no usable answer"
    return {"containers": found, "notes": notes}


def check_power_mode(device: Path) -> str:
    """Ask a disk in the one way that doesn't wake it: ATA's CHECK POWER MODE."""
    # ATA PASS-THROUGH (16) without data, with the registers returned as sense data.
    command = array.array("B", [0x85, 3 << 1, 1 << 5, *[0] * 11, 0xE5, 0])
    sense = array.array("B", bytes(32))
    addresses = command.buffer_info()[0], sense.buffer_info()[0]
    # struct sg_io_hdr of <scsi/sg.h>, for SG_IO with two seconds' time.
    header = (ord("S"), -1, len(command), len(sense), 0, 0, 0, *addresses, 2000)
    request = bytearray(struct.pack("iiBBHIPPPIIiP4B2HiII0P", *header, *[0] * 12))
    descriptor = os.open(device, os.O_RDONLY | os.O_NONBLOCK)
    try:
        fcntl.ioctl(descriptor, 0x2285, request)
    finally:
        os.close(descriptor)
    return power_state(sense.tobytes())


def power_state(sense: bytes) -> str:
    """Read the disk's registers out of sense data in either of its formats."""
    if sense[0] & 0x7F == 0x72 and sense[8:10] == b"\x09\x0c":
        count, status = sense[13], sense[21]
    elif sense[0] & 0x7F == 0x70 and sense[12:14] == b"\x00\x1d":
        count, status = sense[6], sense[4]
    else:
        return "unknown"
    if count in {0x00, 0x01}:
        state = "standby"
    else:
        state = (
            "active" if count in {0x40, 0x41, *range(0x80, 0x84), 0xFF} else "unknown"
        )
    # The last bit of the status is the disk's error flag.
    return "unknown" if status & 1 else state


def read(path: Path) -> str:
    """Return the content of a file in /sys, or nothing."""
    with contextlib.suppress(OSError, ValueError):
        return path.read_text().strip()
    return ""


def disk_power(settings: Settings) -> Answer:
    """Return for each disk whether it is active or in standby, without waking it."""
    disks: list[Answer] = []
    for disk in sorted((settings.sys / "block").glob("*")):
        if not re.fullmatch(r"sd[a-z]+|nvme\d+n\d+|mmcblk\d+|x?vd[a-z]+", disk.name):
            continue
        state = "unknown"
        # To open a disk that the kernel has put to sleep would wake it.
        if read(disk / "device/power/runtime_status") == "suspended":
            state = "standby"
        elif disk.name.startswith("sd") and read(disk / "removable") == "0":
            with contextlib.suppress(OSError):
                state = check_power_mode(settings.dev / disk.name)
        disks.append({"name": disk.name, "state": state})
    return {"disks": disks}


def rapl(settings: Settings) -> Answer:
    """Return the energy counters of the processor packages."""
    domains: list[Answer] = []
    for folder in sorted((settings.sys / "class/powercap").glob("intel-rapl:*")):
        name = read(folder / "name")
        energy, limit = read(folder / "energy_uj"), read(folder / "max_energy_range_uj")
        # Further colons are a package's parts, and "psys" is more than the package.
        if folder.name.count(":") == 1 and name.startswith("package"):
            with contextlib.suppress(ValueError):
                counter = {"energy_uj": int(energy), "max_energy_range_uj": int(limit)}
                domains.append({"domain": folder.name, "name": name, **counter})
    return {"domains": domains}


# One pool in what zpool lists, without sizes if it can't be opened.
POOL = re.compile(r"([^\t]+)" + r"\t([0-9]{1,20}|-)" * 3 + r"\t([A-Z]{1,20})")
POOL_FIELDS = "name,size,allocated,free,health"


def find_zpool(settings: Settings) -> str | None:
    """Return the path of zpool where there is ZFS, if only root can write it."""
    if not (settings.dev / "zfs").exists():
        return None
    for path in settings.zpool:
        with contextlib.suppress(OSError):
            info = Path(path).stat()
            others = info.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
            if info.st_uid == settings.owner and not others:
                return path
    return None


def parse_pools(output: str) -> list[Answer]:
    """Read what zpool lists; a line that is no pool is a warning of its."""
    found = [m.groups() for m in map(POOL.fullmatch, output.split("\n")) if m]
    return [
        {
            "name": short(name),
            "size": None if size == "-" else int(size),
            "allocated": None if allocated == "-" else int(allocated),
            "free": None if free == "-" else int(free),
            "health": health,
        }
        for name, size, allocated, free, health in found[:MAX_POOLS]
    ]


def pools(settings: Settings) -> Answer:
    """Return size, use and health of each ZFS pool, as the pool itself knows them."""
    if (zpool := find_zpool(settings)) is None:
        return {"pools": []}
    # With a pool that is suspended, zpool may hang in the kernel, where nothing can end
    # it. The lock stays with it, so that there is one of it and not one more a minute.
    lock = os.open(settings.actions, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        argv = (zpool, "list", "-Hp", "-o", POOL_FIELDS)
        code, output = run(*argv, seconds=settings.zpool_seconds, keep=(lock,))
    except BlockingIOError:
        return failure("busy", "zpool still hangs; is a pool suspended?")
    finally:
        os.close(lock)
    if code is None:
        return failure("timeout", "zpool does not answer; is a pool suspended?")
    if code or output.startswith(CUT):
        return failure("failed", f"zpool ended with {code}: {short(output[-200:])}")
    return {"pools": parse_pools(output)}


def restart_container(service: Service, settings: Settings, _tell: Tell) -> Answer:
    """Restart the container that has exactly this name."""
    path = dict(settings.engines)[service.engine]
    deadline = time.monotonic() + settings.restart_seconds
    url = f"/containers/{quote(service.name, safe='')}/restart"
    try:
        # Engines also take the beginning of an id for a name, so look first.
        listed = ask_engine(path, "GET", LIST, deadline)
        if f"/{service.name}" not in [name for c in listed for name in c["Names"]]:
            return failure("failed", f"{service.engine} has no such container")
        ask_engine(path, "POST", url, deadline)
    except TimeoutError:
        return failure("timeout", f"{service.engine} has not finished")
    except Exception as error:  # noqa: BLE001
        return failure("failed", f"{service.engine}: {short(error)}")
    return {"ok": True, "exit_code": 0, "output": ""}


def restart_unit(service: Service, settings: Settings, tell: Tell) -> Answer:
    """Restart a unit; past its time, systemd goes on."""
    argv = (settings.systemctl, "restart", "--", service.name)
    code, output = run(*argv, seconds=settings.restart_seconds, tell=tell)
    result: Answer = {"ok": True}
    if code is None:
        result = failure("timeout", "systemd has not finished")
    elif code:
        result = failure("failed", f"systemctl ended with {code}")
    return result | {"exit_code": code, "output": output}


def restart_service(target: str, settings: Settings) -> Work:
    """Return what restarts a unit or a container that root has listed."""
    service = parse_service(target)
    entries = map(parse_service, read_allowed(settings).get("restart_service", ()))
    if service is None or service not in entries:
        raise RefusedError("not_allowed", f"{settings.whitelist} does not list it")
    restart = restart_container if service.engine else restart_unit
    return partial(restart, service, settings)


def clear_logs(target: str, settings: Settings) -> Work:
    """Return what clears the journal, or a file that root has listed."""
    listed("clear_logs", target, settings)
    return partial(part("homelab_files").clear, target, settings)


def custom(target: str, settings: Settings) -> Work:
    """Return what runs a script that root has listed, if only root can change it."""
    listed("custom", target, settings)
    work: Work = part("homelab_files").script(target, settings)
    return work


def apply_updates(target: str, settings: Settings) -> Work:
    """Return what installs the updates that were approved, if they are still those."""
    switched_on("apply_updates", settings)
    work: Work = part("homelab_updates").prepare(target, settings)
    return work


def reboot(target: str, settings: Settings) -> Work:
    """Return what has this server boot anew."""
    switched_on("reboot", settings)
    if target != "now":
        raise RefusedError("invalid_request", 'reboot takes the target "now"')
    return partial(part("homelab_files").boot, settings)


# Managed actions. Each runs in a unit of its own, named by the action's id.


@dataclass(frozen=True)
class Managed:
    """A managed verb: what decides and returns the work, and its unit's properties."""

    prepare: Callable[[str, Settings], Work]
    properties: tuple[str, ...] = ()
    lasting: bool = False
    """Whether the work is never broken off, also not by a shutdown."""


# Whatever an action left behind ends with it. Should memory run out, what it runs
# falls, and not the program that puts down how that ended.
EVERY_UNIT = (
    *("Type=notify", "NotifyAccess=main", "CollectMode=inactive-or-failed"),
    *("UMask=0077", "KillMode=control-group", "TimeoutStopSec=10"),
    *(
        "OOMPolicy=continue",
        "TimeoutStartSec=15",
        "SyslogIdentifier=homelab-agent-action",
    ),
)
# For an action that only asks others, as the helper itself does.
CONFINED = (
    *("NoNewPrivileges=yes", "CapabilityBoundingSet=", "ProtectSystem=strict"),
    *("ReadWritePaths=/run/homelab-agent-actions", "ProtectHome=yes"),
    *("PrivateTmp=yes", "PrivateNetwork=yes", "RestrictAddressFamilies=AF_UNIX"),
    *("MemoryMax=128M", "TasksMax=16", "RuntimeMaxSec=300"),
)


# For what clears logs: as above, but root sees and changes what is below /var/log.
LOGS = (
    *(each for each in CONFINED if not each.startswith("CapabilityBoundingSet")),
    "CapabilityBoundingSet=CAP_DAC_OVERRIDE",
    "ReadWritePaths=-/var/log -/run/log",
)
# Root's own scripts and Debian's packages may do what root may; so nothing is taken
# from them, and the files that they make are to be readable as always.
SCRIPT = ("UMask=0022", "RuntimeMaxSec=300")
# An installation that is broken off halfway harms the server: nothing ends it. A
# shutdown waits for it.
UPDATES = (
    *("UMask=0022", "KillMode=process", "SendSIGKILL=no"),
    "TimeoutStopSec=900",
)


KNOWN = ("known_action", "this action was there before; ask for its outcome")

# The record of an action is a file for root alone. The helper makes it before it
# accepts the action, whose unit takes it over or does nothing. From then on it is
# locked as long as the action runs, and says at last how that ended. Line one is when
# it was made, line two what there is to say. Whoever makes, reads, takes over or
# removes a record holds the lock of them all meanwhile.
MADE = 16  # Bytes of line one.
SAID = ("output", "step", "percent")  # What an action may say while it runs.


def now() -> int:
    """Return the seconds since the boot, by a clock that nobody can set."""
    return int(time.clock_gettime(time.CLOCK_BOOTTIME))


@contextlib.contextmanager
def all_records(settings: Settings) -> Iterator[None]:
    """Hold the lock of all records."""
    flags = os.O_RDONLY | os.O_CREAT | os.O_NOFOLLOW
    lock = os.open(settings.actions / ".lock", flags, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def say(record: int, **said: object) -> int:
    """Put down what there is to say now, and return where it ends in the record."""
    return MADE + os.pwrite(record, json.dumps(said).encode() + b"\n", MADE)


def make_record(path: Path) -> None:
    """Make a record with room for all that will have to be said."""
    record = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.pwrite(record, b"%15d\n" % now(), 0)
        say(record, starting=True)
        os.posix_fallocate(record, 0, RECORD_SIZE)
    except OSError:
        path.unlink()
        raise
    finally:
        os.close(record)


@dataclass(frozen=True)
class Record:
    """What a record says, and the state of its action."""

    made: int | None
    said: AnyJson
    state: str


def read_record(path: Path, settings: Settings) -> Record | None:
    """Read a record under the lock of them all; return None if there is none."""
    try:
        file = os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb")
    except FileNotFoundError:
        return None
    made: int | None = None
    said: AnyJson = None
    state = "interrupted"
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            state = "running"
        first, _, rest = file.read().partition(b"\n")
    # While it runs, it may be seen half-written; so may what was killed in mid-word.
    with contextlib.suppress(ValueError):
        made = int(first)
        said = json.loads(rest.partition(b"\n")[0])
    if not isinstance(said, dict):
        said = {}
    if "result" in said:
        state = "finished"
    elif made is not None and "starting" in said:
        # Its unit can't take it over any more.
        late = now() - made > settings.begin_seconds
        state = "unknown" if late else "starting"
    return Record(made, said, state)


def outcome(action: str, settings: Settings) -> Answer:
    """Tell what becomes of an action: running, finished, interrupted, or unknown."""
    with all_records(settings):
        record = read_record(settings.actions / action, settings)
    if record is None or record.state == "unknown":
        return {"state": "unknown"}
    if record.state == "finished":
        return {"state": "finished", "result": record.said["result"]}
    state = "running" if record.state == "starting" else record.state
    said = {key: record.said[key] for key in SAID if key in record.said}
    return {"state": state, "output": ""} | said


def forget_old(settings: Settings) -> int:
    """Remove the records that nobody asks for any more; return how many are left."""
    left = 0
    for path in settings.actions.glob("[!.]*"):
        record = read_record(path, settings)
        if record and record.state != "running" and record.made is not None:
            old = now() - record.made > RECORD_SECONDS
            if old or record.state == "unknown":
                path.unlink()
                continue
        left += 1
    return left


def reserve(action: str, settings: Settings) -> None:
    """Make the record of a new action; refuse one that can't be remembered."""
    path = settings.actions / action
    try:
        with all_records(settings):
            count = forget_old(settings)
            if path.exists():
                raise RefusedError(*KNOWN)
            if count >= MAX_RECORDS:
                raise RefusedError("busy", f"{count} actions within a day are enough")
            make_record(path)
    except OSError as error:
        why = f"nothing was done: no record of it can be made ({error.strerror})"
        raise RefusedError("not_started", why) from None


def take_back(action: str, settings: Settings) -> bool:
    """Remove the record of an action that has not begun, so that it can't any more."""
    path = settings.actions / action
    with all_records(settings):
        record = read_record(path, settings)
        if record is None or record.state not in ("starting", "unknown"):
            return False
        path.unlink()
    return True


def take_over(action: str, settings: Settings) -> int:
    """Let an action begin: return its record, locked until this process ends."""
    path = settings.actions / action
    with all_records(settings):
        record = read_record(path, settings)
        if record is None or record.state != "starting":
            raise RefusedError(*KNOWN)
        file = os.open(path, os.O_WRONLY | os.O_NOFOLLOW)
        fcntl.flock(file, fcntl.LOCK_EX)
        say(file, output="")
    return file


def start(request: Request, managed: Managed, settings: Settings) -> None:
    """Start an action's unit; systemd says when it has taken over the record."""
    unit = f"homelab-agent-action-{request.id}.service"
    properties = (*EVERY_UNIT, *managed.properties)
    code, output = run(
        *(settings.systemd_run, "--quiet", f"--unit={unit}"),
        f"--description=HomelabCmd action: {request.verb}",
        *(f"--property={each}" for each in properties),
        *("--", *settings.runner, str(request.id), request.verb),
        # systemd takes "$" for the beginning of a variable.
        str(request.target).replace("$", "$$"),
        seconds=settings.start_seconds,
    )
    # A failure alone does not say that it won't begin: the connection may have broken.
    if code != 0 and take_back(str(request.id), settings):
        log(f"{unit}: {short(output)}")
        raise RefusedError("not_started", "systemd did not start it; see the journal")


def manage(request: Request, connection: DeadlineSocket, settings: Settings) -> Answer:
    """Have an action run, and wait for its end as long as the hub does."""
    deadline = time.monotonic() + settings.wait_seconds
    managed, action = MANAGED[request.verb], str(request.id)
    managed.prepare(str(request.target), settings)
    reserve(action, settings)
    log(f"{request.verb} {request.target!a} as {action}")
    try:
        # Whoever does not read this line knows that nothing was begun.
        connection.settimeout(settings.request_seconds)
        connection.sendall(b'{"accepted": true}\n')
    except OSError:
        take_back(action, settings)
        raise
    start(request, managed, settings)
    while (known := outcome(action, settings))["state"] == "running":
        if time.monotonic() > deadline:
            return failure("running", "it goes on; ask for its outcome later")
        time.sleep(0.05)
    if known["state"] == "finished" and isinstance(known["result"], dict):
        return known["result"]
    return failure("interrupted", "it ended without a result") | {
        "output": known.get("output", "")
    }


READING: dict[str, Callable[[Settings], Answer]] = {
    "allowed": allowed,
    "containers": containers,
    "disk_power": disk_power,
    "pools": pools,
    "rapl": rapl,
}
REMEMBERED: dict[str, Callable[[str, Settings], Answer]] = {"outcome": outcome}
MANAGED: dict[str, Managed] = {
    "restart_service": Managed(restart_service, CONFINED),
    "clear_logs": Managed(clear_logs, LOGS),
    "custom": Managed(custom, SCRIPT),
    "apply_updates": Managed(apply_updates, UPDATES, lasting=True),
    "reboot": Managed(reboot, CONFINED),
}
# What must be said with each verb, and nothing else may.
NEEDS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(READING, ()),
    **dict.fromkeys(REMEMBERED, ("id",)),
    **dict.fromkeys(MANAGED, ("target", "id")),
}


def respond(connection: DeadlineSocket, settings: Settings) -> Answer:
    """Fulfil the request, or raise why not."""
    check_peer(connection, settings.agent_user)
    request = parse_request(read_request(connection, settings.request_seconds))
    if (needs := NEEDS.get(request.verb)) is None:
        raise RefusedError("unknown_verb", "there is no such verb")
    said = {"target": request.target, "id": request.id}
    if tuple(key for key, value in said.items() if value is not None) != needs:
        needed = " and ".join(needs) or "neither target nor id"
        raise RefusedError("invalid_request", f"{request.verb} takes {needed}")
    if request.verb in READING:
        return {"ok": True, **READING[request.verb](settings)}
    if request.verb in REMEMBERED:
        return {"ok": True, **REMEMBERED[request.verb](str(request.id), settings)}
    return manage(request, connection, settings)


def log(message: str) -> None:
    """Write a line for the journal, as a notice."""
    sys.stderr.write(f"<5>{message}\n")


def main(settings: Settings | None = None) -> None:
    """Answer the request that arrives on standard input."""
    settings = settings or Settings()
    with DeadlineSocket(fileno=0) as connection:
        try:
            answer = respond(connection, settings)
        except RefusedError as refusal:
            log(f"refused: {refusal.args[1]}")
            answer = failure(*refusal.args)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is answered
            log(f"internal: {error!a}")
            answer = failure("internal", "the journal says more")
        if len(line := json.dumps(answer)) > MAX_ANSWER:
            line = json.dumps(failure("too_large", "the answer would be too large"))
        with contextlib.suppress(OSError):
            connection.settimeout(settings.request_seconds)
            connection.sendall(f"{line}\n".encode())


if __name__ == "__main__":
    main()
