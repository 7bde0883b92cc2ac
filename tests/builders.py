"""Builders of what goes over the wire: heartbeats, and their signatures."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
import itertools
import json
import time
from typing import Any

from standardwebhooks import Webhook

_NUMBERS = itertools.count(1)
SENDER = {"machine_id": "5f2c" * 16, "run_id": "run-1"}
"""Who a heartbeat comes from, if it does not say otherwise."""


def metrics(**changes: Any) -> dict[str, Any]:
    """Return the specification's metrics, all of them."""
    return {
        "cpu_percent": 12.5,
        "memory_percent": 45.0,
        "memory_used_gb": 7.2,
        "memory_total_gb": 16.0,
        "disk_percent": 67.3,
        "disk_used_gb": 134.6,
        "disk_total_gb": 200.0,
        "network_rx_bytes": 1_000_000,
        "network_tx_bytes": 500_000,
        "load_1m": 0.5,
        "load_5m": 0.4,
        "load_15m": 0.3,
        "uptime_seconds": 3600,
        "boot_time": "2026-03-01T11:00:00+00:00",
    } | changes


def heartbeat(server_id: str = "nas", **changes: Any) -> dict[str, Any]:
    """Return a whole heartbeat; None leaves a field out."""
    body = {
        "type": "heartbeat",
        "protocol": 1,
        "server_id": server_id,
        "timestamp": datetime.now(UTC).isoformat(),
        "boot_id": "boot-1",
        **SENDER,
        "sequence": next(_NUMBERS),
        "metrics": metrics(),
        "services": [
            {
                "name": "smbd.service",
                "status": "running",
                "pid": 812,
                "memory_mb": 31.5,
                "cpu_percent": 0.1,
            }
        ],
        "os_info": {
            "distribution": "Debian GNU/Linux",
            "version": "12",
            "kernel": "6.1.0-17-amd64",
            "architecture": "x86_64",
        },
        "updates_available": 3,
        "security_updates": 1,
        "agent": {"version": "0.1.0", "mode": "monitor", "python": "3.11.2"},
        "host": {
            "hostname": "nas",
            "ip_address": "192.168.1.42",
            "mac_address": "02:00:0a:4d:00:0b",
            "cpu_model": "Intel N100",
            "cpu_count": 4,
        },
    } | changes
    return {name: value for name, value in body.items() if value is not None}


def wait(server_id: str = "nas", **changes: Any) -> dict[str, Any]:
    """Return a long poll; None leaves a field out."""
    body = {"type": "wait", "protocol": 1, "server_id": server_id, **SENDER} | changes
    return {name: value for name, value in body.items() if value is not None}


def result(server_id: str = "nas", **changes: Any) -> dict[str, Any]:
    """Return how a command ended; None leaves a field out."""
    body = {
        "type": "command_result",
        "protocol": 1,
        "server_id": server_id,
        **SENDER,
        "command_id": "c1",
        "outcome": "succeeded",
        "success": True,
    } | changes
    return {name: value for name, value in body.items() if value is not None}


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request as it goes over the wire."""

    headers: dict[str, str]
    body: bytes

    def with_headers(self, **changes: str | None) -> Request:
        """Return it with other headers; None leaves one out."""
        named = {name.replace("_", "-"): value for name, value in changes.items()}
        headers = {**self.headers, **named}
        return replace(
            self, headers={name: v for name, v in headers.items() if v is not None}
        )


def signed(
    key: str,
    body: dict[str, Any] | bytes,
    *,
    server_id: str = "nas",
    skew: float = 0,
    message_id: str | None = None,
) -> Request:
    """Return a request that the standardwebhooks package has signed."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    message_id = message_id or f"msg_{next(_NUMBERS)}"
    moment = datetime.fromtimestamp(int(time.time() + skew), UTC)
    try:
        text = raw.decode()
        signature = Webhook(key).sign(message_id, moment, text)
    except UnicodeDecodeError:
        # The package signs texts only.
        from custom_components.homelabcmd.protocol.signing import (  # noqa: PLC0415
            Secret,
        )

        timestamp = int(moment.timestamp())
        signature = Secret.parse(key).sign(message_id, timestamp, raw)
    return Request(
        headers={
            "content-type": "application/json",
            "x-homelab-server": server_id,
            "webhook-id": message_id,
            "webhook-timestamp": str(int(moment.timestamp())),
            "webhook-signature": signature,
        },
        body=raw,
    )


def verified(key: str, headers: Any, body: bytes) -> dict[str, Any]:
    """Return an answer's JSON once the standardwebhooks package has verified it."""
    names = ("webhook-id", "webhook-timestamp", "webhook-signature")
    answer: dict[str, Any] = Webhook(key).verify(
        body, {name: headers[name] for name in names}
    )
    return answer
