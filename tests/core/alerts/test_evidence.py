"""What a heartbeat proves, and what it doesn't."""

import json
from typing import Any

from hypothesis import given
import pytest

from custom_components.homelabcmd.core.alerts import snapshot
from custom_components.homelabcmd.core.alerts.book import AlertBook
from custom_components.homelabcmd.core.alerts.evidence import (
    Evidence,
    Reading,
    evidence_of,
)
from custom_components.homelabcmd.core.alerts.rule_settings import policy
from custom_components.homelabcmd.core.alerts.rules import RULES
from custom_components.homelabcmd.core.servers import server
from custom_components.homelabcmd.core.servers.server import Presence, ServerState
from custom_components.homelabcmd.protocol.inventory import (
    Agent,
    Collector,
    Container,
    Disk,
    PackageUpdate,
    Service,
    Temperature,
)
from custom_components.homelabcmd.protocol.messages import Heartbeat
from tests.protocol.strategies import HEARTBEATS

from ..make import START, added, heartbeat


def _state(**fields: Any) -> ServerState:
    return server.receive(added(), heartbeat(**fields), START, 0.0)


def _seen(**fields: Any) -> Evidence:
    return evidence_of(_state(**fields), {"nginx", "redis"}, {"cloud"}, "0.2.0")


def test_what_is_not_sent_proves_nothing() -> None:
    assert _seen().readings == {}
    assert _seen().present == {}
    assert not evidence_of(added()).heard


def test_figures_are_taken_as_they_are() -> None:
    seen = _seen(
        cpu_percent=12.5,
        memory_percent=60.0,
        disk_percent=70.0,
        temperatures=(Temperature(name="cpu", celsius=51.0),),
    )
    assert seen.readings == {
        ("cpu", ""): Reading(12.5),
        ("memory", ""): Reading(60.0),
        ("disk", "/"): Reading(70.0),
        ("temperature", "cpu"): Reading(51.0),
    }


def test_every_mount_is_seen_but_one_that_sleeps_tells_nothing_new() -> None:
    seen = _seen(
        disk_percent=1.0,
        disks=(
            Disk(mount="/", percent=40.0),
            Disk(mount="/mnt/a", percent=99.0, standby=True),
            Disk(mount="/mnt/b"),
        ),
    )
    assert seen.readings == {("disk", "/"): Reading(40.0)}
    assert seen.present["disk"] == {"/", "/mnt/a", "/mnt/b"}


def test_of_two_of_one_name_the_worse_counts() -> None:
    for order in (1, -1):
        sensors = (
            Temperature(name="core", celsius=40.0),
            Temperature(name="core", celsius=90.0),
        )
        seen = _seen(temperatures=sensors[::order])
        assert seen.readings["temperature", "core"] == Reading(90.0)


def test_services_that_are_watched_and_critical_are_up_or_down_or_unknown() -> None:
    seen = _seen(
        services=(
            Service(name="nginx.service", status="failed", detail="failed (exit-code)"),
            Service(name="redis", status="unknown"),
            Service(name="other", status="stopped"),
        ),
        containers=(
            Container(name="cloud", status="running"),
            Container(name="nginx", status="stopped"),
        ),
    )
    assert seen.readings == {
        ("service", "nginx"): Reading(1, None, "failed (exit-code)"),
        ("container", "cloud"): Reading(0),
    }
    assert seen.watched == {
        "service": {"nginx", "redis"},
        "container": {"cloud"},
        "container_health": {"cloud"},
    }


@pytest.mark.parametrize(
    ("fields", "reading"),
    [
        ({"updates_available": 0}, Reading(0, 0)),
        ({"updates_available": 7}, Reading(1, 7)),
        ({"updates_available": 7, "security_updates": 2}, Reading(2, 7, "2")),
        ({"security_updates": 2}, Reading(2, 2, "2")),
        ({"package_updates": ()}, Reading(0, 0)),
        ({"package_updates": (PackageUpdate(name="curl"),)}, Reading(1, 1)),
        (
            {"package_updates": (PackageUpdate(name="curl", security=True),)},
            Reading(2, 1, "1"),
        ),
    ],
)
def test_updates_have_two_levels(fields: dict[str, Any], reading: Reading) -> None:
    assert _seen(**fields).readings["updates", ""] == reading


