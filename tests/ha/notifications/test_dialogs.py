"""Options, Notifications: targets are chosen, changed, tried and taken out."""

from collections.abc import Mapping
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser

from custom_components.homelabcmd.hub.hub import Hub

from ..dialogs import Answer, Dialog, Dialogs
from .mail import Mail, target
from .phone import Phone

pytestmark = pytest.mark.usefixtures("address")

HOOK = "https://hooks.slack.example/services/T/B/X"


async def _open(dialogs: Dialogs, hub: Hub, step: str) -> Dialog:
    dialog = await dialogs.options(hub.entry)
    await dialog.pick("notifications")
    await dialog.pick(step)
    return dialog


def _suggested(form: Answer) -> dict[str, Any]:
    return {
        field["name"]: field["description"]["suggested_value"]
        for field in form["data_schema"]
        if "suggested_value" in field.get("description", {})
    }


def _offered(form: Answer) -> dict[str, str]:
    [field] = form["data_schema"]
    options = field["selector"]["select"]["options"]
    return {option["value"]: option["label"] for option in options}


async def _add(dialogs: Dialogs, hub: Hub, chosen: str, **settings: Any) -> Answer:
    dialog = await _open(dialogs, hub, "notify_add")
    form = await dialog.submit(target=chosen)
    return await dialog.submit(**_suggested(form) | settings)


def _stored(hub: Hub) -> list[Mapping[str, Any]]:
    targets: list[Mapping[str, Any]] = hub.entry.options.get("notifications", [])
    return targets


async def test_what_can_notify_is_offered(
    dialogs: Dialogs, hub: Hub, hass: HomeAssistant, hass_admin_user: MockUser
) -> None:
    phone = Phone(hass, "pixel", hass_admin_user)
    for service in ("mail", "notify", "persistent_notification", "telegram_family"):
        Mail(hass, service)
    registry = er.async_get(hass)
    for platform, name in (("ntfy", "topic"), ("mobile_app", "pixel")):
        entry = MockConfigEntry(domain=platform)
        entry.add_to_hass(hass)
        entity = registry.async_get_or_create(
            "notify", platform, name, suggested_object_id=name, config_entry=entry
        )
        hass.states.async_set(entity.entity_id, "unknown", {"friendly_name": "Topic"})
    dialog = await _open(dialogs, hub, "notify_add")
    assert _offered(dialog.seen) == {
        f"phone:{phone.device_id}": "pixel",
        "entity:notify.topic": "Topic",
        "action:mail": "notify.mail",
        "action:telegram_family": "notify.telegram_family",
        "slack_webhook": "slack_webhook",
        "persistent": "persistent",
    }
    form = await dialog.submit(target="action:telegram_family")
    assert _suggested(form)["style"] == "markdown"


async def test_a_target_is_prefilled_with_what_wakes_people(
    dialogs: Dialogs, hub: Hub, hass: HomeAssistant
) -> None:
    Mail(hass)
    result = await _add(dialogs, hub, "action:mail")
    assert result["type"] == "create_entry"
    [stored] = _stored(hub)
    assert stored["severities"] == ["high", "critical"]
    assert (stored["kind"], stored["address"]) == ("action", "mail")
    dialog = await _open(dialogs, hub, "notify_add")
    assert "action:mail" not in _offered(dialog.seen)


async def test_all_that_is_set_is_kept_and_shown_again(
    dialogs: Dialogs, hub: Hub, hass: HomeAssistant
) -> None:
    Mail(hass)
    settings = {
        "name": "Post",
        "severities": ["low"],
        "style": "markdown",
        "quiet_from": "22:00:00",
        "quiet_until": "07:00:00",
        "servers": ["nas"],
    }
    await _add(dialogs, hub, "action:mail", **settings)
    dialog = await _open(dialogs, hub, "notify_change")
    await dialog.submit(target=_stored(hub)[0]["target_id"])
    form = await dialog.pick("notify_settings")
    assert settings.items() <= _suggested(form).items()
    await dialog.submit(**settings | {"name": "Letters"})
    assert [stored["name"] for stored in _stored(hub)] == ["Letters"]
    assert hub.notifier.targets[_stored(hub)[0]["target_id"]].name == "Letters"


