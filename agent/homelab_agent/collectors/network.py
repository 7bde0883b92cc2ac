"""How much went over the network since boot."""

from __future__ import annotations

from ..protocol.counted import VIRTUAL_INTERFACES
from ..protocol.inventory import Metrics, Network
from ..text import clean
from .sample import Collect, Sample
from .surroundings import Surroundings

_INTERFACES = "sys/class/net"
_MAX_INTERFACES = 64


def collector(around: Surroundings) -> Collect:
    """Return the collector of networks, and of network_*_bytes, their sum."""

    def counted() -> list[str]:
        found = sorted((around.root / _INTERFACES).iterdir())
        physical = [path.name for path in found if (path / "device").exists()]
        # In a container even the way out is a virtual interface.
        return physical or [
            path.name for path in found if not path.name.startswith(VIRTUAL_INTERFACES)
        ]

    def counter(interface: str, name: str) -> int:
        return int(around.read(f"{_INTERFACES}/{interface}/statistics/{name}"))

    def read(interface: str) -> Network | None:
        try:
            return Network(
                name=clean(interface) or "?",
                rx_bytes=counter(interface, "rx_bytes"),
                tx_bytes=counter(interface, "tx_bytes"),
            )
        except (FileNotFoundError, NotADirectoryError):
            # Pulled out since it was listed; or a file among the interfaces.
            return None

    def collect() -> Sample:
        if not (networks := [found for name in counted() if (found := read(name))]):
            return Sample()
        return Sample(
            metrics=Metrics(
                network_rx_bytes=sum(network.rx_bytes or 0 for network in networks),
                network_tx_bytes=sum(network.tx_bytes or 0 for network in networks),
            ),
            networks=tuple(networks[:_MAX_INTERFACES]),
            trouble=_too_many(len(networks)),
        )

    return collect


def _too_many(count: int) -> str | None:
    if count <= _MAX_INTERFACES:
        return None
    return f"only {_MAX_INTERFACES} of {count} interfaces are shown one by one"
