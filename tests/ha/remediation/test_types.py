"""Updates, logs, scripts and reboots go the way of a restart, each with its care."""

from typing import Any

from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockUser
import wakeonlan

from ..alerts.lab import full
from ..dialogs import Dialogs
from ..notifications.phone import Phone, press
from .bench import Bench, managed

ALLOWED = {
    "restart_service": ["plex.service"],
    "clear_logs": ["journal", "/var/log/app.log"],
    "custom": ["/usr/local/bin/tidy up"],
    "apply_updates": True,
    "reboot": True,
}


def pending(
    digest: str = "a", *, security: bool = True, only: str = "5", **more: Any
) -> dict[str, Any]:
    """Return what a heartbeat says of two pending updates."""
    packages = [
        {"name": "openssl", "current": "3.0", "candidate": "3.1", "security": security},
        {"name": "vim", "current": "1", "candidate": "2", "security": False},
    ]
    sets = [update_set("all", digest, packages, **more)]
    if security:
        services = {"services": ["nginx.service"]}
        sets.append(update_set("security", only, packages[:1], **services))
    return {
        "package_updates": packages,
        "updates_available": 2,
        "security_updates": int(security),
        "update_sets": sets,
    }


def update_set(
    scope: str, digest: str, packages: list[dict[str, Any]], **more: Any
) -> dict[str, Any]:
    """Return what could be installed together."""
    return {
        "scope": scope,
        "digest": digest * 64,
        "count": len(packages),
        "security": sum(item["security"] for item in packages),
        "packages": packages,
        **more,
    }


@pytest.fixture
async def desk(bench: Bench) -> Bench:
    """Let the server allow everything."""
    bench.agent = managed(ALLOWED)
    await bench.beat()
    return bench


async def _taken_over(bench: Bench) -> dict[str, Any]:
    """Approve the one action that waits, and have the agent take it over."""
    [action] = await bench.actions(status="pending")
    action = await bench.ask(
        "approve_action", bench.admin, action_id=action["action_id"]
    )
    [command] = await bench.beat()
    bench.accepted = [command["command_id"]]
    await bench.beat()
    return command


def _update(bench: Bench) -> Any:
    return bench.lab.state("update", "system_update")


async def _install(bench: Bench, context: Context | None) -> None:
    await bench.lab.hass.services.async_call(
        "update",
        "install",
        {"entity_id": bench.lab.entity_id("update", "system_update")},
        blocking=True,
        context=context,
    )
    await bench.lab.hass.async_block_till_done()


# Updates.


async def test_security_updates_are_offered_on_the_phone_by_name_and_installed(
    desk: Bench, hass: HomeAssistant, hass_admin_user: MockUser
) -> None:
    phone = Phone(hass, "iphone", hass_admin_user, "Apple")
    target = phone.target | {"severities": ["medium"]}
    await desk.lab.set_options(notifications=[target])
    await desk.report(**pending())
    await desk.lab.wait(5)
    asked = phone.mail.letters[-1]
    assert asked["title"] == "NAS has security updates to install"
    assert asked["message"] == (
        "Updates waiting to be installed on NAS: 2, of which for security: 1. "
        "Installing those for security waits until an administrator approves it. "
        "Packages: openssl 3.1. May restart: nginx.service."
    )
    await press(desk.lab, phone.buttons["Approve"], hass_admin_user)
    [command] = await desk.beat()
    assert command["action"] == "apply_updates"
    assert command["target"] == ""
    assert command["parameters"] == {"digest": "5" * 64, "security_only": True}
    assert command["timeout_seconds"] == 1800
    action_id = command["command_id"]
    desk.accepted = [action_id]
    await desk.beat()
    assert _update(desk).attributes["in_progress"] is True
    await desk.end(action_id, output="openssl 3.1")
    await desk.report(package_updates=[], update_sets=[])
    [alert] = await desk.lab.alerts(status="resolved")
    assert (alert["resolution"], alert["auto_remediated"]) == ("cleared", True)
    assert _update(desk).attributes["in_progress"] is False
    assert (await desk.only())["decided_by"]["user_id"] == hass_admin_user.id


