"""Adds, changes and removes servers: the one way for dialogs and actions alike."""

from dataclasses import replace
import json
import shlex
from types import MappingProxyType

from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.util import slugify

from ..const import DOMAIN, SUBENTRY_SERVER
from ..core.hub.settings import ServerConfig
from ..core.servers.watch_list import MAX_WATCHED, Watched, tidied, usable
from ..errors import HomelabError
from ..protocol.signing import SERVER_ID, Secret
from ..servers.coordinator import ServerCoordinator
from ..servers.slugs import has_slug
from ..wire import addresses
from ..wire.handout import HANDOUT, Handout
from .entry import HomelabConfigEntry
from .hub import Hub

MIN_TDP_WATTS = 1
MAX_TDP_WATTS = 10_000
_MAX_TEXT = 100
_MAX_TAGS = 50
_MAX_SERVER_ID = 63


@callback
def async_loaded_hub(hass: HomeAssistant) -> Hub:
    """Return the hub."""
    entries: list[HomelabConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    if not entries:
        raise HomelabError("not_loaded")
    return entries[0].runtime_data


@callback
def named_server(hub: Hub, named: str) -> ServerCoordinator:
    """Return the server that somebody names by its id or by its device."""
    device = dr.async_get(hub.hass).async_get(named)
    identifiers = device.identifiers if device else {(DOMAIN, named)}
    for identifier in identifiers:
        # Other integrations' may have more parts than two.
        if identifier[0] == DOMAIN and identifier[1] in hub.servers:
            return hub.servers[identifier[1]]
    raise HomelabError("unknown_server", field="server", server=named)


# The servers.


async def async_add_server(hub: Hub, config: ServerConfig) -> Secret:
    """Add a server and return its key."""
    config = checked(config)
    if config.server_id in hub.servers:
        raise HomelabError(
            "duplicate_server", field="server_id", server_id=config.server_id
        )
    _check_name(hub, config)
    if not config.own_machine:
        check_installable(hub)
    elif hub.own_machine.server_id is not None:
        raise HomelabError("own_machine_exists")
    hub.hass.config_entries.async_add_subentry(
        hub.entry,
        ConfigSubentry(
            data=MappingProxyType(config.subentry_data()),
            subentry_type=SUBENTRY_SERVER,
            title=config.name,
            unique_id=config.server_id,
        ),
    )
    hub.async_sync()
    secret = hub.keys.servers[config.server_id].current
    await hub.async_save()
    return secret


@callback
def async_update_server(hub: Hub, config: ServerConfig) -> None:
    """Change what the user says about a server; its id stays."""
    config = checked(config)
    server = hub.servers[config.server_id]
    # One that was there before there was this rule may keep its name.
    if config.name != server.config.name:
        _check_name(hub, config)
    subentry = hub.entry.subentries[server.subentry_id]
    hub.hass.config_entries.async_update_subentry(
        hub.entry,
        subentry,
        title=config.name,
        # The rest is not of this config: the server's settings of alerts.
        data={**subentry.data, **config.subentry_data()},
    )
    hub.async_sync()


async def async_remove_server(hub: Hub, server_id: str) -> None:
    """Remove a server with its devices and entities; its key says so to its agent."""
    hub.hass.config_entries.async_remove_subentry(
        hub.entry, hub.servers[server_id].subentry_id
    )
    hub.async_sync()
    await hub.async_save()


def _check_name(hub: Hub, config: ServerConfig) -> None:
    """Raise HomelabError if another server is called the same."""
    name = config.name.casefold()
    if any(
        server.config.name.casefold() == name
        for server_id, server in hub.servers.items()
        if server_id != config.server_id
    ):
        raise HomelabError("duplicate_name", field="name")


def server_id_from_name(name: str) -> str:
    """Make a server id of a name."""
    if not has_slug(name):
        raise HomelabError("unusable_name", field="name")
    slug = slugify(name.strip(), separator="-")
    return slug[:_MAX_SERVER_ID].rstrip("-")


def checked(config: ServerConfig) -> ServerConfig:
    """Return the settings tidied up; raises HomelabError if they can't be used."""
    if not SERVER_ID.fullmatch(config.server_id):
        raise HomelabError("invalid_server_id", field="server_id")
    name = config.name.strip()
    if not _is_line(name):
        raise HomelabError("invalid_name", field="name")
    watts = config.tdp_watts
    if not MIN_TDP_WATTS <= watts <= MAX_TDP_WATTS or watts != int(watts):
        raise HomelabError("invalid_tdp", field="tdp_watts")
    location = (config.location or "").strip() or None
    if location and not _is_line(location):
        raise HomelabError("invalid_location", field="location")
    tags = tuple(dict.fromkeys(tag.strip() for tag in config.tags))
    if len(tags) > _MAX_TAGS or not all(map(_is_line, tags)):
        raise HomelabError("invalid_tags", field="tags")
    return replace(
        config,
        name=name,
        tdp_watts=int(watts),
        location=location,
        tags=tags,
        services=_watchable(config.services, "services", units=True),
        containers=_watchable(config.containers, "containers", units=False),
    )


def _watchable(
    items: tuple[Watched, ...], field: str, *, units: bool
) -> tuple[Watched, ...]:
    items = tidied(items, units=units)
    if len(items) > MAX_WATCHED or not all(usable(item.name) for item in items):
        raise HomelabError("invalid_watch_list", field=field)
    return items


def _is_line(text: str) -> bool:
    return 0 < len(text) <= _MAX_TEXT and text.isprintable()


# What an agent needs to know.


def check_installable(hub: Hub) -> None:
    """Raise HomelabError if no agent could be set up as things are."""
    _urls(hub)
    _handout(hub)


def webhook_url(hub: Hub) -> str:
    """Return the address that an agent is set up with."""
    return _urls(hub)[0]


def agent_config(hub: Hub, server_id: str) -> str:
    """Return the content of the agent's configuration file."""
    url, *others = _urls(hub)
    lines = [f"url: {_quoted(url)}"]
    if others:
        lines.append("# Where that can't be reached from the server:")
        lines += [f"# url: {_quoted(other)}" for other in others]
    lines.append(f"server_id: {_quoted(server_id)}")
    lines.append(f"key: {_quoted(hub.keys.servers[server_id].current.dump())}")
    if any(address.startswith("https:") for address in (url, *others)):
        lines.append("# If Home Assistant's certificate is from an authority of yours:")
        lines.append("# ca_file: /etc/homelab-agent/ca.pem")
    return "\n".join(lines)


def install_command(hub: Hub, server_id: str) -> str:
    """Return the line that is pasted into a shell on the server.

    It has root's shell fetch the installer into a file that only root can change,
    compare its digest and run it. It hands over the key on standard input, so that no
    process list and no web server's log ever shows the key. It begins with a blank, so
    that on Debian an ordinary user's shell forgets it. The address is an option, for
    all to see: it is worth nothing without a key.
    """
    handout, urls = _handout(hub), _urls(hub)
    path = addresses.webhook_path(hub.webhook_id)
    source = shlex.quote(urls[0].removesuffix(path) + "/api/homelabcmd/install.sh")
    options = " ".join(f"--url {shlex.quote(url)}" for url in urls)
    key = hub.keys.servers[server_id].current.dump()
    return (
        f" printf %s '{key}' | $(command -v sudo) sh -c 't=$(mktemp -p /tmp) && "
        '{ if command -v curl >/dev/null; then curl -fsSLo "$t" "$0"; '
        'else wget -nv -O "$t" "$0"; fi; } && '
        f'echo "{handout.installer_sha256}  $t" | sha256sum -c --quiet - && '
        f'sh "$t" "$@"; s=$?; rm -f "$t"; exit $s\' {source} '
        f"--server-id {server_id} {options}"
    )


def agent_placeholders(hub: Hub, server_id: str) -> dict[str, str]:
    """Return what a dialog shows of the agent's settings."""
    return {
        "name": hub.servers[server_id].config.name,
        "config": agent_config(hub, server_id),
        "command": install_command(hub, server_id),
    }


def _urls(hub: Hub) -> tuple[str, ...]:
    urls = addresses.webhook_urls(hub.hass, hub.webhook_id)
    if not urls:
        raise HomelabError("no_address")
    return urls


def _handout(hub: Hub) -> Handout:
    handout = hub.hass.data[HANDOUT]
    if handout is None:
        raise HomelabError("no_bundle")
    return handout


def _quoted(text: str) -> str:
    """Quote for YAML, whose double-quoted texts are like those of JSON."""
    return json.dumps(text, ensure_ascii=False)
