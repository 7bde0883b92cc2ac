"""The answers to agents, and what each of them was told last."""

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from ..core.hub.settings import MIN_INTERVALS_TO_OFFLINE, Options, ServerConfig
from ..core.servers.admission import Caller
from ..protocol.replies import Command, Config, Reply
from . import addresses


class AgentReplies:
    """Tells agents what to watch, how often to report and where to."""

    def __init__(self, hass: HomeAssistant, webhook_id: str) -> None:
        """Start with nobody told."""
        self._hass = hass
        self._webhook_id = webhook_id
        self._told: dict[str, int] = {}
        """The interval each agent was last told; it follows with its next heartbeat."""

    def reply(
        self,
        caller: Caller,
        config: ServerConfig,
        options: Options,
        commands: tuple[Command, ...],
        *,
        stale: bool,
    ) -> Reply:
        """Return the answer to an accepted message."""
        interval = options.heartbeat_interval_seconds
        self._told[caller.server_id] = interval
        services, containers = config.watched
        return Reply(
            in_reply_to=caller.envelope.message_id,
            server_time=dt_util.utcnow(),
            received=True,
            stale=stale or None,
            pending_commands=commands,
            config=Config(
                heartbeat_interval_seconds=interval,
                services=services,
                containers=containers,
                urls=addresses.webhook_urls(self._hass, self._webhook_id),
            ),
        )

    def offline_after(self, server_id: str, options: Options) -> float:
        """Return the silence that is too long, by what the agent knows of it."""
        told = self._told.get(server_id, 0)
        return max(options.server_offline_seconds, MIN_INTERVALS_TO_OFFLINE * told)

    def drop(self, server_id: str) -> None:
        """Forget a server that was removed."""
        self._told.pop(server_id, None)
