"""Packages of Debian 12 that wait for an upgrade."""

from collections.abc import Iterable
import hashlib

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
    """Return what could be installed together: all of them, and those for security."""
    known = tuple(updates)
    security = tuple(update for update in known if update.security)
    return tuple(
        UpdateSet(
            scope=scope,
            digest=_digest(chosen),
            count=len(chosen),
            security=sum(bool(update.security) for update in chosen),
            packages=chosen,
            reboot=KERNEL in chosen,
            services=("ssh.service",) if OPENSSL in chosen else (),
        )
        for scope, chosen in (("all", known), ("security", security))
    )


def _digest(updates: tuple[PackageUpdate, ...]) -> str:
    lines = sorted(f"{each.name} {each.current} {each.candidate}\n" for each in updates)
    return hashlib.sha256("".join(lines).encode()).hexdigest()
