"""A message in words, before it is dressed for the target it goes to.

Names in it come from servers and may be anything. They are cut and lose what can't be
printed before they get here; that no sign of them is read as markup, a link or a
mention is each dress's own matter.
"""

from dataclasses import dataclass
from datetime import datetime

from ...core.alerts.rules import Severity


@dataclass(frozen=True, kw_only=True, slots=True)
class Fact:
    """A line of a small table: what it is called, and what it is."""

    label: str
    value: str
    short: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Button:
    """Something that a phone offers to do."""

    action: str
    """What comes back when it is pressed; nobody can guess it."""
    label: str
    guarded: bool = False
    """Whether a phone is to ask first who presses, if it can."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Letter:
    """What one message says."""

    tag: str
    """The same for all that is said of one alert: a later one takes an earlier one's
    place, where the target can do that."""
    group: str
    """The same for all that is said of one server."""
    title: str
    """What is wrong and where, in a few words."""
    text: str
    """The same in full sentences; several alerts have a line each."""
    headline: str
    """How bad it is and what kind of thing it is, as "Critical: Service down"."""
    facts: tuple[Fact, ...] = ()
    """Server, subject, value against threshold, and when."""
    severity: Severity
    over: bool = False
    """Whether all is well again: it makes no sound, and is not drawn in red."""
    calm: bool = False
    """Whether it only changes what is shown: a phone takes its notification away."""
    at: datetime
    """When it happened, on Home Assistant's own clock."""
    path: str
    """Where Home Assistant's frontend shows more, as `/homelab-cmd`."""
    url: str | None = None
    """The same for somebody who is not in the frontend; None if there is no address."""
    buttons: tuple[Button, ...] = ()
    open_label: str = ""
    """What is on the button that leads to `path` instead of deciding at once."""
    harmless: bool = True
    """Whether what its buttons decide changes nothing for long."""

    @property
    def alarming(self) -> bool:
        """Whether it is critical, and not over."""
        return self.severity is Severity.CRITICAL and not (self.over or self.calm)
