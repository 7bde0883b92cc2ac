"""The packages that an approval is about: these, and no others.

The agent simulates what would be installed and gives the set a digest; the server
refuses to install another one. See docs/remediation.md.
"""

from dataclasses import dataclass
import re
from typing import Annotated

from ...protocol.fields import boolean, integer, list_of, matching, object_of, text
from ...protocol.inventory import PackageUpdate
from ..servers.inventory import Inventory

MAX_PACKAGES = 50
"""Packages, and as many units, that an action keeps the names of."""
ALL = "all"
SECURITY = "security"

_NAMES = list_of(text(1024), MAX_PACKAGES)
_DIGEST = matching(re.compile(r"[0-9a-f]{64}"), "a SHA-256 in hex")


@dataclass(frozen=True, kw_only=True, slots=True)
class Updates:
    """What is installed together; stored with its action."""

    digest: Annotated[str, _DIGEST]
    security_only: Annotated[bool, boolean] = False
    count: Annotated[int, integer()]
    """Packages, with those that are new on the server."""
    security: Annotated[int, integer()] = 0
    """Of them, those for security."""
    packages: Annotated[
        tuple[PackageUpdate, ...], list_of(object_of(PackageUpdate), MAX_PACKAGES)
    ] = ()
    """Those for security first; the first of them."""
    added: Annotated[tuple[str, ...], _NAMES] = ()
    """Packages that are new on the server; the first of them."""
    services: Annotated[tuple[str, ...], _NAMES] = ()
    """Running units that may restart; the first of them."""
    reboot: Annotated[bool, boolean] = False
    """Whether a reboot is likely to be needed, going by the names."""

    @property
    def scope(self) -> str:
        """Which updates they are, all of them or those for security."""
        return _scope(security_only=self.security_only)

    def same(self, other: Updates) -> bool:
        """Return whether another one is the same packages in the same versions."""
        return (self.digest, self.scope) == (other.digest, other.scope)


def updates_of(inventory: Inventory, *, security_only: bool) -> Updates | None:
    """Return what can be installed on a server; None if nothing, or if nobody knows."""
    scope = _scope(security_only=security_only)
    found = next((s for s in inventory.update_sets or () if s.scope == scope), None)
    if found is None or not found.count:
        return None
    return Updates(
        digest=found.digest,
        security_only=security_only,
        count=found.count,
        security=found.security,
        packages=found.packages[:MAX_PACKAGES],
        added=found.added[:MAX_PACKAGES],
        services=found.services[:MAX_PACKAGES],
        reboot=found.reboot,
    )


def _scope(*, security_only: bool) -> str:
    return SECURITY if security_only else ALL


def digests(inventory: Inventory) -> frozenset[tuple[str, str]]:
    """Return by what the sets of a server are told apart."""
    return frozenset((s.scope, s.digest) for s in inventory.update_sets or ())
