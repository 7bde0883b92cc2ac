"""Alerts open for a reason and end by themselves."""

import time
from typing import Any

import pytest

from tests.builders import metrics

from .lab import Lab, disk, full, unit


async def test_a_disk_that_fills_up_opens_one_alert_that_gets_worse_and_ends(
    lab: Lab,
) -> None:
    await lab.report(**full(79.9))
    assert await lab.alerts() == []
    await lab.minutes(1, **full(85))
    [warning] = await lab.alerts()
    await lab.minutes(1, **full(92))
    [critical] = await lab.alerts()
    assert critical["alert_id"] == warning["alert_id"]
    await lab.minutes(1, **full(84))
    [eased] = await lab.alerts()
    assert (eased["type"], eased["status"]) == ("disk_warning", "open")
    await lab.minutes(1, **full(75))
    [ended] = await lab.alerts()
    assert (ended["status"], ended["resolution"]) == ("resolved", "cleared")
    assert lab.told() == [
        ("opened", "disk_warning", "high"),
        ("escalated", "disk_critical", "critical"),
        ("eased", "disk_warning", "high"),
        ("resolved", "disk_warning", "high"),
    ]


async def test_noise_inside_the_band_changes_nothing(lab: Lab) -> None:
    await lab.report(**full(80))
    assert lab.told() == [("opened", "disk_warning", "high")]
    for percent in (79.9, 80.1, 75.1, 80, 79):
        await lab.minutes(1, **full(percent))
    assert lab.told() == []


@pytest.mark.parametrize(
    ("changes", "alert", "minutes"),
    [
        ({"metrics": metrics(cpu_percent=97)}, ("cpu_warning", "medium"), 5),
        ({"metrics": metrics(memory_percent=86)}, ("memory_warning", "medium"), 5),
        (
            {"temperatures": [{"name": "Package", "celsius": 91}]},
            ("temperature_high", "high"),
            5,
        ),
        (unit("stopped"), ("service_down", "critical"), 1),
        (unit("failed"), ("service_down", "critical"), 1),
        (
            {"containers": [{"name": "web", "status": "stopped"}]},
            ("container_down", "critical"),
            1,
        ),
    ],
)
async def test_what_must_last_for_a_while_opens_no_alert_before(
    lab: Lab, changes: dict[str, Any], alert: tuple[str, str], minutes: int
) -> None:
    await lab.watch(services=["plex"], containers=["web"])
    await lab.report(**changes)
    await lab.minutes(minutes - 1, **changes)
    assert lab.told() == []
    await lab.minutes(1, **changes)
    assert lab.told() == [("opened", *alert)]


async def test_a_reboot_is_no_reason_to_call_a_service_down(lab: Lab) -> None:
    await lab.watch(services=["plex"])
    await lab.report(**unit("running"))
    await lab.report(**unit("stopped"), boot_id="one")
    await lab.minutes(1, **unit("stopped"), boot_id="two")
    assert lab.told() == []
    await lab.minutes(1, **unit("stopped"), boot_id="two")
    assert lab.told() == [("opened", "service_down", "critical")]


async def test_many_names_do_not_crowd_out_what_is_watched(lab: Lab) -> None:
    await lab.watch(services=["plex"])
    for number in range(5):
        crowd = [{"name": f"{number} {n}", "error": "x"} for n in range(200)]
        full = [disk(99, f"/{number}/{n}") for n in range(300)]
        more = {"collectors": crowd, "disks": full}
        await lab.minutes(1, **unit("running"), **more)
    await lab.minutes(2, **unit("failed"))
    assert ("opened", "service_down", "critical") in lab.told()


@pytest.mark.parametrize(
    ("changes", "alert"),
    [
        ({"updates_available": 3}, ("update_available", "low")),
        ({"security_updates": 1}, ("update_available", "medium")),
        ({"reboot_required": True}, ("reboot_required", "low")),
        (
            {"collectors": [{"name": "disks", "error": "permission denied"}]},
            ("collector_failed", "low"),
        ),
        ({"agent": {"version": "0.0.1"}}, ("agent_outdated", "low")),
    ],
)
async def test_a_fact_opens_an_alert_at_once(
    lab: Lab, changes: dict[str, Any], alert: tuple[str, str]
) -> None:
    await lab.report(**changes)
    assert lab.told() == [("opened", *alert)]


