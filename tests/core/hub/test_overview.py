"""One server at a glance."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from custom_components.homelabcmd.core.alerts.rule_settings import policy
from custom_components.homelabcmd.core.hub.overview import FullDisk, Glance, glance
from custom_components.homelabcmd.core.hub.settings import ServerConfig
from custom_components.homelabcmd.core.servers import server
from custom_components.homelabcmd.core.servers.watch_list import Watched
from custom_components.homelabcmd.protocol.inventory import Container, Disk, Service

from ..make import START, added, heartbeat

CONFIG = ServerConfig(server_id="nas", name="NAS")


def seen(config: ServerConfig = CONFIG, **told: Any) -> Glance:
    """Return what is seen of a server after one heartbeat."""
    state = server.receive(added(), heartbeat(**told), START, 0)
    return glance(config, state, policy())


def test_nothing_is_known_of_a_server_that_is_silent() -> None:
    state = server.receive(added(), heartbeat(cpu_percent=99), START, 0)
    assert glance(CONFIG, added(), policy()) == Glance()
    silent = server.offline_if_silent(state, 1000, 180)
    assert glance(CONFIG, silent, policy()) == Glance()
    restored = replace(state, heartbeat=None)
    assert glance(CONFIG, restored, policy()) == Glance()


@pytest.mark.parametrize(
    ("percent", "mark"), [(79.9, None), (80, "high"), (89.9, "high"), (90, "critical")]
)
def test_mark_is_that_of_the_highest_level(percent: float, mark: str | None) -> None:
    marks = seen(disk_percent=percent).marks
    assert marks.get("disk") == mark


def test_figure_of_a_rule_that_is_off_has_no_mark() -> None:
    state = server.receive(added(), heartbeat(cpu_percent=99), START, 0)
    assert glance(CONFIG, state, policy()).marks == {"cpu": "medium"}
    off = policy({"cpu_warning": {"enabled": False}})
    assert glance(CONFIG, state, off).marks == {}


def test_worst_disk_is_the_one_with_the_worst_mark() -> None:
    disks = (
        Disk(mount="/", percent=40),
        Disk(mount="/srv/a", percent=85),
        Disk(mount="/srv/b", percent=72),
        Disk(mount="/srv/c"),
    )
    assert seen(disks=disks).worst_disk == FullDisk("/srv/a", 85)
    assert seen(disks=disks, disk_percent=99).worst_disk == FullDisk("/srv/a", 85)
    assert seen(disk_percent=12).worst_disk == FullDisk("/", 12)
    assert seen().worst_disk is None


def test_up_since_is_told_or_reckoned() -> None:
    boot = START - timedelta(days=2)
    assert seen(boot_time=boot, uptime_seconds=5).up_since == boot
    assert seen(uptime_seconds=60).up_since == START - timedelta(seconds=60)
    assert seen(uptime_seconds=2**62).up_since is None
    assert seen().up_since is None


def test_what_is_watched_and_does_not_run_is_down() -> None:
    config = replace(
        CONFIG,
        services=tuple(Watched(name=name) for name in ("plex", "sonarr", "gone")),
        containers=(Watched(name="web", critical=False), Watched(name="db")),
    )
    services = (
        Service(name="plex.service", status="failed"),
        Service(name="sonarr.service", status="running"),
        Service(name="other.service", status="stopped"),
    )
    containers = (
        Container(name="web", status="stopped"),
        Container(name="db", status="running"),
    )
    told = seen(config, services=services, containers=containers)
    assert told.down == ("plex", "web")


def test_container_that_restarts_again_and_again_is_down() -> None:
    config = replace(CONFIG, containers=(Watched(name="web"),))
    state = added()
    for number in range(1, 6):
        container = Container(name="web", status="running", restarts=number)
        state = server.receive(
            state, heartbeat(containers=(container,)), START, number * 60
        )
    assert state.inventory.loops("web")
    assert glance(config, state, policy()).down == ("web",)
