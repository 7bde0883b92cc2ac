"""The form of a target's settings."""

from collections.abc import Mapping, Sequence, Set as AbstractSet
from typing import Any

from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.selector import (
    BooleanSelector,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
    TimeSelector,
)
import voluptuous as vol
from yarl import URL

from ...core.alerts.rules import Severity
from ...core.hub.settings import ServerConfig
from ...core.notifications.targets import (
    Approval,
    QuietHours,
    Style,
    Target,
    TargetKind,
)

_STYLES: Mapping[TargetKind, tuple[Style, ...]] = {
    TargetKind.ACTION: (Style.PLAIN, Style.MARKDOWN, Style.SLACK),
    TargetKind.ENTITY: (Style.PLAIN, Style.MARKDOWN),
}
_SECRET = TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD))


def schema(
    target: Target, servers: Sequence[ServerConfig], *, is_new: bool
) -> vol.Schema:
    """Return the form of a target's settings; `servers` can be chosen from."""
    tags = {tag for server in servers for tag in server.tags} | target.tags
    fields: dict[vol.Marker, Any] = {vol.Required("name"): TextSelector()}
    if target.kind is TargetKind.SLACK_WEBHOOK:
        url = vol.Required("url") if is_new else vol.Optional("url")
        fields[url] = _SECRET
        fields[vol.Required("channel")] = TextSelector()
    fields[vol.Optional("severities")] = _severities()
    fields[vol.Required("actions", default=target.actions)] = BooleanSelector()
    if target.kind is TargetKind.PHONE:
        fields[vol.Required("approval", default=target.approval.value)] = (
            SelectSelector(
                SelectSelectorConfig(
                    options=[where.value for where in Approval],
                    translation_key="notification_approval",
                    mode=SelectSelectorMode.DROPDOWN,
                )
            )
        )
        fields[vol.Required("breaks_silence")] = BooleanSelector()
    if (styles := _STYLES.get(target.kind)) is not None:
        fields[vol.Required("style")] = SelectSelector(
            SelectSelectorConfig(
                options=[style.value for style in styles],
                translation_key="notification_style",
                mode=SelectSelectorMode.DROPDOWN,
            )
        )
    fields |= {
        vol.Optional("quiet_from"): TimeSelector(),
        vol.Optional("quiet_until"): TimeSelector(),
        # One that was removed is shown by its id: if it just vanished, the target
        # would hear of all servers.
        vol.Optional("servers"): _several(
            {server_id: server_id for server_id in sorted(target.servers)}
            | {server.server_id: server.name for server in servers}
        ),
        vol.Optional("tags"): _several(
            {tag: tag for tag in sorted(tags)}, custom_value=True
        ),
    }
    return vol.Schema(fields)


def _severities() -> SelectSelector:
    return SelectSelector(
        SelectSelectorConfig(
            options=[severity.value for severity in reversed(Severity)],
            translation_key="alert_severity",
            multiple=True,
            mode=SelectSelectorMode.LIST,
        )
    )


def _several(names: Mapping[str, str], *, custom_value: bool = False) -> SelectSelector:
    return SelectSelector(
        SelectSelectorConfig(
            options=[
                SelectOptionDict(value=value, label=label)
                for value, label in names.items()
            ],
            multiple=True,
            custom_value=custom_value,
            mode=SelectSelectorMode.DROPDOWN,
        )
    )


def shown(target: Target) -> dict[str, Any]:
    """Return the settings of a target as its form suggests them; no secrets."""
    data = target.as_data()
    quiet = data.pop("quiet")
    if quiet:
        data |= {"quiet_from": quiet["start"], "quiet_until": quiet["end"]}
    return data


def mistakes(
    target: Target, given: Mapping[str, Any], names: AbstractSet[str]
) -> dict[str, str]:
    """Return what is wrong, by the field it is wrong in.

    `names` are those of the other targets, casefolded: repairs and the action know
    targets by their names.
    """
    found = {}
    if not (name := given["name"].strip()):
        found["name"] = "name_missing"
    elif name.casefold() in names:
        found["name"] = "name_taken"
    if target.kind is TargetKind.SLACK_WEBHOOK:
        if not _is_address(given.get("url") or target.address):
            found["url"] = "invalid_url"
        if not given["channel"].strip():
            found["channel"] = "channel_missing"
    for here, there in (("quiet_from", "quiet_until"), ("quiet_until", "quiet_from")):
        if given.get(there) and not given.get(here):
            found[here] = "half_quiet"
    return found


def _is_address(text: str) -> bool:
    text = text.strip()
    try:
        url = URL(text)
    except ValueError:
        return False
    if any(sign.isspace() for sign in text):
        return False
    # Services like Slack's that run at home often have no certificate.
    return url.scheme in ("https", "http") and bool(url.host)


def changed(target: Target, given: Mapping[str, Any]) -> Target:
    """Return a target as the form wants it; to be called when there is no mistake."""
    quiet = None
    if given.get("quiet_from"):
        quiet = QuietHours(
            start=cv.time(given["quiet_from"]), end=cv.time(given["quiet_until"])
        )
    return Target(
        target_id=target.target_id,
        kind=target.kind,
        name=given["name"].strip(),
        address=given.get("url", "").strip() or target.address,
        style=Style(given.get("style", target.style)),
        channel=given.get("channel", target.channel).strip(),
        severities=frozenset(map(Severity, given.get("severities", ()))),
        breaks_silence=given.get("breaks_silence", False),
        actions=given.get("actions", target.actions),
        approval=Approval(given.get("approval", target.approval)),
        quiet=quiet,
        servers=frozenset(given.get("servers", ())),
        tags=frozenset(tag.strip() for tag in given.get("tags", ()) if tag.strip()),
    )
