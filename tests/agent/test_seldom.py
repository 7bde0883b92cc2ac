"""Lists that change seldom, the size of a heartbeat, and news that come soon."""

from __future__ import annotations

from datetime import UTC, datetime
import json
from typing import Any

from homelab_agent.clock import Clock
from homelab_agent.collectors.sample import Sample
from homelab_agent.protocol.fields import dump_json
from homelab_agent.protocol.inventory import (
    Collector,
    Container,
    Disk,
    Metrics,
    PackageUpdate,
    Service,
)
from homelab_agent.protocol.messages import Heartbeat, dump_message
from homelab_agent.protocol.replies import Config
from homelab_agent.seldom import SIZE, Seldom

from .builders import Machine
from .fake_hub import Answer, FakeHub, Request

BARE = Heartbeat(
    server_id="web-1", timestamp=datetime(2027, 1, 1, tzinfo=UTC), metrics=Metrics()
)


class Told:
    """What a hub hears that gets every heartbeat, unless it is lost."""

    def __init__(self) -> None:
        """Start at nought."""
        self.time = 0.0
        self.seldom = Seldom(Clock(boot=lambda: self.time))

    def beat(
        self, *, lost: bool = False, base: Heartbeat = BARE, **lists: Any
    ) -> Heartbeat:
        self.time += 60
        heartbeat = self.seldom.add(base, Sample(**lists))
        if not lost:
            self.seldom.delivered(heartbeat)
        return heartbeat


def updates(count: int) -> tuple[PackageUpdate, ...]:
    return tuple(
        PackageUpdate(
            name=f"libsomething-{number}-common",
            current="1.2.3-4+deb12u1",
            candidate="1.2.3-4+deb12u2",
            security=True,
        )
        for number in range(count)
    )


def test_list_is_told_at_the_start_when_it_changes_and_every_hour() -> None:
    told = Told()
    heard = []
    for minute in range(130):
        names = ("a",) if minute < 10 else ("a", "b")
        if told.beat(available_services=names).available_services is not None:
            heard.append(minute)
    assert heard == [0, 10, 70]


def test_list_that_became_empty_is_told() -> None:
    told = Told()
    told.beat(package_updates=updates(1))
    assert told.beat(package_updates=()).package_updates == ()


def test_lost_list_is_told_again() -> None:
    told = Told()
    for _ in range(3):
        assert told.beat(lost=True, available_services=("a",)).available_services
    assert told.beat(available_services=("a",)).available_services
    assert told.beat(available_services=("a",)).available_services is None


def full() -> Heartbeat:
    """Return a heartbeat of a busy server, with names as long as they get."""
    import dataclasses  # noqa: PLC0415

    return dataclasses.replace(
        BARE,
        services=tuple(
            Service(
                name=f"some-longer-service-name-{number}",
                status="running",
                detail="active (running)",
                pid=4_000_000,
                memory_mb=1234.5,
                cpu_percent=123.4,
            )
            for number in range(20)
        ),
        containers=tuple(
            Container(
                name=f"project-application-{number}",
                image=f"registry.example/people/application-{number}:1.23.4-alpine",
                status="running",
                detail="running",
                health="healthy",
                cpu_percent=123.4,
                memory_mb=1234.5,
                restarts=12,
            )
            for number in range(20)
        ),
        disks=tuple(
            Disk(
                mount=f"/srv/dev-disk-by-label-{number}",
                device=f"/dev/mapper/group-volume-{number}",
                fstype="ext4",
                total_gb=12345.678,
                used_gb=12345.678,
                free_gb=12345.678,
                percent=99.9,
                standby=False,
            )
            for number in range(10)
        ),
        collectors=tuple(
            Collector(name=f"name-{n}", duration_ms=12.3) for n in range(16)
        ),
    )


def test_busy_server_with_sixty_updates_stays_within_sixteen_kilobytes() -> None:
    told = Told()
    lists: dict[str, Any] = {
        "package_updates": updates(60),
        "available_services": tuple(f"some-service-{n}" for n in range(120)),
        "available_containers": tuple(f"project-application-{n}" for n in range(40)),
    }
    heard: dict[str, int] = {}
    for _ in range(5):
        heartbeat = told.beat(base=full(), **lists)
        assert len(dump_json(dump_message(heartbeat))) <= SIZE
        for name, value in lists.items():
            if (found := getattr(heartbeat, name)) is not None:
                assert name not in heard
                heard[name] = len(found)
                assert found == value
    assert heard.keys() == lists.keys()


def test_endless_list_of_updates_is_cut() -> None:
    heartbeat = Told().beat(package_updates=updates(500))
    assert 50 < len(heartbeat.package_updates or ()) < 500
    assert len(dump_json(dump_message(heartbeat))) <= SIZE


# news


def watching(*names: str) -> Any:
    config = Config(heartbeat_interval_seconds=60, services=names, containers=names)

    def respond(hub: FakeHub, request: Request) -> Answer:
        return hub.reply(request, config=config)

    return respond


def test_what_is_newly_watched_shows_within_seconds(
    machine: Machine, hub: FakeHub
) -> None:
    hub.respond = watching("nginx")
    machine.run(waits=4)
    assert machine.waits[0] == 2.0
    assert all(wait > 50 for wait in machine.waits[1:])
    first = json.loads(hub.next_request().body)
    second = json.loads(hub.next_request().body)
    assert first["services"] == []
    assert [service["name"] for service in second["services"]] == ["nginx"]
    assert [found["name"] for found in second["containers"]] == ["nginx"]


def test_hub_that_changes_its_mind_all_the_time_does_not_speed_up_the_agent(
    machine: Machine, hub: FakeHub
) -> None:
    names = iter(range(100))

    def respond(hub: FakeHub, request: Request) -> Answer:
        answer: Answer = watching(f"unit-{next(names)}")(hub, request)
        return answer

    hub.respond = respond
    machine.run(waits=20)
    assert sum(machine.waits) > 19 * 14


def test_known_list_changes_nothing(machine: Machine, hub: FakeHub) -> None:
    machine.run(waits=3)
    assert all(wait > 50 for wait in machine.waits)