@pytest.mark.parametrize(
    ("settings", "field", "error"),
    [
        ({"name": "  "}, "name", "name_missing"),
        ({"url": "hooks.slack.com/x"}, "url", "invalid_url"),
        ({"url": "ftp://x/y"}, "url", "invalid_url"),
        ({"url": "https://[x"}, "url", "invalid_url"),
        ({"channel": ""}, "channel", "channel_missing"),
        ({"quiet_from": "22:00:00"}, "quiet_until", "half_quiet"),
        ({"quiet_until": "07:00:00"}, "quiet_from", "half_quiet"),
    ],
)
async def test_a_mistake_is_shown_at_its_field_and_nothing_is_lost(
    dialogs: Dialogs, hub: Hub, settings: dict[str, Any], field: str, error: str
) -> None:
    dialog = await _open(dialogs, hub, "notify_add")
    form = await dialog.submit(target="slack_webhook")
    given = _suggested(form) | {"url": HOOK, "channel": "#ops"} | settings
    form = await dialog.submit(**given)
    assert form["errors"] == {field: error}
    assert _stored(hub) == []
    result = await dialog.submit(name="Slack", url=HOOK, channel="#ops")
    assert result["type"] == "create_entry"


async def test_the_url_of_slack_is_not_shown_again_and_stays(
    dialogs: Dialogs, hub: Hub
) -> None:
    await _add(dialogs, hub, "slack_webhook", url=HOOK)
    dialog = await _open(dialogs, hub, "notify_change")
    await dialog.submit(target=_stored(hub)[0]["target_id"])
    form = await dialog.pick("notify_settings")
    assert HOOK not in str(form)
    await dialog.submit(**_suggested(form) | {"channel": "#other"})
    [stored] = _stored(hub)
    assert (stored["address"], stored["channel"]) == (HOOK, "#other")


async def test_the_last_target_gives_way_to_home_assistant_itself(
    dialogs: Dialogs, hub: Hub
) -> None:
    await _add(dialogs, hub, "slack_webhook", url=HOOK)
    dialog = await _open(dialogs, hub, "notify_change")
    await dialog.submit(target=_stored(hub)[0]["target_id"])
    await dialog.pick("notify_remove")
    await dialog.submit()
    assert "notifications" not in hub.entry.options
    assert list(hub.notifier.targets) == ["default"]


async def test_home_assistant_itself_can_be_a_target_beside_others(
    dialogs: Dialogs, hub: Hub
) -> None:
    await _add(dialogs, hub, "persistent")
    await _add(dialogs, hub, "slack_webhook", url=HOOK)
    assert [stored["kind"] for stored in _stored(hub)] == [
        "persistent",
        "slack_webhook",
    ]


async def test_a_test_message_says_whether_it_arrived(
    dialogs: Dialogs, hub: Hub, hass: HomeAssistant
) -> None:
    mail = Mail(hass)
    await _add(dialogs, hub, "action:mail")
    mail.error = HomeAssistantError("the server is full")
    dialog = await _open(dialogs, hub, "notify_test")
    form = await dialog.submit(target="all")
    assert form["errors"] == {"base": "test_failed"}
    assert form["description_placeholders"] == {
        "name": "notify.mail",
        "reason": "the server is full",
    }
    mail.error = None
    result = await dialog.submit(target=_stored(hub)[0]["target_id"])
    assert (result["type"], result["reason"]) == ("abort", "test_sent")
    assert mail.titles == ["Test message from HomelabCmd"]


