"""Who may import whom: the rules of docs/architecture.md."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
import sys

from homeassistant.const import Platform
import pytest

from .sources import AGENT, INTEGRATION, ROOT, python_files

PACKAGE = "custom_components.homelabcmd"
PACKAGE_PATH = "custom_components/homelabcmd"
PLATFORMS = tuple(f"{PACKAGE_PATH}/{platform}.py" for platform in Platform)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What the files that match a path pattern may do.

    Modules are prefixes: "core" allows core.alerts. None allows everything.
    """

    files: tuple[str, ...]
    own: tuple[str, ...] | None = None
    """Modules of the integration."""
    foreign: tuple[str, ...] | None = None
    """Modules outside it, besides the standard library."""
    never: tuple[str, ...] = ()
    """Modules that are forbidden whatever else allows them."""
    clock: bool = True
    """Whether the clock may be read."""
    relative: bool = False
    """Whether the integration's modules may only be named relatively."""


RULES = (
    Rule(
        files=(f"{PACKAGE_PATH}/protocol/*",),
        own=("protocol",),
        foreign=(),
        # The agent has this package under another name.
        relative=True,
    ),
    Rule(
        files=(f"{PACKAGE_PATH}/core/*",),
        own=("core", "protocol"),
        foreign=(),
        never=("asyncio", "logging", "socket", "subprocess", "threading", "time"),
        clock=False,
    ),
    Rule(
        files=(f"{PACKAGE_PATH}/hub.py",),
        own=(
            "alerting",
            "answers",
            "const",
            "coordinator",
            "core",
            "door",
            "protocol",
            "roster",
            "server_issues",
            "store",
            "totals",
            "waits",
        ),
        foreign=(
            "homeassistant.const",
            "homeassistant.core",
            "homeassistant.exceptions",
            "homeassistant.helpers",
            "homeassistant.util",
        ),
    ),
    Rule(
        files=(
            f"{PACKAGE_PATH}/alerting.py",
            f"{PACKAGE_PATH}/alert_news.py",
            f"{PACKAGE_PATH}/alert_store.py",
            f"{PACKAGE_PATH}/alert_terms.py",
            f"{PACKAGE_PATH}/alert_texts.py",
        ),
        own=(
            "alert_news",
            "alert_store",
            "alert_terms",
            "alert_texts",
            "const",
            "coordinator",
            "core",
            "handout",
            "saved_file",
        ),
        foreign=(
            "homeassistant.const",
            "homeassistant.core",
            "homeassistant.exceptions",
            "homeassistant.helpers",
            "homeassistant.util",
        ),
    ),
    Rule(
        files=PLATFORMS,
        own=(
            "const",
            "coordinator",
            "core",
            "entity",
            "errors",
            "figure",
            "fleet_tables",
            "item_tables",
            "items",
            "sensor_tables",
        ),
    ),
    Rule(
        files=(f"{PACKAGE_PATH}/ssh.py", f"{PACKAGE_PATH}/discovery.py"),
        own=("core.scan", "errors"),
    ),
    Rule(files=(f"{PACKAGE_PATH}/*",), never=("homelab_agent",)),
    Rule(files=("agent/homelab_agent/*",), own=(), foreign=("yaml",)),
    # It is the helper's second half, and looks for it in its own folder.
    Rule(
        files=("agent/helper/homelab_action.py",),
        own=(),
        foreign=("homelab_helper", "helper"),
        never=("agent", "homelab_agent"),
    ),
    # It runs as root and must be readable in one sitting.
    Rule(
        files=("agent/helper/homelab_h*", "agent/helper/[!h]*"),
        own=(),
        foreign=(),
        never=("agent", "homelab_agent"),
    ),
)
ASYNCSSH_USERS = (f"{PACKAGE_PATH}/ssh.py", f"{PACKAGE_PATH}/discovery.py")


@dataclass(frozen=True)
class Import:
    """One imported module, by its full name."""

    module: str
    line: int
    relative: bool


def within(module: str, prefixes: tuple[str, ...]) -> bool:
    """Return whether a module is one of the prefixes or inside one."""
    return any(f"{module}.".startswith(f"{prefix}.") for prefix in prefixes)


def is_module(name: str) -> bool:
    """Return whether a dotted name is a file or a folder of this project."""
    path = ROOT / name.replace(".", "/")
    return path.with_suffix(".py").is_file() or path.is_dir()


def imports(tree: ast.Module, file: str) -> Iterator[Import]:
    """Yield what a file imports, wherever in it, with relative names resolved."""
    package = list(Path(file).parent.parts)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, node.lineno, relative=False)
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            if node.level:
                parents = package[: len(package) - node.level + 1]
                module = ".".join([*parents, *filter(None, [node.module])])
            for alias in node.names:
                # "from . import const" imports the module const and not the package.
                name = f"{module}.{alias.name}"
                found = name if is_module(name) else module
                yield Import(found, node.lineno, relative=bool(node.level))


def clock_reads(tree: ast.Module) -> Iterator[int]:
    """Yield the lines that call now(), utcnow() or today(), or pass them on."""
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in {"now", "utcnow", "today"}:
            owner = ast.unparse(node.value).rpartition(".")[2]
            if id(node) in called or owner in {"date", "datetime"}:
                yield node.lineno


