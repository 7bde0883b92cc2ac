"""Packages of Debian 12 that wait for an upgrade."""

from collections.abc import Iterable

from homelab_agent.collectors import apt
from homelab_agent.collectors.apt import Item
from homelab_agent.protocol.inventory import PackageUpdate, UpdateSet

OPENSSL = PackageUpdate(
    name="openssl",
    current="3.0.16-1~deb12u1",
    candidate="3.0.17-1~deb12u2",
    security=True,
)
SUDO = PackageUpdate(
    name="sudo",
    current="1.9.13p3-1+deb12u1",
    candidate="1.9.13p3-1+deb12u2",
    security=True,
)
KERNEL = PackageUpdate(
    name="linux-image-amd64",
    current="6.12.38-1~bpo12+1",
    candidate="6.12.43-1~bpo12+1",
    security=True,
)
TZDATA = PackageUpdate(
    name="tzdata",
    current="2025a-0+deb12u1",
    candidate="2025b-0+deb12u2",
    security=False,
)
FILES = PackageUpdate(
    name="base-files", current="12.4+deb12u10", candidate="12.4+deb12u12"
)


def update_sets(updates: Iterable[PackageUpdate]) -> tuple[UpdateSet, ...]:
    """Return what could be installed together, as an agent tells it."""
    items = [
        Item(
            name=update.name,
            architecture="",
            current=update.current,
            candidate=update.candidate or "",
            security=bool(update.security),
        )
        for update in updates
    ]
    return apt.update_sets(items, _units)


def _units(item: Item) -> tuple[str, ...]:
    return ("ssh.service",) if item.name == OPENSSL.name else ()
