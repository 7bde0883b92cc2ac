"""The root helper's installation of updates: just those that a person has approved.

Loaded by homelab_helper.py when it is asked for that. What was approved comes as the
digest of a set; apt says what it would install, and anything else is not installed. As
others may change that set at any moment, apt asks homelab_guard.py once more when it
holds its locks and is about to begin.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
import contextlib
from dataclasses import dataclass
from functools import partial
import os
import re
import select
from subprocess import DEVNULL, STDOUT, Popen
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from helper import (
        homelab_apt as says,
        homelab_guard as guard,
        homelab_helper as helper,
    )
else:
    import homelab_apt as says
    import homelab_guard as guard
    import homelab_helper as helper

# "all" or "security", and the digest.
TARGET = re.compile(r"(all|security) ([0-9a-f]{64})")
# Variables for apt, dpkg and the scripts of packages: nobody is there to be asked.
ENV = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "LC_ALL": "C.UTF-8",
    "HOME": "/root",
    "DEBIAN_FRONTEND": "noninteractive",
    "DEBIAN_PRIORITY": "critical",
    "APT_LISTCHANGES_FRONTEND": "none",
    "APT_LISTBUGS_FRONTEND": "none",
    "UCF_FORCE_CONFFOLD": "1",
    # It would restart services that nobody has approved.
    "NEEDRESTART_SUSPEND": "1",
    "NEEDRESTART_MODE": "l",
}
OPTIONS = (
    *("-q", "-o", "Dpkg::Use-Pty=0"),
    # Waiting for others is this program's task, which says so.
    *("-o", "DPkg::Lock::Timeout=0"),
)
# A file of settings that somebody has changed stays as it is.
KEEP = (
    *("-o", "Dpkg::Options::=--force-confdef"),
    *("-o", "Dpkg::Options::=--force-confold"),
)
UPGRADE: tuple[str, ...] = ("--no-remove", "--with-new-pkgs", "upgrade")
ONLY: tuple[str, ...] = ("--no-remove", "--only-upgrade", "install")
CHANGED = (
    "the updates have changed since they were approved; nothing was installed. Look at "
    "them again and approve those"
)
PAUSE = 0.5
SEEN = 2000  # Bytes at the end of the reports of progress that are looked at.
MAX_SIMULATION = 64 * 1024 * 1024


@dataclass(frozen=True)
class Order:
    """What was approved."""

    scope: str
    """"all" or "security"."""
    digest: str


class FailedError(Exception):
    """The installation ends here: the answer's code, its message, and an exit code."""


@dataclass(frozen=True)
class Ran:
    """How a program ended."""

    code: int | None
    output: str

    @property
    def locked(self) -> bool:
        """Whether another program was in the way."""
        return bool(self.code and says.LOCKED.search(self.output))

    def check(self) -> None:
        """Raise FailedError if it has failed."""
        if self.code == 0:
            return
        if guard.REFUSAL in self.output:
            raise FailedError("changed", CHANGED)
        why = says.meaning_of(self.output, self.code)
        raise FailedError("failed", why, self.code)


class Report:
    """All that was written so far, and how far the installation is."""

    def __init__(self, tell: helper.Tell) -> None:
        """Take who is told."""
        self._tell = tell
        self._output = b""
        self._told: tuple[bytes, str, int | None] | None = None
        self.step = "lists"
        self.percent: int | None = None

    def note(self, text: str) -> None:
        """Add what has been written for good."""
        self._output += text.encode()
        self.tell()

    def tell(self, more: bytes = b"") -> None:
        """Tell what there is, if it is news."""
        output = (self._output + more)[-helper.MAX_OUTPUT - 1 :]
        told = (output, self.step, self.percent)
        if told != self._told:
            self._told = told
            percent = {} if self.percent is None else {"percent": self.percent}
            self._tell(output, step=self.step, **percent)

    @property
    def text(self) -> str:
        """Return the end of it all."""
        return helper.tail(self._output)


# Running apt


def fetch_lists(settings: helper.Settings, report: Report) -> Ran:
    """Run apt-get update; a list that can't be fetched is a failure."""
    words = ("-o", "APT::Update::Error-Mode=any", "update")
    argv = (settings.apt_get, *OPTIONS, *words)
    seconds = settings.lists_seconds
    code, output = helper.run(*argv, seconds=seconds, tell=report.tell, env=ENV)
    report.note(output)
    return Ran(code, output)


def simulate(settings: helper.Settings, words: tuple[str, ...]) -> Ran:
    """Ask what an installation would do; all of the answer counts, however long."""
    argv = (settings.apt_get, *OPTIONS, "-s", "-o", "Debug::NoLocking=1", *words)
    output = os.memfd_create("simulation")
    try:
        process = Popen(argv, stdin=DEVNULL, stdout=output, stderr=STDOUT, env=ENV)
        code = process.wait()
        return Ran(code, end_of(output, MAX_SIMULATION).decode(errors="replace"))
    finally:
        os.close(output)


def upgrade(
    settings: helper.Settings, words: tuple[str, ...], order: Order, report: Report
) -> Ran:
    """Have apt-get install, with the guard asked before it begins."""
    ask_guard = (
        # apt gives its list to a command by the first word of that.
        *("-o", "DPkg::Tools::Options::exec::Version=3"),
        *("-o", f"DPkg::Pre-Install-Pkgs::=exec {' '.join(settings.guard)}"),
    )
    report.step = "download"
    argv = (*OPTIONS, *KEEP, *ask_guard, "-y", *words)
    return run_to_its_end(settings.apt_get, argv, report, order.digest)


