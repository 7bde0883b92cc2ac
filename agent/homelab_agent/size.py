"""Keep a heartbeat to what a hub takes.

Watched things and their names are many and long only where somebody makes them so. But
whoever may mount file systems on a server must not be able to silence its agent.
"""

from __future__ import annotations

import dataclasses

from .protocol.fields import dump_json, to_json
from .protocol.inventory import Collector
from .protocol.messages import MAX_BODY, Heartbeat, dump_message

_COLLECTORS = {
    "services": "services",
    "containers": "containers",
    "disks": "disks",
    "networks": "network",
    "temperatures": "temperatures",
}
"""The lists that may grow, and who makes them."""
_WHY = f"left out, for the report would be larger than {MAX_BODY} bytes; watch fewer"


def fitting(heartbeat: Heartbeat) -> Heartbeat:
    """Return the heartbeat without its longest lists if it is too large with them."""
    for _ in _COLLECTORS:
        if len(dump_json(dump_message(heartbeat))) <= MAX_BODY:
            break
        heartbeat = _without(
            heartbeat, max(_COLLECTORS, key=lambda n: _size(heartbeat, n))
        )
    return heartbeat


def _size(heartbeat: Heartbeat, name: str) -> int:
    return len(dump_json({name: to_json(getattr(heartbeat, name))}))


def _without(heartbeat: Heartbeat, name: str) -> Heartbeat:
    collectors = tuple(
        dataclasses.replace(each, error=_WHY)
        if each.name == _COLLECTORS[name]
        else each
        for each in heartbeat.collectors
    )
    if collectors == heartbeat.collectors:
        collectors += (Collector(name=_COLLECTORS[name], error=_WHY),)
    changed: dict[str, object] = {name: (), "collectors": collectors}
    return dataclasses.replace(heartbeat, **changed)  # type: ignore[arg-type]