async def test_what_is_to_install_stands_in_the_action(desk: Bench) -> None:
    more: dict[str, Any] = {
        "added": ["linux-image-6.12"],
        "services": ["ssh.service"],
        "reboot": True,
        "count": 3,
    }
    await desk.report(**pending(security=False, **more))
    action = await desk.ask(
        "queue_action", None, server="nas", action_type="apply_updates"
    )
    assert action["title"] == "Install updates (3) on NAS"
    assert action["parameters"] == {"digest": "a" * 64, "security_only": False}
    names = [item["name"] for item in action["updates"].pop("packages")]
    assert names == ["openssl", "vim"]
    assert action["updates"] == {
        "count": 3,
        "security": 0,
        "added": ["linux-image-6.12"],
        "services": ["ssh.service"],
        "reboot": True,
    }
    event = desk.lab.state("event", "remediation").attributes
    assert event["message"] == (
        "It waits until an administrator approves it. Packages: openssl 3.1, vim 2. "
        "New on the server: linux-image-6.12. May restart: ssh.service. A reboot will "
        "be needed afterwards."
    )


async def test_another_set_than_the_one_that_waits_is_asked_for_anew(
    desk: Bench,
) -> None:
    await desk.report(**pending())
    [first] = await desk.actions()
    await desk.report(**pending("b", only="6"))
    new, old = await desk.actions()
    assert (old["action_id"], old["status"]) == (first["action_id"], "expired")
    assert (new["status"], new["parameters"]["digest"]) == ("pending", "6" * 64)
    assert new["alert_id"] == old["alert_id"]
    # The same set once more is nothing new.
    await desk.beat()
    assert len(await desk.actions()) == 2


async def test_what_came_while_others_were_installed_is_asked_for_after_that(
    desk: Bench,
) -> None:
    for outcome in ("succeeded", "refused"):
        await desk.report(**pending())
        command = await _taken_over(desk)
        await desk.report(**pending("b", only="6"))
        assert await desk.actions(status="pending") == []
        await desk.end(command["command_id"], outcome)
        await desk.lab.wait(5)
        [left] = await desk.actions(status="pending")
        assert left["parameters"]["digest"] == "6" * 64
        await desk.ask("reject_action", desk.admin, action_id=left["action_id"])
        await desk.report(package_updates=[], update_sets=[])
        assert await desk.lab.standing() == {}
        await desk.lab.wait(3600)


async def test_a_set_that_changes_all_the_time_asks_once_an_hour(desk: Bench) -> None:
    for minute in range(60):
        await desk.lab.wait(60)
        await desk.report(**pending("ab"[minute % 2], only="56"[minute % 2]))
    assert len(await desk.actions()) <= 3
    await desk.minutes(61)
    assert len(await desk.actions(status="pending")) == 1, "and is not forgotten"


async def test_what_changed_in_maintenance_is_asked_for_after_it(desk: Bench) -> None:
    await desk.report(**pending())
    await desk.lab.act("set_maintenance", server="nas", enabled=True)
    await desk.report(**pending("b", only="6"))
    assert await desk.actions(status="pending") == []
    await desk.lab.act("set_maintenance", server="nas", enabled=False)
    await desk.lab.wait(5)
    [left] = await desk.actions(status="pending")
    assert left["parameters"]["digest"] == "6" * 64


async def test_who_approved_on_a_phone_hears_that_it_takes_long(
    desk: Bench, hass: HomeAssistant, hass_admin_user: MockUser
) -> None:
    phone = Phone(hass, "iphone", hass_admin_user, "Apple")
    await desk.lab.set_options(notifications=[phone.target])
    await desk.report(**pending())
    await desk.lab.wait(5)
    await press(desk.lab, phone.buttons["Approve"], hass_admin_user)
    [command] = await desk.beat()
    desk.accepted = [command["command_id"]]
    await desk.minutes(32, progress=[{"command_id": command["command_id"]}])
    await desk.lab.wait(5)
    last = phone.mail.letters[-1]
    assert last["title"] == "Running: Install security updates (1) on NAS"
    assert last["message"].startswith("It takes longer than expected")


async def test_what_an_automation_asked_for_follows_the_set_too(desk: Bench) -> None:
    await desk.report(**pending(security=False))
    wanted = {"server": "nas", "action_type": "apply_updates"}
    await desk.ask("queue_action", None, **wanted)
    await desk.report(**pending("b", security=False))
    new, old = await desk.actions()
    assert (old["status"], new["status"]) == ("expired", "pending")
    assert new["parameters"] == {"digest": "b" * 64, "security_only": False}
    await desk.report(package_updates=[], update_sets=[])
    assert await desk.actions(status="pending") == []


