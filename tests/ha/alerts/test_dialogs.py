"""The dialogs of the alert rules: for all servers, and for one of them."""

from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from custom_components.homelabcmd.alerts.dialogs import GROUPS
from custom_components.homelabcmd.const import DOMAIN
from custom_components.homelabcmd.core.alerts.alert import Alert
from custom_components.homelabcmd.core.alerts.rule_settings import settings_of
from custom_components.homelabcmd.core.alerts.rules import DISK, LEVELS
from custom_components.homelabcmd.hub.hub import Hub

from ..dialogs import Answer, Dialog, Dialogs
from ..setup_hub import Beat, hub_entry, key_of, set_up

pytestmark = pytest.mark.usefixtures("address")

GENERAL = {
    "heartbeat_interval_seconds": 30,
    "server_offline_seconds": 90,
    "command_timeout_seconds": 300,
    "electricity_price": 0.3,
    "show_in_sidebar": True,
}

DATA_DISK = (DISK, "/data")


async def _hub_group(dialogs: Dialogs, hub: Hub, group: str) -> Dialog:
    dialog = await dialogs.options(hub.entry)
    await dialog.pick("alerts")
    await dialog.pick(group)
    return dialog


async def _server_group(dialogs: Dialogs, hub: Hub, group: str) -> Dialog:
    dialog = await dialogs.reconfigure(hub.entry, "nas")
    await dialog.pick("alerts")
    await dialog.pick(group)
    return dialog


def _shown(form: Answer) -> dict[str, dict[str, Any]]:
    """Return what a form suggests, by section."""
    return {
        one["name"]: {
            field["name"]: field["description"]["suggested_value"]
            for field in one["schema"]
            if "suggested_value" in field.get("description", {})
        }
        for one in form["data_schema"]
        if one.get("type") == "expandable"
    }


