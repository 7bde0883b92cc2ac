"""Who may import whom: the rules of docs/architecture.md."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path, PurePosixPath
import sys

from homeassistant.const import Platform
import pytest

from .sources import AGENT, INTEGRATION, ROOT, python_files

PACKAGE = "custom_components.homelabcmd"
PACKAGE_PATH = "custom_components/homelabcmd"
PLATFORMS = tuple(f"{PACKAGE_PATH}/{platform}.py" for platform in Platform)
DOORS = (
    "alerts.actions",
    "alerts.dialogs",
    "alerts.triggers",
    "dashboard.overview",
    "discovery.actions",
    "discovery.dialogs",
    "notifications.actions",
    "notifications.dialogs",
    "notifications.repair",
    "own_machine.dialogs",
    "own_machine.suggestion",
    "power.actions",
    "remediation.actions",
    "remediation.dialogs",
    "remediation.triggers",
    "scans.actions",
    "scans.repair",
    "servers.actions",
    "servers.conditions",
    "servers.dialogs",
    "servers.triggers",
    "wire.views",
    "wire.webhook",
)
"""Where Home Assistant comes into a room; they know the hub, which knows the rooms."""
ROOMS_HELPERS = (
    "homeassistant.config_entries",
    "homeassistant.const",
    "homeassistant.core",
    "homeassistant.exceptions",
    "homeassistant.helpers",
    "homeassistant.util",
)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What the files that match a path pattern may do.

    Modules are prefixes: "core" allows core.alerts. None allows everything. In a
    pattern, "*" is one name and "**" any number.
    """

    files: tuple[str, ...]
    but: tuple[str, ...] = ()
    """Modules of the integration that the rule is not for."""
    own: tuple[str, ...] | None = None
    """Modules of the integration."""
    foreign: tuple[str, ...] | None = None
    """Modules outside it, besides the standard library."""
    never: tuple[str, ...] = ()
    """Modules, ours or not, that are forbidden whatever else allows them."""
    clock: bool = True
    """Whether the clock may be read."""
    relative: bool = False
    """Whether the integration's modules may only be named relatively."""


