"""What is decided about machines: which key is theirs, and what there is to repair."""

import hashlib

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from ..const import DOMAIN
from ..core.scans import host_keys
from ..core.scans.book import ScanBook
from ..core.scans.host_keys import HostKey, KnownHost, Verdict
from ..errors import HomelabError

_ISSUES = {
    Verdict.UNKNOWN: (ir.IssueSeverity.WARNING, "host_key_unknown"),
    Verdict.CHANGED: (ir.IssueSeverity.ERROR, "host_key_changed"),
}


class Hosts:
    """The machines that were seen, and what people have decided about them."""

    def __init__(self, hass: HomeAssistant, book: ScanBook) -> None:
        """Take up what is known; what is still to be decided is a repair again."""
        self._hass = hass
        self._book = book
        for known in tuple(book.hosts.values()):
            if known.seen is not None and not known.unverified:
                self._raise(known, known.seen)

    def known(self, place: str) -> KnownHost | None:
        """Return what is known of a machine."""
        return self._book.hosts.get(place)

    def judge(self, place: str, shown: HostKey) -> Verdict:
        """Say what is to be thought of the key that a machine shows.

        One that is to be decided about is noted, and is something to repair.
        """
        verdict = host_keys.judge(self.known(place), shown)
        if verdict in _ISSUES:
            known = host_keys.noted(self.known(place), place, shown)
            self._book.remember(known)
            self._raise(known, shown)
        elif verdict is Verdict.NOT_VERIFIED:
            # So that it can be trusted later.
            self._book.remember(host_keys.noted(self.known(place), place, shown))
        else:
            # Another key that was seen in between is none to decide about any more.
            self._book.remember(KnownHost(place=place, trusted=shown))
            self._settle(place)
        return verdict

    def decide(self, place: str, fingerprint: str) -> None:
        """Trust a key that a machine has shown; raises HomelabError."""
        if (known := self.known(place)) is None:
            raise HomelabError("host_not_seen", field="host", host=place)
        try:
            decided = host_keys.decided(known, fingerprint)
        except ValueError as err:
            raise HomelabError(
                "fingerprint_not_shown", field="fingerprint", host=place
            ) from err
        self._book.remember(decided)
        self._settle(place)

    def ignore_key(self, place: str) -> None:
        """Do not look at a machine's key from now on."""
        self._book.remember(KnownHost(place=place, unverified=True))
        self._settle(place)

    def forget(self, place: str) -> None:
        """Know nothing of a machine from now on; raises HomelabError."""
        if self._book.hosts.pop(place, None) is None:
            raise HomelabError("host_not_seen", field="host", host=place)
        self._settle(place)

    @callback
    def _raise(self, known: KnownHost, shown: HostKey) -> None:
        severity, key = _ISSUES[host_keys.judge(known, shown)]
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            _issue_id(known.place),
            is_fixable=True,
            severity=severity,
            translation_key=key,
            translation_placeholders={
                "host": known.place,
                "fingerprint": shown.fingerprint,
                "algorithm": shown.algorithm,
                "trusted": known.trusted.fingerprint if known.trusted else "?",
            },
            data={"place": known.place, "fingerprint": shown.fingerprint},
        )

    @callback
    def _settle(self, place: str) -> None:
        ir.async_delete_issue(self._hass, DOMAIN, _issue_id(place))


def _issue_id(place: str) -> str:
    return f"host_key_{hashlib.sha256(place.encode()).hexdigest()[:16]}"