def broken_rules(source: str, file: str) -> list[str]:
    """Return a sentence per broken rule."""
    tree = ast.parse(source, file)
    found: list[tuple[int, str]] = []
    for used in imports(tree, file):
        if used.module == PACKAGE:
            found.append((used.line, "imports the package root"))
        if within(used.module, ("asyncssh",)) and file not in ASYNCSSH_USERS:
            found.append((used.line, "imports asyncssh"))
    for rule in RULES:
        if not any(fnmatchcase(file, pattern) for pattern in rule.files):
            continue
        found += [
            (used.line, f"imports {used.module}")
            for used in imports(tree, file)
            if not allowed(rule, used)
        ]
        if not rule.clock:
            found += [(line, "reads the clock") for line in clock_reads(tree)]
    return [f"{file}:{line} {what}" for line, what in sorted(set(found))]


def allowed(rule: Rule, used: Import) -> bool:
    """Return whether a rule allows an import."""
    if within(used.module, rule.never):
        return False
    if within(used.module, (PACKAGE,)):
        own = used.module.removeprefix(PACKAGE).lstrip(".")
        named_well = used.relative or not rule.relative
        return named_well and (rule.own is None or within(own, rule.own))
    # Type checkers know the standard library's types by the second name.
    if used.module.partition(".")[0] in {*sys.stdlib_module_names, "_typeshed"}:
        return True
    if within(used.module, ("homelab_agent", "agent.homelab_agent")):
        return True
    return rule.foreign is None or within(used.module, rule.foreign)


@pytest.mark.parametrize("file", python_files(INTEGRATION, AGENT))
def test_file_imports_only_what_it_may(file: str) -> None:
    assert broken_rules((ROOT / file).read_text(), file) == []


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("protocol/messages.py", "import json\nfrom .signing import sign"),
        ("core/alerts.py", "from ..protocol.messages import Heartbeat"),
        ("core/alerts.py", "from datetime import datetime\nnow: datetime\nnow"),
        ("core/alerts.py", "window.now"),
        ("hub.py", "from homeassistant.helpers.event import async_call_later"),
        ("sensor.py", "from .coordinator import HomelabConfigEntry"),
        ("sensor.py", "from homeassistant.components.sensor import SensorEntity"),
        ("ssh.py", "import asyncssh\nfrom .core.scan import parse"),
        ("webhook.py", "from aiohttp import web\nfrom .hub import Hub"),
    ],
)
def test_good_sample_of_the_integration_passes(file: str, source: str) -> None:
    assert broken_rules(source, f"{PACKAGE_PATH}/{file}") == []


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("homelab_agent/runner.py", "import yaml\nfrom .protocol import x"),
        ("homelab_agent/runner.py", "from homelab_agent.config import Config"),
        ("helper/homelab_helper.py", "import tomllib"),
    ],
)
def test_good_sample_of_the_agent_passes(file: str, source: str) -> None:
    assert broken_rules(source, f"agent/{file}") == []


@pytest.mark.parametrize(
    ("file", "source", "complaint"),
    [
        ("protocol/x.py", "import homeassistant.core", "imports homeassistant.core"),
        ("protocol/x.py", "import aiohttp", "imports aiohttp"),
        ("protocol/x.py", "from ..core.alerts import x", "core.alerts"),
        ("protocol/x.py", f"import {PACKAGE}.protocol.y", "protocol.y"),
        ("core/x.py", "from homeassistant.util import dt", "homeassistant.util"),
        ("core/x.py", "import aiohttp", "imports aiohttp"),
        ("core/x.py", "def f():\n    import asyncio", "imports asyncio"),
        ("core/x.py", "import logging.handlers", "imports logging.handlers"),
        ("core/x.py", "from time import monotonic", "imports time"),
        ("core/x.py", "from ..hub import Hub", "homelabcmd.hub"),
        ("core/x.py", "datetime.now(UTC)", "reads the clock"),
        ("core/x.py", "datetime.datetime.utcnow()", "reads the clock"),
        ("core/x.py", "field(default_factory=datetime.now)", "reads the clock"),
        ("core/x.py", "dt_util.now()", "reads the clock"),
        ("core/x.py", "date.today()", "reads the clock"),
        ("hub.py", "from .webhook import handle", "homelabcmd.webhook"),
        ("hub.py", "from homeassistant.components import x", "homeassistant.comp"),
        ("sensor.py", "from .binary_sensor import x", "homelabcmd.binary_sensor"),
        ("sensor.py", "from .hub import Hub", "homelabcmd.hub"),
        ("ssh.py", "from .core.alerts import x", "core.alerts"),
        ("webhook.py", "import asyncssh", "imports asyncssh"),
        ("webhook.py", "from asyncssh.misc import Error", "imports asyncssh"),
        ("webhook.py", "from . import async_setup", "imports the package root"),
        ("core/x.py", "from .. import DOMAIN", "imports the package root"),
        ("webhook.py", f"import {PACKAGE}", "imports the package root"),
        ("webhook.py", "from homelab_agent import x", "imports homelab_agent"),
    ],
)
def test_bad_sample_of_the_integration_is_found(
    file: str, source: str, complaint: str
) -> None:
    assert any(
        complaint in text for text in broken_rules(source, f"{PACKAGE_PATH}/{file}")
    )


@pytest.mark.parametrize(
    ("file", "source", "complaint"),
    [
        ("homelab_agent/x.py", "import homeassistant", "imports homeassistant"),
        ("homelab_agent/x.py", f"import {PACKAGE}.core.y", "homelabcmd.core.y"),
        ("homelab_agent/x.py", "import custom_components", "custom_components"),
        ("homelab_agent/x.py", "import requests", "imports requests"),
        ("helper/x.py", "import psutil", "imports psutil"),
        ("helper/x.py", "from homelab_agent.config import x", "homelab_agent.config"),
    ],
)
def test_bad_sample_of_the_agent_is_found(
    file: str, source: str, complaint: str
) -> None:
    assert any(complaint in text for text in broken_rules(source, f"agent/{file}"))
