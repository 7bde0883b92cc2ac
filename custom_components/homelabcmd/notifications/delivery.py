"""Brings a letter to its target: the only part that waits for others."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import Any

from aiohttp import ClientError
from homeassistant.components.notify import NotifyEntityFeature
from homeassistant.components.persistent_notification import (
    async_create,
    async_dismiss,
)
from homeassistant.const import (
    ATTR_ENTITY_ID,
    ATTR_SUPPORTED_FEATURES,
    STATE_UNAVAILABLE,
)
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from ..core.notifications.targets import Approval, Style, Target, TargetKind
from . import reach
from .dresses import markdown, persistent, phone, plain, slack_blocks, slack_webhook
from .dresses.letter import Letter

NOTIFY = "notify"
TIMEOUT_SECONDS = 30
_LONGEST_REASON = 200


class DeliveryError(Exception):
    """A letter did not arrive; the text says why and holds no secret."""

    def __init__(self, reason: str, *, gone: bool = False) -> None:
        """Take the reason; `gone` if the target is no longer there at all."""
        super().__init__(reason[:_LONGEST_REASON])
        self.gone = gone


async def async_deliver(hass: HomeAssistant, target: Target, letter: Letter) -> None:
    """Send a letter; raises DeliveryError."""
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            await _SENDERS[target.kind](hass, target, letter)
    except TimeoutError:
        raise DeliveryError(f"no answer within {TIMEOUT_SECONDS} s") from None
    except DeliveryError:
        raise
    except HomeAssistantError as err:
        raise DeliveryError(str(err) or type(err).__name__) from err
    except Exception as err:
        # Behind an action is code of others, which may raise anything.
        raise DeliveryError(type(err).__name__) from err


async def _to_phone(hass: HomeAssistant, target: Target, letter: Letter) -> None:
    service = reach.phone_service(hass, target.address)
    if service is None:
        raise DeliveryError("this phone is not registered any more", gone=True)
    if not await _is_admins(hass, target):
        # An answer of anybody else would not count.
        letter = replace(letter, buttons=())
    android = reach.is_android(hass, target.address)
    data = phone.dress(
        letter,
        in_app=_in_app(target, letter, android=android),
        android=android,
        breaks_silence=target.breaks_silence,
    )
    try:
        await hass.services.async_call(NOTIFY, service, data, blocking=True)
    except HomeAssistantError as err:
        # Its text names the phone's webhook, which is a secret.
        raise DeliveryError("Home Assistant has no connection to it") from err


def _in_app(target: Target, letter: Letter, *, android: bool) -> bool:
    """Return whether what is to be approved is approved in the app, after a tap."""
    if target.approval is Approval.MIXED:
        return android and not letter.harmless
    return target.approval is Approval.APP


async def _is_admins(hass: HomeAssistant, target: Target) -> bool:
    user_id = reach.phone_user(hass, target.address)
    user = await hass.auth.async_get_user(user_id) if user_id else None
    return user is not None and user.is_active and user.is_admin


async def _by_action(hass: HomeAssistant, target: Target, letter: Letter) -> None:
    if not hass.services.has_service(NOTIFY, target.address):
        raise DeliveryError(f"there is no action notify.{target.address}", gone=True)
    data = _STYLES[target.style](letter)
    await hass.services.async_call(NOTIFY, target.address, data, blocking=True)


async def _to_entity(hass: HomeAssistant, target: Target, letter: Letter) -> None:
    # Home Assistant takes a message for an entity that is away and drops it.
    if (state := hass.states.get(target.address)) is None:
        raise DeliveryError(f"there is no entity {target.address}", gone=True)
    if state.state == STATE_UNAVAILABLE:
        raise DeliveryError(f"{target.address} is unavailable")
    features = state.attributes.get(ATTR_SUPPORTED_FEATURES, 0)
    takes_title = bool(features & NotifyEntityFeature.TITLE)
    dress = markdown.dress if target.style is Style.MARKDOWN else plain.dress
    data = {
        ATTR_ENTITY_ID: target.address,
        **dress(letter, takes_title=takes_title),
    }
    await hass.services.async_call(NOTIFY, "send_message", data, blocking=True)


async def _to_slack(hass: HomeAssistant, target: Target, letter: Letter) -> None:
    body = slack_webhook.dress(letter, channel=target.channel)
    try:
        async with async_get_clientsession(hass).post(
            target.address, json=body, allow_redirects=False
        ) as response:
            if response.status != HTTPStatus.OK:
                text = (await response.text())[:_LONGEST_REASON].strip()
                raise DeliveryError(f"Slack answered {response.status}: {text}")
    except (ClientError, ValueError) as err:
        # Their texts have the URL in them, which is a secret.
        raise DeliveryError(f"no connection ({type(err).__name__})") from None


async def _to_home_assistant(
    hass: HomeAssistant, _target: Target, letter: Letter
) -> None:
    data = persistent.dress(letter)
    if letter.calm and letter.over:
        async_dismiss(hass, data["notification_id"])
    else:
        async_create(hass, **data)


_SENDERS: dict[
    TargetKind, Callable[[HomeAssistant, Target, Letter], Awaitable[None]]
] = {
    TargetKind.PHONE: _to_phone,
    TargetKind.ACTION: _by_action,
    TargetKind.ENTITY: _to_entity,
    TargetKind.SLACK_WEBHOOK: _to_slack,
    TargetKind.PERSISTENT: _to_home_assistant,
}
_STYLES: dict[Style, Callable[[Letter], dict[str, Any]]] = {
    Style.PLAIN: plain.dress,
    # Discord's action drops the title, and Telegram's puts it into the first line.
    Style.MARKDOWN: partial(markdown.dress, takes_title=False),
    Style.SLACK: slack_blocks.dress,
}
