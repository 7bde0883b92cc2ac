"""Broken, hostile and random requests: none is let in, none does any harm.

More than 10,000 requests to the real webhook, over real HTTP, half of them with a
correct signature, so that they reach the parser.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
import copy
import json
import random
from typing import Any

from aiohttp.test_utils import TestClient
from homeassistant.core import HomeAssistant
from hypothesis import given, strategies as st
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.homelabcmd.core.servers import admission
from custom_components.homelabcmd.protocol.messages import parse_message
from custom_components.homelabcmd.protocol.refusals import Refusal
from tests.builders import Request, heartbeat, signed

from .setup_hub import WEBHOOK_ID, hub_entry, key_of, set_up

URL = f"/api/webhook/{WEBHOOK_ID}"
REQUESTS = 10_500
LETTERS = "".join(map(chr, [*range(33, 127), *range(160, 256)]))
"""What an HTTP header may hold."""
WHO = {"machine_id", "run_id", "sequence"}
"""With another of these it would be a good heartbeat of another sender."""
REFUSED = {400, 401, 404, 413, 422}

nasty_values: list[Any] = [
    None,
    True,
    -1,
    0,
    2**63,
    10**400,
    1e308,
    float("nan"),
    float("inf"),
    "",
    "x" * 5000,
    "\x00",
    "\n",
    "\ud800",
    "<script>alert(1)</script>",
    "../../etc/passwd",
    "'; DROP TABLE states; --",
    "--now",
    [],
    [[]],
    [None],
    {},
    {"a": {"b": 1}},
    ["nas"] * 3000,
    "1970-01-01T00:00:00Z",
    "9999-12-31T23:59:59-14:00",
    "0001-01-01T00:00:00+14:00",
]


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterable[tuple[Any, ...]]:
    yield path
    items: Iterable[tuple[Any, Any]] = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    for key, item in items:
        yield from _paths(item, (*path, key))


def _broken_field(rng: random.Random, key: str) -> Request:
    """Put a nasty value anywhere in a good heartbeat."""
    body = copy.deepcopy(heartbeat(sequence=1))
    path = rng.choice([path for path in _paths(body) if path and path[0] not in WHO])
    target: Any = body
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = rng.choice(nasty_values)
    return signed(key, json.dumps(body).encode(errors="surrogatepass"))


def _random_bytes(rng: random.Random, key: str) -> Request:
    return signed(key, rng.randbytes(rng.randrange(200)))


def _cut_off(rng: random.Random, key: str) -> Request:
    body = json.dumps(heartbeat()).encode()
    return signed(key, body[: rng.randrange(len(body))])


def _flipped_bit(rng: random.Random, key: str) -> Request:
    """Change one bit of a body after it was signed."""
    request = signed(key, heartbeat())
    body = bytearray(request.body)
    body[rng.randrange(len(body))] ^= 1 << rng.randrange(8)
    return Request(headers=request.headers, body=bytes(body))


def _nasty_headers(rng: random.Random, key: str) -> Request:
    request = signed(key, heartbeat())
    name = rng.choice(
        ["webhook_id", "webhook_timestamp", "webhook_signature", "x_homelab_server"]
    )
    letters = "".join(rng.choice(LETTERS) for _ in range(rng.randrange(150)))
    value = rng.choice([None, "", letters, "v1,", "-1", "9" * 30, "1e3", "nas nas"])
    return request.with_headers(**{name: value})


KINDS: list[Callable[[random.Random, str], Request]] = [
    _broken_field,
    _broken_field,
    _random_bytes,
    _cut_off,
    _flipped_bit,
    _nasty_headers,
]


@pytest.fixture
def no_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lift the limit of requests a minute, which would stop the parser's test."""
    monkeypatch.setattr(admission, "RATE_LIMIT", 10**9)


async def test_ten_thousand_hostile_requests_do_no_harm(
    hass: HomeAssistant,
    hass_client_no_auth: ClientSessionGenerator,
    caplog: pytest.LogCaptureFixture,
    no_limit: None,
) -> None:
    caplog.set_level("WARNING")
    # On a slow machine this takes minutes, in which no server is to fall silent.
    hub = await set_up(hass, hub_entry(options={"server_offline_seconds": 86400}))
    client = await hass_client_no_auth()
    key = key_of(hub)
    good = signed(key, heartbeat(sequence=2**40))
    response = await client.post(URL, data=good.body, headers=good.headers)
    assert response.status == 200
    hub.tick()
    data, keys = hub.servers["nas"].data, dict(hub.keys.servers)
    states = [state.as_dict() for state in hass.states.async_all()]
    rng = random.Random(20260301)
    statuses: Counter[int] = Counter()
    for _ in range(REQUESTS // 50):
        batch = [rng.choice(KINDS)(rng, key) for _ in range(50)]
        statuses.update(await asyncio.gather(*(_status(client, r) for r in batch)))
    assert statuses.total() >= 10_000
    # 200: a nasty value in a field that nobody reads, answered as stale.
    assert set(statuses) <= REFUSED | {200}
    assert REFUSED - {413} <= set(statuses)
    assert hub.servers["nas"].data is data
    assert hub.keys.servers == keys
    assert [state.as_dict() for state in hass.states.async_all()] == states
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def _status(client: TestClient, request: Request) -> int:
    async with client.post(URL, data=request.body, headers=request.headers) as response:
        await response.read()
        return response.status


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(body=json_values | st.binary(max_size=400))
def test_no_body_whatever_surprises_the_parser(body: Any) -> None:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    with pytest.raises(Refusal):
        parse_message(raw, "nas")
