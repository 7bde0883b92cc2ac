"""Look for what keeps heartbeats from arriving, and say what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
import os
from pathlib import Path
import stat

from .clock import Clock
from .config import Config
from .connector import Connector, resolve
from .outcomes import NotDelivered, Outcome, Refused, code_of, server_time
from .protocol.fields import dump_json
from .protocol.messages import PROTOCOL
from .protocol.refusals import Code
from .reasons import explain
from .transport import Transport

_TIMEOUT = 10.0
_CLOCK_WINDOW = 300.0
"""Seconds by which the hub lets a timestamp be wrong."""
# No hub knows this type, so it verifies the signature, refuses the message with a
# signed answer, and changes nothing.
_HARMLESS = "check"


@dataclass(frozen=True)
class Finding:
    """One line of the result."""

    subject: str
    ok: bool
    text: str

    def __str__(self) -> str:
        return f"{'ok  ' if self.ok else 'FAIL'} {self.subject}: {self.text}"


def check(config: Config, path: str) -> Iterator[Finding]:
    """Yield one finding after the other; ends where the next would make no sense."""
    yield Finding("config", ok=True, text=f"{path}: {config.server_id}")
    yield permissions(path)
    for finding in _road(config):
        yield finding
        if not finding.ok:
            return
    yield from _message(config)


def permissions(path: str) -> Finding:
    """Judge who else may read or change the file that holds the key."""
    found = Path(path).stat()
    own = found.st_uid == os.geteuid() != 0
    service = f"sudo chown root:homelab-agent {path} && sudo chmod 640 {path}"
    advice = f"chmod 600 {path}" if own else service
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        text = f"others may change the file with the key; run: {advice}"
    elif found.st_mode & stat.S_IROTH:
        text = f"everybody may read the file with the key; run: {advice}"
    elif found.st_uid not in {0, os.geteuid()}:
        text = f"the file with the key belongs to another user; run: {advice}"
    else:
        return Finding("permissions", ok=True, text="only owner and group may read it")
    return Finding("permissions", ok=False, text=text)


def _road(config: Config) -> Iterator[Finding]:
    """Go the way to the hub step by step."""
    url = config.url
    connector = Connector(url, config.ca_file, _TIMEOUT)
    subject = "DNS"
    try:
        addresses = resolve(url.host, url.port, _TIMEOUT)
        yield Finding(subject, ok=True, text=f"{url.host} is {addresses[0][4][0]}")
        subject = "reachability"
        connection = connector.connect(addresses)
        yield Finding(subject, ok=True, text=f"{url.address} accepts connections")
        subject = "TLS"
        connector.secure(connection).close()
        secure = url.scheme == "https"
        text = "the certificate is valid" if secure else "not used, the url is http://"
        yield Finding(subject, ok=True, text=text)
    except (OSError, ValueError) as error:
        yield Finding(subject, ok=False, text=explain(error, url))


def _message(config: Config) -> Iterator[Finding]:
    """Send a message that changes nothing and judge the answer."""
    clock = Clock()
    body = dump_json(
        {"type": _HARMLESS, "protocol": PROTOCOL, "server_id": config.server_id}
    )
    transport = Transport(config, _TIMEOUT)
    wrong_by = 0.0
    try:
        outcome = transport.send(body, int(clock.now()))
        if (told := server_time(outcome)) is not None:
            wrong_by = clock.adjust(told)
        if code_of(outcome) == Code.CLOCK_SKEW:
            outcome = transport.send(body, int(clock.now()))
    finally:
        transport.close()
    yield from _judge(outcome, config)
    if told is not None:
        yield _clock(wrong_by)


def _clock(wrong_by: float) -> Finding:
    if abs(wrong_by) <= _CLOCK_WINDOW:
        text = f"{abs(wrong_by):.0f} s from the hub's"
        return Finding("clock", ok=True, text=text)
    way = "behind" if wrong_by > 0 else "ahead of"
    return Finding(
        "clock",
        ok=False,
        text=f"{abs(wrong_by):.0f} s {way} the hub; the agent allows for it, but set "
        "both clocks: sudo timedatectl set-ntp true",
    )


def _judge(outcome: Outcome, config: Config) -> Iterator[Finding]:
    if isinstance(outcome, NotDelivered):
        yield Finding("answer", ok=False, text=outcome.reason)
        return
    yield Finding("HTTP", ok=True, text=f"{config.url.address} answers as a hub does")
    if isinstance(outcome, Refused) and not outcome.signed:
        code, message = outcome.detail.code, outcome.detail.message
        text = _FIXES.get(code, message).format(server_id=config.server_id)
        yield Finding("signature", ok=False, text=f"{code}: {text}")
        return
    yield Finding("signature", ok=True, text="the hub knows the key, and signs with it")
    # The hub's complaint about the unknown type is the answer that was hoped for.
    if isinstance(outcome, Refused) and outcome.detail.code != Code.INVALID_FIELD:
        text = _FIXES.get(outcome.detail.code, outcome.detail.message)
        yield Finding("hub", ok=False, text=f"{outcome.detail.code}: {text}")


_FIXES: dict[str, str] = {
    Code.INVALID_SIGNATURE: "the key is not the one of {server_id}; copy it again, or "
    "issue a new key in Home Assistant",
    Code.UNKNOWN_SERVER: "Home Assistant has no server {server_id}; correct server_id, "
    "or add the server there",
    Code.REMOVED: "this server was removed in Home Assistant; add it again there, or "
    "remove the agent here: sudo sh /opt/homelab-agent/install.sh --uninstall",
    Code.STARTING: "Home Assistant is starting; try again in a minute",
}
