"""What the actions answer about scans."""

from homeassistant.util.json import JsonObjectType

from ..alerts.texts import AlertTexts
from ..core.scans.scan import Failure, Result, Scan
from ..protocol.fields import to_object
from ..servers.action_values import iso

_UNRECOGNISED = frozenset({Failure.HOST_KEY_UNKNOWN, Failure.HOST_KEY_CHANGED})


def scan_response(
    texts: AlertTexts, scan: Scan, result: Result | None = None
) -> JsonObjectType:
    """Return what is said of a scan, and what it has found out, if that is asked."""
    key, failure = scan.host_key, scan.failure
    return {
        "scan_id": scan.scan_id,
        "target_hostname": scan.target.host,
        "target_ip": scan.address,
        "port": scan.target.port,
        "username": scan.target.username,
        "scan_type": scan.scan_type.value,
        "status": scan.status.value,
        "initiated_at": scan.initiated_at.isoformat(),
        "started_at": iso(scan.started_at),
        "completed_at": iso(scan.completed_at),
        "progress": {"done": scan.done, "total": scan.total},
        "host_key": None if key is None else to_object(key),
        # Without it, somebody else may have answered.
        "verified": key is not None
        and not scan.unverified
        and failure not in _UNRECOGNISED,
        "error": failure
        and {
            "code": failure.value,
            "message": texts.say("scan_failure", failure.value),
            "detail": scan.detail,
        },
        "missing": {item.fact: item.trouble.value for item in scan.missing},
        "results": None if result is None else _result(scan, result),
    }


def _result(scan: Scan, result: Result) -> JsonObjectType:
    return {
        "verified": not scan.unverified,
        **to_object(result.facts),
        "compared_with": result.compared_with,
        "changes": None if result.changes is None else to_object(result.changes),
    }
