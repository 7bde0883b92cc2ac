"""What people ask for, from the names they use to the action that comes of it."""

from collections.abc import Mapping
from typing import Any

from homeassistant.core import Context, HomeAssistant

from ..core.alerts.alert import Person
from ..core.alerts.rules import CONTAINER, REBOOT, SERVICE, UPDATES
from ..core.remediation import whitelist
from ..core.remediation.action import (
    MAX_TARGET,
    NAMELESS,
    TIMEOUTS,
    Action,
    ActionError,
    ActionErrorCode,
    ActionType,
)
from ..core.remediation.updates import updates_of
from ..core.remediation.wish import Wish
from ..core.servers.watch_list import unit_name
from ..errors import HomelabError
from ..servers.coordinator import ServerCoordinator
from .issues import MANAGED_COMMAND
from .persons import INSTALL, async_presser
from .remediator import Remediator

_PARAMETERS = {ActionType.APPLY_UPDATES: frozenset({"security_only"})}
"""What may be said besides the target: yes or no."""
_RULES = {ActionType.APPLY_UPDATES: UPDATES, ActionType.REBOOT: REBOOT}
"""Whose alerts end by what is done to the server itself."""


async def async_install(
    hass: HomeAssistant,
    remediator: Remediator,
    server: ServerCoordinator,
    entity_id: str,
    context: Context | None,
) -> Action:
    """Install all updates of a server for whoever asks its entity here and now.

    Raises HomelabError if that is no administrator, or if the server does not let it.
    """
    by = await async_presser(hass, entity_id, context, INSTALL)
    wish = of_server(remediator, server, ActionType.APPLY_UPDATES, by)
    return await _async_do(remediator, wish, by, context)


async def async_restart(
    hass: HomeAssistant,
    remediator: Remediator,
    server: ServerCoordinator,
    rule: str,
    name: str,
    button: str,
    context: Context | None,
) -> Action:
    """Restart a watched unit or container for whoever presses its button here and now.

    Raises HomelabError if that is no administrator, or if the server does not let it.
    """
    by = await async_presser(hass, button, context)
    allowed = server.data.facts.agent.allowed
    target = whitelist.restart_of(allowed, rule, name) or name
    wish = _wish(remediator, server, target, by)
    return await _async_do(remediator, wish, by, context)


async def _async_do(
    remediator: Remediator, wish: Wish, by: Person, context: Context | None
) -> Action:
    try:
        return await remediator.async_do(wish, by, context)
    except ActionError as err:
        raise translated(remediator, err) from err


def named_restart(
    remediator: Remediator,
    server: ServerCoordinator,
    named: str,
    by: Person | None,
    *,
    field: str,
) -> Wish:
    """Return the restart of a unit, or of a container, that somebody names.

    "plex" is a unit if the server lets a unit of that name be restarted, and else a
    container. Raises HomelabError for what can be the name of nothing.
    """
    named = _checked(named, field)
    allowed = server.data.facts.agent.allowed
    target = whitelist.entry_of(allowed, ActionType.RESTART_SERVICE, named)
    target = target or whitelist.restart_of(allowed, CONTAINER, named) or named
    return _wish(remediator, server, target, by)


def named_action(
    remediator: Remediator,
    server: ServerCoordinator,
    action_type: ActionType,
    named: str,
    parameters: Mapping[str, Any],
    by: Person | None,
) -> Wish:
    """Return what somebody wants done; raises HomelabError for what means nothing."""
    known, given = _PARAMETERS.get(action_type, frozenset()), parameters.items()
    if not all(key in known and isinstance(value, bool) for key, value in given):
        raise HomelabError("invalid_parameters", field="parameters")
    if action_type is ActionType.RESTART_SERVICE:
        return named_restart(remediator, server, named, by, field="target")
    if action_type in NAMELESS:
        if named.strip():
            raise HomelabError("target_not_needed", field="target")
        only_security = parameters.get("security_only", False)
        return of_server(
            remediator, server, action_type, by, only_security=only_security
        )
    return Wish(
        server_id=server.config.server_id,
        action_type=action_type,
        target=_checked(named, "target"),
        by=by,
        timeout_seconds=remediator.timeout_seconds,
    )


def of_server(
    remediator: Remediator,
    server: ServerCoordinator,
    action_type: ActionType,
    by: Person | None,
    *,
    only_security: bool = False,
) -> Wish:
    """Return what is to be done to the server itself, also for an alert about it."""
    server_id = server.config.server_id
    updates = None
    if action_type is ActionType.APPLY_UPDATES:
        known = server.data.inventory
        updates = updates_of(known, security_only=only_security)
    return Wish(
        server_id=server_id,
        action_type=action_type,
        updates=updates,
        alert_id=remediator.alert_of(server_id, _RULES[action_type], ""),
        by=by,
        timeout_seconds=TIMEOUTS[action_type],
    )


def _checked(named: str, field: str) -> str:
    named = named.strip()
    if not 0 < len(named) <= MAX_TARGET or not named.isprintable():
        raise HomelabError("invalid_target", field=field)
    return named


def _wish(
    remediator: Remediator, server: ServerCoordinator, target: str, by: Person | None
) -> Wish:
    server_id = server.config.server_id
    container = whitelist.container_in(target)
    rule = SERVICE if container is None else CONTAINER
    name = unit_name(target) if container is None else container
    return Wish(
        server_id=server_id,
        action_type=ActionType.RESTART_SERVICE,
        target=target,
        alert_id=remediator.alert_of(server_id, rule, name),
        by=by,
        timeout_seconds=remediator.timeout_seconds,
    )


def translated(remediator: Remediator, error: ActionError) -> HomelabError:
    """Return an error in words that say what to do."""
    words = error.words
    name = remediator.name_of(words.get("server_id", "?"))
    match error.code:
        case ActionErrorCode.UNKNOWN_ACTION:
            return HomelabError(
                "unknown_action", field="action_id", action_id=words["action_id"]
            )
        case ActionErrorCode.NOT_PENDING:
            status = remediator.texts.status(words["status"])
            return HomelabError("action_not_pending", field="action_id", status=status)
        case ActionErrorCode.MONITOR_ONLY:
            own = remediator.is_own_machine(words["server_id"])
            return HomelabError(
                "own_machine_watched" if own else "server_monitor_only",
                field="server",
                name=name,
                command=MANAGED_COMMAND,
            )
        case ActionErrorCode.NOT_ALLOWED:
            return HomelabError(
                "action_not_allowed",
                field="target",
                name=name,
                what=remediator.texts.bare(
                    ActionType(words["action_type"]), words["target"]
                ),
                command=MANAGED_COMMAND,
            )
        case ActionErrorCode.NO_UPDATES:
            return HomelabError("no_updates", field="parameters", name=name)
        case ActionErrorCode.UNDER_WAY:
            return HomelabError("updates_under_way", field="server", name=name)
