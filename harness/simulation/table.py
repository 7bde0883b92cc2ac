"""The eleven servers of the specification's section 15, each with a life of its own."""

from dataclasses import replace
from datetime import timedelta

from .curves import EVENING, HOME, NIGHT, OFFICE, STEADY, VISITORS
from .model import (
    RASPBERRY_PI_OS,
    Box,
    Load,
    Probe,
    Server,
    Traffic,
    Unit,
    Volume,
)
from .packages import FILES, KERNEL, OPENSSL, SUDO, TZDATA

_PACKAGE = Probe(name="coretemp Package id 0", idle=38, by_load=30)
_NVME = Probe(name="nvme Composite", idle=36, by_load=10)
_PI = Probe(name="cpu_thermal", idle=43, by_load=24)


def _root(total_gb: float, percent: float, growth_gb: float = 0.02) -> Volume:
    return Volume(
        mount="/",
        device="/dev/nvme0n1p2",
        total_gb=total_gb,
        percent=percent,
        growth_gb=growth_gb,
    )


def _data(
    name: str,
    letter: str,
    total_gb: float,
    percent: float,
    growth_gb: float,
    awake: tuple[int, int] | None = None,
) -> Volume:
    return Volume(
        mount=f"/srv/{name}",
        device=f"/dev/sd{letter}1",
        total_gb=total_gb,
        percent=percent,
        growth_gb=growth_gb,
        awake=awake,
    )


def _pi(
    server_id: str, name: str, number: int, location: str, *, queries: float
) -> Server:
    """Return a Raspberry Pi that answers for names; `queries` is its share of them."""
    return Server(
        server_id=server_id,
        name=name,
        number=number,
        location=location,
        tdp_watts=5,
        platform=RASPBERRY_PI_OS,
        cpu_model="Raspberry Pi 4 Model B",
        cpu_count=4,
        memory_gb=2.0,
        memory_percent=(21, 4),
        load=Load(curve=HOME, idle=2, peak=9 * queries),
        traffic=Traffic(received=(2, 18 * queries), sent=(2, 14 * queries)),
        interface="eth0",
        disks=(
            Volume(
                mount="/",
                device="/dev/mmcblk0p2",
                total_gb=31.2,
                percent=24 + 6 * queries,
                growth_gb=0.02,
            ),
        ),
        probes=(_PI,),
        units=(Unit(name="pihole-FTL", memory_mb=78),),
    )


