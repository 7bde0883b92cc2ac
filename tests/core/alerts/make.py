"""A server's alerts that a test leads through time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
import itertools
import json
from typing import Any

from custom_components.homelabcmd.core.alerts import snapshot
from custom_components.homelabcmd.core.alerts.alert import Alert, Record
from custom_components.homelabcmd.core.alerts.book import AlertBook
from custom_components.homelabcmd.core.alerts.engine import evaluate
from custom_components.homelabcmd.core.alerts.evidence import (
    NOTHING,
    Evidence,
    Key,
    Reading,
)
from custom_components.homelabcmd.core.alerts.maintenance import begin
from custom_components.homelabcmd.core.alerts.rule_settings import Policy, policy
from custom_components.homelabcmd.core.alerts.rules import Severity
from custom_components.homelabcmd.core.alerts.server_alerts import ServerAlerts
from custom_components.homelabcmd.core.alerts.user_actions import acknowledge, resolve
from custom_components.homelabcmd.core.notifications.targets import Target, TargetKind
from custom_components.homelabcmd.core.servers.server import Presence

from ..make import START

HEARS = Target(target_id="1", kind=TargetKind.PERSISTENT, name="Home Assistant")
"""Somebody who is told of what is critical or high."""

CPU: Key = ("cpu", "")
ROOT: Key = ("disk", "/")
NGINX: Key = ("service", "nginx")
OFFLINE: Key = ("presence", "")


def wanted(record: Record, *severities: Severity) -> bool:
    """Return whether somebody is told of a record: by default of critical and high."""
    target = replace(HEARS, severities=frozenset(severities)) if severities else HEARS
    alert = record.alert
    return record.tell and target.wants(alert.gravity, alert.server_id, ())


def evidence(readings: Mapping[Key, float], **more: Any) -> Evidence:
    """Return what a heartbeat with these values proves."""
    return Evidence(
        readings={key: Reading(value) for key, value in readings.items()},
        heard=True,
        **more,
    )


@dataclass(kw_only=True)
class Story:
    """What happened to one server so far."""

    policy: Policy = field(default_factory=policy)
    alerts: ServerAlerts = field(default_factory=lambda: ServerAlerts(server_id="nas"))
    mono: float = 1000.0
    wall: datetime = START
    records: list[Record] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._ids = map(str, itertools.count(1))

    def wait(self, seconds: float) -> Story:
        """Let time pass on both clocks."""
        self.mono += seconds
        self.wall += timedelta(seconds=seconds)
        return self

    def judge(self, seen: Evidence, presence: Presence) -> list[Record]:
        """Evaluate now."""
        self.alerts, records = evaluate(
            self.alerts,
            seen,
            presence,
            self.policy,
            self.wall,
            self.mono,
            lambda: next(self._ids),
        )
        self.records += records
        return list(records)

    def see(self, readings: Mapping[Key, float], **more: Any) -> list[Record]:
        """Take in a heartbeat."""
        return self.judge(evidence(readings, **more), Presence.ONLINE)

    def tick(self, presence: Presence = Presence.ONLINE) -> list[Record]:
        """Evaluate as time passes."""
        return self.judge(NOTHING, presence)

    def keep_seeing(
        self, readings: Mapping[Key, float], seconds: float, every: float = 60
    ) -> list[Record]:
        """Take in equal heartbeats for some time, the first after one interval."""
        records = []
        for _ in range(int(seconds // every)):
            records += self.wait(every).see(readings)
        return records

    def acknowledge(self, alert_id: str = "1", note: str | None = None) -> None:
        """Acknowledge an alert, by hand."""
        self.alerts, records = acknowledge(self.alerts, alert_id, None, note, self.wall)
        self.records += records

    def resolve(self, alert_id: str = "1") -> None:
        """Resolve an alert, by hand."""
        self.alerts, records = resolve(
            self.alerts, alert_id, None, None, self.wall, self.mono
        )
        self.records += records

    def maintain(self, duration: float | None = None) -> None:
        """Begin maintenance."""
        self.alerts = ServerAlerts(
            server_id="nas",
            tracks=self.alerts.tracks,
            maintenance=begin(duration, self.wall, self.mono),
        )

    def restart(self, mono: float) -> None:
        """Save and load everything; the monotonic clock starts elsewhere."""
        book = AlertBook()
        book.servers["nas"] = self.alerts
        saved = snapshot.dump_standing(book, self.wall, self.mono)
        self.mono = mono
        back = snapshot.load(json.loads(json.dumps(saved)), {}, self.wall, self.mono)
        assert not back.damaged
        self.alerts = back.book.of("nas")

    @property
    def alert(self) -> Alert:
        """The only alert."""
        (alert,) = self.alerts.open
        return alert


def told(records: Sequence[Record]) -> list[tuple[str, str]]:
    """Return what people are told: kind and type."""
    return [(record.kind, record.alert.type) for record in records if record.tell]


def kinds(records: Sequence[Record]) -> list[tuple[str, str]]:
    """Return kind and type of each record."""
    return [(record.kind, record.alert.type) for record in records]
