"""By no road but in person does anybody decide what is done to a server."""

from typing import Any

from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers.chat_session import async_get_chat_session
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    WebSocketGenerator,
)

from custom_components.homelabcmd.core.naming import item_key

from .bench import Bench


@pytest.fixture
async def waiting(bench: Bench) -> str:
    """Let plex crash; return the id of the action that waits."""
    await bench.crash_plex()
    action_id: str = (await bench.only())["action_id"]
    return action_id


def _button(bench: Bench) -> str:
    return bench.lab.entity_id("button", item_key("service_restart", "plex"))


def _steps(bench: Bench, action_id: str) -> list[dict[str, Any]]:
    """Return the steps of a script that would decide."""
    return [
        {
            "action": "homelabcmd.approve_action",
            "data": {"action_id": action_id},
            "continue_on_error": True,
        },
        {
            "action": "homelabcmd.reject_action",
            "data": {"action_id": action_id},
            "continue_on_error": True,
        },
        {
            "action": "button.press",
            "target": {"entity_id": _button(bench)},
            "continue_on_error": True,
        },
    ]


async def test_an_automation_decides_nothing_whoever_sets_it_off(
    hass: HomeAssistant, bench: Bench, waiting: str
) -> None:
    automation = {
        "alias": "bold",
        "trigger": [
            {"platform": "event", "event_type": "go"},
            {"platform": "state", "entity_id": "input_boolean.go"},
        ],
        "action": _steps(bench, waiting),
    }
    await async_setup_component(hass, "input_boolean", {"input_boolean": {"go": {}}})
    assert await async_setup_component(hass, "automation", {"automation": automation})
    await hass.async_block_till_done()
    hass.bus.async_fire("go", context=bench.admin)
    await hass.async_block_till_done()
    for domain, service, entity_id in (
        ("input_boolean", "toggle", "input_boolean.go"),
        ("automation", "trigger", "automation.bold"),
    ):
        await hass.services.async_call(
            domain,
            service,
            {"entity_id": entity_id},
            blocking=True,
            context=bench.admin,
        )
        await hass.async_block_till_done()
    assert (await bench.only())["status"] == "pending"


@pytest.mark.parametrize("user", ["admin", "guest", None])
async def test_a_script_decides_nothing_whoever_starts_it(
    hass: HomeAssistant, bench: Bench, waiting: str, user: str | None
) -> None:
    script = {"bold": {"sequence": _steps(bench, waiting)}}
    assert await async_setup_component(hass, "script", {"script": script})
    user_id = getattr(bench, user).user_id if user else None
    for service, data in (("bold", {}), ("turn_on", {"entity_id": "script.bold"})):
        await hass.services.async_call(
            "script", service, data, blocking=True, context=Context(user_id=user_id)
        )
        await hass.async_block_till_done()
    assert (await bench.only())["status"] == "pending"


@pytest.fixture
async def bold(hass: HomeAssistant, bench: Bench, waiting: str) -> str:
    """Have a template button that would decide when it is pressed."""
    button = {"name": "Bold", "press": _steps(bench, waiting)}
    assert await async_setup_component(
        hass, "template", {"template": {"button": button}}
    )
    await hass.async_block_till_done()
    return "button.bold"


async def test_a_template_s_button_decides_nothing_when_an_administrator_presses_it(
    hass: HomeAssistant, bench: Bench, bold: str
) -> None:
    await _press(hass, bench.admin, bold)
    assert (await bench.only())["status"] == "pending"


async def test_a_template_s_button_lets_nothing_happen_by_itself(
    hass: HomeAssistant, bench: Bench, waiting: str
) -> None:
    on = {
        "action": "homelabcmd.set_auto_approve",
        "data": {"action_type": "restart_service", "enabled": True},
        "continue_on_error": True,
    }
    button = {"name": "Bold", "press": [on]}
    assert await async_setup_component(
        hass, "template", {"template": {"button": button}}
    )
    await hass.async_block_till_done()
    await _press(hass, bench.admin, "button.bold")
    assert not bench.lab.hub.remediator.auto.enabled


