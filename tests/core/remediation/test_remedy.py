"""What may end which alert, as far as the server's own list lets it."""

from dataclasses import replace

import pytest

from custom_components.homelabcmd.core.alerts.alert import Alert
from custom_components.homelabcmd.core.alerts.rules import RULES, AlertType, Severity
from custom_components.homelabcmd.core.remediation import remedy, whitelist
from custom_components.homelabcmd.core.remediation.action import ActionType
from custom_components.homelabcmd.core.servers.inventory import Inventory
from custom_components.homelabcmd.core.servers.kept import Kept
from custom_components.homelabcmd.protocol.inventory import Allowed, Disk

from ..make import START
from .test_updates import KNOWN

FULL = Allowed(
    restart_service=("plex.service", "web (docker)"),
    clear_logs=("/var/log/app/big.log", "journal"),
    custom=("/usr/local/bin/tidy",),
    apply_updates=True,
    reboot=True,
)


def disks(*mounts: str) -> Inventory:
    kept = {mount: Kept(item=Disk(mount=mount)) for mount in mounts}
    return replace(KNOWN, disks=kept)


def alert(alert_type: AlertType, subject: str = "", detail: str | None = None) -> Alert:
    rule = next(
        name
        for name, rule in RULES.items()
        if any(level.alert_type is alert_type for level in rule.levels)
    )
    return Alert(
        alert_id="1",
        server_id="nas",
        rule=rule,
        subject=subject,
        type=alert_type,
        severity=Severity.HIGH,
        gravity=Severity.HIGH,
        detail=detail,
        created_at=START,
    )


@pytest.mark.parametrize(
    ("about", "known", "wanted"),
    [
        (alert(AlertType.SERVICE_DOWN, "plex"), "/", "restart_service plex.service"),
        (alert(AlertType.CONTAINER_DOWN, "web"), "/", "restart_service web (docker)"),
        (alert(AlertType.DISK_CRITICAL, "/"), "/", "clear_logs journal"),
        (alert(AlertType.DISK_CRITICAL, "/"), "/ /var", None),
        (alert(AlertType.DISK_CRITICAL, "/var"), "/ /var", "clear_logs journal"),
        (
            alert(AlertType.DISK_CRITICAL, "/var/log/app"),
            "/ /var/log/app",
            "clear_logs /var/log/app/big.log",
        ),
        (alert(AlertType.DISK_CRITICAL, "/mnt/pool"), "/ /mnt/pool", None),
        (alert(AlertType.DISK_WARNING, "/"), "/", None),
        (alert(AlertType.UPDATE_AVAILABLE, detail="1"), "/", "apply_updates "),
        (alert(AlertType.UPDATE_AVAILABLE), "/", None),
        (alert(AlertType.REBOOT_REQUIRED), "/", "reboot "),
        (alert(AlertType.SERVER_OFFLINE), "/", None),
        (alert(AlertType.CPU_WARNING), "/", None),
    ],
)
def test_an_alert_asks_for_what_may_end_it(
    about: Alert, known: str, wanted: str | None
) -> None:
    wish = remedy.repair_of(about, FULL, disks(*known.split()), 300)
    assert (wish and f"{wish.action_type} {wish.target}") == wanted
    for allowed in (Allowed(), None):
        assert remedy.repair_of(about, allowed, disks(*known.split()), 300) is None


def test_for_an_alert_only_security_updates_are_installed() -> None:
    about = alert(AlertType.UPDATE_AVAILABLE, detail="1")
    wish = remedy.repair_of(about, FULL, KNOWN, 300)
    assert wish is not None
    assert wish.updates is not None
    assert wish.updates.security_only
    assert wish.timeout_seconds == 1800


@pytest.mark.parametrize(
    ("action_type", "named", "entry"),
    [
        (ActionType.RESTART_SERVICE, "plex", "plex.service"),
        (ActionType.CLEAR_LOGS, "journal", "journal"),
        (ActionType.CLEAR_LOGS, "journal.service", None),
        (ActionType.CLEAR_LOGS, "/var/log/app/../app/big.log", None),
        (ActionType.CUSTOM, "/usr/local/bin/tidy", "/usr/local/bin/tidy"),
        (ActionType.CUSTOM, "/usr/local/bin/tidy ", None),
        (ActionType.CUSTOM, "/usr/local/bin/tidy\n--all", None),
        (ActionType.CUSTOM, "tidy", None),
        (ActionType.APPLY_UPDATES, "", ""),
        (ActionType.APPLY_UPDATES, "vim", None),
        (ActionType.REBOOT, "", ""),
        (ActionType.REBOOT, "now", None),
    ],
)
def test_names_are_those_of_the_list_letter_by_letter(
    action_type: ActionType, named: str, entry: str | None
) -> None:
    assert whitelist.entry_of(FULL, action_type, named) == entry
    assert whitelist.entry_of(Allowed(), action_type, named) is None
