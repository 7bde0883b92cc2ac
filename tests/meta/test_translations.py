"""Every text that the source names exists, and every text is named by the source."""

from collections.abc import Iterator
import json
import re
from typing import Any

import pytest
import yaml

from .sources import INTEGRATION
from .translation_keys import FIELD_PARTS, FLOWS, Usage, Use, read

type Tree = dict[str, Any]

# Where the keys are made up by our source. Everything else in en.json has fixed names.
# A scope that the source computes, or that is only listed for its literals, may use any
# text of the source as a key.
SCOPES = (
    "device",
    "entity.*",
    "exceptions",
    "issues",
    "selector",
    *(
        f"{flow}.{part}"
        for flow in sorted(set(FLOWS.values()))
        for part in (
            "abort",
            "error",
            "progress",
            "step",
            "step.*.menu_options",
            *FIELD_PARTS,
        )
    ),
)
LITERAL_SCOPES = (
    "config_subentries",
    "entity.*.*.state",
    "entity.*.*.state_attributes",
    "entity.*.*.state_attributes.*.state",
    "selector.*.options",
    "system_health.info",
)
# Home Assistant's own names: its flows, states and attributes.
ALWAYS_ALLOWED = {"already_in_progress", "confirm", "event_type", "off", "on"}
DESCRIBED = {"services": "service", "triggers": "trigger", "conditions": "condition"}


def find(tree: Any, scope: str) -> Iterator[tuple[str, Tree]]:
    """Yield the path and the content of every place that a scope means."""
    places = [("", tree)]
    for step in scope.split("."):
        places = [
            (f"{path}.{key}".lstrip("."), below)
            for path, place in places
            for key, below in place.items()
            if isinstance(below, dict) and step in {"*", key}
        ]
    yield from places


def has(texts: Tree, scope: str, key: str) -> bool:
    """Return whether a key is in a scope."""
    return any(key in place for _, place in find(texts, scope))


def missing_texts(usage: Usage, texts: Tree) -> list[str]:
    """Return a sentence per key that the source names and that has no text."""
    return [
        f"{use.where}: {' or '.join(use.scopes)} has no {use.key!r}"
        for use in usage.uses
        if not any(has(texts, scope, use.key) for scope in use.scopes)
    ]


def matches(scope: str, pattern: str) -> bool:
    """Return whether one of two scopes, both maybe with stars, can mean the other."""
    ones, others = scope.split("."), pattern.split(".")
    return len(ones) == len(others) and all(
        one == other or "*" in {one, other}
        for one, other in zip(ones, others, strict=True)
    )


def unused_texts(usage: Usage, texts: Tree) -> list[str]:
    """Return a sentence per text that the source does not name."""
    found = []
    for scope in (*SCOPES, *LITERAL_SCOPES):
        for path, place in find(texts, scope):
            used = {
                use.key
                for use in usage.uses
                if any(matches(path, pattern) for pattern in use.scopes)
            }
            loose = scope in LITERAL_SCOPES or any(
                matches(path, pattern) for pattern in usage.computed
            )
            known = used | ALWAYS_ALLOWED | (usage.literals if loose else set())
            found += [
                f"en.json: {path}.{key} is used nowhere" for key in place.keys() - known
            ]
    return sorted(found)


def fields(description: Tree | None) -> Iterator[str]:
    """Yield the names of the fields of an action, also of those in sections."""
    for name, content in ((description or {}).get("fields") or {}).items():
        if "fields" in (content or {}):
            yield from fields(content)
        else:
            yield name


def described_wrongly(
    kind: str, described: Tree, texts: Tree, icons: Tree
) -> list[str]:
    """Compare services.yaml, or a file like it, with its texts and icons."""
    wanted = {f"{kind}.{name}" for name in described}
    wanted |= {
        f"{kind}.{name}.fields.{field}"
        for name, description in described.items()
        for field in fields(description)
    }
    given = {f"{kind}.{name}" for name in texts.get(kind, {})}
    given |= {
        f"{path}.{field}"
        for path, place in find(texts, f"{kind}.*.fields")
        for field in place
    }
    wanted_icons = {f"{kind}.{name}.{DESCRIBED[kind]}" for name in described}
    given_icons = {
        f"{path}.{DESCRIBED[kind]}"
        for path, place in find(icons, f"{kind}.*")
        if DESCRIBED[kind] in place
    }
    nameless = {
        path
        for scope in (f"{kind}.*", f"{kind}.*.fields.*")
        for path, place in find(texts, scope)
        if not {"name", "description"} <= place.keys()
    }
    return [
        *(f"en.json: no {name}" for name in sorted(wanted - given)),
        *(f"{kind}.yaml: no {name}" for name in sorted(given - wanted)),
        *(f"icons.json: no {name}" for name in sorted(wanted_icons - given_icons)),
        *(f"{kind}.yaml: no {name}" for name in sorted(given_icons - wanted_icons)),
        *(f"en.json: {name} needs name and description" for name in sorted(nameless)),
    ]


