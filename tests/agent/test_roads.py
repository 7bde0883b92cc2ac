"""Other addresses of the hub: used when needed, kept when proven."""

from __future__ import annotations

from collections.abc import Iterator
import json
from pathlib import Path

import pytest

from homelab_agent.config import parse_url
from homelab_agent.outcomes import Delivered, NotDelivered, Refused
from homelab_agent.protocol.replies import Config
from homelab_agent.roads import Roads
from homelab_agent.transport import Transport

from .builders import config_for
from .fake_hub import WEBHOOK_PATH, Answer, FakeHub, Request, always, refuse

BODY = b'{"type":"heartbeat"}'
NOBODY = f"http://127.0.0.1:9{WEBHOOK_PATH}"


@pytest.fixture
def other(hub: FakeHub) -> Iterator[FakeHub]:
    """Return the same hub at another address."""
    other = FakeHub()
    other.key = hub.key
    other.start()
    yield other
    other.stop()


@pytest.fixture
def roads(hub: FakeHub, tmp_path: Path) -> Iterator[Roads]:
    roads = make(hub, tmp_path)
    yield roads
    roads.close()


def make(hub: FakeHub, folder: Path) -> Roads:
    return Roads(
        config_for(hub),
        make=lambda config: Transport(config, timeout=0.5),
        folder=folder,
    )


def offer(hub: FakeHub, *urls: str) -> None:
    config = Config(heartbeat_interval_seconds=60, urls=urls)

    def respond(hub: FakeHub, request: Request) -> Answer:
        return hub.reply(request, config=config)

    hub.respond = respond


def send(roads: Roads, hub: FakeHub) -> object:
    return roads.send(BODY, int(hub.now()))


def kept(folder: Path) -> list[str]:
    path = folder / "urls.json"
    return json.loads(path.read_text()) if path.exists() else []


def test_offered_address_is_tried_only_when_the_configured_one_is_silent(
    roads: Roads, hub: FakeHub, other: FakeHub, tmp_path: Path
) -> None:
    offer(hub, NOBODY, other.url)
    assert isinstance(send(roads, hub), Delivered)
    assert isinstance(send(roads, hub), Delivered)
    assert other.requests.empty()
    assert kept(tmp_path) == []
    hub.stop()
    offer(other, NOBODY, other.url)
    assert isinstance(send(roads, hub), Delivered)
    assert kept(tmp_path) == [other.url]
    assert (tmp_path / "urls.json").stat().st_mode & 0o077 == 0


def test_kept_address_helps_after_a_restart_of_the_agent(
    hub: FakeHub, other: FakeHub, tmp_path: Path
) -> None:
    (tmp_path / "urls.json").write_text(json.dumps([other.url]))
    hub.stop()
    roads = make(hub, tmp_path)
    assert isinstance(send(roads, hub), Delivered)
    roads.close()


def test_configured_address_is_the_first_after_a_restart(
    hub: FakeHub, other: FakeHub, tmp_path: Path
) -> None:
    (tmp_path / "urls.json").write_text(json.dumps([other.url]))
    roads = make(hub, tmp_path)
    assert isinstance(send(roads, hub), Delivered)
    roads.close()
    assert other.requests.empty()


def test_host_without_the_hubs_signature_is_left_again(
    roads: Roads, hub: FakeHub, other: FakeHub, tmp_path: Path
) -> None:
    offer(hub, other.url)
    send(roads, hub)
    hub.stop()
    for answer in (
        always(Answer()),
        always(Answer(302, headers={"Location": NOBODY})),
        refuse_unsigned,
    ):
        other.respond = answer
        assert isinstance(send(roads, hub), NotDelivered)
    other.key = FakeHub().key
    offer(other, other.url)
    assert isinstance(send(roads, hub), NotDelivered)
    assert kept(tmp_path) == []
    hub.start()
    assert isinstance(send(roads, hub), Delivered)


def refuse_unsigned(hub: FakeHub, request: Request) -> Answer:
    from homelab_agent.protocol.refusals import Code  # noqa: PLC0415

    return refuse(Code.REMOVED, signed=False)(hub, request)


def test_hub_that_starts_is_waited_for(
    roads: Roads, hub: FakeHub, other: FakeHub
) -> None:
    offer(hub, other.url)
    send(roads, hub)
    hub.respond = always(Answer())
    assert isinstance(send(roads, hub), NotDelivered)
    assert other.requests.empty()


def test_signed_refusal_is_the_hubs_own_answer(
    roads: Roads, hub: FakeHub, other: FakeHub
) -> None:
    from homelab_agent.protocol.refusals import Code  # noqa: PLC0415

    offer(hub, other.url)
    send(roads, hub)
    hub.stop()
    other.respond = refuse(Code.REMOVED)
    outcome = send(roads, hub)
    assert isinstance(outcome, Refused)
    assert outcome.signed


def test_address_that_is_not_offered_any_more_is_forgotten(
    roads: Roads, hub: FakeHub, other: FakeHub, tmp_path: Path
) -> None:
    offer(hub, other.url)
    send(roads, hub)
    hub.stop()
    offer(other, other.url)
    send(roads, hub)
    hub.start()
    offer(hub)
    other.stop()
    assert isinstance(send(roads, hub), Delivered)
    assert kept(tmp_path) == []


@pytest.mark.parametrize(
    "url",
    [
        *("", "ftp://x/api/webhook/y", "http://x/other", "http://u:p@x/api/webhook/y"),
        *("http://x/api/webhook/y?z", "javascript:alert(1)", "http://[/api/webhook/y"),
        *("http://x\n/api/webhook/y", "file:///etc/passwd"),
    ],
)
def test_what_is_no_address_of_a_hub_is_not_tried(
    roads: Roads, hub: FakeHub, url: str
) -> None:
    assert roads._usable((url,)) == []


def test_https_is_never_given_up(hub: FakeHub, tmp_path: Path) -> None:
    import dataclasses  # noqa: PLC0415

    secure = parse_url("https://ha.example/api/webhook/x")
    config = dataclasses.replace(config_for(hub), url=secure)
    roads = Roads(config, folder=tmp_path)
    offered = ("http://ha.example/api/webhook/x", "https://b.example/api/webhook/x")
    assert [url.host for url in roads._usable(offered)] == ["b.example"]
    roads.close()


@pytest.mark.parametrize("content", ["", "{}", "[1, null]", "[" * 9999, "nonsense"])
def test_damaged_memory_is_ignored(hub: FakeHub, tmp_path: Path, content: str) -> None:
    (tmp_path / "urls.json").write_text(content)
    roads = make(hub, tmp_path)
    assert isinstance(send(roads, hub), Delivered)
    roads.close()
