"""The root helper's actions on files: logs to clear, scripts to run, and the reboot.

Loaded by homelab_helper.py when it is asked for one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
import contextlib
import fcntl
from functools import partial
import os
from pathlib import Path
import stat
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from helper import homelab_helper as helper
else:
    import homelab_helper as helper

# What a script finds; as root has it at a terminal.
SCRIPT_ENV = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "LC_ALL": "C.UTF-8",
    "HOME": "/root",
}
JOURNALS = ("var/log/journal", "run/log/journal")
KEPT = "7d"
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
HOMES = ("/home/", "/root/", "/run/user/")
DPKG_LOCK = "var/lib/dpkg/lock-frontend"


class UnfitError(Exception):
    """A file that is listed and not used all the same; the text says why."""


# Logs


@contextlib.contextmanager
def opened(path: str, settings: helper.Settings) -> Iterator[int]:
    """Open a file below the root, one component after the other and no link.

    What is held is the very file that was looked at: one that is put in its place, or
    in the place of a folder, changes nothing. It is opened for nothing but to look at,
    so that no pipe blocks and no device notices. Raises UnfitError or OSError.
    """
    *folders, name = path.strip("/").split("/")
    held = [os.open(settings.root, FOLDER)]
    try:
        for folder in folders:
            held.append(os.open(folder, FOLDER, dir_fd=held[-1]))
        flags = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC
        held.append(os.open(name, flags, dir_fd=held[-1]))
        info = os.fstat(held[-1])
        if stat.S_ISLNK(info.st_mode):
            raise UnfitError("it is a link")
        if not stat.S_ISREG(info.st_mode):
            raise UnfitError("it is not a regular file")
        if info.st_nlink != 1:
            raise UnfitError("it has another name as well, as a hard link")
        yield held[-1]
    finally:
        for each in held:
            os.close(each)


def truncate(path: str, settings: helper.Settings) -> helper.Answer:
    """Make a log file empty."""
    try:
        with opened(path, settings) as looked_at:
            # The same file by the same descriptor, whatever its name means by now.
            flags = os.O_WRONLY | os.O_CLOEXEC
            file = os.open(f"/proc/self/fd/{looked_at}", flags)
            try:
                before = os.fstat(file).st_size
                os.ftruncate(file, 0)
                after = os.fstat(file).st_size
            finally:
                os.close(file)
    except UnfitError as why:
        return helper.failure("not_allowed", f"{path} is left alone: {why}")
    except OSError as error:
        return helper.failure("failed", f"{path}: {why_not(error)}")
    return done(before, after)


def why_not(error: OSError) -> str:
    """Return the reason of an error in words that name links as such."""
    # A folder that is a link is no folder to O_NOFOLLOW.
    if isinstance(error, NotADirectoryError):
        return "one of its folders is a link or none"
    return str(error.strerror)


def done(before: int, after: int, output: str = "") -> helper.Answer:
    """Return the answer with the sizes."""
    sizes = f"{megabytes(before)} before, {megabytes(after)} after\n"
    return {"ok": True, "exit_code": 0, "output": output + sizes}


def megabytes(size: int) -> str:
    """Return a size as people read it."""
    return f"{size / 1e6:.1f} MB"


def journal_size(settings: helper.Settings) -> int:
    """Return how many bytes the journals take on their disk."""
    size = 0
    for place in JOURNALS:
        for folder, _folders, names in os.walk(settings.root / place):
            for name in names:
                with contextlib.suppress(OSError):
                    size += Path(folder, name).lstat().st_blocks * 512
    return size


def vacuum(settings: helper.Settings, tell: helper.Tell) -> helper.Answer:
    """Have journald drop what is older than a week."""
    before = journal_size(settings)
    argv = (settings.journalctl, f"--vacuum-time={KEPT}")
    code, output = helper.run(*argv, seconds=settings.script_seconds, tell=tell)
    if code == 0:
        return done(before, journal_size(settings), output)
    return ended("journalctl", code) | {"exit_code": code, "output": output}


def clear(target: str, settings: helper.Settings, tell: helper.Tell) -> helper.Answer:
    """Clear the journal or a file."""
    if target == helper.JOURNAL:
        return vacuum(settings, tell)
    return truncate(target, settings)


def ended(program: str, code: int | None) -> helper.Answer:
    """Return the failure of a program."""
    if code is None:
        return helper.failure("timeout", f"{program} took too long and was ended")
    return helper.failure("failed", f"{program} ended with {code}")


# Scripts


def check_script(path: str, settings: helper.Settings) -> None:
    """Refuse a script that anybody but root could have written.

    Nobody else can then change it either, between this look and its start.
    Raises UnfitError or OSError.
    """
    if path.startswith(HOMES):
        raise UnfitError("scripts in homes are not run; put it into /usr/local/sbin")
    found = settings.root
    for name in ("", *path.strip("/").split("/")):
        found /= name
        info = found.lstat()
        if stat.S_ISLNK(info.st_mode):
            raise UnfitError(f"{found} is a link; list the file that it leads to")
        if info.st_uid != settings.owner:
            raise UnfitError(f"{found} does not belong to root")
        if info.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise UnfitError(f"others than root may write to {found}")
    if not stat.S_ISREG(info.st_mode):
        raise UnfitError("it is not a regular file")
    if not info.st_mode & stat.S_IXUSR:
        raise UnfitError(f"it is not executable; run: chmod 755 {path}")


def script(
    target: str, settings: helper.Settings
) -> Callable[[helper.Tell], helper.Answer]:
    """Return what runs a script."""
    if why := trouble(check_script, target, settings):
        raise helper.RefusedError("not_allowed", f"{target} is not run: {why}")
    return partial(run_script, target, settings)


def run_script(
    target: str, settings: helper.Settings, tell: helper.Tell
) -> helper.Answer:
    """Run a script without any argument."""
    program = str(settings.root / target.strip("/"))
    seconds = settings.script_seconds
    try:
        code, output = helper.run(program, seconds=seconds, tell=tell, env=SCRIPT_ENV)
    except OSError as error:
        why = f"{target} can't be run: {error.strerror}; is its first line right?"
        return helper.failure("failed", why)
    if code == 0:
        return {"ok": True, "exit_code": 0, "output": output}
    return ended("the script", code) | {"exit_code": code, "output": output}


# What the whitelist lists and is not used all the same


def look_at_log(path: str, settings: helper.Settings) -> None:
    """Refuse what truncate() would leave alone."""
    if path != helper.JOURNAL:
        with opened(path, settings):
            pass


CHECKS: dict[str, Callable[[str, helper.Settings], None]] = {
    "clear_logs": look_at_log,
    "custom": check_script,
}


def trouble(
    check: Callable[[str, helper.Settings], None],
    path: str,
    settings: helper.Settings,
) -> str | None:
    """Return why a file is not used."""
    try:
        check(path, settings)
    except UnfitError as why:
        return str(why)
    except PermissionError:
        # The helper's sandbox is tighter than that of the action, which looks again.
        return None
    except OSError as error:
        return why_not(error)
    return None


def usable(table: dict[str, Any], settings: helper.Settings) -> helper.Answer:
    """Return the lists without what is not used, and why that is not."""
    answer: helper.Answer = {}
    refused: dict[str, str] = {}
    for key, check in CHECKS.items():
        why = {path: trouble(check, path, settings) for path in table.get(key, ())}
        answer[key] = [path for path, reason in why.items() if reason is None]
        refused |= {path: reason for path, reason in why.items() if reason is not None}
    return answer | {"refused": refused}


# The reboot


def packages_are_locked(settings: helper.Settings) -> bool:
    """Return whether a program installs packages just now."""
    try:
        lock = os.open(settings.root / DPKG_LOCK, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.lockf(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(lock)
    return False


def boot(settings: helper.Settings, tell: helper.Tell) -> helper.Answer:
    """Have systemd reboot in good order; this ends with everything else."""
    if packages_are_locked(settings):
        return helper.failure("failed", "packages are being installed; wait for that")
    argv = (settings.systemctl, "reboot")
    code, output = helper.run(*argv, seconds=settings.restart_seconds, tell=tell)
    if code == 0:
        return {"ok": True, "exit_code": 0, "output": output}
    return ended("systemctl", code) | {"exit_code": code, "output": output}
