"""What people ask for, from the names they use to the action that comes of it."""

from homeassistant.core import Context, HomeAssistant

from ..core.alerts.alert import Person
from ..core.alerts.rules import CONTAINER, SERVICE
from ..core.naming import shown
from ..core.remediation import whitelist
from ..core.remediation.action import (
    MAX_TARGET,
    Action,
    ActionError,
    ActionErrorCode,
    ActionType,
)
from ..core.remediation.queue import Wish
from ..core.servers.watch_list import unit_name
from ..errors import HomelabError
from ..servers.coordinator import ServerCoordinator
from .issues import MANAGED_COMMAND
from .persons import async_presser
from .remediator import Remediator


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
    try:
        return await remediator.async_do(
            _wish(remediator, server, target, by), by, context
        )
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
    named = named.strip()
    if not 0 < len(named) <= MAX_TARGET or not named.isprintable():
        raise HomelabError("invalid_target", field=field)
    allowed = server.data.facts.agent.allowed
    target = whitelist.entry_of(allowed, ActionType.RESTART_SERVICE, named)
    target = target or whitelist.restart_of(allowed, CONTAINER, named) or named
    return _wish(remediator, server, target, by)


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
            return HomelabError(
                "server_monitor_only",
                field="server",
                name=name,
                command=MANAGED_COMMAND,
            )
        case ActionErrorCode.NOT_ALLOWED:
            return HomelabError(
                "action_not_allowed",
                field="target",
                name=name,
                target=shown(words["target"]),
                command=MANAGED_COMMAND,
            )
