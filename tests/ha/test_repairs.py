"""The repairs: who is this server?"""

from collections.abc import Callable, Coroutine
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest

from custom_components.homelabcmd.const import DOMAIN
from custom_components.homelabcmd.hub.hub import Hub

from .dialogs import TEXTS, Dialogs
from .setup_hub import Beat, key_of

type Doubt = Callable[[Hub, Beat], Coroutine[Any, Any, None]]

OLD, NEW = "5f2c" * 16, "7b1d" * 16
ISSUE = "identity_nas"


def _issues(hass: HomeAssistant) -> list[str]:
    return [
        issue_id for domain, issue_id in ir.async_get(hass).issues if domain == DOMAIN
    ]


async def _other_machine(hub: Hub, beat: Beat) -> None:
    """Have another machine report with the server's key."""
    assert await beat(key_of(hub), machine_id=OLD, run_id="old") == "received"
    sent = await beat(key_of(hub), machine_id=NEW, run_id="new")
    assert sent == "identity_mismatch"


async def _two_runs(hub: Hub, beat: Beat) -> None:
    """Have two agents report by turns."""
    assert await beat(key_of(hub), run_id="one") == "received"
    assert await beat(key_of(hub), run_id="two") == "received"
    assert await beat(key_of(hub), run_id="one") == "identity_mismatch"


@pytest.fixture
async def other_machine(hub: Hub, beat: Beat) -> None:
    await _other_machine(hub, beat)


@pytest.mark.parametrize(
    ("raise_doubt", "key"),
    [(_other_machine, "other_machine"), (_two_runs, "two_runs")],
)
async def test_a_repair_says_who_reports(
    hass: HomeAssistant,
    hub: Hub,
    dialogs: Dialogs,
    beat: Beat,
    raise_doubt: Doubt,
    key: str,
) -> None:
    await raise_doubt(hub, beat)
    assert _issues(hass) == [ISSUE]
    issue = ir.async_get(hass).async_get_issue(DOMAIN, ISSUE)
    assert issue
    assert issue.translation_key == key
    title: str = TEXTS["issues"][key]["title"]
    assert "NAS" in title.format(**issue.translation_placeholders or {})
    dialog = await dialogs.repair(ISSUE)
    assert dialog.seen["description_placeholders"] == {
        "name": "NAS",
        "hostname": "nas",
        "ip_address": "192.168.1.42",
    }


async def test_a_host_name_can_t_draw_on_the_page(
    hub: Hub, dialogs: Dialogs, beat: Beat
) -> None:
    assert await beat(key_of(hub), machine_id=OLD) == "received"
    host = {"hostname": "x` ![](http://127.0.0.1/picture) `"}
    assert await beat(key_of(hub), machine_id=NEW, host=host) == "identity_mismatch"
    dialog = await dialogs.repair(ISSUE)
    shown = dialog.seen["description_placeholders"]["hostname"]
    assert shown == "x' ![](http://127.0.0.1/picture) '"
    for doubt in ("other_machine", "two_runs"):
        page = TEXTS["issues"][doubt]["fix_flow"]["step"]["init"]
        assert page["description"].count("`{hostname}`") == 1
        assert page["description"].count("{hostname}") == 1


@pytest.mark.usefixtures("other_machine")
async def test_an_accepted_machine_is_the_server_from_then_on(
    hass: HomeAssistant, hub: Hub, dialogs: Dialogs, beat: Beat
) -> None:
    dialog = await dialogs.repair(ISSUE)
    assert (await dialog.pick("accept"))["type"] == "create_entry"
    assert _issues(hass) == []
    assert await beat(key_of(hub), machine_id=NEW, run_id="new") == "received"
    sent = await beat(key_of(hub), machine_id=OLD, run_id="old")
    assert sent == "identity_mismatch"
    assert _issues(hass) == [ISSUE]


