"""Tell the hub that the agent is being removed from this server.

Protocol 1 has no message for that, so it is a last heartbeat of the agent that measures
nothing and names one trouble, the agent's own: it was uninstalled. The hub takes the
server for offline at once, ends its alerts, and says so under Repairs.
"""

from __future__ import annotations

import secrets

from .clock import Clock
from .collectors import identity
from .collectors.surroundings import Surroundings
from .config import Config
from .outcomes import Delivered, NotDelivered, Outcome, code_of, server_time
from .protocol.fields import dump_json
from .protocol.inventory import Agent, Collector, Metrics
from .protocol.messages import Heartbeat, dump_message
from .protocol.refusals import Code
from .transport import Transport
from .version import VERSION

TROUBLE = Collector(name="agent", error="uninstalled on this server")
_TIMEOUT = 4.0
"""The uninstaller waits for five seconds in all."""


def goodbye(config: Config, clock: Clock | None = None) -> Outcome:
    """Send the last heartbeat and return what became of it."""
    clock = clock or Clock()
    # The hub takes no other machine's word for it.
    around = Surroundings(now=clock.now, sleep=clock.sleep, hub_address=lambda: None)
    machine_id = identity.collector(around)().machine_id
    run_id = secrets.token_hex(16)
    transport = Transport(config, timeout=_TIMEOUT)
    try:
        outcome = _send(transport, clock, config.server_id, run_id, machine_id)
        told = server_time(outcome)
        if code_of(outcome) == Code.CLOCK_SKEW and told is not None:
            clock.adjust(told)
            outcome = _send(transport, clock, config.server_id, run_id, machine_id)
        return outcome
    finally:
        transport.close()


def _send(
    transport: Transport,
    clock: Clock,
    server_id: str,
    run_id: str,
    machine_id: str | None,
) -> Outcome:
    heartbeat = Heartbeat(
        server_id=server_id,
        timestamp=clock.utc(),
        run_id=run_id,
        sequence=1,
        machine_id=machine_id,
        metrics=Metrics(),
        agent=Agent(version=VERSION),
        collectors=(TROUBLE,),
    )
    return transport.send(dump_json(dump_message(heartbeat)), int(clock.now()))


def describe(outcome: Outcome) -> str:
    """Return one line for the person who uninstalls."""
    if isinstance(outcome, Delivered):
        return "Home Assistant was told"
    return (
        outcome.reason if isinstance(outcome, NotDelivered) else outcome.detail.message
    )
