"""A host: Debian with systemd as its first process. Only inside harness/lab/enter."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
import os
from pathlib import Path
import signal
import subprocess
import time
from typing import Self

HUB_ADDRESS = "10.77.0.1"
"""This side of the network."""
_BASE = Path("/run/lab/base")
PACKAGES = _BASE / "packages"
"""What the hosts' apt may be given."""
_HOSTS = Path("/run/lab/hosts")
_GROUPS = Path("/sys/fs/cgroup")
_PATIENCE = 60
_REBOOT = 133
"""The exit code with which nspawn says that the host wants to boot again."""
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_SETTLED = {"running", "degraded"}

# In a control group of its own, again and again until it is switched off. It gets the
# rights that systemd's sandboxes need inside, and none that reach out.
_BOOT = f"""
echo $$ >"$GROUP/cgroup.procs"
while :; do
  status=0
  systemd-nspawn --quiet --boot --directory="$ROOT" --machine="$NAME" \
    --register=no --keep-unit --console=read-only --resolv-conf=off --timezone=off \
    --link-journal=no --network-namespace-path="/run/netns/$NAME" \
    --capability=all \
    --drop-capability=CAP_SYS_MODULE,CAP_SYS_TIME,CAP_SYS_RAWIO \
    --system-call-filter="@keyring bpf" </dev/null || status=$?
  [ "$status" = {_REBOOT} ] || exit "$status"
done
"""


@dataclass(frozen=True, kw_only=True)
class Result:
    """How a command ended."""

    status: int
    output: str
    """Standard output and standard error, as a terminal shows them."""


@dataclass(frozen=True, kw_only=True)
class Host:
    """A running host."""

    name: str
    address: str
    root: Path
    """Its file system, as this side sees it."""
    process: subprocess.Popen[bytes]

    @classmethod
    @contextmanager
    def prepared(cls, name: str) -> Iterator[Path]:
        """Yield the file system of a new host, to be changed before it boots."""
        folder = _HOSTS / name
        for part in ("upper", "work", "root"):
            (folder / part).mkdir(parents=True)
        root = folder / "root"
        layers = f"lowerdir={_BASE},upperdir={folder}/upper,workdir={folder}/work"
        _do("mount", "-t", "overlay", "overlay", "-o", layers, str(root))
        (root / "etc/hostname").write_text(f"{name}\n")
        (root / "etc/hosts").write_text(
            f"127.0.0.1 localhost\n127.0.1.1 {name}\n{HUB_ADDRESS} hub.lab\n"
        )
        try:
            yield root
        finally:
            _do("umount", "--lazy", str(root))
            _do("rm", "-rf", str(folder))

    @classmethod
    @contextmanager
    def booted(cls, name: str, address: str, root: Path) -> Iterator[Self]:
        """Boot a host and yield it once its systemd is done with that."""
        group = _GROUPS / os.environ["LAB_CGROUP"] / name
        group.mkdir()
        _wire(name, address)
        with (root.parent / "console.log").open("wb") as console:
            process = subprocess.Popen(
                ["/bin/sh", "-c", _BOOT],
                env={
                    "PATH": _PATH,
                    "NAME": name,
                    "ROOT": str(root),
                    "GROUP": str(group),
                    # Without it /proc/sys/net is read-only, unlike on any server.
                    "SYSTEMD_NSPAWN_API_VFS_WRITABLE": "network",
                },
                stdout=console,
                stderr=subprocess.STDOUT,
            )
        host = cls(name=name, address=address, root=root, process=process)
        try:
            host.wait_until_settled()
            yield host
        finally:
            # It is never used again, so it may fall as it stands.
            host.kill()
            process.wait()
            _do("ip", "netns", "delete", name)

    def run(self, command: str, *, stdin: str = "", user: str = "root") -> Result:
        """Run a line of shell on the host, as after a login."""
        inner = ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups"]
        arguments = [*self.enter(), *(inner if user != "root" else [])]
        done = subprocess.run(
            [*arguments, "/bin/bash", "-c", command],
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=2 * _PATIENCE,
            check=False,
            env={"PATH": _PATH, "HOME": "/root", "USER": user, "TERM": "dumb"},
        )
        return Result(status=done.returncode, output=done.stdout)

    def read(self, command: str) -> str:
        """Run a line of shell that must succeed and return what it wrote."""
        result = self.run(command)
        if result.status:
            raise RuntimeError(f"{self.name}: {command}\n{result.output}")
        return result.output.strip()

    def enter(self) -> list[str]:
        """Return the beginning of a command that is to run on the host."""
        return ["nsenter", "--target", str(self._systemd()), "--all", "--"]

    def reboot(self) -> None:
        """Reboot, and return once the host is up again."""
        with self.rebooting():
            self.run("systemctl reboot")

    @contextmanager
    def rebooting(self) -> Iterator[None]:
        """Wait at the end until the host is up again from what was done inside."""
        before = self._systemd()
        yield
        _until(lambda: self._systemd() not in {before, None})
        self.wait_until_settled()

    def plug(self, *, in_: bool) -> None:
        """Plug the cable in, or pull it."""
        _do("ip", "link", "set", _cable(self.address), "up" if in_ else "down")

    def wait_until_settled(self) -> None:
        """Wait until every unit is started or has failed."""
        _until(lambda: self._systemd() is not None)
        _until(
            lambda: self.run("systemctl is-system-running").output.strip() in _SETTLED
        )

    def kill(self) -> None:
        """Switch the host off the hard way."""
        if systemd := self._systemd():
            os.kill(systemd, signal.SIGKILL)
        else:
            self.process.kill()

    def _systemd(self) -> int | None:
        """Return the host's first process, as this side numbers it."""
        for nspawn in _children(self.process.pid):
            for child in _children(nspawn):
                if _name(child) == "systemd":
                    return child
        return None


def _until(reached: Callable[[], bool]) -> None:
    end = time.monotonic() + _PATIENCE
    while not reached():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.05)


def _wire(name: str, address: str) -> None:
    """Plug the host's network card into the bridge."""
    cable, number = _cable(address), int(address.rpartition(".")[2])
    _do("ip", "netns", "add", name)
    _do(
        *("ip", "link", "add", cable, "type", "veth"),
        *("peer", "name", "host0", "address", f"02:00:0a:4d:00:{number:02x}"),
        *("netns", name),
    )
    _do("ip", "link", "set", cable, "master", "lab0", "up")
    _do("ip", "-n", name, "link", "set", "lo", "up")
    _do("ip", "-n", name, "address", "add", f"{address}/24", "dev", "host0")
    _do("ip", "-n", name, "link", "set", "host0", "up")


def _cable(address: str) -> str:
    """Return the name of this side's end of a host's cable."""
    return f"lab-{address.rpartition('.')[2]}"


def _children(process: int) -> list[int]:
    try:
        text = Path(f"/proc/{process}/task/{process}/children").read_text()
    except OSError:
        return []
    return [int(child) for child in text.split()]


def _name(process: int) -> str:
    try:
        return Path(f"/proc/{process}/comm").read_text().strip()
    except OSError:
        return ""


def _do(*command: str) -> None:
    subprocess.run(command, check=True)
