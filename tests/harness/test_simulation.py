"""The simulated servers: believable, within the protocol, the same every time."""

from datetime import UTC, datetime, timedelta
import ipaddress
from statistics import mean

from hypothesis import given, strategies as st
import pytest

from harness.simulation.figures import figures, flows
from harness.simulation.heartbeat import Turn, heartbeat
from harness.simulation.model import Life, Server
from harness.simulation.table import SERVERS
from homelab_agent.protocol.fields import dump_json
from homelab_agent.protocol.messages import Heartbeat, dump_message, parse_message
from homelab_agent.protocol.signing import SERVER_ID

SINCE = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
LIVES = {server.server_id: Life(server=server, since=SINCE) for server in SERVERS}
SPAN = timedelta(days=30)
MAX_HEARTBEAT = 16 * 1024

servers = pytest.mark.parametrize("server", SERVERS, ids=lambda one: one.server_id)
lives = st.sampled_from(list(LIVES.values()))
moments = st.datetimes(
    (SINCE - SPAN).replace(tzinfo=None),
    (SINCE + SPAN).replace(tzinfo=None),
    timezones=st.just(UTC),
)


def said(life: Life, moment: datetime = SINCE) -> Heartbeat:
    server = life.server
    return heartbeat(
        life,
        moment,
        Turn(
            run_id="run",
            sequence=1,
            services=server.unit_names,
            containers=server.box_names,
            tell_available=True,
        ),
    )


def day(life: Life, hours: range) -> list[float]:
    """Return the load in some hours of the days of a week, by the local clock."""
    midnight = SINCE.replace(hour=0)
    return [
        figures(life, midnight + timedelta(days=days, hours=hour, minutes=minute)).cpu
        for days in range(7)
        for hour in hours
        for minute in range(0, 60, 10)
    ]


def test_the_eleven_servers_of_the_specification_are_there() -> None:
    assert len(LIVES) == len(SERVERS) == 11
    assert all(SERVER_ID.fullmatch(server_id) for server_id in LIVES)
    assert sum(server.tdp_watts for server in SERVERS) == 495
    watched = {
        server.server_id: (server.unit_names, server.box_names) for server in SERVERS
    }
    media = ("plex", "sonarr", "radarr", "transmission", "jackett")
    assert watched == {
        "omv-homeserver": (("smbd", "docker"), ()),
        "omv-backupserver": (("smbd", "rsync"), ()),
        "omv-documentserver": (("smbd",), ()),
        "omv-mediaserver": (media, ()),
        "omv-cloudserver1": (("smbd",), ("nextcloud",)),
        "omv-webserver1": (("nginx",), ("n8n",)),
        "omv-webserver2": (("nginx",), ()),
        "omv-homeautoserver": ((), ("homeassistant",)),
        "omv-aiserver1": (("ollama", "docker"), ()),
        "pihole-master": (("pihole-FTL",), ()),
        "pihole-backup": (("pihole-FTL",), ()),
    }


@given(lives, moments)
def test_heartbeat_is_what_the_protocol_allows(life: Life, moment: datetime) -> None:
    sent = said(life, moment)
    body = dump_json(dump_message(sent))
    assert len(body) <= MAX_HEARTBEAT
    assert parse_message(body, life.server.server_id) == sent


@given(lives, moments)
def test_same_moment_looks_the_same_every_time(life: Life, moment: datetime) -> None:
    assert said(life, moment) == said(life, moment)


@given(lives, moments, st.integers(1, 86400))
def test_counters_and_uptime_only_rise(life: Life, moment: datetime, step: int) -> None:
    before = said(life, moment).metrics
    after = said(life, moment + timedelta(seconds=step)).metrics
    for name in ("network_rx_bytes", "network_tx_bytes", "uptime_seconds"):
        assert getattr(before, name) <= getattr(after, name)


@given(lives, moments)
def test_counter_rises_by_the_rate(life: Life, moment: datetime) -> None:
    now = life.local(moment)
    for flow in flows(life.server):
        measured = (flow.counted(now + 1) - flow.counted(now - 1)) / 2
        assert measured == pytest.approx(flow.rate(now), rel=0.1, abs=10)


@pytest.mark.parametrize(
    ("server_id", "busy", "calm"),
    [
        ("omv-mediaserver", range(20, 23), range(3, 6)),
        ("omv-backupserver", range(2, 5), range(10, 20)),
        ("omv-documentserver", range(9, 16), range(6)),
        ("pihole-master", range(18, 21), range(2, 5)),
    ],
)
def test_load_follows_the_day(server_id: str, busy: range, calm: range) -> None:
    life = LIVES[server_id]
    assert mean(day(life, busy)) > 1.8 * mean(day(life, calm))


