"""An action is asked for, decided by a person, run by an agent, and on record."""

import asyncio
from typing import Any

from homeassistant.core import Context
from homeassistant.exceptions import ServiceValidationError, Unauthorized
from homeassistant.helpers import issue_registry as ir
import pytest

from custom_components.homelabcmd.const import DOMAIN

from .bench import Bench, managed

PLEX = {"server": "nas", "action_type": "restart_service", "target": "plex"}
NEEDS_PERSON = "Only an administrator can decide this, in person"


async def test_a_restart_is_approved_by_a_person_and_runs_once(bench: Bench) -> None:
    queued = await bench.ask("queue_action", bench.admin, **PLEX)
    assert (queued["status"], queued["target"]) == ("pending", "plex.service")
    assert queued["title"] == "Restart plex.service on NAS"
    assert await bench.beat() == []
    approved = await bench.ask(
        "approve_action", bench.admin, action_id=queued["action_id"], note="go"
    )
    assert approved["status"] == "approved"
    assert approved["decided_by"]["user_id"] == bench.admin.user_id
    assert approved["note"] == "go"
    [command] = await bench.beat()
    assert command["command_id"] == queued["action_id"]
    assert (command["action"], command["target"]) == (
        "restart_service",
        "plex.service",
    )
    assert command["timeout_seconds"] == 300
    assert await bench.beat() == [command], "offered until it was accepted"
    bench.accepted = [queued["action_id"]]
    assert await bench.beat() == []
    assert (await bench.only())["status"] == "executing"
    assert (
        await bench.end(queued["action_id"], output="well", exit_code=0) == "received"
    )
    ended = await bench.only()
    assert ended["status"] == "completed"
    assert ended["result"] == {"success": True, "output": "well", "error": None}
    assert await bench.end(queued["action_id"], "failed") == "received", "a repetition"
    assert await bench.only() == ended
    assert bench.told() == ["pending", "approved", "executing", "completed"]


async def test_a_parked_request_is_answered_at_once_when_something_is_approved(
    bench: Bench,
) -> None:
    queued = await bench.ask("queue_action", None, **PLEX)
    parked = bench.parked()
    await bench.until_parked()
    await bench.ask("approve_action", bench.admin, action_id=queued["action_id"])
    [command] = await asyncio.wait_for(parked, 5)
    assert command["command_id"] == queued["action_id"]
    [again] = await asyncio.wait_for(bench.parked(), 5)
    assert again == command


async def test_what_is_approved_is_on_disk_before_an_agent_hears_of_it(
    bench: Bench, hass_storage: dict[str, Any]
) -> None:
    await bench.ask("restart_service", bench.admin, server="nas", service="plex")
    [stored] = hass_storage["homelabcmd.actions"]["data"]["actions"]
    assert stored["status"] == "approved"
    [command] = await bench.beat()
    await bench.lab.crash(hass_storage)
    assert await bench.beat() == [command]


async def test_an_administrators_restart_is_approved_at_once_and_an_automations_waits(
    bench: Bench,
) -> None:
    restart = {"server": "nas", "service": "nextcloud"}
    waiting = await bench.ask("restart_service", None, **restart)
    assert waiting["status"] == "pending"
    assert waiting["target"] == "nextcloud (docker)"
    same = await bench.ask("restart_service", bench.admin, **restart)
    assert same["action_id"] == waiting["action_id"]
    assert same["status"] == "approved"
    assert same["decided_by"]["user_id"] == bench.admin.user_id
    with pytest.raises(Unauthorized):
        await bench.ask("restart_service", bench.guest, **restart)


async def test_only_an_administrator_in_person_decides(bench: Bench) -> None:
    action_id = (await bench.ask("queue_action", None, **PLEX))["action_id"]
    supervisor = await bench.lab.hass.auth.async_create_system_user(
        "Supervisor", group_ids=["system-admin"]
    )
    retired = await bench.lab.hass.auth.async_create_user(
        "Retired", group_ids=["system-admin"]
    )
    await bench.lab.hass.auth.async_update_user(retired, is_active=False)
    for context in (
        None,
        Context(),
        Context(parent_id=bench.admin.id),
        bench.guest,
        Context(user_id="nobody"),
        Context(user_id=supervisor.id),
        Context(user_id=retired.id),
    ):
        for action in ("approve_action", "reject_action"):
            said = await bench.refused(action, context, action_id=action_id)
            assert said.startswith(NEEDS_PERSON)
    assert (await bench.only())["status"] == "pending"


async def test_only_an_administrator_in_person_lets_things_happen_by_themselves(
    bench: Bench,
) -> None:
    auto: dict[str, Any] = {"action_type": "restart_service"}
    for context in (None, Context(), Context(parent_id=bench.admin.id)):
        with pytest.raises(ServiceValidationError) as refused:
            await bench.lab.act("set_auto_approve", context, **auto, enabled=True)
        assert refused.value.translation_key == "approval_needs_person"
    with pytest.raises(Unauthorized):
        await bench.lab.act("set_auto_approve", bench.guest, **auto, enabled=True)
    waiting = await bench.ask("queue_action", None, **PLEX)
    assert waiting["status"] == "pending"
    await bench.ask("reject_action", bench.admin, action_id=waiting["action_id"])
    await bench.lab.act("set_auto_approve", bench.admin, **auto, enabled=True)
    assert (await bench.ask("queue_action", None, **PLEX))["auto_approved"] is True
    await bench.lab.act("set_auto_approve", None, **auto, enabled=False)
    nextcloud = PLEX | {"target": "nextcloud"}
    assert (await bench.ask("queue_action", None, **nextcloud))["status"] == "pending"


