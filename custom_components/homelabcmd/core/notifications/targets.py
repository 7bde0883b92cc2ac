"""Where messages go: a target, what it wants to hear, and when it wants to rest."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from typing import Any, Self

from ..alerts.rules import Severity

DEFAULT_CHANNEL = "#homelab-notifications"
"""The channel of a Slack incoming webhook, unless the user names another."""
PREFILLED = frozenset({Severity.CRITICAL, Severity.HIGH})
"""The severities that a new target is told of."""


class TargetKind(StrEnum):
    """The ways to reach people; the values are stored."""

    PHONE = "phone"
    """A device of Home Assistant's companion app; its address is the device's id."""
    ENTITY = "entity"
    """A notify entity; its address is the entity's id."""
    ACTION = "action"
    """A `notify.*` action; its address is the name behind the dot."""
    SLACK_WEBHOOK = "slack_webhook"
    """A Slack incoming webhook; its address is the URL, which is a secret."""
    PERSISTENT = "persistent"
    """Home Assistant's own notifications; it has no address."""


class Style(StrEnum):
    """How an action or an entity reads what it is sent; the values are stored."""

    PLAIN = "plain"
    MARKDOWN = "markdown"
    """Signs as `_` and `*` mean something, as to Telegram and Discord."""
    SLACK = "slack"
    """Home Assistant's Slack integration: it takes blocks."""


class Approval(StrEnum):
    """Where a phone lets its owner approve; the values are stored.

    On Android a notification can be answered while the phone is locked, whoever holds
    it; iOS asks for face, finger or code first.
    """

    MIXED = "mixed"
    """Restarts in the notification, all else in the app; on iOS all in it."""
    NOTIFICATION = "notification"
    APP = "app"


@dataclass(frozen=True, kw_only=True, slots=True)
class QuietHours:
    """The part of a day in which only what is critical gets through."""

    start: time
    end: time
    """Before `start` is on the next day; equal to it is never."""

    def hold(self, local: datetime) -> bool:
        """Return whether a time of the user's own clock is in it."""
        now = local.time()
        if self.start <= self.end:
            return self.start <= now < self.end
        return now >= self.start or now < self.end


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """One place where messages go."""

    target_id: str
    kind: TargetKind
    name: str
    """What the user knows it as."""
    address: str = ""
    style: Style = Style.PLAIN
    channel: str = ""
    """Of a Slack incoming webhook."""
    severities: frozenset[Severity] = PREFILLED
    breaks_silence: bool = False
    """Whether what is critical sounds on a phone that is muted."""
    actions: bool = True
    """Whether it is asked for approval and told how actions ended."""
    approval: Approval = Approval.MIXED
    """Of a phone."""
    quiet: QuietHours | None = None
    servers: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    """Which servers it hears of; if there are neither servers nor tags, all."""

    def covers(self, server_id: str, tags: Iterable[str]) -> bool:
        """Return whether it hears of a server."""
        if not self.servers and not self.tags:
            return True
        return server_id in self.servers or not self.tags.isdisjoint(tags)

    def wants(self, gravity: Severity, server_id: str, tags: Iterable[str]) -> bool:
        """Return whether it is told of an alert, by the worst that it ever stood for.

        So who was told that something is critical also hears that it ended after it
        had eased, and that it only flaps now; else the last word on something that
        goes down and up would be that it is up.
        """
        return gravity in self.severities and self.covers(server_id, tags)

    @property
    def replaces(self) -> bool:
        """Whether a message takes the place of an earlier one about the same alert."""
        return self.kind in (TargetKind.PHONE, TargetKind.PERSISTENT)

    @property
    def changes_calmly(self) -> bool:
        """Whether there is a way to show it a change that wakes nobody.

        A phone takes its notification away, Home Assistant changes its own in place,
        and a channel that many read gets a line. Others hear nothing of it.
        """
        return self.kind is not TargetKind.ENTITY and (
            self.kind is not TargetKind.ACTION or self.style is Style.SLACK
        )

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Read what the dialog stored; raises KeyError or ValueError."""
        quiet = data.get("quiet")
        return cls(
            target_id=data["target_id"],
            kind=TargetKind(data["kind"]),
            name=data["name"],
            address=data.get("address", ""),
            style=Style(data.get("style", Style.PLAIN)),
            channel=data.get("channel", ""),
            severities=frozenset(map(Severity, data["severities"])),
            breaks_silence=data.get("breaks_silence", False),
            actions=data.get("actions", True),
            approval=Approval(data.get("approval", Approval.MIXED)),
            quiet=quiet
            and QuietHours(
                start=time.fromisoformat(quiet["start"]),
                end=time.fromisoformat(quiet["end"]),
            ),
            servers=frozenset(data.get("servers", ())),
            tags=frozenset(data.get("tags", ())),
        )

    def as_data(self) -> dict[str, Any]:
        """Return what is stored, as JSON has it."""
        quiet = self.quiet and {
            "start": self.quiet.start.isoformat(),
            "end": self.quiet.end.isoformat(),
        }
        return {
            "target_id": self.target_id,
            "kind": self.kind.value,
            "name": self.name,
            "address": self.address,
            "style": self.style.value,
            "channel": self.channel,
            "severities": [item.value for item in Severity if item in self.severities],
            "breaks_silence": self.breaks_silence,
            "actions": self.actions,
            "approval": self.approval.value,
            "quiet": quiet,
            "servers": sorted(self.servers),
            "tags": sorted(self.tags),
        }


DEFAULT = Target(target_id="default", kind=TargetKind.PERSISTENT, name="Home Assistant")
"""The target until the user chooses another, so that a new user is told."""


def targets_of(stored: Iterable[Mapping[str, Any]] | None) -> dict[str, Target]:
    """Return the targets by their ids; with none stored, the default alone.

    One that a newer version has stored and this one does not know is left out.
    """
    targets = {}
    for one in stored or ():
        try:
            targets[one["target_id"]] = Target.from_data(one)
        except KeyError, ValueError, TypeError:
            continue
    return targets or {DEFAULT.target_id: DEFAULT}


type Stored = list[Mapping[str, Any]]
"""Targets as the options have them."""


def with_target(stored: Stored | None, target: Target) -> Stored:
    """Return what is to be stored with a target that is new or was changed."""
    others = {one["target_id"]: one for one in stored or ()}
    return [*({**others, target.target_id: target.as_data()}).values()]


def without_target(stored: Stored | None, target_id: str) -> Stored | None:
    """Return what is to be stored without a target; None is the default alone."""
    return [one for one in stored or () if one["target_id"] != target_id] or None
