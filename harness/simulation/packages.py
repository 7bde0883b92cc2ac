"""Packages of Debian 12 that wait for an upgrade."""

from homelab_agent.protocol.inventory import PackageUpdate

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
