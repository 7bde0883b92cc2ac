"""Which file systems are mounted, each of them once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
import re

from ..protocol.counted import LOCAL_FILE_SYSTEMS, STORES

_ESCAPE = re.compile(r"\\([0-7]{3})")
_POOLS = {"fuse.mergerfs", "fuse.mhddfs", "fuse.shfs", "fuse.zfs"}
# Somebody else answers for these, or nobody.
_REMOTE = {
    *("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "virtiofs", "ceph", "glusterfs"),
    *("afs", "davfs", "lustre", "beegfs", "orangefs", "fuse"),
}
_PSEUDO_FUSE = {
    *("fuse.lxcfs", "fuse.gvfsd-fuse", "fuse.portal", "fuse.snapfuse"),
    *("fuse.squashfuse", "fuse.fuse-overlayfs", "fuse.vmware-vmblock"),
    *("fuse.fuse-archive", "fuse.archivemount", "fuse.gocryptfs", "fuse.encfs"),
}
# A part of these may be mounted in place of the whole, and is no bind mount then.
_DIVISIBLE = {"btrfs", "bcachefs"}


@dataclass(frozen=True, kw_only=True)
class Mount:
    """A line of mountinfo."""

    point: str
    fstype: str
    source: str
    device: str
    """Major and minor number, like "8:1"; of the superblock, not of the disk."""
    part: str
    """Which folder of the file system is mounted; "/" is all of it."""

    @property
    def remote(self) -> bool:
        """Whether to look at it may hang."""
        return self.fstype in _REMOTE or self.fstype.startswith("fuse.")

    @property
    def pooled(self) -> bool:
        """Whether it lies on disks that mountinfo does not name."""
        return self.fstype in _POOLS or self.fstype == "zfs"

    @property
    def pool(self) -> str:
        """The name of its ZFS pool, or nothing."""
        return self.source.partition("/")[0] if self.fstype == "zfs" else ""

    @property
    def _rank(self) -> int:
        """Which go first where there are too many: the server's own, then the rest."""
        if self.point == "/":
            return 0
        if self.pooled:
            return 2
        return 3 if self.remote else 1

    @property
    def _counts(self) -> bool:
        if self.point == "/":
            return True
        kind = self.fstype
        fuse = kind.startswith("fuse.") and kind not in _PSEUDO_FUSE
        if not (kind in LOCAL_FILE_SYSTEMS or kind in _REMOTE or fuse):
            return False
        whole = self.part == "/" or kind in _DIVISIBLE or self.remote
        return whole and not self.point.startswith(STORES)


@dataclass(frozen=True)
class FileSystem:
    """What is shown as one disk."""

    mount: Mount
    """The one that gives it its name."""
    parts: tuple[Mount, ...]
    """The mounts whose figures add up: the datasets of a ZFS pool, else only one."""


def file_systems(
    mountinfo: str, pools: Iterable[str] = (), *, apart: bool = False
) -> list[FileSystem]:
    """Return every real file system once, those that matter most first.

    Of ZFS that is each pool, also of `pools` what is nowhere mounted; each dataset if
    they are to be kept `apart`.

    The root, what lies on disks of this machine, pools, the rest; each by its mount
    point.
    """
    # What is mounted over another one hides it.
    visible = {mount.point: mount for mount in _mounts(mountinfo)}
    groups: dict[str, list[Mount]] = {}
    for mount in visible.values():
        if mount._counts:  # noqa: SLF001 - the same subject
            # Every dataset of a ZFS pool has a superblock of its own.
            together = f"zfs {mount.pool}" if mount.pool and not apart else mount.device
            groups.setdefault(together, []).append(mount)
    found = []
    for mounts in groups.values():
        first = min(mounts, key=lambda mount: (len(mount.point), mount.point))
        if first.fstype == "zfs":
            parts = tuple({mount.device: mount for mount in mounts}.values())
        else:
            parts = (first,)
        found.append(FileSystem(first, parts))
    found.extend(
        FileSystem(_unmounted(pool), ())
        for pool in pools
        if f"zfs {pool}" not in groups
    )
    return sorted(found, key=_order)


def _order(system: FileSystem) -> tuple[int, str]:
    return system.mount._rank, system.mount.point  # noqa: SLF001 - the same subject


def _unmounted(pool: str) -> Mount:
    return Mount(point=pool, fstype="zfs", source=pool, device="", part="/")


def _mounts(mountinfo: str) -> Iterator[Mount]:
    """Read the lines; proc_pid_mountinfo(5)."""
    for line in mountinfo.split("\n"):
        words = line.split(" ")
        try:
            # Optional fields end with a dash of their own.
            end = words.index("-", 6)
            fstype, source = words[end + 1], words[end + 2]
        except (ValueError, IndexError):
            continue
        yield Mount(
            point=_decoded(words[4]),
            fstype=fstype,
            source=_decoded(source),
            device=words[2],
            part=_decoded(words[3]),
        )


def _decoded(word: str) -> str:
    return _ESCAPE.sub(lambda match: chr(int(match[1], 8)), word)