@servers
def test_days_differ_and_no_figure_stands_still(server: Server) -> None:
    life = LIVES[server.server_id]
    loads = [figures(life, SINCE + timedelta(days=days)).cpu for days in range(14)]
    assert len({round(load, 1) for load in loads}) > 7
    soon = [figures(life, SINCE + timedelta(seconds=10 * n)).cpu for n in range(60)]
    assert len({round(load, 1) for load in soon}) > 5
    assert max(loads) < 100


def test_disk_grows_slowly_and_never_overflows() -> None:
    media = LIVES["omv-mediaserver"]
    month = [
        said(media, SINCE + timedelta(days=days)).disks[1] for days in range(-30, 31)
    ]
    percents = [disk.percent or 0 for disk in month]
    assert percents == sorted(percents)
    assert percents[0] < 91
    assert percents[30] > 93
    later = said(media, SINCE + timedelta(days=3000)).disks[1]
    assert later.percent == 99


def test_disks_of_the_backup_sleep_by_day() -> None:
    life = LIVES["omv-backupserver"]
    disks = [said(life, SINCE.replace(hour=hour)).disks for hour in range(24)]
    assert not any(root.standby for root, *_ in disks)
    asleep = [data for _, data, _ in disks if data.standby]
    assert [hour for hour in range(24) if not disks[hour][1].standby] == [1, 2, 3, 4, 5]
    # One before this night's backup, one after it.
    assert len(set(asleep)) == 2


def test_a_few_things_are_wrong_and_no_more() -> None:
    reports = {server_id: said(life) for server_id, life in LIVES.items()}
    full, down, hot, outdated = set(), set(), set(), set()
    for server_id, report in reports.items():
        full |= {disk.mount for disk in report.disks if (disk.percent or 0) >= 90}
        down |= {item.name for item in report.services if item.status != "running"}
        down |= {item.name for item in report.containers if item.status != "running"}
        hot |= {server_id for item in report.temperatures if item.celsius >= 80}
        assert report.agent is not None
        if report.agent.version == "0.0.9":
            outdated.add(server_id)
    assert full == {"/srv/media"}
    assert down == {"transmission", "n8n"}
    assert hot == {"omv-aiserver1"}
    assert outdated == {"pihole-backup"}
    assert [name for name, report in reports.items() if report.reboot_required] == [
        "omv-documentserver"
    ]
    late = SINCE + timedelta(minutes=1)
    assert [name for name, life in LIVES.items() if not life.reports(late)] == [
        "omv-webserver2"
    ]


def test_hot_processor_is_hot_at_any_time() -> None:
    life = LIVES["omv-aiserver1"]
    for minutes in range(0, 24 * 60, 10):
        moment = SINCE + timedelta(minutes=minutes)
        assert 80 <= figures(life, moment).celsius[0] < 100


@servers
def test_server_is_marked_and_has_no_address_of_anybody(server: Server) -> None:
    host = said(LIVES[server.server_id]).host
    assert host is not None
    assert (host.cpu_model or "").endswith("(simulated)")
    assert ipaddress.ip_address(host.ip_address or "") in ipaddress.ip_network(
        "192.0.2.0/24"
    )
    assert int((host.mac_address or "").split(":")[0], 16) & 0b11 == 0b10


def test_names_and_addresses_are_told_apart() -> None:
    for read in ("ip_address", "mac_address", "hostname"):
        found = {getattr(said(life).host, read) for life in LIVES.values()}
        assert len(found) == 11
    assert len({said(life).machine_id for life in LIVES.values()}) == 11


def test_exactly_what_is_watched_is_told() -> None:
    life = LIVES["omv-webserver1"]
    turn = Turn(
        run_id="run",
        sequence=2,
        services=("nginx.service", "cron", "nonsense"),
        containers=("n8n", "gone"),
    )
    report = heartbeat(life, SINCE, turn)
    assert [(item.name, item.status) for item in report.services] == [
        ("nginx.service", "running"),
        ("cron", "running"),
        ("nonsense", "unknown"),
    ]
    assert [(item.name, item.status) for item in report.containers] == [
        ("n8n", "stopped"),
        ("gone", "unknown"),
    ]
    assert report.available_services is None
    assert "nginx" in (said(life).available_services or ())
