"""Look for what keeps heartbeats from arriving, and say what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
import grp
import os
from pathlib import Path
import pwd
import stat

from .clock import Clock
from .collectors import COLLECTORS, Collectors
from .collectors.containers import notes
from .collectors.errors import CollectorError
from .collectors.helper import SOCKET, Helper, HelperMissingError
from .collectors.surroundings import Surroundings
from .commands.whitelist import Whitelist
from .config import DEFAULT_PATH, Config
from .connector import Connector, resolve
from .outcomes import NotDelivered, Outcome, Refused, code_of, server_time
from .protocol.fields import dump_json
from .protocol.messages import PROTOCOL
from .protocol.refusals import Code
from .reasons import explain
from .transport import Transport

_ROOT = Path("/")
_AGENT = "homelab-agent"
"""The agent's user, and its group."""
ALLOWED = "sudo homelab-agent allowed"
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


def check(config: Config, path: str, root: Path = _ROOT) -> Iterator[Finding]:
    """Yield one finding after the other; ends where the next would make no sense."""
    yield Finding("config", ok=True, text=f"{path}: {config.server_id}")
    yield permissions(path)
    yield helper(root / SOCKET)
    around = Surroundings(root=root)
    yield managed(Whitelist(around))
    yield from measuring(around)
    for finding in _road(config):
        yield finding
        if not finding.ok:
            return
    yield from _message(config)


def permissions(path: str) -> Finding:
    """Judge who else may read or change the file that holds the key."""
    found = Path(path).stat()
    own = found.st_uid == os.geteuid() != 0
    service = f"sudo chown root:{_AGENT} {path} && sudo chmod 640 {path}"
    advice = service if not own and _agents_group() else f"chmod 600 {path}"
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        text = f"others may change the file with the key; run: {advice}"
    elif found.st_mode & stat.S_IROTH:
        text = f"everybody may read the file with the key; run: {advice}"
    elif found.st_uid not in {0, os.geteuid()}:
        mine = f"sudo chown {pwd.getpwuid(os.geteuid()).pw_name} {path} && {advice}"
        advice = service if _agents_group() else mine
        text = f"the file with the key belongs to another user; run: {advice}"
    # What the service doesn't read is nobody's but the caller's: the installer's draft.
    elif path == DEFAULT_PATH and not _agent_can_read(path):
        text = f"the agent's own user, {_AGENT}, can't read it; run: {service}"
    else:
        return Finding("permissions", ok=True, text="only owner and group may read it")
    return Finding("permissions", ok=False, text=text)


def _agents_group() -> bool:
    try:
        return bool(grp.getgrnam(_AGENT))
    except KeyError:
        return False


def _agent_can_read(path: str) -> bool:
    """Try it as the agent's user, whom root must not mistake itself for."""
    try:
        user = pwd.getpwnam(_AGENT)
    except KeyError:
        return True
    if os.geteuid() != 0:
        return True
    child = os.fork()
    if not child:
        try:
            os.setgroups(os.getgrouplist(_AGENT, user.pw_gid))
            os.setgid(user.pw_gid)
            os.setuid(user.pw_uid)
            with Path(path).open("rb"):
                os._exit(0)
        finally:
            # Nothing of the parent's may run here.
            os._exit(1)
    return os.waitpid(child, 0)[1] == 0


def helper(path: Path) -> Finding:
    """Ask the root helper for the containers, and pass on what it notes."""
    without = "containers, sleeping disks and energy stay unknown"
    try:
        # It is not needed to report, so that its absence is no failure.
        if not os.access(path, os.W_OK) and path.exists():
            text = "this user may not ask it; run this command with sudo"
            return Finding("helper", ok=True, text=text)
        answer = Helper(path).ask("containers", patience=2 * _TIMEOUT)
    except HelperMissingError as error:
        return Finding("helper", ok=True, text=f"{error}; until then {without}")
    except CollectorError as error:
        return Finding("helper", ok=False, text=f"{error}; until then {without}")
    engines = notes(answer)
    if engines:
        return Finding("helper", ok=False, text=f"it answers, but says {engines}")
    listed = answer.get("containers")
    count = len(listed) if isinstance(listed, list) else 0
    return Finding("helper", ok=True, text=f"it answers; it sees {count} containers")


def managed(whitelist: Whitelist) -> Finding:
    """Say what Home Assistant may ask for."""
    whitelist.look()
    if whitelist.trouble is not None:
        text = f"{whitelist.trouble.error}; nothing is done for Home Assistant"
        return Finding("managed", ok=False, text=text)
    if whitelist.allowed is None:
        text = "no; Home Assistant can change nothing here"
    else:
        text = f"yes; what Home Assistant may ask for says: {ALLOWED}"
        if whitelist.refused:
            text += f". {len(whitelist.refused)} of what is listed is refused"
    return Finding("managed", ok=True, text=text)


def measuring(around: Surroundings) -> Iterator[Finding]:
    """Measure once and name what does not work."""
    # The simulation of apt takes longer than anybody wants to wait for.
    table = [entry for entry in COLLECTORS if entry[0] != "packages"]
    found = Collectors(around, table).measure().collectors
    failed = [each for each in found if each.error]
    for each in failed:
        yield Finding(f"measuring {each.name}", ok=False, text=each.error or "")
    if not failed:
        text = f"all {len(found)} collectors work for this user"
        yield Finding("measuring", ok=True, text=text)


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
        yield Finding("signature", ok=False, text=_advice(outcome, config))
        return
    yield Finding("signature", ok=True, text="the hub knows the key, and signs with it")
    # The hub's complaint about the unknown type is the answer that was hoped for.
    if isinstance(outcome, Refused) and outcome.detail.code != Code.INVALID_FIELD:
        yield Finding("hub", ok=False, text=_advice(outcome, config))


def _advice(refused: Refused, config: Config) -> str:
    """Return what to do; where we don't know, whoever answered may say it."""
    code, said = refused.detail.code, refused.detail.message
    ours = _FIXES.get(code)
    # The other's words are no template of ours.
    text = said if ours is None else ours.format(server_id=config.server_id)
    return f"{code}: {text}"


_FIXES: dict[str, str] = {
    Code.INVALID_SIGNATURE: "the key is not the one of {server_id}; copy it again, or "
    "issue a new key in Home Assistant",
    Code.UNKNOWN_SERVER: "Home Assistant has no server {server_id}; correct server_id, "
    "or add the server there",
    Code.REMOVED: "this server was removed in Home Assistant; add it again there, or "
    "remove the agent here: sudo sh /opt/homelab-agent/install.sh --uninstall",
    Code.STARTING: "Home Assistant is starting; try again in a minute",
}
