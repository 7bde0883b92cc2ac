"""What a scan has found out.

None is what nobody could tell; an empty list is known to be empty. The fields are
annotated with readers: facts are stored as they are.
"""

from dataclasses import dataclass
from typing import Annotated

from ...protocol.fields import boolean, integer, list_of, number, object_of, text
from .text import MAX_WORD

MAX_ITEMS = 2000
MAX_PACKAGES = 20_000
MAX_PORT = 65_535

_WORD = text(MAX_WORD, empty=True)
_AMOUNT = number(0, 1e15)
_PERCENT = number(0, 100)


@dataclass(frozen=True, kw_only=True)
class OperatingSystem:
    """What /etc/os-release says."""

    id: Annotated[str, _WORD]
    name: Annotated[str, _WORD]
    version: Annotated[str, _WORD] = ""


@dataclass(frozen=True, kw_only=True)
class Kernel:
    """What uname says."""

    hostname: Annotated[str, _WORD]
    release: Annotated[str, _WORD]
    machine: Annotated[str, _WORD]


@dataclass(frozen=True, kw_only=True)
class Cpu:
    """The processor; `count` is of logical ones."""

    model: Annotated[str, _WORD]
    count: Annotated[int, integer(1, 100_000)]


@dataclass(frozen=True, kw_only=True)
class Memory:
    """Memory, a GB being 10⁹ bytes; used is what is not available to programs."""

    total_gb: Annotated[float, _AMOUNT]
    used_gb: Annotated[float, _AMOUNT]
    percent: Annotated[float, _PERCENT]


@dataclass(frozen=True, kw_only=True)
class Load:
    """The mean number of processes that ran or waited, over minutes."""

    one: Annotated[float, _AMOUNT]
    five: Annotated[float, _AMOUNT]
    fifteen: Annotated[float, _AMOUNT]


@dataclass(frozen=True, kw_only=True)
class Disk:
    """A mounted file system; a GB is 10⁹ bytes. Percent is of what users can fill."""

    mount: Annotated[str, _WORD]
    device: Annotated[str, _WORD]
    total_gb: Annotated[float, _AMOUNT]
    used_gb: Annotated[float, _AMOUNT]
    percent: Annotated[float, _PERCENT]
    fstype: Annotated[str, _WORD] = ""


@dataclass(frozen=True, kw_only=True)
class Update:
    """A pending update; `security` is None where the system does not say."""

    name: Annotated[str, _WORD]
    candidate: Annotated[str, _WORD]
    current: Annotated[str, _WORD] = ""
    security: Annotated[bool | None, boolean] = None


@dataclass(frozen=True, kw_only=True, order=True)
class Port:
    """A port that something listens on."""

    protocol: Annotated[str, _WORD]
    port: Annotated[int, integer(1, MAX_PORT)]
    address: Annotated[str, _WORD]


@dataclass(frozen=True, kw_only=True)
class Login:
    """Somebody who is logged in; `origin` is where from, if that is told."""

    user: Annotated[str, _WORD]
    terminal: Annotated[str, _WORD]
    origin: Annotated[str, _WORD] = ""


@dataclass(frozen=True, kw_only=True)
class Package:
    """An installed package."""

    name: Annotated[str, _WORD]
    version: Annotated[str, _WORD]


@dataclass(frozen=True, kw_only=True)
class Interface:
    """A network interface."""

    name: Annotated[str, _WORD]
    up: Annotated[bool, boolean]
    mac: Annotated[str, _WORD] = ""
    addresses: Annotated[tuple[str, ...], list_of(_WORD, MAX_ITEMS)] = ()
    """With the length of their network, as in 192.0.2.7/24."""


@dataclass(frozen=True, kw_only=True)
class Container:
    """A container, running or not."""

    name: Annotated[str, _WORD]
    engine: Annotated[str, _WORD]
    image: Annotated[str, _WORD]
    status: Annotated[str, _WORD]


@dataclass(frozen=True, kw_only=True)
class User:
    """An account that can be logged in to: it has a shell."""

    name: Annotated[str, _WORD]
    uid: Annotated[int, integer()]
    shell: Annotated[str, _WORD]


@dataclass(frozen=True, kw_only=True)
class Job:
    """What cron runs; of the command only the program, for arguments may be secrets."""

    schedule: Annotated[str, _WORD]
    program: Annotated[str, _WORD]
    user: Annotated[str, _WORD]
    source: Annotated[str, _WORD]
    """The file that says so."""


@dataclass(frozen=True, kw_only=True)
class Timer:
    """A timer of systemd, and the unit that it starts."""

    name: Annotated[str, _WORD]
    unit: Annotated[str, _WORD]


@dataclass(frozen=True, kw_only=True)
class SshSetting:
    """A setting of the SSH server that is worth a look."""

    name: Annotated[str, _WORD]
    value: Annotated[str, _WORD]
    default: Annotated[bool, boolean]
    """Whether it is so because nobody has set it."""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """All that a scan has found out: a field for each row of the commands."""

    os: Annotated[OperatingSystem | None, object_of(OperatingSystem)] = None
    kernel: Annotated[Kernel | None, object_of(Kernel)] = None
    cpu: Annotated[Cpu | None, object_of(Cpu)] = None
    memory: Annotated[Memory | None, object_of(Memory)] = None
    load: Annotated[Load | None, object_of(Load)] = None
    uptime_seconds: Annotated[float | None, _AMOUNT] = None
    disks: Annotated[tuple[Disk, ...] | None, list_of(object_of(Disk), MAX_ITEMS)] = (
        None
    )
    updates: Annotated[
        tuple[Update, ...] | None, list_of(object_of(Update), MAX_PACKAGES)
    ] = None
    ports: Annotated[tuple[Port, ...] | None, list_of(object_of(Port), MAX_ITEMS)] = (
        None
    )
    logins: Annotated[
        tuple[Login, ...] | None, list_of(object_of(Login), MAX_ITEMS)
    ] = None
    packages: Annotated[
        tuple[Package, ...] | None, list_of(object_of(Package), MAX_PACKAGES)
    ] = None
    interfaces: Annotated[
        tuple[Interface, ...] | None, list_of(object_of(Interface), MAX_ITEMS)
    ] = None
    gateways: Annotated[tuple[str, ...] | None, list_of(_WORD, MAX_ITEMS)] = None
    name_servers: Annotated[tuple[str, ...] | None, list_of(_WORD, MAX_ITEMS)] = None
    containers: Annotated[
        tuple[Container, ...] | None, list_of(object_of(Container), MAX_ITEMS)
    ] = None
    failed_units: Annotated[tuple[str, ...] | None, list_of(_WORD, MAX_ITEMS)] = None
    users: Annotated[tuple[User, ...] | None, list_of(object_of(User), MAX_ITEMS)] = (
        None
    )
    jobs: Annotated[tuple[Job, ...] | None, list_of(object_of(Job), MAX_ITEMS)] = None
    timers: Annotated[
        tuple[Timer, ...] | None, list_of(object_of(Timer), MAX_ITEMS)
    ] = None
    ssh_settings: Annotated[
        tuple[SshSetting, ...] | None, list_of(object_of(SshSetting), MAX_ITEMS)
    ] = None
