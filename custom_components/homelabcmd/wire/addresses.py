"""The addresses under which agents reach the webhook."""

from homeassistant.components import webhook
from homeassistant.core import HomeAssistant
from homeassistant.helpers.network import NoURLAvailableError


def webhook_urls(hass: HomeAssistant, webhook_id: str) -> tuple[str, ...]:
    """Return the internal and the external address, as far as there are any."""
    urls: list[str] = []
    for prefer_external in (False, True):
        try:
            url = webhook.async_generate_url(
                hass, webhook_id, prefer_external=prefer_external
            )
        except NoURLAvailableError:
            continue
        if url not in urls:
            urls.append(url)
    return tuple(urls)


def webhook_path(webhook_id: str) -> str:
    """Return the path of the webhook, with which each of its addresses ends."""
    return webhook.async_generate_path(webhook_id)
