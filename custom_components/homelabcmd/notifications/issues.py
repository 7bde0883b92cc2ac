"""What is to repair about targets: one that fails, and one that is no more."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir

from ..const import DOMAIN
from ..core.notifications.targets import Target
from .dresses import escape

_FAILING = "target_failing"
_MISSING = "target_missing"


def say_failing(hass: HomeAssistant, target: Target, reason: str) -> None:
    """Say that messages do not arrive, and why."""
    ir.async_create_issue(
        hass,
        DOMAIN,
        f"{_FAILING}_{target.target_id}",
        is_fixable=False,
        severity=ir.IssueSeverity.WARNING,
        translation_key=_FAILING,
        translation_placeholders={
            "name": target.name,
            # Repairs are Markdown, and this comes from others.
            "reason": escape.home_assistant(reason),
        },
    )


def say_missing(hass: HomeAssistant, target: Target) -> None:
    """Say that a target is no longer there; the user can remove it or choose anew."""
    ir.async_delete_issue(hass, DOMAIN, f"{_FAILING}_{target.target_id}")
    ir.async_create_issue(
        hass,
        DOMAIN,
        f"{_MISSING}_{target.target_id}",
        is_fixable=True,
        severity=ir.IssueSeverity.ERROR,
        translation_key=_MISSING,
        translation_placeholders={"name": target.name},
        data={"target_id": target.target_id},
    )


def settled(hass: HomeAssistant, target_id: str) -> None:
    """Say no more about a target: it works again, or is none any more."""
    for kind in (_FAILING, _MISSING):
        ir.async_delete_issue(hass, DOMAIN, f"{kind}_{target_id}")


def found_again(hass: HomeAssistant, target_id: str) -> None:
    """Say no more that a target is missing."""
    ir.async_delete_issue(hass, DOMAIN, f"{_MISSING}_{target_id}")