def icons_without_entity(usage: Usage, icons: Tree) -> list[str]:
    """Return a sentence per icon of an entity that the source does not name."""
    only_icons = {"entity": icons.get("entity", {})}
    return [
        text.replace("en.json", "icons.json")
        for text in unused_texts(usage, only_icons)
    ]


def bad_texts(texts: Any, path: str = "en.json") -> Iterator[str]:
    """Yield a sentence per text that Home Assistant would not show as it is meant."""
    if isinstance(texts, dict):
        for key, below in texts.items():
            yield from bad_texts(below, f"{path}.{key}")
    elif not texts.strip():
        yield f"{path} is empty"
    elif "[%key:" in texts:
        yield f"{path} is a link, which only Home Assistant's own build resolves"
    elif re.search(r"</?[a-z]", texts):
        yield f"{path} contains HTML"


def incomplete_texts(texts: Tree) -> list[str]:
    """Return a sentence per entry without the parts that are shown."""
    wanted = {
        "exceptions.*": ({"message"},),
        "issues.*": ({"title", "description"}, {"title", "fix_flow"}),
        "selector.*": ({"options"}, {"fields"}),
    }
    return [
        f"en.json: {path} needs {' or '.join(map(str, map(sorted, choices)))}"
        for scope, choices in wanted.items()
        for path, place in find(texts, scope)
        if not any(choice <= place.keys() for choice in choices)
    ]


def selectors(description: Any) -> Iterator[str]:
    """Yield the translation keys of selectors in services.yaml or a file like it."""
    if isinstance(description, dict):
        for name, below in description.items():
            if name == "translation_key":
                yield below
            yield from selectors(below)


def texts_of_scripts(name: str, script: str) -> Iterator[Use]:
    """Yield the texts that a script of the frontend asks for: `text("key")`.

    Home Assistant gives a script the texts of selectors; ours are those of one that is
    called dashboard.
    """
    for key in re.findall(r"""\btext\(["'](\w+)["'][,)]""", script):
        yield Use(("selector",), "dashboard", name)
        yield Use(("selector.dashboard.options",), key, name)


def load(name: str) -> Tree:
    """Read a JSON or YAML file of the integration; none is like an empty one."""
    path = INTEGRATION / name
    if not path.exists():
        return {}
    read_text = json.loads if path.suffix == ".json" else yaml.safe_load
    return read_text(path.read_text()) or {}


@pytest.fixture(scope="module")
def usage() -> Usage:
    """Read the integration's source."""
    usage = read(
        {
            str(path.relative_to(INTEGRATION)): path.read_text()
            for path in sorted(INTEGRATION.rglob("*.py"))
        }
    )
    for kind in DESCRIBED:
        file = f"{kind}.yaml"
        usage.uses += [Use(("selector",), key, file) for key in selectors(load(file))]
    for path in sorted((INTEGRATION / "dashboard/frontend").glob("*.js")):
        usage.uses += texts_of_scripts(path.name, path.read_text())
    return usage


def test_every_used_key_has_a_text(usage: Usage) -> None:
    assert missing_texts(usage, load("translations/en.json")) == []


def test_every_text_is_used(usage: Usage) -> None:
    assert unused_texts(usage, load("translations/en.json")) == []


def test_every_text_is_plain_and_complete() -> None:
    texts = load("translations/en.json")
    assert [*bad_texts(texts), *incomplete_texts(texts)] == []


def test_every_icon_of_an_entity_is_used(usage: Usage) -> None:
    assert icons_without_entity(usage, load("icons.json")) == []