@pytest.mark.parametrize(
    ("version", "newest", "outdated"),
    [
        ("0.1.0", "0.2.0", True),
        ("0.10.0", "0.2.0", False),
        ("0.2.0", "0.2.0", False),
        ("v0.1", "0.2.0", True),
        ("dev", "dev", False),
        ("dev", "0.2.0", None),
        (None, "0.2.0", None),
        ("0.1.0", None, None),
    ],
)
def test_an_agent_is_outdated_where_that_can_be_told(
    version: str | None, newest: str | None, outdated: bool | None
) -> None:
    state = _state(agent=Agent(version=version))
    reading = evidence_of(state, agent_version=newest).readings.get(("agent", ""))
    assert (reading and bool(reading.value)) == outdated


def test_collectors_and_a_pending_reboot_are_seen() -> None:
    seen = _seen(
        reboot_required=True,
        collectors=(
            Collector(name="disk", error="timeout"),
            Collector(name="cpu", duration_ms=1.0),
        ),
    )
    assert seen.readings == {
        ("reboot", ""): Reading(1),
        ("collector", "disk"): Reading(1, None, "timeout"),
        ("collector", "cpu"): Reading(0),
    }


@given(HEARTBEATS)
def test_no_heartbeat_whatever_stops_the_engine(told: Heartbeat) -> None:
    state = server.receive(added(), told, START, 0.0)
    seen = evidence_of(
        state,
        {item.name for item in told.services},
        {item.name for item in told.containers},
        "1.0",
    )
    assert {rule for rule, _ in seen.readings} <= set(RULES)
    book = AlertBook()
    book.evaluate("nas", seen, Presence.ONLINE, policy(), START, 0.0)
    saved = json.loads(json.dumps(snapshot.dump_standing(book, START, 0.0)))
    back = snapshot.load(saved, {}, START, 0.0)
    assert back.damaged == []
    assert back.book.servers == book.servers


def test_the_cores_of_a_chip_are_told_by_its_package() -> None:
    names = ("coretemp Package id 0", "coretemp Core 0", "coretemp Core 1", "nvme")
    seen = _seen(temperatures=tuple(Temperature(name=n, celsius=86) for n in names))
    subjects = {key[1] for key in seen.readings if key[0] == "temperature"}
    assert subjects == {"coretemp Package id 0", "nvme"}


def test_cores_speak_for_themselves_where_nothing_else_does() -> None:
    names = ("coretemp Core 0", "coretemp Core 1", "nvme Composite")
    seen = _seen(temperatures=tuple(Temperature(name=n, celsius=86) for n in names))
    assert {key[1] for key in seen.readings if key[0] == "temperature"} == {*names}


def test_sensors_are_gone_if_the_agent_looked_and_found_none() -> None:
    looked = _seen(collectors=(Collector(name="temperatures"),))
    assert looked.present["temperature"] == set()
    failed = _seen(collectors=(Collector(name="temperatures", error="timeout"),))
    assert "temperature" not in failed.present


def test_what_a_server_names_without_end_is_bounded() -> None:
    seen = _seen(
        disks=tuple(Disk(mount=f"/{n}", percent=99.0) for n in range(1900)),
        collectors=tuple(Collector(name=f"c{n}", error="x") for n in range(500)),
    )
    assert len(seen.readings) < 100
    assert not _seen(disks=(Disk(mount="/" + "x" * 300, percent=99.0),)).readings


@pytest.mark.parametrize(
    ("status", "health", "restarts", "unhealthy"),
    [
        ("running", "healthy", 0, False),
        ("running", "unhealthy", 0, True),
        ("running", "unhealthy", None, True),
        # It has not said yet.
        ("running", "starting", 0, None),
        # It has no health check, or nobody has looked.
        ("running", None, 0, False),
        ("running", None, None, None),
        # What is down is told to be down, and that is enough.
        ("stopped", "unhealthy", 0, False),
        ("failed", "unhealthy", 0, False),
        ("unknown", "unhealthy", 0, None),
    ],
)
def test_a_container_is_unhealthy_only_while_it_runs(
    status: str, health: str | None, restarts: int | None, unhealthy: bool | None
) -> None:
    box = Container(name="cloud", status=status, health=health, restarts=restarts)
    other = Container(name="other", status=status, health=health, restarts=restarts)
    readings = _seen(containers=(box, other)).readings
    reading = readings.get(("container_health", "cloud"))
    assert (reading and bool(reading.value)) == unhealthy
    assert ("container_health", "other") not in readings