def _changed(form: Answer, **changes: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return a form as it is shown, with some changes; None empties a field."""
    shown = _shown(form)
    for level, fields in changes.items():
        merged = shown[level] | fields
        shown[level] = {
            key: value for key, value in merged.items() if value is not None
        }
    return shown


def _own(hub: Hub) -> Any:
    [subentry] = hub.entry.subentries.values()
    return subentry.data.get("alerts", {})


def test_every_alert_is_in_one_group() -> None:
    grouped = [level for levels in GROUPS.values() for level in levels]
    assert sorted(grouped) == sorted(LEVELS)


@pytest.mark.parametrize("group", GROUPS)
async def test_defaults_are_shown_and_saving_them_stores_nothing(
    hub: Hub, dialogs: Dialogs, group: str
) -> None:
    dialog = await _hub_group(dialogs, hub, group)
    shown = _shown(dialog.seen)
    assert shown.keys() == set(GROUPS[group])
    for level, fields in shown.items():
        default = LEVELS[level].default
        assert fields == {
            name: getattr(default, name)
            for name in LEVELS[level].settable
            if name != "clear"
        }
    assert (await dialog.submit(**shown))["type"] == "create_entry"
    assert hub.entry.options == {}


@pytest.mark.parametrize("group", GROUPS)
async def test_a_server_shows_the_hub_s_settings_and_stores_none_of_them(
    hub: Hub, dialogs: Dialogs, group: str
) -> None:
    dialog = await _server_group(dialogs, hub, group)
    shown = _shown(dialog.seen)
    assert shown.keys() == set(GROUPS[group])
    assert (await dialog.submit(**shown))["reason"] == "alerts_saved"
    assert _own(hub) == {}


async def test_only_what_differs_is_stored(hub: Hub, dialogs: Dialogs) -> None:
    dialog = await _hub_group(dialogs, hub, "alerts_disk")
    await dialog.submit(
        **_changed(
            dialog.seen,
            disk_warning={"threshold": 70.0},
            disk_critical={"enabled": False, "severity": "high"},
        )
    )
    assert hub.entry.options == {
        "alerts": {
            "disk_warning": {"threshold": 70},
            "disk_critical": {"enabled": False, "severity": "high"},
        }
    }
    assert hub.entry.runtime_data is hub  # It was not reloaded.
    shown = _shown((await _hub_group(dialogs, hub, "alerts_disk")).seen)
    assert shown["disk_warning"]["threshold"] == 70
    assert shown["disk_critical"]["enabled"] is False


async def test_groups_and_general_options_leave_each_other_alone(
    hub: Hub, dialogs: Dialogs
) -> None:
    dialog = await _hub_group(dialogs, hub, "alerts_load")
    await dialog.submit(**_changed(dialog.seen, cpu_warning={"duration": 60}))
    dialog = await dialogs.options(hub.entry)
    await dialog.pick("general")
    await dialog.submit(**GENERAL)
    dialog = await _hub_group(dialogs, hub, "alerts_temperature")
    await dialog.submit(**_changed(dialog.seen, temperature_high={"threshold": 70}))
    alerts = {"cpu_warning": {"duration": 60}, "temperature_high": {"threshold": 70}}
    assert hub.entry.options == {**GENERAL, "alerts": alerts}
    dialog = await _hub_group(dialogs, hub, "alerts_temperature")
    await dialog.submit(**_changed(dialog.seen, temperature_high={"threshold": 80}))
    assert hub.entry.options["alerts"] == {"cpu_warning": {"duration": 60}}


MISTAKES: list[tuple[str, str, dict[str, Any], str]] = [
    ("alerts_disk", "disk_warning", {"clear": 81}, "clear_above_threshold"),
    ("alerts_disk", "disk_warning", {"threshold": 90}, "warning_above_critical"),
    ("alerts_disk", "disk_critical", {"threshold": 80}, "warning_above_critical"),
    ("alerts_disk", "disk_critical", {"threshold": 101}, "out_of_range"),
    ("alerts_disk", "disk_warning", {"clear": -1}, "out_of_range"),
    ("alerts_load", "cpu_warning", {"threshold": "nan"}, "not_a_number"),
    ("alerts_load", "memory_warning", {"duration": -1}, "negative_duration"),
    ("alerts_load", "memory_warning", {"duration": 86401}, "duration_too_long"),
    ("alerts_load", "memory_warning", {"duration": "inf"}, "not_a_number"),
    ("alerts_temperature", "temperature_high", {"threshold": 151}, "out_of_range"),
    ("alerts_presence", "flapping", {"threshold": 2}, "out_of_range"),
    ("alerts_presence", "flapping", {"duration": 0}, "out_of_range"),
]


@pytest.mark.parametrize("where", [_hub_group, _server_group])
@pytest.mark.parametrize(("group", "level", "changes", "error"), MISTAKES)
async def test_a_mistake_is_told_and_nothing_is_stored(
    hub: Hub,
    dialogs: Dialogs,
    where: Any,
    group: str,
    level: str,
    changes: dict[str, Any],
    error: str,
) -> None:
    dialog = await where(dialogs, hub, group)
    shown = _shown(dialog.seen)
    result = await dialog.submit(**_changed(dialog.seen, **{level: changes}))
    assert result["errors"] == {level: error}
    if "nan" not in changes.values() and "inf" not in changes.values():
        # What was typed stays.
        assert _shown(result)[level] == shown[level] | changes
    assert hub.entry.options == {}
    assert _own(hub) == {}
    result = await dialog.submit(**shown)
    assert result["type"] == "create_entry" or result["reason"] == "alerts_saved"


async def test_a_clear_threshold_is_set_and_emptied(hub: Hub, dialogs: Dialogs) -> None:
    dialog = await _hub_group(dialogs, hub, "alerts_disk")
    await dialog.submit(**_changed(dialog.seen, disk_warning={"clear": 60}))
    assert hub.entry.options["alerts"] == {"disk_warning": {"clear": 60}}
    dialog = await _hub_group(dialogs, hub, "alerts_disk")
    assert _shown(dialog.seen)["disk_warning"]["clear"] == 60
    await dialog.submit(**_changed(dialog.seen, disk_warning={"clear": None}))
    assert hub.entry.options == {}


@pytest.mark.parametrize(
    ("changes", "clear", "cleared_at"),
    [
        ({"threshold": 85}, 60, 60),  # Left as the form shows it.
        ({"threshold": 85, "clear": None}, None, 80),
        ({"clear": None}, None, 75),
        ({"clear": 65}, 65, 65),
    ],
)
async def test_a_server_s_clear_threshold_is_what_its_form_says(
    hub: Hub,
    dialogs: Dialogs,
    changes: dict[str, Any],
    clear: float | None,
    cleared_at: float,
) -> None:
    dialog = await _hub_group(dialogs, hub, "alerts_disk")
    await dialog.submit(**_changed(dialog.seen, disk_warning={"clear": 60}))
    dialog = await _server_group(dialogs, hub, "alerts_disk")
    await dialog.submit(**_changed(dialog.seen, disk_warning=changes))
    settings = settings_of(hub.options.alerts, hub.servers["nas"].config.alerts)[
        "disk_warning"
    ]
    assert settings.clear == clear
    assert settings.cleared_at == cleared_at
    dialog = await _server_group(dialogs, hub, "alerts_disk")
    assert _shown(dialog.seen)["disk_warning"].get("clear") == clear


# A server's own settings.


async def _give_own(
    dialogs: Dialogs, hub: Hub, group: str, **changes: dict[str, Any]
) -> None:
    dialog = await _server_group(dialogs, hub, group)
    result = await dialog.submit(**_changed(dialog.seen, **changes))
    assert result["reason"] == "alerts_saved"


async def test_a_server_has_settings_of_its_own_on_top_of_the_hub_s(
    hub: Hub, dialogs: Dialogs
) -> None:
    await _give_own(dialogs, hub, "alerts_disk", disk_warning={"threshold": 50})
    assert _own(hub) == {"disk_warning": {"threshold": 50}}
    dialog = await _hub_group(dialogs, hub, "alerts_disk")
    await dialog.submit(
        **_changed(dialog.seen, disk_warning={"threshold": 60, "severity": "low"})
    )
    shown = _shown((await _server_group(dialogs, hub, "alerts_disk")).seen)
    assert shown["disk_warning"]["threshold"] == 50
    assert shown["disk_warning"]["severity"] == "low"


async def test_a_group_is_given_back_to_the_hub(hub: Hub, dialogs: Dialogs) -> None:
    dialog = await _server_group(dialogs, hub, "alerts_disk")
    # There is nothing to give back yet.
    assert "use_hub" not in {field["name"] for field in dialog.seen["data_schema"]}
    await _give_own(dialogs, hub, "alerts_disk", disk_warning={"threshold": 50})
    await _give_own(dialogs, hub, "alerts_load", cpu_warning={"enabled": False})
    dialog = await _server_group(dialogs, hub, "alerts_disk")
    assert "use_hub" in {field["name"] for field in dialog.seen["data_schema"]}
    # Whatever else the form holds no longer matters.
    wrong = _changed(dialog.seen, disk_warning={"threshold": 99})
    result = await dialog.submit(use_hub=True, **wrong)
    assert result["reason"] == "alerts_saved"
    assert _own(hub) == {"cpu_warning": {"enabled": False}}


async def test_a_server_s_warning_stays_below_the_hub_s_critical_threshold(
    hub: Hub, dialogs: Dialogs
) -> None:
    dialog = await _hub_group(dialogs, hub, "alerts_disk")
    await dialog.submit(**_changed(dialog.seen, disk_critical={"threshold": 85}))
    dialog = await _server_group(dialogs, hub, "alerts_disk")
    result = await dialog.submit(
        **_changed(dialog.seen, disk_warning={"threshold": 86})
    )
    assert result["errors"] == {"disk_warning": "warning_above_critical"}


async def test_other_changes_of_a_server_keep_its_alert_settings(
    hass: HomeAssistant, hub: Hub, dialogs: Dialogs
) -> None:
    own = {"disk_warning": {"threshold": 50}}
    await _give_own(dialogs, hub, "alerts_disk", disk_warning={"threshold": 50})
    dialog = await dialogs.reconfigure(hub.entry, "nas")
    await dialog.pick("settings")
    await dialog.submit(name="Big NAS", tdp_watts=65)
    assert _own(hub) == own
    dialog = await dialogs.reconfigure(hub.entry, "nas")
    await dialog.pick("watch")
    await dialog.submit(services=["nginx"])
    await dialog.submit()
    assert _own(hub) == own
    await hass.services.async_call(
        DOMAIN, "update_server", {"server": "nas", "tags": ["omv"]}, blocking=True
    )
    assert _own(hub) == own
    await hass.services.async_call(
        DOMAIN, "update_server", {"server": "nas", "services": []}, blocking=True
    )
    assert _own(hub) == own
    assert hub.servers["nas"].config.alerts == own
    assert hub.servers["nas"].config.tags == ("omv",)


async def test_a_server_from_before_there_were_alerts_is_taken_up(
    hass: HomeAssistant, dialogs: Dialogs, beat: Beat
) -> None:
    entry = hub_entry()
    [subentry] = entry.subentries.values()
    assert "alerts" not in subentry.data
    hub = await set_up(hass, entry)
    assert hub.servers["nas"].config.alerts == {}
    assert await beat(key_of(hub)) == "received"
    await _give_own(dialogs, hub, "alerts_watched", service_down={"duration": 10})
    assert _own(hub) == {"service_down": {"duration": 10}}
    assert await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("options", [("alerts",), ("alerts", "alerts_disk")])
async def test_every_page_notices_that_its_server_was_removed(
    hass: HomeAssistant, hub: Hub, dialogs: Dialogs, options: tuple[str, ...]
) -> None:
    dialog = await dialogs.reconfigure(hub.entry, "nas")
    for option in options:
        await dialog.pick(option)
    await hass.services.async_call(
        DOMAIN, "remove_server", {"server": "nas"}, blocking=True
    )
    assert (await dialog.look())["reason"] == "server_removed"


async def test_settings_that_are_not_known_here_are_kept(
    hass: HomeAssistant, dialogs: Dialogs
) -> None:
    """A newer version may have stored them."""
    entry = hub_entry(options={"alerts": {"disk_melted": {"enabled": False}}})
    hub = await set_up(hass, entry)
    dialog = await _hub_group(dialogs, hub, "alerts_disk")
    await dialog.submit(**_changed(dialog.seen, disk_warning={"threshold": 70}))
    assert entry.options["alerts"] == {
        "disk_melted": {"enabled": False},
        "disk_warning": {"threshold": 70},
    }
    assert await hass.config_entries.async_unload(entry.entry_id)


def _data_disk(hub: Hub) -> list[Alert]:
    """Return the open alerts about one disk: a heartbeat also tells of others."""
    standing = hub.alerting.book.standing()
    return [alert for alert in standing if (alert.rule, alert.subject) == DATA_DISK]


async def test_settings_apply_to_the_next_heartbeat(
    hub: Hub, dialogs: Dialogs, beat: Beat
) -> None:
    disks = [{"mount": "/data", "percent": 60}]
    await beat(key_of(hub), disks=disks)
    assert not _data_disk(hub)
    dialog = await _hub_group(dialogs, hub, "alerts_disk")
    await dialog.submit(**_changed(dialog.seen, disk_warning={"threshold": 55}))
    await beat(key_of(hub), disks=disks)
    [alert] = _data_disk(hub)
    assert (alert.type, alert.severity) == ("disk_warning", "high")
    await _give_own(dialogs, hub, "alerts_disk", disk_warning={"enabled": False})
    await beat(key_of(hub), disks=[{"mount": "/data", "percent": 65}])
    assert not _data_disk(hub)