@pytest.mark.parametrize("left", ["one", "two"])
async def test_whichever_agent_was_left_running_is_heard_again(
    hass: HomeAssistant, hub: Hub, dialogs: Dialogs, beat: Beat, left: str
) -> None:
    await _two_runs(hub, beat)
    dialog = await dialogs.repair(ISSUE)
    assert (await dialog.pick("accept"))["type"] == "create_entry"
    assert await beat(key_of(hub), run_id=left) == "received"
    assert await beat(key_of(hub), run_id=left) == "received"
    assert _issues(hass) == []


@pytest.mark.parametrize("raise_doubt", [_other_machine, _two_runs])
@pytest.mark.parametrize("machine_id", [OLD, NEW])
async def test_whoever_is_given_the_new_key_is_the_server(
    hass: HomeAssistant,
    hub: Hub,
    dialogs: Dialogs,
    beat: Beat,
    raise_doubt: Doubt,
    machine_id: str,
) -> None:
    await raise_doubt(hub, beat)
    old_key = key_of(hub)
    dialog = await dialogs.repair(ISSUE)
    assert (await dialog.pick("new_key"))["step_id"] == "agent"
    assert await beat(old_key, machine_id=OLD) == "invalid_signature"
    assert await beat(old_key, machine_id=NEW) == "invalid_signature"
    assert await beat(dialog.key(), machine_id=machine_id) == "received"
    assert (await dialog.submit())["type"] == "create_entry"
    assert _issues(hass) == []


@pytest.mark.usefixtures("other_machine")
async def test_a_new_key_settles_it_even_if_its_page_is_closed(
    hass: HomeAssistant, hub: Hub, dialogs: Dialogs, beat: Beat
) -> None:
    dialog = await dialogs.repair(ISSUE)
    await dialog.pick("new_key")
    await dialog.close()
    assert _issues(hass) == []
    again = await dialogs.reconfigure(hub.entry, "nas")
    await again.pick("agent")
    assert again.key() == dialog.key()
    assert await beat(again.key(), machine_id=NEW) == "received"


@pytest.mark.usefixtures("other_machine")
async def test_a_dialog_that_is_closed_decides_nothing(
    hass: HomeAssistant, hub: Hub, dialogs: Dialogs, beat: Beat
) -> None:
    await (await dialogs.repair(ISSUE)).close()
    assert _issues(hass) == [ISSUE]
    assert await beat(key_of(hub), machine_id=OLD, run_id="old") == "received"


@pytest.mark.usefixtures("other_machine")
@pytest.mark.parametrize("option", ["accept", "new_key"])
async def test_a_server_removed_meanwhile_needs_no_repair(
    hass: HomeAssistant, hub: Hub, dialogs: Dialogs, option: str
) -> None:
    dialog = await dialogs.repair(ISSUE)
    await hass.services.async_call(
        DOMAIN, "remove_server", {"server": "nas"}, blocking=True
    )
    assert _issues(hass) == []
    assert (await dialog.pick(option))["reason"] == "server_removed"


@pytest.mark.usefixtures("other_machine")
@pytest.mark.parametrize("option", ["accept", "new_key"])
async def test_a_hub_that_is_not_running_decides_nothing(
    hass: HomeAssistant, hub: Hub, dialogs: Dialogs, option: str
) -> None:
    dialog = await dialogs.repair(ISSUE)
    assert await hass.config_entries.async_unload(hub.entry.entry_id)
    assert (await dialog.pick(option))["reason"] == "not_loaded"


@pytest.mark.usefixtures("other_machine")
async def test_without_an_address_the_old_key_stays(
    hass: HomeAssistant, hub: Hub, dialogs: Dialogs, beat: Beat
) -> None:
    hass.config.internal_url = None
    hass.config.api = None
    dialog = await dialogs.repair(ISSUE)
    assert (await dialog.pick("new_key"))["reason"] == "no_address"
    assert _issues(hass) == [ISSUE]
    assert await beat(key_of(hub), machine_id=OLD, run_id="old") == "received"
