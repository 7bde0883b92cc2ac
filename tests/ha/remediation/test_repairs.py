"""An alert proposes its repair, and it is watched whether that helped."""

from typing import Any

from homeassistant.exceptions import ServiceValidationError
import pytest

from .bench import Bench


async def _alert(bench: Bench) -> dict[str, object]:
    alert: dict[str, object]
    [alert] = [a for a in await bench.lab.alerts() if a["type"] == "service_down"]
    return alert


async def _approved(bench: Bench) -> str:
    """Approve the one action that waits, and have the agent take it over."""
    [action] = await bench.actions(status="pending")
    action_id: str = action["action_id"]
    await bench.ask("approve_action", bench.admin, action_id=action_id)
    bench.accepted = [action_id]
    await bench.beat()
    return action_id


async def test_what_is_down_is_offered_for_a_restart_that_ends_its_alert(
    bench: Bench,
) -> None:
    await bench.crash_plex()
    action = await bench.only()
    alert = await _alert(bench)
    assert action["alert_id"] == alert["alert_id"]
    assert alert["auto_remediation"] == {
        "available": True,
        "action_id": action["action_id"],
        "status": "pending",
    }
    assert alert["auto_remediated"] is False
    action_id = await _approved(bench)
    await bench.end(action_id)
    assert (await _alert(bench))["status"] == "open", "only a heartbeat says it runs"
    bench.status = "running"
    await bench.beat()
    alert = await _alert(bench)
    assert (alert["status"], alert["resolution"]) == ("resolved", "cleared")
    assert alert["auto_remediation"] == {
        "available": True,
        "action_id": action_id,
        "status": "completed",
    }
    assert alert["auto_remediated"] is True
    for _ in range(10):
        await bench.lab.wait(60)
        await bench.beat()
    assert await bench.lab.standing() == {}


async def test_a_repair_that_does_not_help_is_a_critical_alert_of_its_own(
    bench: Bench,
) -> None:
    await bench.crash_plex()
    action_id = await _approved(bench)
    await bench.end(action_id, output="started\nand crashed")
    await bench.lab.minutes(2, services=[{"name": "plex.service", "status": "failed"}])
    assert "remediation_failed plex.service" not in await bench.lab.standing()
    await bench.lab.wait(60)
    await bench.beat()
    await bench.lab.wait(5)
    assert (await bench.lab.standing())["remediation_failed plex.service"] == "open"
    [failed] = await bench.lab.alerts(severity="critical", limit=1)
    assert failed["message"].endswith("Details: started and crashed")
    assert (await bench.only())["remedied"] is False
    bench.status = "running"
    await bench.beat()
    assert await bench.lab.standing() == {}


@pytest.mark.parametrize("by_hand", [True, False])
async def test_a_result_that_a_heartbeat_has_overtaken_is_judged_all_the_same(
    bench: Bench, *, by_hand: bool
) -> None:
    await bench.crash_plex()
    action_id = await _approved(bench)
    if by_hand:
        alert_id = (await _alert(bench))["alert_id"]
        await bench.lab.act("resolve_alert", alert_id=alert_id)
    bench.status = "running"
    await bench.beat()
    assert (await bench.only())["remedied"] is None, "not ended yet"
    await bench.end(action_id)
    assert (await bench.only())["remedied"] is (not by_hand)
    alert = await _alert(bench)
    assert (alert["status"], alert["auto_remediated"]) == ("resolved", not by_hand)


async def test_a_repair_that_fails_is_said_at_once(bench: Bench) -> None:
    await bench.crash_plex()
    action_id = await _approved(bench)
    await bench.end(action_id, "failed", exit_code=1, error="unit is masked")
    assert (await bench.lab.standing())["remediation_failed plex.service"] == "open"
    assert (await bench.only())["exit_code"] == 1
    text = bench.lab.state("event", "remediation").attributes["message"]
    assert text == "The command has failed (exit code 1). Details: unit is masked"


async def test_a_silent_server_says_nothing_about_whether_it_helped(
    bench: Bench,
) -> None:
    await bench.crash_plex()
    action_id = await _approved(bench)
    await bench.end(action_id)
    await bench.lab.wait(600)
    assert "remediation_failed plex.service" not in await bench.lab.standing()


