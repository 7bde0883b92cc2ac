"""Parsers of what runs on a machine, and when."""

import itertools
from pathlib import PurePosixPath
import re

from .facts import MAX_ITEMS, Container, Job, Timer
from .text import lines, word

REFUSED = "refused"
"""Stands in place of the containers of an engine that does not answer this user."""

_CONTAINER_FIELDS = 5
_UNIT = re.compile(r"(?:[^\w\s] )?(?P<unit>\S+\.[a-z]+)\s+\S+\s+failed\s+.*")
"""A line of `systemctl --failed`; the sign in front is there in older ones."""
_CRASHED = re.compile(r"(?P<service>\S+)\s+\[\s*crashed\s*\]")
"""A line of OpenRC's `rc-status --crashed`, or a plain name."""
_TIMES = 5
_MACRO = re.compile(r"@[a-z]+")
_FIELD = re.compile(r"[0-9*,/A-Za-z~-]{1,64}", re.ASCII)
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*\s*=.*", re.ASCII)
_WITH_USERS = re.compile(r"/etc/(?:crontab|cron\.d/.+)")
"""The files whose lines say as whom a command runs; other files are a user's."""
_OWN = "crontab"
_VARIABLE = re.compile(r"[A-Za-z_]\w*=[^\s;&|<>()%`$'\"\\]*", re.ASCII)
"""One whose value is as it stands there: where a quoted one ends is the shell's."""
_SHELL_WORD = re.compile(r"[^\s;&|<>()`$'\"%?@]+")
"""A program's name; what follows the other signs is no part of it."""


def containers(text: str) -> tuple[Container, ...] | None:
    """Read lines of engine, id, name, image and status, with bars between them.

    Where docker is podman, it lists the same again.
    """
    found: dict[str, Container] = {}
    for line in lines(text):
        fields = [word(part) for part in line.split("|")]
        if fields[1:] == [REFUSED]:
            return None
        if len(fields) == _CONTAINER_FIELDS and all(fields):
            engine, key, name, image, status = fields
            container = Container(name=name, engine=engine, image=image, status=status)
            found.setdefault(key, container)
    return tuple(sorted(found.values(), key=lambda each: each.name))[:MAX_ITEMS]


def failed_units(text: str) -> tuple[str, ...]:
    """Read `systemctl --failed`."""
    found = (_UNIT.fullmatch(line.strip()) for line in lines(text))
    return tuple({word(match["unit"]): None for match in found if match})[:MAX_ITEMS]


def crashed_services(text: str) -> tuple[str, ...]:
    """Read `rc-status --crashed` of OpenRC."""
    found = (_CRASHED.fullmatch(line.strip()) for line in lines(text))
    return tuple({word(match["service"]): None for match in found if match})[:MAX_ITEMS]


def timers(text: str) -> tuple[Timer, ...]:
    """Read `systemctl list-timers`: moments stand in front, of any number of words."""
    found: dict[str, Timer] = {}
    for line in lines(text):
        words = line.split()
        for name, unit in itertools.pairwise(words):
            if name.endswith(".timer"):
                found[name] = Timer(name=word(name), unit=word(unit))
                break
    return tuple(found.values())[:MAX_ITEMS]


def cron(text: str) -> tuple[Job, ...]:
    """Read lines of cron's files, each after its file's name and a colon."""
    found: dict[Job, None] = {}
    for line in lines(text):
        source, colon, entry = line.partition(":")
        if not colon or not source.strip():
            continue
        job = _job(source.strip(), entry.strip())
        if job is not None:
            found[job] = None
    return tuple(found)[:MAX_ITEMS]


def _job(source: str, entry: str) -> Job | None:
    if source.startswith("@"):
        # A script that is there for every day, or week.
        return Job(
            schedule=word(source), program=word(entry), user="root", source=word(entry)
        )
    if entry.startswith("#") or _ASSIGNMENT.fullmatch(entry):
        return None
    times = 1 if _MACRO.match(entry) else _TIMES
    words = entry.split(maxsplit=times + 1)
    schedule = words[:times]
    rest = words[times:]
    if not all(_MACRO.fullmatch(part) or _FIELD.fullmatch(part) for part in schedule):
        return None
    user = "" if source == _OWN else PurePosixPath(source).name
    if _WITH_USERS.fullmatch(source):
        user = rest.pop(0) if rest else ""
    program = _program(" ".join(rest))
    if not program:
        return None
    return Job(
        schedule=word(" ".join(schedule)),
        program=word(program),
        user=word(user),
        source=word(source),
    )


def _program(command: str) -> str:
    """Return the program that a command runs, without anything that may be secret."""
    for part in command.split():
        # Variables are set in front of it.
        if _VARIABLE.fullmatch(part):
            continue
        match = _SHELL_WORD.match(part)
        return match[0] if match and "=" not in match[0] else "?"
    return ""