async def test_the_action_sends_a_test_to_one_or_to_all(
    hub: Hub, hass: HomeAssistant
) -> None:
    mail, pager = Mail(hass), Mail(hass, "pager")
    hass.config_entries.async_update_entry(
        hub.entry, options={"notifications": [target("mail"), target("pager")]}
    )
    await hass.async_block_till_done()

    async def send(**data: str) -> None:
        await hass.services.async_call(
            "homelabcmd", "send_test_notification", data, blocking=True
        )

    await send()
    assert len(mail.titles) == len(pager.titles) == 1
    await send(target="pAGER")
    await send(target="mail")
    assert len(mail.titles) == len(pager.titles) == 1
    with pytest.raises(ServiceValidationError) as caught:
        await send(target="nobody")
    assert caught.value.translation_placeholders == {
        "name": "nobody",
        "names": "Mail, Pager",
    }


async def test_a_target_that_is_gone_can_be_taken_out_under_repairs(
    dialogs: Dialogs, hub: Hub, hass: HomeAssistant
) -> None:
    hass.config_entries.async_update_entry(
        hub.entry, options={"notifications": [target("mail")]}
    )
    await hass.async_block_till_done()
    for _ in range(2):
        # Once is nothing: what it leads to may be starting anew.
        hub.notifier.async_sync()
        hub.tick()
    dialog = await dialogs.repair("target_missing_mail")
    assert dialog.seen["description_placeholders"] == {"name": "Mail"}
    await dialog.submit()
    assert "notifications" not in hub.entry.options


# What goes on while a dialog is open, and what is no longer there.


async def _have(hass: HomeAssistant, hub: Hub, *targets: dict[str, Any]) -> None:
    hass.config_entries.async_update_entry(
        hub.entry, options={"notifications": list(targets)}
    )
    await hass.async_block_till_done()


@pytest.mark.parametrize("url", ["", "  ", "https://", "https://a b/c"])
async def test_slack_is_not_added_without_an_address(
    dialogs: Dialogs, hub: Hub, url: str
) -> None:
    result = await _add(dialogs, hub, "slack_webhook", url=url)
    assert result["errors"] == {"url": "invalid_url"}
    assert _stored(hub) == []


async def test_two_targets_are_not_called_the_same(
    dialogs: Dialogs, hub: Hub, hass: HomeAssistant
) -> None:
    await _add(dialogs, hub, "slack_webhook", url=HOOK)
    dialog = await _open(dialogs, hub, "notify_add")
    form = await dialog.submit(target="slack_webhook")
    given = _suggested(form) | {"url": HOOK}
    form = await dialog.submit(**given | {"name": " sLACK "})
    assert form["errors"] == {"name": "name_taken"}
    await dialog.submit(**given | {"name": "Slack of the family"})
    assert [one["name"] for one in _stored(hub)] == ["Slack", "Slack of the family"]
    # Its own name is no other target's.
    dialog = await _open(dialogs, hub, "notify_change")
    await dialog.submit(target=_stored(hub)[0]["target_id"])
    form = await dialog.pick("notify_settings")
    assert (await dialog.submit(**_suggested(form)))["type"] == "create_entry"


@pytest.mark.parametrize(
    "pages",
    [
        (),
        ("notify_target",),
        ("notify_target", "notify_settings"),
        ("notify_target", "notify_remove"),
    ],
)
async def test_a_target_that_was_removed_meanwhile_stays_removed(
    dialogs: Dialogs, hub: Hub, hass: HomeAssistant, pages: tuple[str, ...]
) -> None:
    Mail(hass)
    await _have(hass, hub, target("mail"), target("pager"))
    dialog = await _open(dialogs, hub, "notify_change")
    if pages:
        await dialog.submit(target="mail")
    for page in pages[1:]:
        await dialog.pick(page)
    shown = _suggested(dialog.seen) if dialog.seen["type"] == "form" else {}
    await _have(hass, hub, target("pager"))
    if dialog.seen["type"] == "menu":
        result = await dialog.pick("notify_settings")
    else:
        result = await dialog.submit(**shown or ({} if pages else {"target": "mail"}))
    assert (result["type"], result["reason"]) == ("abort", "target_removed")
    assert [one["target_id"] for one in _stored(hub)] == ["pager"]


