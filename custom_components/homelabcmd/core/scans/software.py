"""Parsers of what is installed, and what could be newer."""

import re

from .facts import MAX_PACKAGES, Package, Update
from .text import lines, word

_INSTALLED = "i"
"""The second letter of a package's state in dpkg: the first is what is wished for."""
_INST = re.compile(
    r"Inst (?P<name>\S+) (?:\[(?P<current>[^]\s]*)\] )?"
    r"\((?P<candidate>[^\s)]++)(?P<origin>[^)]*+)\).*"
)
"""A line of `apt-get -s upgrade`. Nothing here may be tried twice: else a line can be
made that takes a second, and all of Python waits for it."""
_SECURITY = re.compile(r"security", re.IGNORECASE)
_DNF = re.compile(r"(?P<name>\S+)\.[a-z0-9_]+\s+(?P<candidate>(?=\S*?[0-9])\S++)\s+\S+")
_OBSOLETING = "Obsoleting"
"""Opens a list in dnf's answer whose lines look alike and are no updates."""
_APK_NAME = re.compile(r"(?P<name>\S+?)-(?P<version>[0-9][^\s-]*(?:-r[0-9]+)?)")
"""A package of Alpine as it is printed: name and version in one."""
_APK_NEWER = re.compile(r"(?P<package>\S+)\s+<\s+(?P<candidate>\S+).*")


def dpkg(text: str) -> tuple[Package, ...] | None:
    """Read lines of name, version and state, with tabs between them."""
    found: dict[str, str] = {}
    for line in lines(text):
        name, _, rest = line.partition("\t")
        version, _, state = rest.partition("\t")
        if name and version and state[1:2] == _INSTALLED:
            found[word(name)] = word(version)
    return _packages(found)


def rpm(text: str) -> tuple[Package, ...] | None:
    """Read lines of name and version with a tab; several versions are one package."""
    found: dict[str, str] = {}
    for line in lines(text):
        before, _, after = line.partition("\t")
        name, version = word(before), word(after)
        # The keys that packages are signed with are listed like packages.
        if name and version and name != "gpg-pubkey":
            known = found.get(name)
            found[name] = word(f"{known}, {version}") if known else version
    return _packages(found)


def apk(text: str) -> tuple[Package, ...] | None:
    """Read `apk info -v`."""
    found: dict[str, str] = {}
    for line in lines(text):
        if match := _APK_NAME.fullmatch(line.partition(" - ")[0].strip()):
            found[word(match["name"])] = word(match["version"])
    return _packages(found)


def _packages(found: dict[str, str]) -> tuple[Package, ...] | None:
    """Return packages; a machine without any has none that we can read."""
    if not found:
        return None
    named = sorted(found.items())[:MAX_PACKAGES]
    return tuple(Package(name=name, version=version) for name, version in named)


def apt_updates(text: str) -> tuple[Update, ...]:
    """Read `apt-get -s upgrade`."""
    found: dict[str, Update] = {}
    for line in lines(text):
        if match := _INST.fullmatch(line.strip()):
            found[match["name"]] = Update(
                name=word(match["name"]),
                current=word(match["current"] or ""),
                candidate=word(match["candidate"]),
                security=bool(_SECURITY.search(match["origin"])),
            )
    return tuple(found.values())[:MAX_PACKAGES]


def dnf_updates(text: str) -> tuple[Update, ...]:
    """Read `dnf check-update`."""
    found: dict[str, Update] = {}
    for line in lines(text.partition(_OBSOLETING)[0]):
        if match := _DNF.fullmatch(line.strip()):
            found[match["name"]] = Update(
                name=word(match["name"]), candidate=word(match["candidate"])
            )
    return tuple(found.values())[:MAX_PACKAGES]


def apk_updates(text: str) -> tuple[Update, ...]:
    """Read `apk version -l '<'`."""
    found: dict[str, Update] = {}
    for line in lines(text):
        match = _APK_NEWER.fullmatch(line.strip())
        if match and (package := _APK_NAME.fullmatch(match["package"])):
            found[package["name"]] = Update(
                name=word(package["name"]),
                current=word(package["version"]),
                candidate=word(match["candidate"]),
            )
    return tuple(found.values())[:MAX_PACKAGES]
