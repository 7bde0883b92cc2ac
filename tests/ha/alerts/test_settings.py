"""What the user sets applies to alerts that are open, and what is gone has none."""

from .lab import Lab, disk, full, unit

# Settings.


async def test_the_options_apply_to_all_servers_and_a_server_s_own_go_before(
    lab: Lab,
) -> None:
    await lab.set_options(alerts={"disk_warning": {"threshold": 60}})
    await lab.set_server_alerts(disk_warning={"threshold": 70})
    await lab.report("nas", **full(65))
    await lab.report("pi", **full(65))
    assert await lab.standing("nas") == {}
    assert await lab.standing("pi") == {"disk_warning /": "open"}
    [alert] = await lab.alerts()
    assert alert["threshold_value"] == 60


async def test_a_threshold_that_rises_ends_what_is_below_it(lab: Lab) -> None:
    await lab.report(**full(85))
    await lab.set_options(alerts={"disk_warning": {"threshold": 89}})
    assert await lab.standing() == {"disk_warning /": "open"}
    await lab.minutes(1, **full(83))
    assert await lab.standing() == {}


async def test_a_rule_that_is_switched_off_ends_its_alerts(lab: Lab) -> None:
    await lab.report(**full(95))
    off = {"enabled": False}
    await lab.set_options(alerts={"disk_warning": off, "disk_critical": off})
    await lab.wait(5)
    assert await lab.standing() == {}
    [alert] = await lab.alerts()
    assert alert["resolution"] == "rule_off"
    assert lab.state("event", "alerts").attributes["message"] == (
        "Alerts of this kind are switched off for NAS."
    )


async def test_another_severity_changes_the_alert_that_is_open(lab: Lab) -> None:
    await lab.report(**full(85))
    [before] = await lab.alerts()
    await lab.set_server_alerts(disk_warning={"severity": "critical"})
    await lab.minutes(1, **full(85))
    [after] = await lab.alerts()
    assert (after["alert_id"], after["severity"]) == (before["alert_id"], "critical")


async def test_settings_that_can_t_be_read_count_as_not_set(lab: Lab) -> None:
    await lab.set_options(
        alerts={"disk_warning": {"threshold": "high"}, "nonsense": 1, "flapping": None}
    )
    await lab.set_server_alerts(disk_critical=[])
    await lab.report(**full(85))
    assert await lab.standing() == {"disk_warning /": "open"}
    await lab.set_options(alerts=["nonsense"])
    await lab.minutes(1, **full(95))
    assert await lab.standing() == {"disk_critical /": "open"}


async def test_renaming_a_server_renames_it_in_its_alerts(lab: Lab) -> None:
    await lab.report(**full(85))
    await lab.act("update_server", server="nas", name="Storage")
    [alert] = await lab.alerts()
    assert alert["title"] == "Disk / on Storage is filling up"


# Things that go.


async def test_what_is_no_longer_watched_has_no_alert(lab: Lab) -> None:
    await lab.watch(services=["plex"])
    await lab.report(**unit("failed"))
    await lab.minutes(1, **unit("failed"))
    assert await lab.standing() == {"service_down plex": "open"}
    await lab.watch(services=[])
    await lab.wait(5)
    assert await lab.standing() == {}
    [alert] = await lab.alerts()
    assert alert["resolution"] == "gone"


async def test_what_is_no_longer_critical_has_no_alert(lab: Lab) -> None:
    await lab.watch(services=["plex"])
    await lab.report(**unit("failed"))
    await lab.minutes(1, **unit("failed"))
    await lab.watch(services=[{"name": "plex", "critical": False}])
    await lab.minutes(3, **unit("failed"))
    assert await lab.standing() == {}


async def test_what_is_watched_no_longer_ends_on_a_server_that_is_silent_too(
    lab: Lab,
) -> None:
    await lab.watch(services=["plex"])
    await lab.report(**unit("failed"))
    await lab.minutes(1, **unit("failed"))
    await lab.wait(600)
    await lab.watch(services=[])
    await lab.wait(5)
    assert await lab.standing() == {"server_offline": "open"}


async def test_a_mount_that_stays_away_takes_its_alert_along(lab: Lab) -> None:
    await lab.report(disks=[disk(20), disk(95, "/mnt/usb")])
    await lab.minutes(9, disks=[disk(20)])
    assert await lab.standing() == {"disk_critical /mnt/usb": "open"}
    await lab.minutes(2, disks=[disk(20)])
    assert await lab.standing() == {}
    assert lab.told()[-1] == ("resolved", "disk_critical", "critical")


async def test_a_mount_that_comes_back_in_time_keeps_its_alert(lab: Lab) -> None:
    both = [disk(20), disk(95, "/mnt/usb")]
    await lab.report(disks=both)
    for _ in range(4):
        await lab.minutes(5, disks=[disk(20)])
        await lab.minutes(1, disks=both)
    assert [kind for kind, *_ in lab.told()] == ["opened"]


async def test_a_server_that_is_removed_takes_its_alerts_along(lab: Lab) -> None:
    await lab.report(**full(95))
    await lab.report("pi", **full(85))
    await lab.minutes(1, **full(20))
    await lab.minutes(1, **full(95))
    lab.told()
    await lab.act("remove_server", server="nas")
    await lab.wait(5)
    assert [alert["server_id"] for alert in await lab.alerts()] == ["pi"]
    [event] = lab.events
    assert (event.data["kind"], event.data["tell"], event.data["message"]) == (
        "resolved",
        False,
        "NAS was removed from Home Assistant.",
    )
    assert lab.state("sensor", "servers_with_alert", "hub").state == "1"
    # One of the same id is another server.
    await lab.act("add_server", server_id="nas")
    assert [alert["server_id"] for alert in await lab.alerts()] == ["pi"]