async def test_what_is_well_again_by_itself_is_no_longer_asked(bench: Bench) -> None:
    await bench.crash_plex()
    bench.status = "running"
    await bench.beat()
    assert (await bench.only())["status"] == "expired"
    assert (await bench.lab.alerts())[0]["auto_remediation"]["status"] == "expired"


async def test_nothing_is_proposed_in_maintenance_but_after_it(bench: Bench) -> None:
    await bench.lab.act("set_maintenance", server="nas", enabled=True)
    await bench.crash_plex()
    assert await bench.actions() == []
    await bench.lab.act("set_maintenance", server="nas", enabled=False)
    assert (await bench.only())["status"] == "pending"


async def test_what_was_rejected_is_not_proposed_again_for_the_same_alert(
    bench: Bench,
) -> None:
    await bench.crash_plex()
    action_id = (await bench.only())["action_id"]
    await bench.ask("reject_action", bench.admin, action_id=action_id)
    await bench.lab.minutes(5, services=[{"name": "plex.service", "status": "failed"}])
    assert len(await bench.actions()) == 1


@pytest.mark.parametrize("by_server", [True, False])
async def test_auto_approve_repairs_without_a_person_until_it_is_too_often(
    bench: Bench, *, by_server: bool
) -> None:
    where: dict[str, Any] = {"server": "nas"} if by_server else {}
    await bench.lab.act(
        "set_auto_approve",
        bench.admin,
        action_type="restart_service",
        enabled=True,
        **where,
    )
    for _ in range(3):
        await bench.crash_plex()
        [action] = await bench.actions(status="approved")
        assert (action["auto_approved"], action["decided_by"]) == (True, None)
        bench.accepted = [action["action_id"]]
        await bench.beat()
        await bench.end(action["action_id"])
        bench.status = "running"
        await bench.beat()
        # So far apart that it does not count as flapping.
        for _ in range(15):
            await bench.lab.wait(60)
            await bench.beat()
    await bench.crash_plex()
    [waiting] = await bench.actions(status="pending")
    assert waiting["auto_approved"] is False
    assert (await bench.lab.standing())["remediation_failed plex.service"] == "open"
    await bench.ask("approve_action", bench.admin, action_id=waiting["action_id"])
    bench.status = "running"
    await bench.beat()
    assert await bench.lab.standing() == {}


async def test_auto_approve_for_one_server_is_for_that_one_alone(bench: Bench) -> None:
    await bench.lab.act(
        "set_auto_approve",
        bench.admin,
        action_type="restart_service",
        enabled=True,
        server="pi",
    )
    await bench.crash_plex()
    assert (await bench.only())["status"] == "pending"
    await bench.lab.act(
        "set_auto_approve", action_type="restart_service", enabled=False
    )
    stored = bench.lab.hub.entry.options["auto_approval"]
    assert stored["types"]["restart_service"] is False
    assert stored["servers"] == {}


async def test_the_hub_counts_what_waits_and_the_button_restarts(bench: Bench) -> None:
    hass = bench.lab.hass
    await bench.crash_plex()
    await bench.lab.wait(5)
    assert bench.lab.state("sensor", "pending_actions", "hub").state == "1"
    [button] = [
        state.entity_id
        for state in hass.states.async_all("button")
        if "plex" in state.entity_id
    ]
    assert hass.states.get(button).state != "unavailable"  # type: ignore[union-attr]
    with pytest.raises(ServiceValidationError) as refused:
        await hass.services.async_call(
            "button", "press", {"entity_id": button}, blocking=True
        )
    assert refused.value.translation_key == "approval_needs_person"
    await hass.services.async_call(
        "button", "press", {"entity_id": button}, blocking=True, context=bench.admin
    )
    action = await bench.only()
    assert (action["status"], action["decided_by"]["user_id"]) == (
        "approved",
        bench.admin.user_id,
    )
    await bench.lab.wait(5)
    assert bench.lab.state("sensor", "pending_actions", "hub").state == "0"
    bench.agent = {"version": "0.1.0", "mode": "monitor"}
    await bench.beat()
    assert hass.states.get(button).state == "unavailable"  # type: ignore[union-attr]