@pytest.mark.parametrize("kind", DESCRIBED)
def test_descriptions_have_texts_and_icons(kind: str) -> None:
    described = {
        name: content
        for name, content in load(f"{kind}.yaml").items()
        if not name.startswith(".")  # an anchor that others refer to
    }
    texts, icons = load("translations/en.json"), load("icons.json")
    assert described_wrongly(kind, described, texts, icons) == []


def test_services_are_registered_by_the_source(usage: Usage) -> None:
    assert load("services.yaml").keys() - usage.literals == set()


# The checks themselves: each must see what it is there for.

FLOW = """
class MyFlow(ConfigFlow, domain=DOMAIN):
    async def async_step_user(self, user_input=None):
        errors = {}
        errors["base"] = "cannot_connect"
        self._abort_if_unique_id_configured()
        return self.async_show_form(
            data_schema=vol.Schema({vol.Required(CONF_HOST): str}), errors=errors
        )

    async def async_step_reconfigure(self, user_input=None):
        return self.async_update_reload_and_abort(self._get_reconfigure_entry())

    async def async_step_pick(self, user_input=None):
        return self.async_show_menu(step_id="pick", menu_options=["quick", "full"])

    async def async_step_scan(self, user_input=None):
        return self.async_show_progress(step_id="scan", progress_action="scanning")
"""
SUBENTRY_FLOW = """
class ServerFlow(FormMixin, ConfigSubentryFlow):
    async def async_step_user(self, user_input=None):
        return self.async_abort(reason="no_hub")

class FormMixin:
    def form(self):
        return self.async_show_form(step_id="server")
"""
SENSOR = """
SENSORS = (SensorEntityDescription(key="x", translation_key="load"),)

class Uptime(SensorEntity):
    _attr_translation_key = "up" if True else "down"
"""
DESCRIPTION = """
class Row(BinarySensorEntityDescription):
    pass

ROWS = (Row(key="x", translation_key="reboot"),)
"""
ISSUE = 'ir.async_create_issue(hass, DOMAIN, "1", translation_key="agent_outdated")'
ERROR = 'raise X(translation_domain=DOMAIN, translation_key="not_found")'
FORWARDED_ERROR = """
class OurError(HomeAssistantError):
    def __init__(self, key):
        super().__init__(translation_domain=DOMAIN, translation_key=key)

def refuse(why):
    raise OurError(why)

refuse("not_found")
"""
SELECTOR = 'SelectSelectorConfig(options=["a"], translation_key="risk")'

SAMPLES = [
    ("config_flow.py", FLOW, "config.step", "user"),
    ("config_flow.py", FLOW, "config.step", "pick"),
    ("config_flow.py", FLOW, "config.step.*.data", "host"),
    ("config_flow.py", FLOW, "config.error", "cannot_connect"),
    ("config_flow.py", FLOW, "config.abort", "already_configured"),
    ("config_flow.py", FLOW, "config.abort", "reconfigure_successful"),
    ("config_flow.py", FLOW, "config.step.pick.menu_options", "full"),
    ("config_flow.py", FLOW, "config.progress", "scanning"),
    (
        "config_flow.py",
        FLOW.replace("ConfigFlow", "OptionsFlow"),
        "options.step",
        "user",
    ),
    ("server_flow.py", SUBENTRY_FLOW, "config_subentries.*.abort", "no_hub"),
    ("server_flow.py", SUBENTRY_FLOW, "config_subentries.*.step", "server"),
    ("sensor.py", SENSOR, "entity.sensor", "load"),
    ("sensor.py", SENSOR, "entity.sensor", "up"),
    ("sensor.py", SENSOR, "entity.sensor", "down"),
    (
        "sensor.py",
        f'NAME = "load"\n{SENSOR.replace("'load'", "NAME")}',
        "entity.sensor",
        "load",
    ),
    ("entities/rows.py", DESCRIPTION, "entity.binary_sensor", "reboot"),
    ("hub.py", ISSUE, "issues", "agent_outdated"),
    ("services.py", ERROR, "exceptions", "not_found"),
    ("sensor.py", ERROR, "exceptions", "not_found"),
    ("errors.py", FORWARDED_ERROR, "exceptions", "not_found"),
    ("services.py", SELECTOR, "selector", "risk"),
]


def nested(scope: str, content: Tree) -> Tree:
    """Return texts that have content at a scope."""
    for step in reversed(scope.split(".")):
        content = {step.replace("*", "any"): content}
    return content