async def test_a_server_that_refuses_a_set_that_changed_is_no_failed_repair(
    desk: Bench,
) -> None:
    await desk.report(**pending())
    command = await _taken_over(desk)
    await desk.end(command["command_id"], "refused", error="other packages now")
    assert list(await desk.lab.standing()) == ["update_available"]
    message = desk.lab.state("event", "remediation").attributes["message"]
    assert message == (
        "NAS has refused it, so nothing was done. Details: other packages now"
    )
    await desk.report(**pending("b", only="6"))
    [again] = await desk.actions(status="pending")
    assert again["parameters"]["digest"] == "6" * 64


async def test_updates_that_fail_are_a_failed_repair_under_a_name_people_read(
    desk: Bench,
) -> None:
    await desk.report(**pending())
    command = await _taken_over(desk)
    await desk.end(command["command_id"], "failed", exit_code=100, error="no space")
    assert (await desk.lab.standing())["remediation_failed apply_updates"] == "open"
    [failed] = await desk.lab.alerts(severity="critical")
    assert failed["message"] == (
        "Install updates on NAS failed. Look at the server yourself. Details: no space"
    )
    await desk.report(package_updates=[], update_sets=[])
    assert await desk.lab.standing() == {}


async def test_an_administrator_installs_with_the_update_entity_and_sees_how_far_it_is(
    desk: Bench,
) -> None:
    await desk.report(**pending(security=False))
    await _install(desk, desk.admin)
    action = await desk.only()
    assert action["status"] == "approved"
    assert action["decided_by"]["user_id"] == desk.admin.user_id
    assert action["alert_id"] is not None, "it ends the alert about updates"
    state = _update(desk)
    assert state.attributes["in_progress"] is True
    assert state.attributes["update_percentage"] is None
    [command] = await desk.beat()
    desk.accepted = [command["command_id"]]
    await desk.beat()
    for percent, shown in ((4, 0), (47.3, 40), (49.9, 40), (100, 100)):
        progress = {
            "command_id": command["command_id"],
            "step": "install",
            "percent": percent,
        }
        await desk.beat(progress=[progress])
        assert _update(desk).attributes["update_percentage"] == shown
    assert (await desk.only())["progress"] == {"step": "install", "percent": 100}
    with pytest.raises(HomeAssistantError, match="in progress"):
        await _install(desk, desk.admin)
    await desk.end(command["command_id"])
    await desk.report(package_updates=[], update_sets=[])
    assert _update(desk).state == "off"
    assert (await desk.only())["progress"] is None


async def test_nobody_else_installs_with_the_update_entity(
    desk: Bench, hass: HomeAssistant
) -> None:
    await desk.report(**pending())
    [waiting] = await desk.actions()
    for context in (None, desk.guest):
        with pytest.raises((ServiceValidationError, HomeAssistantError)):
            await _install(desk, context)
    assert await async_setup_component(
        hass,
        "script",
        {
            "script": {
                "nightly": {
                    "sequence": {
                        "action": "update.install",
                        "target": {
                            "entity_id": desk.lab.entity_id("update", "system_update")
                        },
                    }
                }
            }
        },
    )
    with pytest.raises(ServiceValidationError):
        await hass.services.async_call(
            "script", "nightly", {}, blocking=True, context=desk.admin
        )
    assert await desk.actions() == [waiting]


async def test_where_the_server_does_not_let_it_nothing_can_be_installed(
    desk: Bench,
) -> None:
    desk.agent = managed(ALLOWED | {"apply_updates": False})
    await desk.report(**pending())
    assert await desk.actions() == []
    assert not _update(desk).attributes["supported_features"] & 1
    said = await desk.refused(
        "queue_action", desk.admin, server="nas", action_type="apply_updates"
    )
    assert "so nothing was queued: install updates" in said


async def test_updates_that_nobody_knows_or_that_run_already_are_refused(
    desk: Bench,
) -> None:
    wanted = {"server": "nas", "action_type": "apply_updates"}
    said = await desk.refused("queue_action", desk.admin, **wanted)
    assert said.startswith("There is nothing to install on NAS")
    await desk.report(**pending())
    await _taken_over(desk)
    said = await desk.refused("queue_action", desk.admin, **wanted)
    assert said.startswith("Updates are being installed on NAS")
    said = await desk.refused("queue_action", desk.admin, **wanted, target="vim")
    assert said.startswith("Updates and reboots concern the whole server")