async def test_what_cannot_be_decided_any_more_says_so(bench: Bench) -> None:
    action_id = (await bench.ask("queue_action", None, **PLEX))["action_id"]
    await bench.ask("reject_action", bench.admin, action_id=action_id)
    for action in ("approve_action", "reject_action"):
        said = await bench.refused(action, bench.admin, action_id=action_id)
        assert said == (
            "This action can't be decided any more. It is: Rejected. Queue it again "
            "if it is still needed."
        )
    said = await bench.refused("approve_action", bench.admin, action_id="x")
    assert said.startswith("There is no action x.")
    late = (await bench.ask("queue_action", None, **PLEX))["action_id"]
    await bench.lab.wait(24 * 3600)
    said = await bench.refused("approve_action", bench.admin, action_id=late)
    assert "It is: Expired." in said


async def test_only_what_the_server_allows_can_be_asked_for(bench: Bench) -> None:
    said = await bench.refused("queue_action", bench.admin, **PLEX | {"target": "sshd"})
    assert said == (
        "NAS does not let this be done, so nothing was queued: restart sshd. To allow "
        "it, run on the server: sudo sh /opt/homelab-agent/install.sh --managed"
    )
    queued = await bench.ask("queue_action", None, **PLEX)
    bench.agent = managed({"restart_service": []})
    await bench.beat()
    said = await bench.refused(
        "approve_action", bench.admin, action_id=queued["action_id"]
    )
    assert "so nothing was queued: restart plex.service" in said


@pytest.mark.parametrize(
    "target",
    [
        "",
        " ",
        "plex\nsshd",
        "plex; reboot",
        "$(reboot)",
        "--now",
        "../plex.service",
        "plex.service --now",
        "x" * 10240,
        "plex\x00",
    ],
)
async def test_a_strange_target_is_refused_in_words(bench: Bench, target: str) -> None:
    said = await bench.refused("queue_action", bench.admin, **PLEX | {"target": target})
    assert "can't be used" in said or "does not let" in said


async def test_what_is_no_type_or_has_parameters_is_refused(bench: Bench) -> None:
    said = await bench.refused("queue_action", None, **PLEX | {"action_type": "rm"})
    assert said == (
        "action_type can't be rm. Use one of: restart_service, clear_logs, "
        "apply_updates, custom, reboot."
    )
    for action_type, parameters in (
        ("restart_service", {"security_only": True}),
        ("apply_updates", {"digest": "a" * 64}),
        ("apply_updates", {"security_only": "yes"}),
        ("reboot", {"security_only": True}),
    ):
        said = await bench.refused(
            "queue_action",
            None,
            server="nas",
            action_type=action_type,
            parameters=parameters,
        )
        assert said == (
            "The parameters can't be used. Only apply_updates takes one: "
            "security_only, true or false."
        )


async def test_a_monitor_only_server_gets_no_queue_but_the_line_that_changes_it(
    bench: Bench,
) -> None:
    line = "sudo sh /opt/homelab-agent/install.sh --managed"
    bench.agent = {"version": "0.1.0", "mode": "monitor"}
    await bench.crash_plex()
    assert await bench.actions() == []
    assert line in await bench.refused("queue_action", bench.admin, **PLEX)
    issues = ir.async_get(bench.lab.hass)
    issue = issues.async_get_issue(DOMAIN, "monitor_only_nas")
    assert issue is not None
    assert issue.translation_placeholders == {"name": "NAS", "command": line}
    bench.agent = managed()
    await bench.beat()
    assert issues.async_get_issue(DOMAIN, "monitor_only_nas") is None
    assert (await bench.only())["status"] == "pending", "what is down is offered now"


async def test_a_result_of_what_was_never_given_out_is_refused(bench: Bench) -> None:
    assert await bench.end("never") == "unknown_command"
    queued = await bench.ask("queue_action", None, **PLEX)
    assert await bench.end(queued["action_id"]) == "unknown_command"
    bench.accepted = [queued["action_id"]]
    await bench.beat()
    assert (await bench.only())["status"] == "pending"


async def test_actions_of_a_removed_server_are_forgotten(bench: Bench) -> None:
    await bench.ask("queue_action", None, **PLEX)
    await bench.lab.act("remove_server", server="nas")
    assert await bench.actions() == []


async def test_what_an_agent_took_over_and_never_ends_is_lost(bench: Bench) -> None:
    action = await bench.ask(
        "restart_service", bench.admin, server="nas", service="plex"
    )
    bench.accepted = [action["action_id"]]
    await bench.beat()
    await bench.lab.wait(300 + 15 * 60)
    assert (await bench.only())["status"] == "lost"
    await bench.beat()
    assert await bench.end(action["action_id"]) == "received"
    assert (await bench.only())["status"] == "completed"
