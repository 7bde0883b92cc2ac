"""Messages and replies of every shape, and JSON of none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from hypothesis import strategies as st

from homelab_agent.protocol.inventory import (
    Agent,
    Allowed,
    Collector,
    Container,
    Disk,
    Host,
    Metrics,
    Network,
    OsInfo,
    PackageUpdate,
    Service,
    Temperature,
)
from homelab_agent.protocol.messages import CommandResult, Heartbeat, Wait
from homelab_agent.protocol.replies import Command, Config, Detail, Reply
from homelab_agent.protocol.signing import SERVER_ID, Secret

SECRETS = st.binary(min_size=32, max_size=32).map(Secret)
SERVER_IDS = st.from_regex(SERVER_ID, fullmatch=True)

_MAX_INTEGER = 2**63 - 1


def lines(limit: int, low: int = 1) -> st.SearchStrategy[str]:
    """Return lines of text as the protocol allows them."""
    # Cc: control characters, Cs: surrogates.
    letters = st.characters(exclude_categories=["Cc", "Cs"])
    # Long ones slow the tests down and find nothing new.
    return st.text(letters, min_size=low, max_size=min(limit, 20))


def tuples(items: st.SearchStrategy[Any], low: int = 0) -> st.SearchStrategy[Any]:
    """Return tuples of a few items."""
    return st.lists(items, min_size=low, max_size=3).map(tuple)


def numbers(low: float, high: float) -> st.SearchStrategy[float]:
    """Return finite numbers."""
    return st.floats(low, high, allow_nan=False)


def some(kind: Callable[..., Any], **fields: st.SearchStrategy[Any]) -> Any:
    """Build objects, leaving out any of the fields whose name starts with `maybe_`."""
    required = {n: s for n, s in fields.items() if not n.startswith("maybe_")}
    optional = {
        name.removeprefix("maybe_"): strategy
        for name, strategy in fields.items()
        if name not in required
    }
    return st.fixed_dictionaries(required, optional=optional).map(
        lambda values: kind(**values)
    )


_name = lines(1024)
_word = lines(255)
_id = lines(128)
_count = st.integers(0, _MAX_INTEGER)
_percent = numbers(0, 100)
_size = numbers(0, 1e9)
_share = numbers(0, 1e6)
_status = st.sampled_from(["running", "stopped", "failed", "unknown"])
_names = tuples(_name)
_zones = st.integers(-23 * 60, 23 * 60).map(lambda m: timezone(timedelta(minutes=m)))
MOMENTS = st.datetimes(
    # Hypothesis wants them without a zone.
    datetime(1970, 1, 3),  # noqa: DTZ001
    datetime(2200, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC) | _zones,
)

_metrics = some(
    Metrics,
    maybe_cpu_percent=_percent,
    maybe_memory_percent=_percent,
    maybe_memory_used_gb=_size,
    maybe_memory_total_gb=_size,
    maybe_disk_percent=_percent,
    maybe_disk_used_gb=_size,
    maybe_disk_total_gb=_size,
    maybe_network_rx_bytes=_count,
    maybe_network_tx_bytes=_count,
    maybe_load_1m=_share,
    maybe_load_5m=_share,
    maybe_load_15m=_share,
    maybe_uptime_seconds=_count,
    maybe_boot_time=MOMENTS,
)
_allowed = some(
    Allowed,
    maybe_restart_service=_names,
    maybe_clear_logs=_names,
    maybe_custom=_names,
    maybe_apply_updates=st.booleans(),
)
_agent = some(
    Agent,
    maybe_version=_word,
    maybe_mode=st.sampled_from(["monitor", "managed"]),
    maybe_python=_word,
    maybe_allowed=_allowed,
)
_host = some(
    Host,
    maybe_hostname=lines(253),
    maybe_ip_address=st.ip_addresses().map(str),
    maybe_mac_address=st.from_regex(
        r"[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}", fullmatch=True
    ),
    maybe_cpu_model=_word,
    maybe_cpu_count=st.integers(1, 1_000_000),
)
_service = some(
    Service,
    name=_name,
    status=_status,
    maybe_pid=_count,
    maybe_memory_mb=_size,
    maybe_cpu_percent=_share,
)
_container = some(
    Container,
    name=_name,
    status=_status,
    maybe_image=_name,
    maybe_health=_word,
    maybe_cpu_percent=_share,
    maybe_memory_mb=_size,
    maybe_restarts=_count,
)
_disk = some(
    Disk,
    mount=lines(4096),
    maybe_device=lines(4096),
    maybe_fstype=_word,
    maybe_total_gb=_size,
    maybe_used_gb=_size,
    maybe_percent=_percent,
    maybe_standby=st.booleans(),
)
_os_info = some(
    OsInfo,
    maybe_distribution=_word,
    maybe_version=_word,
    maybe_kernel=_word,
    maybe_architecture=_word,
)
_update = some(
    PackageUpdate,
    name=_word,
    maybe_current=_word,
    maybe_candidate=_word,
    maybe_security=st.booleans(),
)
_network = some(Network, name=_word, maybe_rx_bytes=_count, maybe_tx_bytes=_count)
_temperature = some(Temperature, name=_word, celsius=numbers(-273, 1000))
_collector = some(
    Collector, name=_word, maybe_duration_ms=_size, maybe_error=lines(1024)
)

HEARTBEATS = some(
    Heartbeat,
    server_id=SERVER_IDS,
    timestamp=MOMENTS,
    metrics=_metrics,
    maybe_machine_id=_id,
    maybe_boot_id=_id,
    maybe_run_id=_id,
    maybe_sequence=st.integers(1, _MAX_INTEGER),
    maybe_services=tuples(_service),
    maybe_os_info=_os_info,
    maybe_updates_available=_count,
    maybe_security_updates=_count,
    maybe_agent=_agent,
    maybe_host=_host,
    maybe_disks=tuples(_disk),
    maybe_networks=tuples(_network),
    maybe_temperatures=tuples(_temperature),
    maybe_containers=tuples(_container),
    maybe_power_watts=_share,
    maybe_reboot_required=st.booleans(),
    maybe_package_updates=tuples(_update),
    maybe_available_services=_names,
    maybe_available_containers=_names,
    maybe_collectors=tuples(_collector),
    maybe_accepted=tuples(_id),
)
_output = st.text(st.characters(exclude_categories=["Cs"]), max_size=50)
RESULTS = some(
    CommandResult,
    server_id=SERVER_IDS,
    run_id=_id,
    maybe_machine_id=_id,
    command_id=_id,
    outcome=st.sampled_from(
        ["succeeded", "failed", "refused", "expired", "interrupted"]
    ),
    success=st.booleans(),
    maybe_output=_output,
    maybe_error=_output,
    maybe_exit_code=st.integers(-(2**31), 2**32),
    maybe_started_at=MOMENTS,
    maybe_finished_at=MOMENTS,
)
WAITS = some(
    Wait,
    server_id=SERVER_IDS,
    run_id=_id,
    maybe_machine_id=_id,
    maybe_accepted=tuples(_id),
)
MESSAGES = HEARTBEATS | RESULTS | WAITS

# The text that JSON can carry; one with lone surrogates can be read but not written.
_clean_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=10)
_plain = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | _clean_text
)
OBJECTS = st.dictionaries(_clean_text, _plain, max_size=3)
_command = some(
    Command,
    command_id=_id,
    action=lines(64),
    target=lines(1024, low=0),
    parameters=OBJECTS,
    queued_at=MOMENTS,
    expires_at=MOMENTS,
    timeout_seconds=numbers(1, 86400),
)
_config = some(
    Config,
    heartbeat_interval_seconds=st.integers(10, 3600),
    maybe_services=_names,
    maybe_containers=_names,
    maybe_urls=tuples(lines(2048)),
)
_detail = some(Detail, code=lines(64), message=lines(1024), maybe_field=lines(1024))
REPLIES = some(
    Reply,
    in_reply_to=_id,
    server_time=MOMENTS,
    maybe_received=st.booleans(),
    maybe_stale=st.booleans(),
    maybe_pending_commands=tuples(_command),
    maybe_config=_config,
) | some(Reply, in_reply_to=_id, server_time=MOMENTS, detail=_detail)

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(2**63, 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=10), inner, max_size=4)
    ),
    max_leaves=10,
)