async def test_a_list_of_2000_packages_is_cut_and_counted(desk: Bench) -> None:
    packages = [
        {"name": f"p{n}", "current": "1", "candidate": "2", "security": True}
        for n in range(2000)
    ]
    sets = [update_set("security", "5", packages[:50], count=2000)]
    counts = {"updates_available": 2000, "security_updates": 2000}
    await desk.report(package_updates=packages, update_sets=sets, **counts)
    action = await desk.only()
    assert action["updates"]["count"] == 2000
    message = desk.lab.state("event", "remediation").attributes["message"]
    assert message.endswith(
        "p0 2, p1 2, p2 2, p3 2, p4 2, p5 2, p6 2, p7 2 and 1992 more."
    )


async def test_an_installation_that_takes_long_is_said_and_its_end_comes(
    desk: Bench,
) -> None:
    await desk.report(**pending())
    command = await _taken_over(desk)
    progress = [{"command_id": command["command_id"], "step": "install"}]
    await desk.minutes(40, progress=progress)
    action = await desk.only()
    assert (action["status"], action["overdue"]) == ("executing", True)
    message = desk.lab.state("event", "remediation").attributes["message"]
    assert message.startswith("It takes longer than expected and goes on.")
    await desk.end(command["command_id"])
    assert (await desk.only())["status"] == "completed"


# The window.


async def test_automatic_updates_wait_for_the_window_that_the_dialog_sets(
    desk: Bench, hass: HomeAssistant, dialogs: Dialogs, hass_admin_user: MockUser
) -> None:
    await hass.config.async_set_time_zone("UTC")
    dialog = await dialogs.reconfigure(desk.lab.hub.entry, "nas")
    await dialog.pick("window")
    await dialog.submit(days=["mon"], start="13:00:00", end="14:00:00")
    phone = Phone(hass, "pixel", hass_admin_user)
    auto = {"enabled": True, "types": {"apply_updates": True}, "servers": {}}
    await desk.lab.set_options(notifications=[phone.target], auto_approval=auto)
    # The start of these tests is a Monday noon.
    await desk.report(**pending())
    action = await desk.only()
    assert action["status"] == "pending"
    assert action["begins_at"].startswith("2026-03-02T13:00:00")
    message = desk.lab.state("event", "remediation").attributes["message"]
    assert message.startswith("It begins by itself at 2026-03-02 13:00, in the")
    await desk.minutes(58)
    assert (await desk.only())["status"] == "pending"
    assert phone.mail.letters == [], "nobody is needed"
    assert desk.lab.state("sensor", "pending_actions", "hub").state == "0"
    await desk.minutes(3)
    action = await desk.only()
    assert (action["status"], action["auto_approved"]) == ("approved", True)
    [command] = await desk.beat()
    assert command["expires_at"].startswith("2026-03-02T14:00:00")


async def test_a_server_that_was_away_waits_for_the_next_window(
    desk: Bench, dialogs: Dialogs, hass: HomeAssistant
) -> None:
    await hass.config.async_set_time_zone("UTC")
    dialog = await dialogs.reconfigure(desk.lab.hub.entry, "nas")
    await dialog.pick("window")
    await dialog.submit(days=["mon"], start="12:00:00", end="12:30:00")
    auto = {"enabled": True, "types": {"apply_updates": True}, "servers": {}}
    await desk.lab.set_options(auto_approval=auto)
    await desk.report(**pending())
    assert (await desk.only())["status"] == "approved"
    await desk.lab.wait(1800)
    await desk.beat()
    new, old = await desk.actions()
    assert old["status"] == "expired"
    assert new["begins_at"].startswith("2026-03-09T12:00:00")


async def test_a_window_without_length_is_refused_and_short_times_are_read(
    desk: Bench, dialogs: Dialogs
) -> None:
    dialog = await dialogs.reconfigure(desk.lab.hub.entry, "nas")
    await dialog.pick("window")
    await dialog.submit(days=["mon"], start="03:00:00", end="3:00")
    assert dialog.seen["errors"] == {"end": "same_time"}
    await dialog.submit(days=["mon"], start="3:00", end="05:00:00")
    window = desk.lab.hub.servers["nas"].config.window
    assert window is not None
    assert window.start.isoformat() == "03:00:00"


