"""The same figures by way of MQTT, with entities that Home Assistant discovers."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
import importlib.util
import json
from pathlib import Path
import shutil
import tempfile
from typing import Any

from harness.api import Api
from harness.ports import LOOPBACK, any_free
from harness.process import Child
from harness.waiting import until

from .fleet import BOXES, UNITS, Machine
from .ways import Send

_FLOWS = "/api/config/config_entries/flow"
_PATIENCE = 120
_FIGURES = {
    "cpu_percent": "%",
    "memory_percent": "%",
    "memory_used_gb": "GB",
    "disk_percent": "%",
    "disk_used_gb": "GB",
    "load_1m": None,
    "load_5m": None,
    "load_15m": None,
    "network_rx_bytes": "B",
    "network_tx_bytes": "B",
    "uptime_seconds": "s",
}


def missing() -> str | None:
    """Return what is not installed and would be needed."""
    if shutil.which("mosquitto") is None:
        return "mosquitto is not installed"
    if importlib.util.find_spec("paho") is None:
        return "paho-mqtt is not installed"
    return None


@asynccontextmanager
async def mqtt(api: Api, machines: Sequence[Machine]) -> AsyncIterator[Send]:
    """Publish to a broker of our own."""
    from paho.mqtt.client import Client  # noqa: PLC0415 - `missing` has looked for it
    from paho.mqtt.enums import CallbackAPIVersion  # noqa: PLC0415 - as above

    port = any_free()
    with tempfile.TemporaryDirectory() as folder:
        broker = await _broker(Path(folder), port)
        client = Client(CallbackAPIVersion.VERSION2, client_id="benchmark")
        try:
            await _connected(client, port)
            client.loop_start()
            await _set_up(api, port)
            before = len(await api.get("/api/states"))
            topics = [topic for machine in machines for topic in _discovery(machine)]
            for topic, about in topics:
                client.publish(topic, json.dumps(about), retain=True)
            await _discovered(api, before + len(topics))

            async def send(machine: Machine) -> None:
                client.publish(f"homelab/{machine.server_id}", machine.heartbeat())

            yield send
        finally:
            client.loop_stop()
            await broker.stop()


async def _broker(folder: Path, port: int) -> Child:
    settings = folder / "mosquitto.conf"
    settings.write_text(
        f"listener {port} {LOOPBACK}\nallow_anonymous true\nmax_queued_messages 0\n"
    )
    command = ["mosquitto", "-c", str(settings)]
    return await Child.start("mosquitto", command, folder / "log")


async def _connected(client: Any, port: int) -> None:  # noqa: ANN401 - see `missing`
    async def look() -> bool | None:
        try:
            client.connect(LOOPBACK, port)
        except OSError:
            return None
        return True

    await until(look, "the broker", patience=_PATIENCE)


async def _set_up(api: Api, port: int) -> None:
    """Add Home Assistant's integration by its dialog."""
    shown = await api.post(_FLOWS, {"handler": "mqtt"})
    if shown["type"] == "menu":
        shown = await api.post(
            f"{_FLOWS}/{shown['flow_id']}", {"next_step_id": "broker"}
        )
    result = await api.post(
        f"{_FLOWS}/{shown['flow_id']}",
        {
            "broker": LOOPBACK,
            "port": port,
            "other_settings": {"set_client_cert": False, "set_ca_cert": "off"},
        },
    )
    if result["type"] != "create_entry":
        raise ValueError(f"MQTT can't be set up: {result}")


async def _discovered(api: Api, states: int) -> None:
    async def look() -> bool | None:
        return True if len(await api.get("/api/states")) >= states else None

    await until(look, "the entities of MQTT", patience=_PATIENCE)
    await asyncio.sleep(5)


def _discovery(machine: Machine) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the topic and the description of each entity of a server."""
    server_id = machine.server_id
    for kind, key, value, unit in _entities(machine):
        about: dict[str, Any] = {
            "name": key,
            "unique_id": f"{server_id}_{key}",
            "state_topic": f"homelab/{server_id}",
            "value_template": f"{{{{ {value} }}}}",
            "device": {"identifiers": [server_id], "name": server_id},
        }
        if unit:
            about["unit_of_measurement"] = unit
        yield f"homeassistant/{kind}/{server_id}/{key}/config", about


def _entities(machine: Machine) -> Iterator[tuple[str, str, str, str | None]]:
    """Yield kind, key, template and unit."""
    server = machine.life.server
    for key, unit in _FIGURES.items():
        yield "sensor", key, f"value_json.metrics.{key}", unit
    for place in range(len(server.disks)):
        disk = f"value_json.disks[{place}]"
        yield "sensor", f"disk{place}", f"{disk}.percent", "%"
        yield "sensor", f"disk{place}_used", f"{disk}.used_gb", "GB"
    for place in range(len(server.probes)):
        celsius = f"value_json.temperatures[{place}].celsius"
        yield "sensor", f"temperature{place}", celsius, "°C"
    for subject, names in (("services", UNITS), ("containers", BOXES)):
        for place in range(len(names)):
            item = f"value_json.{subject}[{place}]"
            runs = f"'ON' if {item}.status == 'running' else 'OFF'"
            yield "binary_sensor", f"{subject}{place}", runs, None
    for place in range(len(UNITS)):
        memory = f"value_json.services[{place}].memory_mb"
        yield "sensor", f"memory{place}", memory, "MB"
    yield "sensor", "updates", "value_json.updates_available", None
    yield "sensor", "system", "value_json.os_info.version", None