SERVERS = (
    Server(
        server_id="omv-homeserver",
        name="OMV HomeServer",
        number=11,
        location="Basement",
        tdp_watts=50,
        cpu_model="Intel Core i3-10100",
        cpu_count=8,
        memory_gb=16.6,
        memory_percent=(38, 9),
        load=Load(curve=HOME, idle=4, peak=22, bursts=14),
        traffic=Traffic(received=(30, 2600), sent=(40, 5200)),
        disks=(_root(250.1, 27), _data("family", "a", 4000.8, 61.4, 2.1)),
        probes=(_PACKAGE, _NVME),
        units=(Unit(name="smbd", memory_mb=64), Unit(name="docker", memory_mb=118)),
    ),
    Server(
        server_id="omv-backupserver",
        managed=False,
        name="OMV BackupServer",
        number=12,
        location="Attic",
        tdp_watts=40,
        cpu_model="Intel Pentium Silver J5040",
        cpu_count=4,
        memory_gb=8.2,
        memory_percent=(22, 31),
        load=Load(curve=NIGHT, idle=2, peak=56, bursts=6),
        traffic=Traffic(received=(4, 68000), sent=(3, 900)),
        disks=(
            _root(120.0, 19),
            _data("backup1", "a", 8001.6, 71.8, 6.5, (1, 6)),
            _data("backup2", "b", 8001.6, 44.2, 3.1, (1, 6)),
        ),
        probes=(_PACKAGE,),
        units=(Unit(name="smbd", memory_mb=52), Unit(name="rsync", memory_mb=9)),
    ),
    Server(
        server_id="omv-documentserver",
        name="OMV DocumentServer",
        number=13,
        location="Office",
        tdp_watts=40,
        cpu_model="Intel N100",
        cpu_count=4,
        memory_gb=8.2,
        memory_percent=(29, 8),
        load=Load(curve=OFFICE, idle=3, peak=18, bursts=8),
        traffic=Traffic(received=(6, 700), sent=(6, 1500)),
        disks=(_root(120.0, 33), _data("documents", "a", 2000.4, 38.9, 0.6)),
        probes=(_PACKAGE, _NVME),
        units=(Unit(name="smbd", memory_mb=71),),
        updates=(KERNEL, OPENSSL, SUDO, TZDATA, FILES),
        reboot_required=True,
        uptime=timedelta(days=118),
    ),
    Server(
        server_id="omv-mediaserver",
        name="OMV MediaServer",
        number=14,
        location="Basement",
        tdp_watts=65,
        cpu_model="Intel Core i5-12400",
        cpu_count=12,
        memory_gb=33.5,
        memory_percent=(31, 24),
        load=Load(curve=EVENING, idle=5, peak=52, bursts=18),
        traffic=Traffic(received=(90, 3600), sent=(60, 14500)),
        disks=(_root(500.1, 46, 0.05), _data("media", "a", 16000.9, 93.2, 14)),
        probes=(_PACKAGE, _NVME),
        units=(
            Unit(name="plex", memory_mb=860),
            Unit(name="sonarr", memory_mb=310),
            Unit(name="radarr", memory_mb=342),
            Unit(name="transmission", status="failed", detail="failed (exit-code)"),
            Unit(name="jackett", memory_mb=205),
        ),
        updates=(TZDATA,),
    ),
    Server(
        server_id="omv-cloudserver1",
        name="OMV CloudServer1",
        number=15,
        location="Office",
        tdp_watts=50,
        cpu_model="AMD Ryzen 5 5600G",
        cpu_count=12,
        memory_gb=33.5,
        memory_percent=(36, 15),
        load=Load(curve=OFFICE, idle=6, peak=27, bursts=12),
        traffic=Traffic(received=(40, 1900), sent=(50, 2700)),
        disks=(_root(250.1, 52, 0.04), _data("cloud", "a", 4000.8, 66.7, 3.4)),
        probes=(Probe(name="k10temp Tctl", idle=41, by_load=28), _NVME),
        units=(Unit(name="smbd", memory_mb=58),),
        boxes=(
            Box(
                name="nextcloud",
                image="nextcloud:31-apache",
                memory_mb=612,
                health="healthy",
            ),
        ),
    ),
    Server(
        server_id="omv-webserver1",
        stubborn=("n8n",),
        name="OMV WebServer1",
        number=16,
        location="Basement",
        tdp_watts=45,
        cpu_model="Intel N100",
        cpu_count=4,
        memory_gb=16.6,
        memory_percent=(33, 12),
        load=Load(curve=VISITORS, idle=5, peak=31, bursts=10),
        traffic=Traffic(received=(30, 420), sent=(90, 2900)),
        disks=(_root(500.1, 58, 0.12),),
        probes=(_PACKAGE, _NVME),
        units=(Unit(name="nginx", memory_mb=46),),
        boxes=(
            Box(
                name="n8n",
                image="n8nio/n8n:1.110.1",
                status="stopped",
                detail="exited (137)",
            ),
        ),
        updates=(OPENSSL, SUDO),
    ),
    Server(
        server_id="omv-webserver2",
        name="OMV Webserver 2",
        number=17,
        location="Attic",
        tdp_watts=45,
        cpu_model="Intel N95",
        cpu_count=4,
        memory_gb=8.2,
        memory_percent=(41, 10),
        load=Load(curve=VISITORS, idle=4, peak=19, bursts=7),
        traffic=Traffic(received=(20, 240), sent=(50, 1600)),
        disks=(_root(250.1, 41, 0.06),),
        probes=(_PACKAGE, _NVME),
        units=(Unit(name="nginx", memory_mb=39),),
        silent_after=timedelta(seconds=20),
    ),
    Server(
        server_id="omv-homeautoserver",
        name="OMV HomeAutoServer",
        number=18,
        location="Hallway",
        tdp_watts=50,
        cpu_model="Intel N100",
        cpu_count=4,
        memory_gb=16.6,
        memory_percent=(44, 6),
        load=Load(curve=STEADY, idle=5, peak=12, bursts=5),
        traffic=Traffic(received=(60, 90), sent=(25, 60)),
        disks=(_root(250.1, 37, 0.08),),
        probes=(_PACKAGE, _NVME),
        boxes=(
            Box(
                name="homeassistant",
                image="ghcr.io/home-assistant/home-assistant:stable",
                memory_mb=745,
            ),
        ),
    ),
    Server(
        server_id="omv-aiserver1",
        name="OMV AIServer1",
        number=19,
        location="Office",
        tdp_watts=100,
        cpu_model="AMD Ryzen 9 7900",
        cpu_count=24,
        memory_gb=67.2,
        memory_percent=(54, 19),
        load=Load(curve=HOME, idle=38, peak=26, bursts=32),
        traffic=Traffic(received=(10, 160), sent=(14, 210)),
        disks=(_root(2000.4, 69, 0.9),),
        # Its fan is full of dust.
        probes=(Probe(name="k10temp Tctl", idle=79, by_load=13), _NVME),
        units=(Unit(name="ollama", memory_mb=21400), Unit(name="docker", memory_mb=96)),
    ),
    _pi("pihole-master", "Pi-hole Master", 20, "Hallway", queries=1),
    replace(
        _pi("pihole-backup", "Pi-hole Backup", 21, "Attic", queries=0.25),
        agent_version="0.0.9",
    ),
)