async def test_an_item_that_is_not_critical_opens_no_alert(lab: Lab) -> None:
    await lab.watch(services=[{"name": "plex", "critical": False}])
    await lab.minutes(3, **unit("failed"))
    assert lab.told() == []


async def test_every_mount_has_an_alert_of_its_own(lab: Lab) -> None:
    await lab.report(disks=[disk(85), disk(95, "/srv/media"), disk(10, "/home")])
    assert await lab.standing() == {
        "disk_warning /": "open",
        "disk_critical /srv/media": "open",
    }


async def test_alerts_of_one_server_are_none_of_another(lab: Lab) -> None:
    await lab.report(**full(95))
    await lab.report("pi", **full(20))
    assert await lab.standing("nas") == {"disk_critical /": "open"}
    assert await lab.standing("pi") == {}


# Silence.


async def test_a_host_that_goes_down_opens_exactly_one_alert(lab: Lab) -> None:
    await lab.watch(services=["plex"])
    await lab.minutes(2, "nas", "pi", **unit("running"))
    for _ in range(60):
        await lab.wait(60)
        await lab.report("pi")
    assert lab.told() == [("opened", "server_offline", "critical")]
    await lab.report()
    assert lab.told() == [("resolved", "server_offline", "critical")]


async def test_silence_neither_opens_nor_ends_another_alert(lab: Lab) -> None:
    await lab.report(metrics=metrics(cpu_percent=99), disks=[disk(95)])
    lab.told()
    await lab.wait(3600)
    assert lab.told() == [("opened", "server_offline", "critical")]
    assert await lab.standing() == {
        "disk_critical /": "open",
        "server_offline": "open",
    }
    # The processor was busy before and is so now: nobody knows what was between.
    await lab.report(metrics=metrics(cpu_percent=99), disks=[disk(95)])
    assert lab.told() == [("resolved", "server_offline", "critical")]


async def test_what_a_heartbeat_leaves_out_ends_nothing(lab: Lab) -> None:
    await lab.report(**full(95), updates_available=2)
    lab.told()
    await lab.minutes(2, disks=None, metrics={"cpu_percent": 1}, updates_available=None)
    assert lab.told() == []


async def test_a_server_that_was_never_heard_is_not_offline(lab: Lab) -> None:
    await lab.wait(86400)
    assert lab.told() == []


async def test_what_is_critical_is_told_again_until_somebody_answers(lab: Lab) -> None:
    kinds: list[str] = []
    lab.hub.alerting.async_listen(lambda record: kinds.append(record.kind.value))
    await lab.report(**full(95))
    await lab.minutes(4 * 60, **full(95))
    assert kinds == ["opened", "repeated"]
    [alert] = await lab.alerts()
    await lab.act("acknowledge_alert", alert_id=alert["alert_id"])
    await lab.minutes(5 * 60, **full(95))
    assert kinds == ["opened", "repeated", "acknowledged"]
    # A reminder is no change of the alert.
    assert [kind for kind, *_ in lab.told()] == ["opened", "acknowledged"]


# Flapping.


async def test_what_keeps_changing_is_held_as_one_alert(lab: Lab) -> None:
    for _ in range(8):
        await lab.minutes(1, **full(85))
        await lab.minutes(1, **full(20))
    told = lab.told()
    assert told[-1] == ("opened", "flapping", "medium")
    assert len(told) <= 5
    assert await lab.standing() == {"flapping /": "open"}
    await lab.minutes(31, **full(20))
    assert lab.told() == [("resolved", "flapping", "medium")]


async def test_a_service_that_crashes_and_restarts_is_told_as_flapping(
    lab: Lab,
) -> None:
    await lab.watch(services=["plex"])
    for _ in range(6):
        await lab.wait(30)
        await lab.report(**unit("failed"))
        await lab.wait(30)
        await lab.report(**unit("running"))
    assert lab.told() == [("opened", "flapping", "medium")]


# Clocks.


@pytest.mark.parametrize("days", [30, -30])
async def test_a_wall_clock_that_jumps_changes_no_alert(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, days: int
) -> None:
    await lab.report(**full(95))
    lab.told()
    # Only the wall clock jumps: the monotonic one is what it was.
    mono = time.monotonic()
    lab.freezer.tick(days * 86400)
    monkeypatch.setattr("time.monotonic", lambda: mono)
    lab.hub.tick()
    assert lab.told() == []
    assert await lab.standing() == {"disk_critical /": "open"}
