"""What a busy server's day costs the recorder, with the entities that are enabled."""

from collections import Counter
from collections.abc import Iterator
import random
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import async_capture_events

from custom_components.homelabcmd.hub.administration import async_update_server
from tests.builders import metrics

from .setup_hub import hub_entry, set_up
from .test_entities import device, hear
from .test_inventory import watching

MINUTES = 24 * 60
GOAL = 5000
UNITS = ("plex", "sonarr", "radarr", "transmission", "jackett")
BOOTED = 1_000_000
"""Seconds of uptime when the day begins."""


class Day:
    """A day of a media server: films in the evening, downloads at night, noise always.

    The figures are drawn anew for every minute around what the hour brings.
    """

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._rx = self._tx = 0
        self._cpu = 6.0
        self._memory = 58.0
        self._celsius = 44.0
        self._used = {"/": 34.0, "/srv/media": 6_120.0, "/srv/downloads": 410.0}

    def _noise(self, width: float) -> float:
        return self._random.gauss(0, width)

    def _hour(self, minute: int) -> tuple[float, float, float]:
        """Return CPU %, bytes in and bytes out a second that are usual then."""
        hour = minute / 60
        if 19 <= hour < 23:  # two films, one of them transcoded by turns
            return (55.0 if minute % 50 < 20 else 18.0), 60_000.0, 2_600_000.0
        if 1 <= hour < 4:  # downloads, then unpacked
            return (35.0 if minute % 45 < 6 else 12.0), 7_000_000.0, 250_000.0
        return 4.5, 3_000.0, 4_000.0

    def minutes(self) -> Iterator[dict[str, Any]]:
        for minute in range(MINUTES):
            cpu, rx, tx = self._hour(minute)
            self._cpu += 0.5 * (cpu - self._cpu) + self._noise(0.12 * cpu + 0.3)
            self._memory += 0.05 * (58 + cpu / 10 - self._memory) + self._noise(0.12)
            self._celsius += 0.3 * (43 + cpu / 4 - self._celsius) + self._noise(0.5)
            self._rx += int(60 * rx * max(1 + self._noise(0.35), 0.05))
            self._tx += int(60 * tx * max(1 + self._noise(0.35), 0.05))
            self._used["/"] += 0.0005 + self._noise(0.002)
            self._used["/srv/downloads"] += 60 * rx / 1e9
            yield self._heartbeat(minute)

    def _heartbeat(self, minute: int) -> dict[str, Any]:
        totals = {"/": 60.0, "/srv/media": 8_000.0, "/srv/downloads": 2_000.0}
        disks = [
            {
                "mount": mount,
                "total_gb": total,
                "used_gb": round(self._used[mount], 3),
                "free_gb": round(total - self._used[mount], 3),
                "percent": round(100 * self._used[mount] / total, 2),
            }
            for mount, total in totals.items()
        ]
        # The backup disk sleeps but for an hour.
        awake = 3 * 60 <= minute < 4 * 60
        disks.append(
            {"mount": "/srv/backup", "total_gb": 8000.0, "used_gb": 5000.0}
            | ({"percent": 62.5} if awake else {"standby": True})
        )
        return {
            "metrics": metrics(
                cpu_percent=min(max(round(self._cpu, 1), 0.3), 100),
                memory_percent=round(self._memory, 1),
                memory_used_gb=round(self._memory * 0.16, 2),
                disk_percent=disks[0]["percent"],
                disk_used_gb=disks[0]["used_gb"],
                disk_total_gb=60.0,
                swap_percent=round(3 + minute / 900, 1),
                network_rx_bytes=self._rx,
                network_tx_bytes=self._tx,
                load_1m=round(max(self._cpu, 0) / 25, 2),
                uptime_seconds=BOOTED + 60 * minute,
                boot_time=f"2026-02-18T10:13:{18 + minute % 3}+00:00",
            ),
            "boot_id": "boot-1",
            "disks": disks,
            "networks": [
                {"name": "enp3s0", "rx_bytes": self._rx, "tx_bytes": self._tx}
            ],
            "temperatures": [
                {"name": "coretemp Package id 0", "celsius": round(self._celsius, 1)},
                {"name": "nvme Composite", "celsius": round(38 + self._noise(0.6), 1)},
                {"name": "acpitz", "celsius": 27.8},
            ],
            "services": [
                {
                    "name": name,
                    "status": "running",
                    "detail": "active (running)",
                    "pid": 900 + number,
                    "memory_mb": round(200 + 40 * number + self._noise(8), 1),
                    "cpu_percent": abs(round(self._cpu / 5 + self._noise(1.5), 1)),
                }
                for number, name in enumerate(UNITS)
            ],
            "collectors": [
                {"name": name, "duration_ms": abs(round(self._noise(2), 2))}
                for name in ("cpu", "disks", "services")
            ],
        }


@pytest.mark.parametrize("seed", [1, 2])
async def test_a_day_of_the_busiest_server_is_at_most_5000_rows(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, seed: int
) -> None:
    freezer.move_to("2026-03-02T00:00:00+00:00")
    hub = await set_up(hass, hub_entry())
    async_update_server(hub, watching(hub, services=UNITS))
    changes: list[Event[Any]] = async_capture_events(hass, EVENT_STATE_CHANGED)
    for report in Day(seed).minutes():
        hear(hub, **report)
        await hass.async_block_till_done()
        hub.tick()
        freezer.tick(60)
    entities = er.async_entries_for_device(er.async_get(hass), device(hass, "nas").id)
    of_server = {entity.entity_id for entity in entities}
    rows = Counter(event.data["entity_id"] for event in changes)
    total = sum(count for entity_id, count in rows.items() if entity_id in of_server)
    print(f"\n{total} rows of the server in a day, {rows.total()} with the totals:")  # noqa: T201
    for entity_id, count in rows.most_common():
        print(f"{count:6} {entity_id}")  # noqa: T201
    assert 1000 < total <= GOAL
    # All of them are alive, so the day was counted in full.
    assert rows["sensor.nas_temperature"] > 10
    assert rows["binary_sensor.nas_plex"] > 1
    await hass.config_entries.async_unload(hub.entry.entry_id)
