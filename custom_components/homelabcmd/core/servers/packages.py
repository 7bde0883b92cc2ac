"""The pending updates of a server in words."""

from collections.abc import Iterable, Mapping

from ...protocol.inventory import PackageUpdate
from ..naming import shown

MAX_LISTED = 300


def release_notes(
    packages: Iterable[PackageUpdate], total: int, texts: Mapping[str, str]
) -> str:
    """Return the packages in Markdown, those for security first.

    Package names are hostile text: in backticks nothing is markup, not even HTML.
    `texts` has the headings `security` and `other`, and `more` with a {count}.
    """
    ordered = sorted(packages, key=lambda item: (item.security is not True, item.name))
    listed = ordered[:MAX_LISTED]
    parts = []
    for heading, security in (("security", True), ("other", False)):
        lines = [_line(item) for item in listed if (item.security is True) == security]
        if lines:
            parts.append("\n".join([f"## {texts[heading]}", "", *lines]))
    if (more := total - len(listed)) > 0:
        parts.append(texts["more"].format(count=more))
    return "\n\n".join(parts)


def _line(item: PackageUpdate) -> str:
    versions = " → ".join(
        _quoted(version) for version in (item.current, item.candidate) if version
    )
    return f"- {_quoted(item.name)} {versions}".rstrip()


def _quoted(text: str) -> str:
    return f"`{shown(text).replace('`', "'")}`"
