"""Which settings of a machine's SSH server are worth a look."""

from dataclasses import dataclass

from .facts import SshSetting
from .text import lines, word


@dataclass(frozen=True)
class _Look:
    """A setting that is worth a look if it has one of some values."""

    name: str
    default: str
    """Of OpenSSH, in its own spelling."""
    values: frozenset[str]


_LOOKS = (
    _Look("PermitRootLogin", "prohibit-password", frozenset({"yes"})),
    _Look("PasswordAuthentication", "yes", frozenset({"yes"})),
    _Look("PermitEmptyPasswords", "no", frozenset({"yes"})),
    _Look("PubkeyAuthentication", "yes", frozenset({"no"})),
    _Look("X11Forwarding", "no", frozenset({"yes"})),
    _Look("PermitUserEnvironment", "no", frozenset({"yes"})),
    _Look("StrictModes", "yes", frozenset({"no"})),
    _Look("IgnoreRhosts", "yes", frozenset({"no"})),
    _Look("HostbasedAuthentication", "no", frozenset({"yes"})),
)


def sshd_config(text: str) -> tuple[SshSetting, ...] | None:
    """Read sshd's settings, from `sshd -T` or from its files.

    The first value of a setting is the one that counts. What stands behind a Match is
    not for everybody and is left out.
    """
    found: dict[str, str] = {}
    matched = False
    for line in lines(text):
        if line.startswith("#"):
            # Each file begins anew: our command says so.
            matched = matched and not line.startswith("#file")
            continue
        said = line.partition("#")[0].replace("=", " ", 1)
        name, value = (*said.split(None, 1), "", "")[:2]
        if name.lower() == "match":
            matched = value.split()[:1] != ["all"]
        elif not matched and value.strip():
            found.setdefault(name.lower(), value.strip().strip('"').lower())
    if not found:
        return None
    settings = []
    for look in _LOOKS:
        told = found.get(look.name.lower())
        value = look.default if told is None else told
        if value in look.values:
            settings.append(
                SshSetting(name=look.name, value=word(value), default=told is None)
            )
    return tuple(settings)
