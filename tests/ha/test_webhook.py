"""The webhook: who is let in, in which order others are refused, what is answered."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
import gzip
import json
from typing import Any

from aiohttp import ClientResponse
from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
from standardwebhooks import Webhook, WebhookVerificationError

from custom_components.homelabcmd.const import DOMAIN
from custom_components.homelabcmd.hub.hub import Hub
from custom_components.homelabcmd.protocol.signing import Secret
from tests.builders import Request, heartbeat, metrics, result, signed, verified, wait

from .setup_hub import WEBHOOK_ID, hub_entry, key_of, pass_time, set_up, state_of

type Post = Callable[[Request], Coroutine[Any, Any, ClientResponse]]
URL = f"/api/webhook/{WEBHOOK_ID}"


@pytest.fixture
def entry() -> MockConfigEntry:
    return hub_entry(("nas", "media"))


@pytest.fixture
async def hub(hass: HomeAssistant, entry: MockConfigEntry) -> AsyncIterator[Hub]:
    yield await set_up(hass, entry)
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.fixture
async def post(hub: Hub, hass_client_no_auth: ClientSessionGenerator) -> Post:
    client = await hass_client_no_auth()

    async def send(request: Request) -> ClientResponse:
        return await client.post(URL, data=request.body, headers=request.headers)

    return send


async def _detail(response: ClientResponse) -> dict[str, Any]:
    detail: dict[str, Any] = (await response.json())["detail"]
    return detail


async def test_a_signed_heartbeat_is_received_and_answered_with_a_signature(
    hass: HomeAssistant, hub: Hub, post: Post
) -> None:
    request = signed(key_of(hub), heartbeat())
    response = await post(request)
    assert response.status == 200
    reply = verified(key_of(hub), response.headers, await response.read())
    assert reply.pop("server_time")
    assert reply == {
        "type": "reply",
        "received": True,
        "in_reply_to": request.headers["webhook-id"],
        "pending_commands": [],
        "config": {
            "heartbeat_interval_seconds": 60,
            "services": [],
            "containers": [],
            "urls": [f"http://example.local:8123{URL}"],
        },
    } | {"config": reply["config"]}
    assert state_of(hass, "cpu_percent") == "12"


async def test_another_server_s_key_does_not_verify_the_answer(
    hub: Hub, post: Post
) -> None:
    response = await post(signed(key_of(hub), heartbeat()))
    body = await response.read()
    with pytest.raises(WebhookVerificationError):
        Webhook(key_of(hub, "media")).verify(body, dict(response.headers))


def _too_large(key: str) -> Request:
    return signed(key, b" " * (256 * 1024 + 1))


def _no_signature(key: str) -> Request:
    return signed(key, heartbeat()).with_headers(webhook_signature=None)


def _unknown(key: str) -> Request:
    return signed(key, heartbeat("who"), server_id="who")


def _wrong_key(key: str) -> Request:
    return signed(Secret.generate().dump(), heartbeat())


def _changed_body(key: str) -> Request:
    request = signed(key, heartbeat())
    return Request(headers=request.headers, body=request.body.replace(b"12.5", b"99.5"))


def _other_server_s_header(key: str) -> Request:
    return signed(key, heartbeat("media"), server_id="media")


def _skewed(key: str) -> Request:
    return signed(key, heartbeat(), skew=-301)


def _no_json(key: str) -> Request:
    return signed(key, b'{"type": heartbeat}')


def _not_utf8(key: str) -> Request:
    return signed(key, b'{"type": "\xff"}')


def _nan(key: str) -> Request:
    body = heartbeat(metrics=metrics(cpu_percent=float("nan")))
    return signed(key, json.dumps(body).encode())


def _deep(key: str) -> Request:
    return signed(key, b"[" * 100_000)


def _list(key: str) -> Request:
    return signed(key, b"[]")


def _out_of_range(key: str) -> Request:
    return signed(key, heartbeat(metrics=metrics(cpu_percent=101)))


def _other_id_in_the_body(key: str) -> Request:
    return signed(key, heartbeat("media"))


def _unknown_type(key: str) -> Request:
    return signed(key, heartbeat(type="hello"))


def _protocol_2(key: str) -> Request:
    return signed(key, heartbeat(protocol=2))


def _result(key: str) -> Request:
    return signed(key, result())


def _anonymous_wait(key: str) -> Request:
    return signed(key, wait(machine_id=None, run_id=None))


def _anonymous_result(key: str) -> Request:
    return signed(key, result(machine_id=None, run_id=None))


@dataclass(frozen=True)
class Refused:
    """A request and how it is refused."""

    make: Callable[[str], Request]
    status: int
    code: str
    field: str | None
    signed: bool


REFUSALS = [
    Refused(_too_large, 413, "too_large", None, False),
    Refused(_no_signature, 401, "invalid_signature", "webhook-signature", False),
    Refused(_unknown, 404, "unknown_server", None, False),
    Refused(_wrong_key, 401, "invalid_signature", "webhook-signature", False),
    Refused(_changed_body, 401, "invalid_signature", "webhook-signature", False),
    Refused(
        _other_server_s_header, 401, "invalid_signature", "webhook-signature", False
    ),
    Refused(_skewed, 401, "clock_skew", "webhook-timestamp", True),
    Refused(_no_json, 400, "invalid_json", None, True),
    Refused(_not_utf8, 400, "invalid_json", None, True),
    Refused(_nan, 400, "invalid_json", None, True),
    Refused(_deep, 400, "invalid_json", None, True),
    Refused(_list, 422, "invalid_field", "body", True),
    Refused(_out_of_range, 422, "invalid_field", "metrics.cpu_percent", True),
    Refused(_other_id_in_the_body, 422, "invalid_field", "server_id", True),
    Refused(_unknown_type, 422, "invalid_field", "type", True),
    Refused(_protocol_2, 400, "unsupported_protocol", "protocol", True),
    Refused(_anonymous_wait, 422, "invalid_field", "machine_id", True),
    Refused(_anonymous_result, 422, "invalid_field", "machine_id", True),
    Refused(_result, 404, "unknown_command", "command_id", True),
]


@pytest.mark.parametrize("case", REFUSALS, ids=str)
async def test_a_refusal_has_its_code_names_the_field_and_changes_nothing(
    hass: HomeAssistant,
    hub: Hub,
    post: Post,
    caplog: pytest.LogCaptureFixture,
    case: Refused,
) -> None:
    before = [state.as_dict() for state in hass.states.async_all()]
    server = hub.servers["nas"].data
    request = case.make(key_of(hub))
    response = await post(request)
    detail = await _detail(response)
    assert (response.status, detail["code"]) == (case.status, case.code)
    assert detail.get("field") == case.field
    assert detail["message"].endswith(".")
    assert ("webhook-signature" in response.headers) is case.signed
    if case.signed:
        reply = verified(key_of(hub), response.headers, await response.read())
        assert reply["in_reply_to"] == request.headers["webhook-id"]
        assert reply["type"] == "reply"
        assert reply["server_time"]
        assert "received" not in reply
    assert [state.as_dict() for state in hass.states.async_all()] == before
    assert hub.servers["nas"].data is server
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_a_body_that_does_not_fit_its_encoding_is_refused(
    hub: Hub, post: Post
) -> None:
    request = signed(key_of(hub), heartbeat())
    response = await post(
        Request(
            headers={**request.headers, "content-encoding": "gzip"},
            body=gzip.compress(request.body)[:-20],
        )
    )
    assert response.status in (400, 401)


async def test_the_same_message_a_second_time_is_replayed(hub: Hub, post: Post) -> None:
    request = signed(key_of(hub), heartbeat())
    assert (await post(request)).status == 200
    response = await post(request)
    assert response.status == 401
    assert (await _detail(response))["code"] == "replayed"


async def test_the_61st_message_in_a_minute_is_too_many_for_this_server_only(
    hub: Hub, post: Post
) -> None:
    for _ in range(60):
        assert (await post(signed(key_of(hub), heartbeat()))).status == 200
    response = await post(signed(key_of(hub), b"not even JSON"))
    assert response.status == 429
    assert (await _detail(response))["code"] == "too_many_requests"
    other = signed(key_of(hub, "media"), heartbeat("media"), server_id="media")
    assert (await post(other)).status == 200


async def test_an_old_sequence_of_the_same_run_is_stale_and_changes_nothing(
    hass: HomeAssistant, hub: Hub, post: Post
) -> None:
    await post(signed(key_of(hub), heartbeat(sequence=5)))
    before = hub.servers["nas"].data
    for sequence in (5, 4):
        body = heartbeat(sequence=sequence, metrics=metrics(cpu_percent=99))
        response = await post(signed(key_of(hub), body))
        reply = verified(key_of(hub), response.headers, await response.read())
        assert (response.status, reply["stale"]) == (200, True)
    assert hub.servers["nas"].data is before
    assert state_of(hass, "cpu_percent") == "12"


@pytest.mark.parametrize(
    ("other", "issue"),
    [
        ({"machine_id": "another"}, "other_machine"),
        ({"run_id": "run-1", "sequence": 10**6}, "two_runs"),
    ],
)
async def test_another_machine_and_two_runs_by_turns_need_a_decision(
    hass: HomeAssistant, hub: Hub, post: Post, other: dict[str, Any], issue: str
) -> None:
    await post(signed(key_of(hub), heartbeat()))
    await post(signed(key_of(hub), heartbeat(run_id="run-2")))
    before = hub.servers["nas"].data
    response = await post(signed(key_of(hub), heartbeat(**other)))
    assert response.status == 409
    assert (await _detail(response))["code"] == "identity_mismatch"
    assert hub.servers["nas"].data is before
    registered = ir.async_get(hass).async_get_issue(DOMAIN, "identity_nas")
    assert registered is not None
    assert registered.translation_key == issue


async def test_a_heartbeat_while_it_starts_is_answered_with_starting(
    hass: HomeAssistant, hub: Hub, post: Post
) -> None:
    hub.ready = False
    request = signed(key_of(hub), heartbeat())
    response = await post(request)
    assert response.status == 503
    assert (await _detail(response))["code"] == "starting"
    assert state_of(hass, "connectivity") == "unknown"
    hub.ready = True
    again = signed(key_of(hub), json.loads(request.body))
    assert (await post(again)).status == 200


async def test_a_removed_server_gets_a_signed_410_and_an_impostor_does_not(
    hass: HomeAssistant, entry: MockConfigEntry, hub: Hub, post: Post
) -> None:
    key = key_of(hub)
    subentry_id = hub.servers["nas"].subentry_id
    hass.config_entries.async_remove_subentry(entry, subentry_id)
    await hass.async_block_till_done()
    response = await post(signed(key, heartbeat()))
    assert response.status == 410
    reply = verified(key, response.headers, await response.read())
    assert reply["detail"]["code"] == "removed"
    impostor = await post(signed(Secret.generate().dump(), heartbeat()))
    assert impostor.status == 401
    assert "webhook-signature" not in impostor.headers


async def test_a_new_key_ends_the_old_one_with_its_first_message(
    hub: Hub, post: Post
) -> None:
    old = key_of(hub)
    new = (await hub.async_rotate_key("nas", compromised=False)).dump()
    response = await post(signed(old, heartbeat()))
    verified(old, response.headers, await response.read())
    assert (await post(signed(new, heartbeat()))).status == 200
    assert (await post(signed(old, heartbeat()))).status == 401


async def test_a_compromised_key_ends_at_once(hub: Hub, post: Post) -> None:
    old = key_of(hub)
    new = (await hub.async_rotate_key("nas", compromised=True)).dump()
    assert (await post(signed(old, heartbeat()))).status == 401
    assert (await post(signed(new, heartbeat()))).status == 200


def _wait(key: str) -> Request:
    return signed(key, wait())


async def _parked(hub: Hub) -> None:
    async with asyncio.timeout(5):
        while not hub.waits._parked:  # noqa: ASYNC110 - the hub has no event for it
            await asyncio.sleep(0.01)


async def test_a_newer_wait_releases_the_older_and_none_moves_last_seen(
    hub: Hub, post: Post
) -> None:
    first = asyncio.create_task(post(_wait(key_of(hub))))
    await _parked(hub)
    second = asyncio.create_task(post(_wait(key_of(hub))))
    response = await first
    reply = verified(key_of(hub), response.headers, await response.read())
    assert reply["pending_commands"] == []
    assert not second.done()
    assert hub.servers["nas"].data.last_seen is None
    hub.async_stopping()
    assert (await second).status == 200


@pytest.mark.parametrize("make", [wait, result])
@pytest.mark.parametrize(
    ("sender", "issue"),
    [({"machine_id": "another"}, "other_machine"), ({"run_id": "run-1"}, "two_runs")],
)
async def test_no_message_of_another_machine_or_run_is_taken_in(
    hass: HomeAssistant,
    hub: Hub,
    post: Post,
    make: Callable[..., dict[str, Any]],
    sender: dict[str, Any],
    issue: str,
) -> None:
    await post(signed(key_of(hub), heartbeat()))
    await post(signed(key_of(hub), heartbeat(run_id="run-2")))
    before = hub.servers["nas"].data
    body = make(**{"run_id": "run-2"} | sender)
    response = await post(signed(key_of(hub), body))
    assert response.status == 409
    assert (await _detail(response))["code"] == "identity_mismatch"
    assert not hub.waits._parked
    registered = ir.async_get(hass).async_get_issue(DOMAIN, "identity_nas")
    assert registered is not None
    assert registered.translation_key == issue
    # The real one's is judged like its heartbeats, and changes nothing either.
    response = await post(signed(key_of(hub), result(run_id="run-2")))
    assert (await _detail(response))["code"] == "unknown_command"
    assert hub.servers["nas"].data is before


async def test_a_wait_says_no_less_of_a_stranger_than_its_heartbeat_did(
    hass: HomeAssistant, hub: Hub, post: Post
) -> None:
    await post(signed(key_of(hub), heartbeat()))
    other = {"machine_id": "another", "run_id": "theirs"}
    host = {"hostname": "stranger"}
    for body in (wait(**other), heartbeat(**other, host=host), wait(**other)):
        assert (await post(signed(key_of(hub), body))).status == 409
    registered = ir.async_get(hass).async_get_issue(DOMAIN, "identity_nas")
    assert registered is not None
    assert (registered.translation_placeholders or {})["hostname"] == "stranger"


async def test_a_known_server_s_wait_names_its_machine(hub: Hub, post: Post) -> None:
    await post(signed(key_of(hub), heartbeat()))
    response = await post(signed(key_of(hub), wait(machine_id=None)))
    assert response.status == 422
    assert (await _detail(response))["field"] == "machine_id"


async def test_a_refused_wait_ends_no_key(hub: Hub, post: Post) -> None:
    await post(signed(key_of(hub), heartbeat()))
    old = key_of(hub)
    new = (await hub.async_rotate_key("nas", compromised=False)).dump()
    assert (await post(signed(new, wait(machine_id="another")))).status == 409
    assert (await post(signed(old, heartbeat()))).status == 200


async def test_two_that_wait_with_one_key_come_to_rest_and_starve_no_heartbeat(
    hub: Hub, post: Post
) -> None:
    statuses: list[int] = []

    async def poll() -> None:
        while True:
            statuses.append((await post(_wait(key_of(hub)))).status)

    polls = [asyncio.create_task(poll()) for _ in range(2)]
    async with asyncio.timeout(5):
        while len(hub.waits._parked.get("nas", ())) < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    # One has released the other, once.
    assert statuses == [200]
    for _ in range(60):
        assert (await post(signed(key_of(hub), heartbeat()))).status == 200
    hub.waits.release("nas")
    for task in polls:
        task.cancel()


@pytest.mark.parametrize("make", [wait, result])
async def test_the_61st_wait_or_result_in_a_minute_starves_no_heartbeat(
    hub: Hub, post: Post, make: Callable[..., dict[str, Any]]
) -> None:
    await post(signed(key_of(hub), heartbeat()))
    for _ in range(60):
        refused = await post(signed(key_of(hub), make(machine_id="another")))
        assert refused.status == 409
    response = await post(signed(key_of(hub), make()))
    assert (response.status, (await _detail(response))["code"]) == (
        429,
        "too_many_requests",
    )
    assert (await post(signed(key_of(hub), heartbeat()))).status == 200


async def test_unloading_releases_waits_and_closes_the_webhook(
    hass: HomeAssistant, entry: MockConfigEntry, hub: Hub, post: Post
) -> None:
    waiting = asyncio.create_task(post(_wait(key_of(hub))))
    await _parked(hub)
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert (await waiting).status == 200
    response = await post(signed(key_of(hub), heartbeat()))
    assert (response.status, await response.read()) == (200, b"")
    assert await hass.config_entries.async_setup(entry.entry_id)


@pytest.mark.parametrize("method", ["get", "put"])
async def test_only_post_is_answered(
    hub: Hub, hass_client_no_auth: ClientSessionGenerator, method: str
) -> None:
    client = await hass_client_no_auth()
    response = await client.request(method, URL)
    assert response.status == 405


async def test_keys_are_in_no_log_state_or_diagnostics(
    hass: HomeAssistant, hub: Hub, post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    keys = [key_of(hub), (await hub.async_rotate_key("nas", compromised=False)).dump()]
    for key in keys:
        await post(signed(key, heartbeat()))
        await post(_wrong_key(key))
        await post(_no_json(key))
    # The test's own storage logs what is written; the real one does not.
    logged = [
        record.getMessage()
        for record in caplog.records
        if not record.name.startswith("pytest_homeassistant_custom_component")
    ]
    seen = str(logged) + str([state.as_dict() for state in hass.states.async_all()])
    for key in keys:
        assert key.removeprefix("whsec_") not in seen
    assert repr(hub.keys.servers).count("Secret(…)") == len(hub.keys.servers)


async def test_health_needs_no_login_and_tells_whether_heartbeats_are_taken(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    hub: Hub,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    client = await hass_client_no_auth()
    response = await client.get("/api/homelabcmd/health")
    assert response.status == 200
    assert await response.json() == {"status": "ok", "protocol": 1}
    await hass.config_entries.async_unload(entry.entry_id)
    response = await client.get("/api/homelabcmd/health")
    assert response.status == 503
    assert (await response.json())["status"] == "starting"
    assert await hass.config_entries.async_setup(entry.entry_id)


async def test_a_server_falls_silent_after_the_limit_and_comes_back(
    hass: HomeAssistant, hub: Hub, post: Post, freezer: FrozenDateTimeFactory
) -> None:
    assert state_of(hass, "connectivity") == "unknown"
    assert state_of(hass, "cpu_percent") == "unavailable"
    await post(signed(key_of(hub), heartbeat()))
    assert state_of(hass, "connectivity") == "on"
    pass_time(hub, freezer, 175)
    assert state_of(hass, "connectivity") == "on"
    pass_time(hub, freezer, 6)
    assert state_of(hass, "connectivity") == "off"
    assert state_of(hass, "cpu_percent") == "unavailable"
    await post(signed(key_of(hub), heartbeat(metrics=metrics(cpu_percent=12.6))))
    assert state_of(hass, "connectivity") == "on"
    assert state_of(hass, "cpu_percent") == "13"


async def test_an_answer_that_is_sent_back_is_no_request(hub: Hub, post: Post) -> None:
    answer = await post(signed(key_of(hub), heartbeat()))
    reflected = Request(
        headers={
            "x-homelab-server": "nas",
            **{
                name: answer.headers[name]
                for name in ("webhook-id", "webhook-timestamp", "webhook-signature")
            },
        },
        body=await answer.read(),
    )
    for _ in range(70):
        response = await post(reflected)
        assert response.status == 401
        assert "webhook-signature" not in response.headers
    assert (await post(signed(key_of(hub), heartbeat()))).status == 200