async def test_a_press_of_several_buttons_is_one_of_each(
    hass: HomeAssistant, bench: Bench, bold: str
) -> None:
    await _press(hass, bench.admin, bold, _button(bench))
    assert (await bench.only())["decided_by"]["user_id"] == bench.admin_id


async def test_a_press_of_all_buttons_is_no_decision(
    hass: HomeAssistant, bench: Bench, waiting: str
) -> None:
    with pytest.raises(ServiceValidationError):
        await hass.services.async_call(
            "button", "press", {"entity_id": "all"}, blocking=True, context=bench.admin
        )
    # A device's own do not even hear of it: they are there to configure it.
    device = {"device_id": bench.lab.hub.servers["nas"].device_id}
    await hass.services.async_call(
        "button", "press", device, blocking=True, context=bench.admin
    )
    assert (await bench.only())["status"] == "pending"


async def test_calls_of_ours_under_one_context_are_those_of_one_person(
    bench: Bench, waiting: str
) -> None:
    context = bench.admin
    await bench.lab.hass.services.async_call(
        "homelabcmd",
        "list_actions",
        {},
        blocking=True,
        return_response=True,
        context=context,
    )
    await bench.ask("approve_action", context, action_id=waiting)
    assert (await bench.only())["decided_by"]["user_id"] == bench.admin_id


async def _press(hass: HomeAssistant, context: Context, *buttons: str) -> None:
    await hass.services.async_call(
        "button",
        "press",
        {"entity_id": list(buttons)},
        blocking=True,
        context=context,
    )
    await hass.async_block_till_done()


async def test_a_scene_and_turn_on_press_nothing(
    hass: HomeAssistant, bench: Bench, waiting: str
) -> None:
    for component in ("homeassistant", "scene"):
        assert await async_setup_component(hass, component, {})
    button = _button(bench)
    for domain, service, data in (
        ("homeassistant", "turn_on", {"entity_id": button}),
        ("homeassistant", "toggle", {"entity_id": button}),
        ("scene", "apply", {"entities": {button: "on"}}),
    ):
        await hass.services.async_call(
            domain,
            service,
            data,
            blocking=True,
            context=bench.admin,
        )
        await hass.async_block_till_done()
    assert (await bench.only())["status"] == "pending"


async def test_a_voice_assistant_presses_nothing_not_even_for_an_administrator(
    hass: HomeAssistant, bench: Bench, waiting: str
) -> None:
    # As an assistant's intents do: with the context of whoever talks to it.
    with async_get_chat_session(hass), pytest.raises(ServiceValidationError):
        await hass.services.async_call(
            "button",
            "press",
            {"entity_id": _button(bench)},
            blocking=True,
            context=bench.admin,
        )
    assert (await bench.only())["status"] == "pending"


async def test_over_http_and_websocket_a_guest_is_refused_and_an_admin_decides(
    hass: HomeAssistant,
    bench: Bench,
    waiting: str,
    hass_client: ClientSessionGenerator,
    hass_ws_client: WebSocketGenerator,
    hass_read_only_access_token: str,
) -> None:
    for component in ("api", "websocket_api"):
        assert await async_setup_component(hass, component, {})
    call = {
        "type": "call_service",
        "domain": "homelabcmd",
        "service": "approve_action",
        "service_data": {"action_id": waiting},
        "return_response": True,
    }
    guest = await hass_ws_client(access_token=hass_read_only_access_token)
    await guest.send_json_auto_id(call)
    assert not (await guest.receive_json())["success"]
    rest = await hass_client(hass_read_only_access_token)
    refused = await rest.post(
        "/api/services/homelabcmd/approve_action", json={"action_id": waiting}
    )
    assert refused.status >= 400
    assert (await bench.only())["status"] == "pending"
    admin = await hass_ws_client()
    await admin.send_json_auto_id(call)
    answer = await admin.receive_json()
    assert answer["result"]["response"]["action"]["status"] == "approved"