async def test_the_dialog_takes_a_window_away_again(
    desk: Bench, dialogs: Dialogs
) -> None:
    for days, known in ((["sat", "sun"], True), ([], False)):
        dialog = await dialogs.reconfigure(desk.lab.hub.entry, "nas")
        await dialog.pick("window")
        await dialog.submit(days=days, start="23:00:00", end="02:00:00")
        window = desk.lab.hub.servers["nas"].config.window
        assert (window is not None) is known


# Logs, scripts, reboots.


async def test_a_full_disk_asks_for_a_smaller_journal(desk: Bench) -> None:
    await desk.report(**full(95))
    action = await desk.only()
    assert (action["action_type"], action["target"]) == ("clear_logs", "journal")
    assert action["title"] == "Clear the journal on NAS"
    command = await _taken_over(desk)
    await desk.end(command["command_id"], output="800 MB -> 90 MB")
    message = desk.lab.state("event", "remediation").attributes["message"]
    assert message == "The command has ended well. Details: 800 MB -> 90 MB"
    await desk.minutes(5)
    assert list(await desk.lab.standing()) == ["disk_critical /"], "no failed repair"
    assert len(await desk.actions()) == 1, "asked once"
    await desk.report(**full(50))
    assert await desk.lab.standing() == {}


@pytest.mark.parametrize(
    "target",
    [
        "",
        "/usr/local/bin/tidy",
        "/usr/local/bin/../bin/tidy up",
        "tidy\nup",
        "x" * 9999,
    ],
)
async def test_only_a_listed_script_can_be_asked_for_by_its_whole_name(
    desk: Bench, target: str
) -> None:
    wanted = {"server": "nas", "action_type": "custom"}
    said = await desk.refused("queue_action", desk.admin, **wanted, target=target)
    assert "can't be used" in said or "so nothing was queued: run" in said
    name = "/usr/local/bin/tidy up"
    action = await desk.ask("queue_action", None, **wanted, target=name)
    assert action["title"] == f"Run {name} on NAS"
    assert (await _taken_over(desk))["target"] == name


async def test_a_server_that_reboots_after_approval_is_not_called_offline(
    desk: Bench,
) -> None:
    await desk.report(reboot_required=True)
    action = await desk.only()
    assert (action["action_type"], action["title"]) == ("reboot", "Reboot NAS")
    command = await _taken_over(desk)
    assert command["timeout_seconds"] == 600
    await desk.lab.wait(590)
    assert desk.lab.state("binary_sensor", "connectivity").state == "on"
    assert "server_offline" not in await desk.lab.standing()
    await desk.end(command["command_id"], output="boot id 7")
    await desk.report(reboot_required=False)
    assert await desk.lab.standing() == {}
    message = desk.lab.state("event", "remediation").attributes["message"]
    assert message == "NAS has booted anew."


async def test_a_server_that_does_not_come_back_is_offline_when_its_time_is_over(
    desk: Bench,
) -> None:
    await desk.report(reboot_required=True)
    await _taken_over(desk)
    await desk.lab.wait(610)
    assert "server_offline" in await desk.lab.standing()


async def test_a_reboot_can_not_be_switched_to_automatic(desk: Bench) -> None:
    with pytest.raises(ServiceValidationError, match="needs a person"):
        await desk.lab.act(
            "set_auto_approve", desk.admin, action_type="reboot", enabled=True
        )
    assert not desk.lab.hub.remediator.auto.enabled


# Waking.


async def test_the_wake_button_calls_the_card_of_a_server_that_is_off(
    desk: Bench, hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    entity_id = desk.lab.entity_id("button", "wake")
    er.async_get(hass).async_update_entity(entity_id, disabled_by=None)
    await desk.lab.restart()
    await desk.lab.wait(3600)
    assert desk.lab.state("binary_sensor", "connectivity").state == "off"
    sent: list[str] = []
    broken = {"all": False}

    def send(address: str, *, ip_address: str) -> None:
        if broken["all"]:
            raise OSError("Network is unreachable")
        sent.append(f"{address} to {ip_address}")

    # Packets of a test stay on this machine.
    monkeypatch.setattr(wakeonlan, "send_magic_packet", send)

    async def press_it() -> None:
        target = {"entity_id": entity_id}
        await hass.services.async_call("button", "press", target, blocking=True)

    await press_it()
    assert "02:00:0a:4d:00:0b to 255.255.255.255" in sent
    broken["all"] = True
    with pytest.raises(HomeAssistantError, match="could not be sent"):
        await press_it()
