"""Alerts of two servers, and targets that hear of them, led through time."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
import itertools
import json

from custom_components.homelabcmd.core.alerts.alert import Person, Record
from custom_components.homelabcmd.core.alerts.book import AlertBook
from custom_components.homelabcmd.core.alerts.evidence import NOTHING, Evidence, Key
from custom_components.homelabcmd.core.alerts.rule_settings import policy
from custom_components.homelabcmd.core.notifications import snapshot
from custom_components.homelabcmd.core.notifications.news import News, Parcel
from custom_components.homelabcmd.core.notifications.outbox import GivenUp, Outbox
from custom_components.homelabcmd.core.notifications.targets import Target, TargetKind
from custom_components.homelabcmd.core.servers.server import Presence

from ..alerts.make import evidence
from ..make import START

ANA = Person(user_id="ana", name="Ana")
PHONE = Target(target_id="phone", kind=TargetKind.PHONE, name="Pixel", address="d1")
MAIL = Target(target_id="mail", kind=TargetKind.ACTION, name="Mail", address="smtp")


def of_alerts(parcel: Parcel) -> list[News]:
    """Return the news of a parcel; all of them are of alerts."""
    news = [each for each in parcel.news if isinstance(each, News)]
    assert len(news) == len(parcel.news)
    return news


@dataclass(kw_only=True)
class Post:
    """Everything from what is seen to what is delivered."""

    targets: Mapping[str, Target] = field(
        default_factory=lambda: {"phone": PHONE, "mail": MAIL}
    )
    tags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    book: AlertBook = field(default_factory=AlertBook)
    outbox: Outbox = field(default_factory=Outbox)
    wall: datetime = START
    mono: float = 1000.0
    broken: set[str] = field(default_factory=set)
    """The targets that fail at present."""
    records: list[Record] = field(default_factory=list)
    delivered: list[tuple[float, Parcel]] = field(default_factory=list)
    given_up: list[GivenUp] = field(default_factory=list)
    saved: str = "{}"

    def __post_init__(self) -> None:
        self._tokens = (f"token{number}" for number in itertools.count(1))
        self._policy = policy()
        self._follow()

    def _follow(self) -> None:
        self.outbox.follow(self.targets, self.book.standing(), self.mono)
        self.save()

    def choose(self, *targets: Target) -> None:
        """Change the targets, as by the options."""
        self.targets = {target.target_id: target for target in targets}
        self._follow()

    def wait(self, seconds: float) -> Post:
        """Let time pass on both clocks."""
        self.mono += seconds
        self.wall += timedelta(seconds=seconds)
        return self

    def take(self, records: tuple[Record, ...]) -> Post:
        """Have the outbox follow records."""
        self.records += records
        for record in records:
            tags = self.tags.get(record.alert.server_id, ())
            self.outbox.take(record, tags, self.mono)
        return self

    def judge(self, server: str, seen: Evidence, presence: Presence) -> Post:
        """Evaluate one server now."""
        return self.take(
            self.book.evaluate(
                server, seen, presence, self._policy, self.wall, self.mono
            )
        )

    def see(self, readings: Mapping[Key, float], server: str = "nas") -> Post:
        """Take in a heartbeat."""
        return self.judge(server, evidence(readings), Presence.ONLINE)

    def tick(self, server: str = "nas", presence: Presence = Presence.ONLINE) -> Post:
        """Look again with nothing new."""
        return self.judge(server, NOTHING, presence)

    def acknowledge(self) -> Post:
        """Have somebody acknowledge everything."""
        for alert in tuple(self.book.standing()):
            self.take(self.book.acknowledge(alert.alert_id, ANA, None, self.wall))
        return self

    def pump(self) -> Post:
        """Deliver whatever is to be sent now."""
        self.save()
        for target_id in sorted(self.targets):
            while (
                parcel := self.outbox.next(target_id, self.wall, self.wall, self.mono)
            ) is not None:
                self.save()
                if target_id in self.broken:
                    self.given_up += self.outbox.failed(parcel, self.mono)
                else:
                    self.outbox.delivered(parcel, self.mono)
                    self.delivered.append((self.mono, parcel))
                    self.save()
        return self

    def pump_for(self, seconds: float, step: float = 5) -> Post:
        """Deliver as the timer does."""
        for _ in range(int(seconds / step)):
            self.wait(step).pump()
        return self

    def save(self) -> None:
        """Save the outbox."""
        self.saved = json.dumps(snapshot.dump(self.outbox))

    def restart(self, *, crash: bool = False) -> Post:
        """Start anew with what was saved: after a crash, what was so at last."""
        if not crash:
            self.save()
        restored = snapshot.load(json.loads(self.saved), self.mono)
        assert not restored.damaged
        self.outbox = restored.outbox
        self.outbox._new_token = lambda: next(self._tokens)
        self.outbox.follow(self.targets, self.book.standing(), self.mono)
        self.outbox.reconcile(
            self.book.told(), self.book.history, self.tags, self.wall, self.mono
        )
        self.save()
        return self

    def heard(self, target_id: str) -> list[str]:
        """Return what a target was told: the kind of each, together in one string."""
        return [
            "+".join(f"{news.kind}:{news.alert.type}" for news in of_alerts(parcel))
            for _at, parcel in self.delivered
            if parcel.target_id == target_id
        ]
