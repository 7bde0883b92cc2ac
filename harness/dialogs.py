"""Our dialogs in the browser, with the clicks of a user."""

from playwright.async_api import Page
import yaml

from .browser import Window
from .integration import DOMAIN, Enrolment
from .texts import text

INTEGRATION_PAGE = f"/config/integrations/integration/{DOMAIN}"
_ALL_INTEGRATIONS = "/config/integrations/dashboard"
_SERVER = "config_subentries.server"


async def _submit(page: Page) -> None:
    await page.get_by_role("button", name="Submit").click()


async def add_integration(window: Window) -> None:
    """Search for the integration and add it; the dialog of a server follows."""
    page = window.page
    await window.open(_ALL_INTEGRATIONS)
    await page.get_by_role("button", name="Add integration").click()
    await page.get_by_placeholder("Search for a brand name").fill(DOMAIN)
    await page.get_by_text("HomelabCmd", exact=True).last.click()
    await page.get_by_text(text("config.step.user.title"), exact=True).wait_for()
    await _submit(page)
    await page.get_by_text(text(f"{_SERVER}.step.user.title"), exact=True).wait_for()


async def open_add_server(window: Window) -> None:
    """Open the dialog of a server on the integration's page."""
    await window.open(INTEGRATION_PAGE)
    button = text(f"{_SERVER}.initiate_flow.user")
    await window.page.get_by_role("button", name=button).click()


async def name_server(window: Window, name: str) -> Enrolment:
    """Type the name in, and read the agent's settings that are shown then."""
    page = window.page
    await page.get_by_role("textbox", name="Name").fill(name)
    await _submit(page)
    title = text(f"{_SERVER}.step.agent.title", name=name)
    await page.get_by_text(title, exact=True).wait_for()
    shown = await page.locator("code", has_text="server_id:").inner_text()
    settings = yaml.safe_load(shown)
    return Enrolment(
        server_id=settings["server_id"], url=settings["url"], key=settings["key"]
    )


async def wait_for_heartbeat(window: Window) -> None:
    """Choose to wait; the dialog says that it does."""
    page = window.page
    choice = text(f"{_SERVER}.step.agent.menu_options.wait")
    await page.get_by_text(choice, exact=True).click()
    await page.get_by_text(text(f"{_SERVER}.progress.heartbeat")).wait_for()


async def connected(window: Window, name: str) -> None:
    """Wait until the dialog tells of the heartbeat, and close it."""
    page = window.page
    told = page.get_by_text(text(f"{_SERVER}.abort.server_connected", name=name))
    await told.wait_for()
    await page.get_by_role("button", name="Close").last.click()
    await told.wait_for(state="hidden")
