"""Dialogs as a browser leads them: over HTTP, every text checked on the way."""

from collections.abc import Iterator
import json
import re
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir

from custom_components.homelabcmd.const import DOMAIN, SUBENTRY_SERVER
from tests.meta.sources import INTEGRATION

type Answer = dict[str, Any]

ENTRIES = "/api/config/config_entries"
TEXTS: Answer = json.loads((INTEGRATION / "translations/en.json").read_text())
SERVER_TEXTS: Answer = TEXTS["config_subentries"]["server"]


class Dialog:
    """An open dialog; `seen` is what it shows."""

    def __init__(self, client: Any, url: str, texts: Answer) -> None:
        self._client = client
        self._url = url
        self._texts = texts
        self.seen: Answer = {}
        self._config = ""

    async def start(self, **start: Any) -> Dialog:
        await self._see(await self._client.post(self._url, json=start))
        return self

    async def take_over(self, flow_id: str) -> Dialog:
        """Show a dialog that another one has opened."""
        self.seen = {"flow_id": flow_id}
        await self.look()
        return self

    async def submit(self, **fields: Any) -> Answer:
        return await self._see(await self._client.post(self._step_url, json=fields))

    async def refused(self, **fields: Any) -> Answer:
        """Submit what the form itself does not take; return the errors by field."""
        response = await self._client.post(self._step_url, json=fields)
        assert response.status == 400
        errors: Answer = (await response.json())["errors"]
        return errors

    async def pick(self, option: str) -> Answer:
        assert option in self.seen["menu_options"]
        return await self.submit(next_step_id=option)

    async def look(self) -> Answer:
        return await self._see(await self._client.get(self._step_url))

    async def close(self) -> None:
        response = await self._client.delete(self._step_url)
        assert response.status == 200

    def key(self) -> str:
        """Return the key in the agent's settings, as last shown."""
        [key] = re.findall(r'^key: "(whsec_.+)"$', self._config, re.MULTILINE)
        return key

    @property
    def _step_url(self) -> str:
        return f"{self._url}/{self.seen['flow_id']}"

    async def _see(self, response: Any) -> Answer:
        assert response.status == 200, await response.text()
        self.seen = await response.json()
        assert [*missing_texts(self.seen, self._texts)] == []
        told = self.seen.get("description_placeholders") or {}
        self._config = told.get("config", self._config)
        return self.seen


class Dialogs:
    """Opens dialogs."""

    def __init__(self, hass: HomeAssistant, client: Any) -> None:
        self._hass = hass
        self._client = client

    async def add_hub(self) -> Dialog:
        dialog = Dialog(self._client, f"{ENTRIES}/flow", TEXTS["config"])
        return await dialog.start(handler=DOMAIN)

    async def card(self, flow_id: str) -> Dialog:
        """Open what was discovered."""
        dialog = Dialog(self._client, f"{ENTRIES}/flow", TEXTS["config"])
        return await dialog.take_over(flow_id)

    async def options(self, entry: ConfigEntry) -> Dialog:
        dialog = Dialog(self._client, f"{ENTRIES}/options/flow", TEXTS["options"])
        return await dialog.start(handler=entry.entry_id)

    def server(self) -> Dialog:
        return Dialog(self._client, f"{ENTRIES}/subentries/flow", SERVER_TEXTS)

    async def add_server(self, entry: ConfigEntry) -> Dialog:
        return await self.server().start(handler=[entry.entry_id, SUBENTRY_SERVER])

    async def reconfigure(self, entry: ConfigEntry, server_id: str) -> Dialog:
        [subentry_id] = [
            subentry.subentry_id
            for subentry in entry.subentries.values()
            if subentry.unique_id == server_id
        ]
        return await self.server().start(
            handler=[entry.entry_id, SUBENTRY_SERVER], subentry_id=subentry_id
        )

    async def repair(self, issue_id: str) -> Dialog:
        issue = ir.async_get(self._hass).async_get_issue(DOMAIN, issue_id)
        assert issue
        assert issue.translation_key
        texts = TEXTS["issues"][issue.translation_key]["fix_flow"]
        dialog = Dialog(self._client, "/api/repairs/issues/fix", texts)
        return await dialog.start(handler=DOMAIN, issue_id=issue_id)


def texts_of_fields(form: list[Answer], *place: str) -> Iterator[tuple[str, ...]]:
    """Yield where the texts of the fields of a form are, sections included."""
    for field in form:
        if field.get("type") == "expandable":
            section = (*place, "sections", field["name"])
            yield (*section, "name")
            yield from texts_of_fields(field["schema"], *section)
        else:
            yield (*place, "data", field["name"])
            yield (*place, "data_description", field["name"])


def missing_texts(seen: Answer, texts: Answer) -> Iterator[str]:
    """Yield what the user would see without a text, and the holes in texts."""
    errors = (seen.get("errors") or {}).values()
    paths: list[tuple[str, ...]] = [("error", key) for key in errors]
    for part, name in (("abort", "reason"), ("progress", "progress_action")):
        paths += [(part, seen[name])] if name in seen else []
    if step := seen.get("step_id"):
        form = seen["data_schema"] if seen["type"] == "form" else []
        paths += [
            ("step", step, "title"),
            *texts_of_fields(form, "step", step),
            *(
                ("step", step, "menu_options", option)
                for option in seen.get("menu_options") or ()
            ),
        ]
    shown = [texts.get("step", {}).get(step)]
    for path in paths:
        text: Any = texts
        for key in path:
            text = (text or {}).get(key)
        if text is None:
            yield ".".join(path)
        shown.append(text)
    holes = set(re.findall(r"{(\w+)}", json.dumps(shown)))
    yield from sorted(holes - (seen.get("description_placeholders") or {}).keys())
