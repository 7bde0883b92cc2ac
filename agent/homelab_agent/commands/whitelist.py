"""What root lets this server be asked for, as the root helper reads it."""

from __future__ import annotations

from ..collectors.errors import CollectorError
from ..collectors.surroundings import Surroundings
from ..protocol.fields import object_of
from ..protocol.inventory import Allowed, Collector
from ..protocol.refusals import Refusal

PATH = "etc/homelab-agent/allowed.toml"
_NAME = "managed"
"""What the hub knows a trouble with it by."""
_read = object_of(Allowed)


class Whitelist:
    """Asks the helper when the file has changed; without the file it asks nobody."""

    def __init__(self, around: Surroundings) -> None:
        """Start in monitor mode."""
        self._path = around.root / PATH
        self._helper = around.helper
        self._seen: object = None
        self.allowed: Allowed | None = None
        """None in monitor mode."""
        self.trouble: Collector | None = None
        """Why nothing is allowed though there is a file."""
        self.refused: dict[str, str] = {}
        """What is listed and refused all the same, and why."""

    def look(self) -> None:
        """Follow the file."""
        try:
            info = self._path.stat()
        except OSError:
            self._seen = self.allowed = self.trouble = None
            self.refused = {}
            return
        seen = (info.st_ino, info.st_size, info.st_mtime_ns, info.st_ctime_ns)
        # What is refused may be mended without a change of this file.
        if seen == self._seen and not self.refused:
            return
        try:
            answer = self._helper.ask("allowed")
            self.allowed = _read(answer, "")
            refused = answer.get("refused")
            self.refused = refused if isinstance(refused, dict) else {}
        except (CollectorError, Refusal) as error:
            # Asked again with the next heartbeat: the helper may come up later.
            self._seen = self.allowed = None
            self.trouble = Collector(name=_NAME, error=str(error))
            return
        self._seen, self.trouble = seen, None
