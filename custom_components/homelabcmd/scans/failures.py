"""How a scan fails."""

from ..core.scans.scan import Failure


class ScanFailedError(Exception):
    """A scan can't go on; `detail` is what the system or the machine said."""

    def __init__(self, failure: Failure, detail: str | None = None) -> None:
        """Take why."""
        super().__init__(failure.value)
        self.failure = failure
        self.detail = detail