async def test_no_test_goes_to_a_target_that_was_removed_meanwhile(
    dialogs: Dialogs, hub: Hub, hass: HomeAssistant
) -> None:
    mail = Mail(hass)
    await _have(hass, hub, target("mail"), target("pager"))
    dialog = await _open(dialogs, hub, "notify_test")
    await _have(hass, hub, target("pager"))
    assert (await dialog.submit(target="mail"))["reason"] == "target_removed"
    assert mail.calls == 0


async def test_what_can_no_longer_notify_is_not_added(
    dialogs: Dialogs, hub: Hub, hass: HomeAssistant
) -> None:
    Mail(hass)
    dialog = await _open(dialogs, hub, "notify_add")
    hass.services.async_remove("notify", "mail")
    form = await dialog.submit(target="action:mail")
    assert form["errors"] == {"target": "target_gone"}
    assert "action:mail" not in _offered(form)
    assert (await dialog.submit(target="persistent"))["step_id"] == "notify_settings"


async def test_a_server_that_was_removed_stays_until_it_is_taken_out(
    dialogs: Dialogs, hub: Hub, hass: HomeAssistant
) -> None:
    """Without it the target would hear of all servers."""
    Mail(hass)
    await _have(hass, hub, target("mail", servers=["gone"]))
    dialog = await _open(dialogs, hub, "notify_change")
    await dialog.submit(target="mail")
    form = await dialog.pick("notify_settings")
    await dialog.submit(**_suggested(form) | {"name": "Post"})
    [stored] = _stored(hub)
    assert (stored["name"], stored["servers"]) == ("Post", ["gone"])


async def test_a_tag_may_be_named_before_a_server_has_it(
    dialogs: Dialogs, hub: Hub, hass: HomeAssistant
) -> None:
    Mail(hass)
    await _add(dialogs, hub, "action:mail", tags=[" media ", ""])
    assert _stored(hub)[0]["tags"] == ["media"]


async def test_a_time_is_taken_as_people_write_it(
    dialogs: Dialogs, hub: Hub, hass: HomeAssistant
) -> None:
    Mail(hass)
    await _add(dialogs, hub, "action:mail", quiet_from="22:30", quiet_until="7:00")
    quiet = {"start": "22:30:00", "end": "07:00:00"}
    assert _stored(hub)[0]["quiet"] == quiet


async def test_the_action_refuses_an_empty_name(hub: Hub, hass: HomeAssistant) -> None:
    with pytest.raises(ServiceValidationError) as caught:
        await hass.services.async_call(
            "homelabcmd", "send_test_notification", {"target": ""}, blocking=True
        )
    assert caught.value.translation_key == "unknown_target"


@pytest.fixture
async def missing(dialogs: Dialogs, hub: Hub, hass: HomeAssistant) -> Dialog:
    """Open the repair of a target that is gone."""
    await _have(hass, hub, target("mail"))
    for _ in range(2):
        # Once is nothing, as above.
        hub.notifier.async_sync()
        hub.tick()
    return await dialogs.repair("target_missing_mail")


async def test_a_hub_that_is_not_running_repairs_no_target(
    missing: Dialog, hub: Hub, hass: HomeAssistant
) -> None:
    assert await hass.config_entries.async_unload(hub.entry.entry_id)
    assert (await missing.submit())["reason"] == "not_loaded"
    assert len(_stored(hub)) == 1


async def test_a_target_removed_meanwhile_needs_no_repair(
    missing: Dialog, hub: Hub, hass: HomeAssistant
) -> None:
    await _have(hass, hub, target("pager"))
    assert (await missing.submit())["reason"] == "target_removed"
    assert [one["target_id"] for one in _stored(hub)] == ["pager"]