def run_to_its_end(
    program: str, argv: tuple[str, ...], report: Report, approved: str
) -> Ran:
    """Run apt-get until it ends by itself, however long that takes.

    It writes into memory and not to this program: dpkg must not break off in the middle
    because nobody reads what it writes.
    """
    output, progress = os.memfd_create("output"), os.memfd_create("progress")
    try:
        process = Popen(
            (program, "-o", f"APT::Status-Fd={progress}", *argv),
            stdin=DEVNULL,
            stdout=output,
            stderr=STDOUT,
            env=ENV | {guard.APPROVED: approved},
            start_new_session=True,
            pass_fds=(progress,),
        )
        ended = os.pidfd_open(process.pid)
        while not select.select([ended], [], [], PAUSE)[0]:
            said = end_of(progress, SEEN).decode(errors="replace")
            report.step, report.percent = says.progress_in(said) or (report.step, None)
            report.tell(end_of(output, helper.MAX_OUTPUT))
        os.close(ended)
        ran = Ran(process.wait(), helper.tail(end_of(output, helper.MAX_OUTPUT + 1)))
    finally:
        os.close(output)
        os.close(progress)
    report.note(ran.output)
    return ran


def end_of(file: int, size: int) -> bytes:
    """Return the last bytes of a file."""
    length = os.fstat(file).st_size
    return os.pread(file, size, max(0, length - size))


def patiently(attempt: Callable[[], Ran], report: Report, deadline: float) -> Ran:
    """Try again as long as another program holds a lock."""
    while (ran := attempt()).locked and time.monotonic() < deadline:
        report.step, report.percent = "waiting", None
        report.note("waiting for the other program to finish\n")
        time.sleep(min(5.0, max(0.1, deadline - time.monotonic())))
    return ran


# The work


def prepare(
    target: str, settings: helper.Settings
) -> Callable[[helper.Tell], helper.Answer]:
    """Return what installs a set of updates."""
    if (asked := TARGET.fullmatch(target)) is None:
        why = 'apply_updates takes "all" or "security", and the digest of the updates'
        raise helper.RefusedError("invalid_request", why)
    return partial(apply, Order(asked[1], asked[2]), settings)


def apply(order: Order, settings: helper.Settings, tell: helper.Tell) -> helper.Answer:
    """Fetch the lists, look whether they hold what was approved, and install that."""
    report = Report(tell)
    try:
        install(order, settings, report)
    except FailedError as failed:
        code, message, *exit_code = failed.args
        ended = {"exit_code": exit_code[0]} if exit_code else {}
        return helper.failure(code, message) | ended | {"output": report.text}
    except OSError as error:
        why = f"apt-get can't be run: {error.strerror}"
        return helper.failure("failed", why) | {"output": report.text}
    return {"ok": True, "exit_code": 0, "output": report.text}


def install(order: Order, settings: helper.Settings, report: Report) -> None:
    """Do one step after the other; raises FailedError."""
    deadline = time.monotonic() + settings.lock_seconds
    fetched = patiently(partial(fetch_lists, settings, report), report, deadline)
    if fetched.locked:
        fetched.check()
    if fetched.code != 0:
        # A source that can't be read does no harm: what is installed was approved.
        report.note("some lists could not be fetched; those from before are used\n")
    report.step = "simulate"
    names = approved_names(order, settings, report)
    words = (*ONLY, *names) if names else UPGRADE
    action = partial(upgrade, settings, words, order, report)
    with automatic_stay_so(names, settings):
        ran = patiently(action, report, deadline)
    ran.check()


def approved_names(
    order: Order, settings: helper.Settings, report: Report
) -> tuple[str, ...]:
    """Return what apt-get is to be told by name: nothing, if it is to install all.

    Raises FailedError if there is something else to install than what was approved.
    """
    simulated = simulate(settings, UPGRADE)
    if simulated.code != 0:
        report.note(simulated.output)
    simulated.check()
    if broken := ", ".join(says.unfinished_in(simulated.output)[:10]):
        why = f"not fully installed before: {broken}; {says.CONFIGURE}"
        raise FailedError("failed", why)
    items = says.items_of(simulated.output)
    if order.scope == "security":
        items = [item for item in items if item.security]
    if not items or says.digest_of(items) != order.digest:
        raise FailedError("changed", CHANGED)
    if order.scope == "all":
        return ()
    names = tuple(item.wanted for item in items if item.current)
    check_alone(simulate(settings, (*ONLY, *names)), items)
    return names


@contextlib.contextmanager
def automatic_stay_so(
    names: tuple[str, ...], settings: helper.Settings
) -> Iterator[None]:
    """Keep packages removable that only came along with others.

    What apt-get is told by name it takes for wanted by a person from then on.
    """
    mark = partial(helper.run, settings.apt_mark, seconds=settings.script_seconds)
    _code, output = mark("showauto", *names) if names else (0, "")
    try:
        yield
    finally:
        if automatic := set(output.split()) & set(names):
            mark("auto", *sorted(automatic))


def check_alone(simulated: Ran, items: list[says.Item]) -> None:
    """Raise FailedError if security updates can't be installed without others."""
    alone = says.items_of(simulated.output)
    if simulated.code == 0 and says.digest_of(alone) == says.digest_of(items):
        return
    others = {item.name for item in alone} - {item.name for item in items}
    needed = f" ({', '.join(sorted(others)[:10])})" if others else ""
    why = f"the security updates need others too{needed}; install all updates"
    raise FailedError("changed", why)
