"""How much went over the network since boot."""

from __future__ import annotations

from ..protocol.inventory import Metrics
from .sample import Collect, Sample
from .surroundings import Surroundings

_INTERFACES = "sys/class/net"
# Traffic of these passes through another interface too, or never leaves the machine.
_VIRTUAL = (
    *("lo", "docker", "veth", "br-", "virbr", "vnet", "lxcbr", "lxdbr", "vmbr"),
    *("podman", "cni", "flannel", "cali", "ifb", "dummy", "tun", "tap", "wg"),
    *("tailscale", "zt", "fwbr", "fwpr", "fwln", "sit", "gre"),
)


def collector(around: Surroundings) -> Collect:
    """Return the collector of network_*_bytes: the sum over physical interfaces."""

    def counted() -> list[str]:
        found = sorted((around.root / _INTERFACES).iterdir())
        physical = [path.name for path in found if (path / "device").exists()]
        # In a container even the way out is a virtual interface.
        return physical or [
            path.name for path in found if not path.name.startswith(_VIRTUAL)
        ]

    def counter(interface: str, name: str) -> int:
        return int(around.read(f"{_INTERFACES}/{interface}/statistics/{name}"))

    def collect() -> Sample:
        if not (interfaces := counted()):
            return Sample()
        return Sample(
            metrics=Metrics(
                network_rx_bytes=sum(counter(i, "rx_bytes") for i in interfaces),
                network_tx_bytes=sum(counter(i, "tx_bytes") for i in interfaces),
            )
        )

    return collect
