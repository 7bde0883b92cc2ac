"""Which parts of a machine count: the same for the agent and for Home Assistant's own.

What holds people's files, and the interfaces that traffic goes through once.
"""

from __future__ import annotations

LOCAL_FILE_SYSTEMS = frozenset(
    {
        *("ext2", "ext3", "ext4", "xfs", "btrfs", "bcachefs", "zfs", "f2fs", "jfs"),
        *("reiserfs", "nilfs2", "vfat", "exfat", "ntfs", "ntfs3", "fuseblk", "hfsplus"),
    }
)
"""What holds people's files on disks of the machine; not squashfs, tmpfs, proc ..."""
IN_MEMORY = frozenset(
    {"ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs", "jfs", "reiserfs"}
)
"""They keep their figures in memory from the moment they are mounted: a look at them
wakes no disk."""
STORES = (
    *("/proc/", "/sys/", "/dev/", "/snap/", "/var/snap/", "/var/lib/snapd/"),
    *("/var/lib/docker/", "/var/lib/containerd/", "/var/lib/containers/"),
    *("/var/lib/kubelet/", "/run/docker/", "/run/containerd/", "/run/containers/"),
    *("/run/user/", "/run/credentials/", "/run/systemd/", "/run/netns/"),
    *("/var/lib/lxcfs/", "/var/lib/incus/", "/var/lib/lxd/"),
)
"""What is mounted below belongs to containers, packages or sessions."""
VIRTUAL_INTERFACES = (
    *("lo", "docker", "veth", "br-", "virbr", "vnet", "lxcbr", "lxdbr", "vmbr"),
    *("podman", "cni", "flannel", "cali", "ifb", "dummy", "tun", "tap", "wg"),
    *("tailscale", "zt", "fwbr", "fwpr", "fwln", "sit", "gre", "hassio"),
)
"""How interfaces begin whose traffic passes through another one too, or never leaves
the machine."""