RULES = (
    Rule(
        files=(f"{PACKAGE_PATH}/protocol/**",),
        own=("protocol",),
        foreign=(),
        # The agent has this package under another name.
        relative=True,
    ),
    Rule(
        files=(f"{PACKAGE_PATH}/core/**",),
        own=("core", "protocol"),
        foreign=(),
        never=("asyncio", "logging", "socket", "subprocess", "threading", "time"),
        clock=False,
    ),
    # The rooms of the core lie one upon the other.
    Rule(
        files=(f"{PACKAGE_PATH}/core/*.py",),
        never=(
            "core.alerts",
            "core.discovery",
            "core.hub",
            "core.notifications",
            "core.own_machine",
            "core.remediation",
            "core.scans",
            "core.servers",
        ),
    ),
    Rule(
        files=tuple(
            f"{PACKAGE_PATH}/core/{room}/*"
            for room in ("alerts", "hub", "notifications", "remediation", "servers")
        ),
        never=("core.discovery", "core.scans"),
    ),
    Rule(
        files=(f"{PACKAGE_PATH}/core/discovery/*",),
        never=(
            "core.alerts",
            "core.hub",
            "core.notifications",
            "core.remediation",
            "core.scans",
            "core.servers",
        ),
    ),
    Rule(
        files=(f"{PACKAGE_PATH}/core/scans/*",),
        never=(
            "core.alerts",
            "core.hub",
            "core.notifications",
            "core.remediation",
            "core.servers",
        ),
    ),
    Rule(
        files=(f"{PACKAGE_PATH}/core/servers/*",),
        never=("core.alerts", "core.hub", "core.notifications"),
    ),
    Rule(
        files=(f"{PACKAGE_PATH}/core/alerts/*",),
        never=("core.hub", "core.notifications", "core.remediation"),
    ),
    Rule(
        files=(f"{PACKAGE_PATH}/core/power/*",),
        never=("core.alerts", "core.hub", "core.notifications", "core.remediation"),
    ),
    Rule(
        files=(f"{PACKAGE_PATH}/core/notifications/*",),
        never=("core.hub",),
    ),
    Rule(
        files=(f"{PACKAGE_PATH}/core/remediation/*",),
        never=("core.hub", "core.notifications"),
    ),
    Rule(
        files=(f"{PACKAGE_PATH}/wire/**",),
        but=DOORS,
        own=("const", "core", "errors", "protocol", "wire"),
        never=DOORS,
    ),
    Rule(
        files=(f"{PACKAGE_PATH}/servers/**",),
        but=DOORS,
        own=("const", "core", "errors", "protocol", "servers"),
        # What triggers are configured with is checked by it.
        foreign=(*ROOMS_HELPERS, "voluptuous"),
        never=DOORS,
    ),
    Rule(
        files=(f"{PACKAGE_PATH}/alerts/**",),
        but=DOORS,
        own=(
            "alerts",
            "const",
            "core",
            "errors",
            "protocol",
            "servers",
            "storage",
            "wire",
        ),
        foreign=ROOMS_HELPERS,
        never=DOORS,
    ),
    Rule(
        files=(f"{PACKAGE_PATH}/remediation/**",),
        but=DOORS,
        own=(
            "alerts",
            "const",
            "core",
            "errors",
            "protocol",
            "remediation",
            "servers",
            "storage",
        ),
        foreign=ROOMS_HELPERS,
        never=DOORS,
    ),
    Rule(
        files=(f"{PACKAGE_PATH}/power/**",),
        but=DOORS,
        own=("const", "core", "errors", "power", "protocol", "servers", "storage"),
        # It puts servers on its dashboard.
        foreign=(*ROOMS_HELPERS, "homeassistant.components.energy"),
        never=DOORS,
    ),
    Rule(
        files=(f"{PACKAGE_PATH}/notifications/**",),
        but=DOORS,
        own=(
            "alerts",
            "const",
            "core",
            "errors",
            "notifications",
            "protocol",
            "remediation",
            "servers",
            "storage",
        ),
        # It sends: by actions, by entities and, to Slack, by HTTP.
        foreign=(
            *ROOMS_HELPERS,
            "aiohttp",
            "homeassistant.components.notify",
            "homeassistant.components.persistent_notification",
        ),
        never=DOORS,
    ),
    Rule(
        files=(f"{PACKAGE_PATH}/scans/**",),
        but=DOORS,
        own=(
            "alerts",
            "const",
            "core",
            "errors",
            "protocol",
            "scans",
            "servers",
            "storage",
        ),
        # It makes a key, looks where it is, and one file of it speaks SSH.
        foreign=(
            *ROOMS_HELPERS,
            "asyncssh",
            "cryptography",
            "homeassistant.components.network",
        ),
        never=DOORS,
    ),
    Rule(
        files=(f"{PACKAGE_PATH}/core/own_machine/*",),
        own=("core.own_machine", "protocol"),
    ),
    Rule(
        files=(f"{PACKAGE_PATH}/own_machine/**",),
        but=DOORS,
        own=("const", "core", "own_machine", "protocol", "servers"),
        # It reads the machine, and asks what the Supervisor shows.
        foreign=(
            *ROOMS_HELPERS,
            "homeassistant.components.network",
            "homeassistant.components.update",
            "psutil",
        ),
        never=DOORS,
    ),
    Rule(
        files=(f"{PACKAGE_PATH}/discovery/**",),
        but=DOORS,
        own=("const", "core", "discovery", "errors", "servers", "storage"),
        # It asks the kernel, other integrations, and a table of vendors.
        foreign=(
            *ROOMS_HELPERS,
            "aiooui",
            "homeassistant.components.dhcp",
            "homeassistant.components.network",
            "homeassistant.components.zeroconf",
            "pyroute2",
            "zeroconf",
        ),
        never=DOORS,
    ),
    Rule(
        files=(f"{PACKAGE_PATH}/hub/**",),
        own=(
            "alerts",
            "const",
            "core",
            "discovery",
            "errors",
            "hub",
            "notifications",
            "own_machine",
            "power",
            "protocol",
            "remediation",
            "scans",
            "servers",
            "storage",
            "wire",
        ),
        foreign=ROOMS_HELPERS,
        never=DOORS,
    ),
    Rule(
        files=(f"{PACKAGE_PATH}/entities/**",),
        own=(
            "const",
            "core",
            "entities",
            "errors",
            "hub",
            "protocol",
            "remediation",
            "servers",
        ),
        never=DOORS,
    ),
    Rule(
        files=(f"{PACKAGE_PATH}/storage/**",),
        own=("const", "errors", "storage"),
        foreign=ROOMS_HELPERS,
    ),
    Rule(
        files=(f"{PACKAGE_PATH}/dashboard/**",),
        but=DOORS,
        own=("const", "dashboard"),
    ),
    Rule(
        files=PLATFORMS,
        own=("entities", "hub.entry"),
        never=DOORS,
    ),
    Rule(
        files=tuple(
            f"{PACKAGE_PATH}/{door.replace('.', '/')}{end}"
            for door in DOORS
            for end in (".py", "/**")
        ),
        own=(
            "alerts",
            "const",
            "core",
            "dashboard.overview",
            "discovery",
            "errors",
            "hub",
            "notifications",
            "own_machine",
            "power",
            "protocol",
            "remediation",
            "scans",
            "servers",
            "storage",
            "wire",
        ),
    ),
    # The rest of what lies flat.
    Rule(
        files=(f"{PACKAGE_PATH}/*.py",),
        own=(
            "alerts",
            "const",
            "core",
            "dashboard",
            "discovery",
            "entities",
            "errors",
            "hub",
            "notifications",
            "own_machine",
            "power",
            "protocol",
            "remediation",
            "scans",
            "servers",
            "services",
            "storage",
            "wire",
        ),
    ),
    Rule(files=(f"{PACKAGE_PATH}/const.py",), own=()),
    Rule(files=(f"{PACKAGE_PATH}/errors.py",), own=("const",)),
    Rule(files=(f"{PACKAGE_PATH}/**",), never=("homelab_agent",)),
    Rule(files=("agent/homelab_agent/**",), own=(), foreign=("yaml",)),
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
ASYNCSSH_USERS = (f"{PACKAGE_PATH}/scans/ssh.py",)


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
        if not concerns(rule, file):
            continue
        found += [
            (used.line, f"imports {used.module}")
            for used in imports(tree, file)
            if not allowed(rule, used)
        ]
        if not rule.clock:
            found += [(line, "reads the clock") for line in clock_reads(tree)]
    return [f"{file}:{line} {what}" for line, what in sorted(set(found))]


def concerns(rule: Rule, file: str) -> bool:
    """Return whether a rule is for a file."""
    path = PurePosixPath(file)
    return any(map(path.full_match, rule.files)) and not within(
        module_of(file).removeprefix(f"{PACKAGE}."), rule.but
    )


def module_of(file: str) -> str:
    """Return the dotted name of a file."""
    return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def allowed(rule: Rule, used: Import) -> bool:
    """Return whether a rule allows an import."""
    own = used.module.removeprefix(PACKAGE).lstrip(".")
    if within(own, rule.never):
        return False
    if within(used.module, (PACKAGE,)):
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


# Circles.


def room_of(module: str) -> str:
    """Return the room of one of the integration's modules; doors are apart."""
    own = module.removeprefix(PACKAGE).lstrip(".")
    if within(own, DOORS):
        return f"{own.partition('.')[0]} (doors)"
    if own in {"const", "errors"}:
        return own
    folder = ROOT / module.replace(".", "/")
    parts = own.split(".") if folder.is_dir() else own.split(".")[:-1]
    return "/".join(parts) or "flat"


def graph(sources: dict[str, str]) -> dict[str, set[str]]:
    """Return which modules each of some files imports."""
    return {
        module_of(file): {
            used.module
            for used in imports(ast.parse(source, file), file)
            if used.module != module_of(file)
        }
        for file, source in sources.items()
    }


def circle(graph: dict[str, set[str]]) -> list[str]:
    """Return a circle, if there is one."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as err:
        found: list[str] = err.args[1]
        return found
    return []


@pytest.mark.parametrize("folder", [INTEGRATION, AGENT / "homelab_agent"])
def test_no_files_import_each_other_in_a_circle(folder: Path) -> None:
    files = python_files(folder)
    assert circle(graph({file: (ROOT / file).read_text() for file in files})) == []


def test_no_rooms_import_each_other_in_a_circle() -> None:
    rooms: dict[str, set[str]] = {}
    files = python_files(INTEGRATION)
    for module, used in graph(
        {file: (ROOT / file).read_text() for file in files}
    ).items():
        known = rooms.setdefault(room_of(module), set())
        known |= {room_of(name) for name in used if within(name, (PACKAGE,))}
    assert circle({room: used - {room} for room, used in rooms.items()}) == []


def test_circle_is_found_also_through_types() -> None:
    sources = {
        "a/one.py": "from .two import x",
        "a/two.py": "if TYPE_CHECKING:\n    from .three import x",
        "a/three.py": "def f():\n    from .one import x",
    }
    assert len(circle(graph(sources))) == 4


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("protocol/messages.py", "import json\nfrom .signing import sign"),
        ("core/alerts/x.py", "from ...protocol.messages import Heartbeat"),
        ("core/alerts/x.py", "from datetime import datetime\nnow: datetime\nnow"),
        ("core/alerts/x.py", "window.now"),
        ("hub/hub.py", "from homeassistant.helpers.event import async_call_later"),
        ("sensor.py", "from .hub.entry import HomelabConfigEntry"),
        ("sensor.py", "from homeassistant.components.sensor import SensorEntity"),
        ("scans/ssh.py", "import asyncssh\nfrom ..core.scans.scan import Scan"),
        ("wire/webhook.py", "from aiohttp import web\nfrom ..hub.hub import Hub"),
        ("servers/dialogs/x.py", "from ...hub.hub import Hub"),
        ("alerts/alerting.py", "from ..servers.coordinator import x"),
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
        ("protocol/x.py", "from ..core.naming import x", "core.naming"),
        ("protocol/x.py", f"import {PACKAGE}.protocol.y", "protocol.y"),
        ("core/x.py", "from homeassistant.util import dt", "homeassistant.util"),
        ("core/x.py", "import aiohttp", "imports aiohttp"),
        ("core/x.py", "def f():\n    import asyncio", "imports asyncio"),
        ("core/x.py", "import logging.handlers", "imports logging.handlers"),
        ("core/x.py", "from time import monotonic", "imports time"),
        ("core/x.py", "from ..hub.hub import Hub", "homelabcmd.hub"),
        ("core/x.py", "datetime.now(UTC)", "reads the clock"),
        ("core/x.py", "datetime.datetime.utcnow()", "reads the clock"),
        ("core/x.py", "field(default_factory=datetime.now)", "reads the clock"),
        ("core/x.py", "dt_util.now()", "reads the clock"),
        ("core/x.py", "date.today()", "reads the clock"),
        ("hub/hub.py", "from ..wire.webhook import handle", "wire.webhook"),
        ("hub/hub.py", "from homeassistant.components import x", "homeassistant.comp"),
        ("sensor.py", "from .binary_sensor import x", "homelabcmd.binary_sensor"),
        ("sensor.py", "from .hub.hub import Hub", "homelabcmd.hub"),
        ("sensor.py", "from .core.servers.server import Presence", "core.servers"),
        ("core/x.py", "from .servers.server import x", "core.servers"),
        ("core/servers/x.py", "from ..alerts.rules import RULES", "core.alerts"),
        ("core/alerts/x.py", "from ..hub.settings import x", "core.hub"),
        ("servers/x.py", "from ..hub.entry import HomelabConfigEntry", "hub.entry"),
        ("alerts/x.py", "from ..hub.hub import Hub", "hub.hub"),
        ("alerts/x.py", "from .actions import x", "alerts.actions"),
        ("wire/x.py", "from ..hub.hub import Hub", "hub.hub"),
        ("hub/x.py", "from ..entities.base import x", "entities.base"),
        ("entities/x.py", "from ..sensor import x", "homelabcmd.sensor"),
        ("servers/dialogs/x.py", "from ...config_flow import x", "config_flow"),
        ("diagnostics.py", "from .sensor import x", "homelabcmd.sensor"),
        ("dashboard/x.py", "from ..core.naming import x", "core.naming"),
        ("scans/x.py", "from ..hub.hub import Hub", "hub.hub"),
        ("scans/x.py", "import asyncssh", "imports asyncssh"),
        ("core/scans/x.py", "from ..alerts.rules import RULES", "core.alerts"),
        ("core/alerts/x.py", "from ..scans.scan import Scan", "core.scans"),
        ("wire/webhook.py", "import asyncssh", "imports asyncssh"),
        ("wire/webhook.py", "from asyncssh.misc import Error", "imports asyncssh"),
        ("wire/webhook.py", "from .. import async_setup", "imports the package root"),
        ("core/x.py", "from .. import DOMAIN", "imports the package root"),
        ("wire/webhook.py", f"import {PACKAGE}", "imports the package root"),
        ("wire/webhook.py", "from homelab_agent import x", "imports homelab_agent"),
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
