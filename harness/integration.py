"""HomelabCmd inside a running Home Assistant."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from .api import Api

DOMAIN = "homelabcmd"
DASHBOARD = "/homelab-cmd"
_FLOWS = "/api/config/config_entries"


@dataclass(frozen=True, kw_only=True)
class Enrolment:
    """What an agent is set up with."""

    server_id: str
    url: str
    key: str


async def entry_id(api: Api) -> str | None:
    """Return the id of the config entry, if the integration is set up."""
    entries = await api.get(f"{_FLOWS}/entry?domain={DOMAIN}")
    return entries[0]["entry_id"] if entries else None


async def set_up(api: Api) -> str:
    """Add the integration by its dialog and return the id of its config entry."""
    form = await api.post(f"{_FLOWS}/flow", {"handler": DOMAIN})
    result = await api.post(f"{_FLOWS}/flow/{form['flow_id']}", {})
    if "next_flow" in result:
        # In the browser the dialog of the first server follows.
        _, flow_id = result["next_flow"]
        await api.delete(f"{_FLOWS}/subentries/flow/{flow_id}")
    created: str = result["result"]["entry_id"]
    return created


async def set_options(api: Api, entry: str, **options: object) -> None:
    """Change general options of the hub by their dialog; the others stay."""
    form = await _open_options(api, entry, "general")
    shown = {
        field["name"]: field["default"]
        for field in form["data_schema"]
        if "default" in field
    }
    given = {
        name: value
        for name, value in _suggested(form["data_schema"]).items()
        if value is not None
    }
    await _submit_options(api, form, shown | given | options)


async def set_alerts(
    api: Api, entry: str, group: str, **changes: dict[str, object]
) -> None:
    """Change the rules of a group of alerts by their dialog, each by its section."""
    form = await _open_options(api, entry, "alerts", group)
    shown = {rule["name"]: _suggested(rule["schema"]) for rule in form["data_schema"]}
    await _submit_options(
        api,
        form,
        {name: rule | changes.get(name, {}) for name, rule in shown.items()},
    )


async def add_target(api: Api, entry: str, target: str, **settings: object) -> None:
    """Add a target of notifications by its dialog; the other settings stay."""
    form = await _open_options(api, entry, "notifications", "notify_add")
    form = await api.post(
        f"{_FLOWS}/options/flow/{form['flow_id']}", {"target": target}
    )
    shown = _suggested(form["data_schema"])
    await _submit_options(api, form, shown | settings)


async def remove_targets(api: Api, entry: str, names: Collection[str]) -> None:
    """Remove targets of notifications by their dialog, by their names."""
    for name in names:
        form = await _open_options(api, entry, "notifications", "notify_change")
        flow = f"{_FLOWS}/options/flow/{form['flow_id']}"
        [choice] = form["data_schema"]
        options = choice["selector"]["select"]["options"]
        [target] = (each["value"] for each in options if each["label"] == name)
        await api.post(flow, {"target": target})
        form = await api.post(flow, {"next_step_id": "notify_remove"})
        await _submit_options(api, form, {})


def _suggested(fields: list[dict[str, Any]]) -> dict[str, object]:
    return {
        field["name"]: field["description"]["suggested_value"]
        for field in fields
        if "suggested_value" in field.get("description", {})
    }


async def _open_options(api: Api, entry: str, *steps: str) -> dict[str, Any]:
    """Open the dialog of the options and choose from its menus; return the form."""
    shown = await api.post(f"{_FLOWS}/options/flow", {"handler": entry})
    for step in steps:
        shown = await api.post(
            f"{_FLOWS}/options/flow/{shown['flow_id']}", {"next_step_id": step}
        )
    form: dict[str, Any] = shown
    return form


async def _submit_options(api: Api, form: dict[str, Any], data: object) -> None:
    result = await api.post(f"{_FLOWS}/options/flow/{form['flow_id']}", data)
    if result["type"] != "create_entry":
        raise ValueError(f"the options were refused: {result['errors']}")


async def show_first(api: Api) -> None:
    """Make our dashboard the one that the user's browser opens."""
    await api.command(
        "frontend/set_user_data",
        key="core",
        value={"default_panel": DASHBOARD.lstrip("/")},
    )


async def add_server(api: Api, server_id: str, **settings: object) -> Enrolment:
    """Add a server by the action."""
    answer = await api.action(DOMAIN, "add_server", server_id=server_id, **settings)
    return Enrolment(server_id=server_id, url=answer["webhook_url"], key=answer["key"])


async def entity_ids(api: Api) -> dict[str, str]:
    """Return our entities' ids by their unique ids; an id depends on the area."""
    return {
        entity["unique_id"]: entity["entity_id"]
        for entity in await api.command("config/entity_registry/list")
        if entity["platform"] == DOMAIN
    }


async def device_id(api: Api, server_id: str) -> str:
    """Return the id of a server's device."""
    for device in await api.command("config/device_registry/list"):
        if [DOMAIN, server_id] in device["identifiers"]:
            found: str = device["id"]
            return found
    raise LookupError(server_id)
