"""What is known of all scans and hosts: looked up, changed, and forgotten in time."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from .commands import commands
from .host_keys import KnownHost
from .scan import UNFINISHED, Failure, Scan, ScanType, Status
from .targets import Target

RETENTION = timedelta(days=30)
MAX_SCANS = 500
MAX_HOSTS = 1000
DEFAULT_LIMIT = 100


class TooManyScansError(ValueError):
    """As many scans wait as are kept at all."""


class UnknownScanError(ValueError):
    """There is no scan of this id."""


class ScanBook:
    """All scans, in the order they were asked for, and all hosts that were seen."""

    def __init__(self) -> None:
        """Start without any."""
        self.scans: dict[str, Scan] = {}
        self.hosts: dict[str, KnownHost] = {}
        """By their places, see `Target.place`."""

    def get(self, scan_id: str) -> Scan:
        """Return a scan; raises UnknownScanError."""
        if (scan := self.scans.get(scan_id)) is None:
            raise UnknownScanError(scan_id)
        return scan

    def query(
        self, *, scan_id: str | None = None, limit: int = DEFAULT_LIMIT
    ) -> list[Scan]:
        """Return scans, the newest first; raises UnknownScanError."""
        if scan_id is not None:
            return [self.get(scan_id)]
        return list(self.scans.values())[::-1][:limit]

    def asked(
        self, scan_id: str, target: Target, scan_type: ScanType, wall: datetime
    ) -> Scan:
        """Take in the wish for a scan."""
        scan = self.scans[scan_id] = Scan(
            scan_id=scan_id,
            target=target,
            scan_type=scan_type,
            initiated_at=wall,
            total=len(commands(full=scan_type is ScanType.FULL)),
        )
        return scan

    def unfinished(self, target: Target) -> Scan | None:
        """Return the scan of a machine that waits or runs."""
        for scan in self.scans.values():
            if scan.unfinished and scan.target.place == target.place:
                return scan
        return None

    def change(self, scan_id: str, **changes: object) -> Scan:
        """Change a scan that is under way, and return it; raises UnknownScanError."""
        changed = replace(self.get(scan_id), **changes)  # type: ignore[arg-type]
        self.scans[scan_id] = changed
        return changed

    def ended(
        self, scan_id: str, failure: Failure | None, wall: datetime, **changes: object
    ) -> Scan:
        """End a scan, well or not, and return it; raises UnknownScanError."""
        status = Status.FAILED if failure else Status.COMPLETED
        return self.change(
            scan_id, status=status, failure=failure, completed_at=wall, **changes
        )

    def earlier(self, scan: Scan) -> Scan | None:
        """Return the scan that a completed one is compared with.

        It is the last one of this machine that has asked as much.
        """
        for other in reversed(self.scans.values()):
            if (
                other.status is Status.COMPLETED
                and other.scan_id != scan.scan_id
                and other.target.place == scan.target.place
                # Somebody else may have answered one of the two.
                and other.unverified == scan.unverified
                and scan.scan_type in {other.scan_type, ScanType.QUICK}
            ):
                return other
        return None

    def interrupted(self, wall: datetime) -> None:
        """End what was under way when Home Assistant was stopped."""
        for scan in tuple(self.scans.values()):
            if scan.status in UNFINISHED:
                self.ended(scan.scan_id, Failure.INTERRUPTED, wall)

    # What is forgotten.

    def prune(self, wall: datetime) -> tuple[str, ...]:
        """Forget what is older than 30 days; return the ids of what that was."""
        return self._drop(
            scan.scan_id
            for scan in self.scans.values()
            if not scan.unfinished and wall - scan.initiated_at > RETENTION
        )

    def make_room(self) -> tuple[str, ...]:
        """Forget the oldest scans if there is no room for another; return their ids.

        Raises TooManyScansError if all of them wait or run.
        """
        ended = [scan.scan_id for scan in self.scans.values() if not scan.unfinished]
        too_many = len(self.scans) - MAX_SCANS + 1
        if too_many > len(ended):
            raise TooManyScansError
        return self._drop(ended[: max(too_many, 0)])

    def _drop(self, scan_ids: Iterable[str]) -> tuple[str, ...]:
        dropped = tuple(scan_ids)
        for scan_id in dropped:
            del self.scans[scan_id]
        return dropped

    # The hosts.

    def remember(self, host: KnownHost) -> None:
        """Keep what is known of a host; if there are too many, not the oldest one."""
        self.hosts.pop(host.place, None)
        while len(self.hosts) >= MAX_HOSTS:
            undecided = (
                known.place
                for known in self.hosts.values()
                if known.trusted is None and not known.unverified
            )
            # What was decided goes last: it would have to be decided again.
            del self.hosts[next(undecided, next(iter(self.hosts)))]
        self.hosts[host.place] = host