@pytest.mark.parametrize(("file", "source", "scope", "key"), SAMPLES)
def test_key_without_text_is_found(
    file: str, source: str, scope: str, key: str
) -> None:
    usage = read({file: source})
    complaints = missing_texts(usage, nested(scope, {"other": {}}))
    assert any(
        text.startswith(file) and scope in text and repr(key) in text
        for text in complaints
    )
    remaining = missing_texts(usage, nested(scope, {key: {}}))
    assert len(remaining) < len(complaints)


@pytest.mark.parametrize(("file", "source", "scope", "key"), SAMPLES)
def test_text_without_use_is_found(
    file: str, source: str, scope: str, key: str
) -> None:
    texts = nested(scope, {key: {}, "stale": {}})
    complaints = unused_texts(read({file: source}), texts)
    assert [text for text in complaints if ".stale is" in text]
    assert not [text for text in complaints if f".{key} is" in text]


def test_text_of_a_computed_key_must_be_a_text_of_the_source() -> None:
    source = 'X(translation_domain=DOMAIN, translation_key=code)\nCODE = "too_large"'
    texts = nested("exceptions", {"too_large": {}, "stale": {}})
    assert unused_texts(read({"webhook.py": source}), texts) == [
        "en.json: exceptions.stale is used nowhere"
    ]


def test_text_that_is_fetched_must_be_a_text_of_the_source() -> None:
    source = 'async_get_translations(h, "en", "selector", [DOMAIN])\nCODE = "full"'
    texts = nested("selector", {"full": {}, "stale": {}})
    assert unused_texts(read({"texts.py": source}), texts) == [
        "en.json: selector.stale is used nowhere"
    ]


def test_state_of_an_entity_must_be_a_text_of_the_source() -> None:
    texts = nested("entity.sensor.load", {"state": {"idle": "", "stale": ""}})
    usage = read({"sensor.py": SENSOR, "core/server.py": 'IDLE = "idle"'})
    assert unused_texts(usage, texts) == [
        "en.json: entity.sensor.load.state.stale is used nowhere"
    ]


def test_text_of_another_domain_is_not_ours() -> None:
    source = 'X(translation_domain=HOMEASSISTANT_DOMAIN, translation_key="unknown")'
    assert read({"services.py": source}).uses == []


def test_icon_without_entity_is_found() -> None:
    icons = {"entity": {"sensor": {"load": {}, "stale": {}}}, "services": {"x": {}}}
    assert icons_without_entity(read({"sensor.py": SENSOR}), icons) == [
        "icons.json: entity.sensor.stale is used nowhere"
    ]


def test_action_and_its_descriptions_must_agree() -> None:
    named = {"name": "", "description": ""}
    described = {"scan": {"fields": {"more": {"fields": {"host": None}}}}, "lost": None}
    texts = {"services": {"scan": {**named, "fields": {"port": named}}, "old": {}}}
    icons = {"services": {"scan": {"service": "mdi:x"}, "gone": {"service": "mdi:x"}}}
    assert described_wrongly("services", described, texts, icons) == [
        "en.json: no services.lost",
        "en.json: no services.scan.fields.host",
        "services.yaml: no services.old",
        "services.yaml: no services.scan.fields.port",
        "icons.json: no services.lost.service",
        "services.yaml: no services.gone.service",
        "en.json: services.old needs name and description",
    ]


def test_text_that_would_show_badly_is_found() -> None:
    texts = {"a": "", "b": "[%key:common::x%]", "c": "<b>x</b>", "d": "{x} < 3, {y}"}
    assert [text.split()[0] for text in bad_texts(texts)] == [
        "en.json.a",
        "en.json.b",
        "en.json.c",
    ]


def test_entry_without_what_is_shown_is_found() -> None:
    texts = {
        "exceptions": {"good": {"message": ""}, "bad": {}},
        "issues": {"good": {"title": "", "fix_flow": {}}, "bad": {"title": ""}},
        "selector": {"good": {"options": {}}, "bad": {}},
    }
    assert [text.split()[1] for text in incomplete_texts(texts)] == [
        "exceptions.bad",
        "issues.bad",
        "selector.bad",
    ]


def test_selector_of_an_action_is_read() -> None:
    field = {"selector": {"select": {"translation_key": "risk", "options": ["low"]}}}
    assert list(selectors({"scan": {"fields": {"x": field}}})) == ["risk"]
