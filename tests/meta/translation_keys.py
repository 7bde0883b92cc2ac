"""Which translation keys the integration's source uses.

A *scope* is the place in en.json whose keys the source names, such as "exceptions" or
"entity.sensor". A "*" in it stands for one level that the source does not tell, such as
the subentry type that a flow belongs to.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
import re
from typing import NamedTuple, override

from homeassistant import const as ha_const
from homeassistant.const import Platform

FLOWS = {
    "ConfigFlow": "config",
    "OptionsFlow": "options",
    "ConfigSubentryFlow": "config_subentries.*",
    "RepairsFlow": "issues.*.fix_flow",
    "ConfirmRepairFlow": "issues.*.fix_flow",
}
DOMAIN = ast.Name("DOMAIN")
# Reasons that a flow's own methods abort with if they are given none. Home Assistant
# has its own texts for the last two since 2026.9, later than the oldest we support.
IMPLIED_ABORTS = {
    "_abort_if_unique_id_configured": "already_configured",
    "_abort_if_unique_id_mismatch": "unique_id_mismatch",
    "_async_abort_entries_match": "already_configured",
    "async_update_and_abort": "{kind}_successful",
    "async_update_reload_and_abort": "{kind}_successful",
}
SHOW_STEP = {
    "async_external_step",
    "async_show_form",
    "async_show_menu",
    "async_show_progress",
}
# A field of a form may also be a section, or be inside one.
FIELD_PARTS = ("step.*.data", "step.*.sections", "step.*.sections.*.data")
ERROR_ENDINGS = ("Error", "Exception", "Failed", "NotReady")
ANYWHERE = ("entity.*", "exceptions", "issues", "selector", "device")


class Use(NamedTuple):
    """A translation key in the source; one of the scopes must have it."""

    scopes: tuple[str, ...]
    key: str
    where: str


@dataclass
class Usage:
    """Everything that the source says about translations."""

    literals: set[str]
    """Every text in the source: among them are the keys of computed scopes."""
    uses: list[Use] = field(default_factory=list)
    computed: set[str] = field(default_factory=set)
    """Scopes with a key that only a running program knows."""


type Given = dict[str | int | None, ast.expr]
"""The arguments of a call by name and by position."""


class Forwarder(NamedTuple):
    """A function of ours that passes a parameter on as a translation key."""

    parameter: str
    position: int | None
    scopes: tuple[str, ...]


class Source:
    """What must be known of all files before one of them can be understood."""

    def __init__(self, files: Mapping[str, str]) -> None:
        """Parse files, given as texts by name."""
        self.trees = {name: ast.parse(text, name) for name, text in files.items()}
        nodes = list(chain.from_iterable(map(ast.walk, self.trees.values())))
        self.bases = {
            node.name: [last_name(base) for base in node.bases]
            for node in nodes
            if isinstance(node, ast.ClassDef)
        }
        self.constants = {
            target.id: node.value.value
            for node in nodes
            if isinstance(node, ast.Assign | ast.AnnAssign)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
            for target in targets(node)
            if isinstance(target, ast.Name)
        }
        self.literals = set(chain.from_iterable(map(self._text, nodes)))

    def _text(self, node: ast.AST) -> set[str]:
        """Return the text that a node is."""
        match node:
            case ast.Constant(value=str(text)):
                return {text}
            case ast.Name(id=name) | ast.Attribute(attr=name):
                value = self.constants.get(name, getattr(ha_const, name, None))
                return {value} if isinstance(value, str) else set()
        return set()

    def texts(self, node: ast.expr) -> set[str] | None:
        """Return the texts that an expression may be, or None if it is computed."""
        match node:
            case ast.Constant(value=None):
                return set()
            case ast.IfExp(body=one, orelse=other):
                texts = self.texts(one), self.texts(other)
                return None if None in texts else set[str]().union(*filter(None, texts))
        return self._text(node) or None

    def flows(self, name: str) -> set[str]:
        """Return the scopes of the flows that a class is, or is a part of."""
        family = {child for child in self.bases if name in self._ancestors(child)}
        return {
            FLOWS[ancestor]
            for member in family
            for ancestor in self._ancestors(member)
            if ancestor in FLOWS
        }

    def platform(self, name: str) -> Platform | None:
        """Return the platform of the entities that a class describes."""
        for ancestor in self._ancestors(name):
            if described := re.fullmatch(r"(\w+)EntityDescription", ancestor):
                words = re.findall("[A-Z][a-z]*", described[1])
                return Platform("_".join(words).lower())
        return None

    def _ancestors(self, name: str) -> Iterator[str]:
        yield name
        for base in self.bases.get(name, ()):
            yield from self._ancestors(base)


class Reader(ast.NodeVisitor):
    """Notes the uses in one file."""

    def __init__(
        self, name: str, source: Source, forwarders: Mapping[str, Forwarder]
    ) -> None:
        """Prepare for the file with this name."""
        self.usage = Usage(source.literals)
        self.found_forwarders: dict[str, Forwarder] = {}
        self._name = name
        self._source = source
        self._forwarders = forwarders
        self._classes: list[str] = []
        self._functions: list[ast.FunctionDef | ast.AsyncFunctionDef] = []
        stem = name.removesuffix(".py")
        self._others = (f"entity.{stem}",) if stem in set(Platform) else ANYWHERE
        # Schemas and helpers outside the classes of a file belong to all its flows.
        self._flows = set().union(
            *(
                source.flows(node.name)
                for node in source.trees[name].body
                if isinstance(node, ast.ClassDef)
            )
        )

    @override
    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        outer, self._flows = self._flows, self._source.flows(node.name)
        self._classes.append(node.name)
        self.generic_visit(node)
        self._classes.pop()
        self._flows = outer

    def _visit_function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._functions.append(node)
        self.generic_visit(node)
        self._functions.pop()

    visit_FunctionDef = visit_AsyncFunctionDef = _visit_function  # noqa: N815

    def _visit_assignment(self, node: ast.Assign | ast.AnnAssign) -> None:
        for target in targets(node):
            name = last_name(target)
            if name == "_attr_translation_key" and node.value:
                self._translation_key(self._others, node.value)
            elif name == "errors" and isinstance(target, ast.Subscript) and node.value:
                self._use_in_flow("error", node.value)
            elif name == "errors":
                self._errors(node.value)
        self.generic_visit(node)

    visit_Assign = visit_AnnAssign = _visit_assignment  # noqa: N815

    @override
    def visit_Call(self, node: ast.Call) -> None:
        name = last_name(node.func)
        given: Given = dict(enumerate(node.args))
        given |= {word.arg: word.value for word in node.keywords if word.arg}
        # Another domain's text is not ours to have.
        if last_name(given.get("translation_domain", DOMAIN)) != "DOMAIN":
            return
        if key := given.get("translation_key"):
            self._translation_key(self._scopes(name, given), key)
        if forwarder := self._forwarders.get(name):
            key = given.get(forwarder.parameter, given.get(forwarder.position))
            if key:
                self._translation_key(forwarder.scopes, key)
        if name == "async_get_translations":
            # Which of these texts it then takes, only the running program knows.
            category = given.get("category") or given[2]
            self.usage.computed |= self._source.texts(category) or set()
        if self._flows:
            self._flow_call(node, name, given)
        self.generic_visit(node)

    def _scopes(self, name: str, given: Given) -> tuple[str, ...]:
        """Return where the translation_key of a call may belong."""
        if name == "__init__" and self._classes:
            name = self._classes[-1]
        if name.endswith("create_issue"):
            return ("issues",)
        if name.endswith("SelectorConfig"):
            return ("selector",)
        if name == "DeviceInfo":
            return ("device",)
        if "translation_domain" in given or name.endswith(ERROR_ENDINGS):
            return ("exceptions",)
        if platform := self._source.platform(name):
            return (f"entity.{platform}",)
        return self._others

    def _translation_key(self, scopes: tuple[str, ...], node: ast.expr) -> None:
        """Note a translation key, or that the function around it is given it."""
        names = {"translation_key", "_attr_translation_key"}
        if isinstance(node, ast.Attribute) and node.attr in names:
            return  # It is read where this description or error is made.
        if isinstance(node, ast.Name) and self._functions:
            function = self._functions[-1]
            positional = [argument.arg for argument in function.args.args]
            by_name = [argument.arg for argument in function.args.kwonlyargs]
            if node.id in positional + by_name:
                is_init = function.name == "__init__"
                name = self._classes[-1] if is_init else function.name
                if positional[:1] in (["self"], ["cls"]):
                    del positional[0]
                position = positional.index(node.id) if node.id in positional else None
                forwarder = Forwarder(node.id, position, scopes)
                self.found_forwarders[name] = forwarder
                return
        self._use(scopes, node)

    def _flow_call(self, node: ast.Call, name: str, given: Given) -> None:
        """Note what a call inside a flow shows to the user."""
        inside = self._functions[-1].name if self._functions else ""
        if name in SHOW_STEP:
            implied = ast.Constant(inside.removeprefix("async_step_"))
            self._step(given, ast.copy_location(implied, node))
        elif name in {"Required", "Optional"}:
            self._use_in_flow(FIELD_PARTS, given[0])
        elif name in {"async_abort", "AbortFlow"}:
            self._use_in_flow("abort", given.get("reason") or given[0])
        elif name in IMPLIED_ABORTS:
            kind = "reauth" if "reauth" in inside else "reconfigure"
            implied = ast.Constant(IMPLIED_ABORTS[name].format(kind=kind))
            reason = given.get("reason") or given.get("error") or implied
            self._use_in_flow("abort", ast.copy_location(reason, node))

    def _step(self, given: Given, implied: ast.Constant) -> None:
        """Note a step that is shown, with what it contains."""
        step = given.get("step_id", implied)
        self._use_in_flow("step", step)
        self._errors(given.get("errors"))
        if "progress_action" in given:
            self._use_in_flow("progress", given["progress_action"])
        # A menu that is a dict brings its own texts.
        if isinstance(options := given.get("menu_options"), ast.List | ast.Tuple):
            for step_id in self._source.texts(step) or {"*"}:
                for option in options.elts:
                    self._use_in_flow(f"step.{step_id}.menu_options", option)

    def _errors(self, node: ast.expr | None) -> None:
        """Note the errors of a step."""
        match node:
            case None | ast.Constant() | ast.Name(id="errors"):
                pass
            case ast.Dict(values=values):
                for value in values:
                    self._use_in_flow("error", value)
            case _:
                self._use_in_flow("error", node)

    def _use_in_flow(self, parts: str | tuple[str, ...], node: ast.expr) -> None:
        """Note a key in a part of the flows that are being read."""
        parts = (parts,) if isinstance(parts, str) else parts
        flows = sorted(self._flows)
        self._use(tuple(f"{flow}.{part}" for flow in flows for part in parts), node)

    def _use(self, scopes: tuple[str, ...], node: ast.expr) -> None:
        """Note that an expression is a key in one of the scopes."""
        texts = self._source.texts(node)
        if texts is None:
            self.usage.computed.update(scopes)
        where = f"{self._name}:{getattr(node, 'lineno', '?')}"
        self.usage.uses += [Use(scopes, text, where) for text in sorted(texts or ())]


def targets(node: ast.Assign | ast.AnnAssign) -> list[ast.expr]:
    """Return what an assignment assigns to."""
    return node.targets if isinstance(node, ast.Assign) else [node.target]


def last_name(node: ast.expr) -> str:
    """Return the last part of a dotted name, without what it is subscripted with."""
    if isinstance(node, ast.Subscript):
        return last_name(node.value)
    return ast.unparse(node).rpartition(".")[2]


def read(files: Mapping[str, str]) -> Usage:
    """Read the source, given as texts by file name."""
    source = Source(files)
    known: dict[str, Forwarder] = {}
    while True:
        usage = Usage(source.literals)
        found: dict[str, Forwarder] = {}
        for name, tree in source.trees.items():
            reader = Reader(name, source, known)
            reader.visit(tree)
            found |= reader.found_forwarders
            usage.uses += reader.usage.uses
            usage.computed |= reader.usage.computed
        # Who calls a forwarder may be one as well: then another round is needed.
        if found == known:
            return usage
        known = found
