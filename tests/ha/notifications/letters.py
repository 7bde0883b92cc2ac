"""Letters as they are written for a few changes of an alert."""

from dataclasses import replace
from datetime import datetime

from custom_components.homelabcmd.core.alerts.rules import Severity
from custom_components.homelabcmd.notifications.dresses.letter import (
    Button,
    Fact,
    Letter,
)

AT = datetime.fromisoformat("2026-01-18T14:32:00+01:00")
OPENED = Letter(
    tag="homelabcmd-2f1c7b1e",
    group="homelabcmd-nas",
    title="plex is down on OMV MediaServer",
    text="Service plex on OMV MediaServer is not running.",
    headline="Critical: Service down",
    facts=(
        Fact(label="Server", value="OMV MediaServer"),
        Fact(label="Service", value="plex"),
        Fact(label="Time", value="2026-01-18 14:32:00"),
    ),
    severity=Severity.CRITICAL,
    at=AT,
    path="/homelab-cmd",
    url="https://home.example/homelab-cmd",
    buttons=(Button(action="HOMELABCMD_ACKNOWLEDGE_…", label="Acknowledge"),),
)
ACKNOWLEDGED = replace(
    OPENED,
    title="Acknowledged: plex is down on OMV MediaServer",
    text="Ana knows about it.",
    headline="Acknowledged: Service down",
    calm=True,
    buttons=(),
)
RESOLVED = replace(
    OPENED,
    title="Resolved: plex is down on OMV MediaServer",
    text="Service plex on OMV MediaServer is running again.",
    headline="Resolved: Service down",
    over=True,
    buttons=(),
)
SUMMARY = replace(
    OPENED,
    tag="homelabcmd-storm",
    group="homelabcmd",
    title="12 changes of alerts",
    text="• Media is offline\n• Disk / on NAS is almost full\nand 10 more",
    headline="12 changes of alerts",
    facts=(),
    buttons=(),
)
REQUEST = replace(
    OPENED,
    text=(
        "Service plex on OMV MediaServer is not running. A restart waits until an "
        "administrator approves it."
    ),
    buttons=(
        Button(action="HOMELABCMD_APPROVE_…", label="Approve", guarded=True),
        Button(action="HOMELABCMD_REJECT_…", label="Reject", guarded=True),
        *OPENED.buttons,
    ),
)
LETTERS = {
    "opened": OPENED,
    "acknowledged": ACKNOWLEDGED,
    "resolved": RESOLVED,
    "summary": SUMMARY,
}


def named(name: str) -> Letter:
    """Return a letter in which a server has a name of its own."""
    return replace(
        OPENED,
        title=f"plex is down on {name}",
        text=f"Service plex on {name} is not running.",
        facts=(Fact(label="Server", value=name),),
    )
