"""The dashboard: serves the strategy and shows it in the sidebar.

A sidebar dashboard owned by an integration is no public interface of Home Assistant;
everything that touches it is in this file, and a test watches it.
"""

from pathlib import Path
from typing import Any, override

from homeassistant.components import frontend
from homeassistant.components.http import StaticPathConfig
from homeassistant.components.lovelace.const import LOVELACE_DATA
from homeassistant.components.lovelace.dashboard import LovelaceConfig
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.json import json_bytes, json_fragment
from homeassistant.loader import async_get_integration

from ..const import DOMAIN, LOGGER

URL_PATH = "homelab-cmd"
"""In the address bar; Home Assistant wants a hyphen in it."""
TITLE = "HomelabCmd"
ICON = "mdi:server-network"

_FILES = Path(__file__).parent / "frontend"
_CONFIG: dict[str, Any] = {"strategy": {"type": f"custom:{DOMAIN}"}}


class StrategyDashboard(LovelaceConfig):
    """A dashboard that consists of our strategy and can't be edited."""

    in_sidebar: bool | None = None
    """Whether the sidebar shows it; None before anybody said so."""

    @property
    @override
    def mode(self) -> str:
        """Return the mode for which the frontend offers no editing."""
        return "yaml"

    @override
    async def async_get_info(self) -> dict[str, Any]:
        """Return what is listed under Settings > Dashboards."""
        return {"mode": self.mode, "views": 1}

    @override
    async def async_load(self, force: bool) -> dict[str, Any]:
        """Return the configuration."""
        return _CONFIG

    @override
    async def async_json(self, force: bool) -> json_fragment:
        """Return the configuration as JSON."""
        return json_fragment(json_bytes(_CONFIG))


async def async_register_files(hass: HomeAssistant) -> None:
    """Serve the strategy and load it with the frontend."""
    # The modules load each other: a browser must never mix those of two versions.
    version = (await async_get_integration(hass, DOMAIN)).version
    url = f"/{DOMAIN}_static/{version}"
    await hass.http.async_register_static_paths(
        [StaticPathConfig(url, str(_FILES), cache_headers=False)]
    )
    frontend.add_extra_js_url(hass, f"{url}/strategy.js")


@callback
def async_show(hass: HomeAssistant, *, in_sidebar: bool) -> CALLBACK_TYPE:
    """Show the dashboard, maybe in the sidebar; return what takes it away."""
    dashboards = hass.data[LOVELACE_DATA].dashboards
    if URL_PATH in dashboards:
        LOGGER.warning(
            "There is a dashboard at /%s already, so HomelabCmd's own is not shown; "
            "give that one another URL, or use the strategy custom:%s in it",
            URL_PATH,
            DOMAIN,
        )
        return lambda: None
    dashboards[URL_PATH] = StrategyDashboard(
        hass,
        URL_PATH,
        {
            "id": URL_PATH,
            "url_path": URL_PATH,
            "title": TITLE,
            "icon": ICON,
            "show_in_sidebar": in_sidebar,
            "require_admin": False,
            "mode": "yaml",
            "filename": "",
        },
    )
    async_change(hass, in_sidebar=in_sidebar)

    @callback
    def hide() -> None:
        frontend.async_remove_panel(hass, URL_PATH)
        dashboards.pop(URL_PATH, None)

    return hide


@callback
def async_change(hass: HomeAssistant, *, in_sidebar: bool) -> None:
    """Show the dashboard in the sidebar or not; at its address it is all the same."""
    dashboard = hass.data[LOVELACE_DATA].dashboards.get(URL_PATH)
    if not isinstance(dashboard, StrategyDashboard):
        return
    if dashboard.in_sidebar == in_sidebar:
        return
    dashboard.in_sidebar = in_sidebar
    frontend.async_register_built_in_panel(
        hass,
        "lovelace",
        # Without a title there is no entry, in all versions.
        sidebar_title=TITLE if in_sidebar else None,
        sidebar_icon=ICON,
        frontend_url_path=URL_PATH,
        config={"mode": "yaml"},
        update=True,
    )
