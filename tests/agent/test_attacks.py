"""Answers that are not the hub's own, to this very request, have nothing done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
import json
from pathlib import Path
from typing import Any

import pytest

from homelab_agent.collectors.surroundings import Surroundings
from homelab_agent.commands import office as offices
from homelab_agent.commands.desk import Desk
from homelab_agent.commands.office import Office
from homelab_agent.commands.whitelist import Whitelist
from homelab_agent.protocol.replies import Command
from homelab_agent.protocol.signing import Secret

from .builders import Machine, config_for
from .fake_hub import Answer, FakeHub, Request, sign

Attack = Callable[[FakeHub, Request, dict[str, Any]], Answer]


def command(hub: FakeHub, **more: Any) -> Command:
    now = hub.now()
    given: dict[str, Any] = {
        "command_id": "c1",
        "action": "restart_service",
        "target": "plex",
        "parameters": {},
        "queued_at": datetime.fromtimestamp(now - 1, UTC),
        "expires_at": datetime.fromtimestamp(now + 3600, UTC),
        "timeout_seconds": 300,
    }
    return Command(**{**given, **more})


@pytest.fixture
def office(
    machine: Machine, hub: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Office:
    """Give the machine an office that takes over and goes no further."""
    monkeypatch.setattr(Desk, "_start", lambda _desk, _entry: None)
    monkeypatch.setattr(offices, "start", lambda _work, _name: None)
    hub.now = machine.true_time
    around = Surroundings(root=tmp_path)
    office = Office(
        config_for(hub),
        machine.clock,
        around,
        "run",
        Whitelist(around),
        url=lambda: config_for(hub).url,
        ended=lambda: None,
        folder=tmp_path,
    )
    machine.runner._office = office
    return office


def _journal(folder: Path) -> list[str]:
    try:
        stored = json.loads((folder / "journal.json").read_bytes())
    except FileNotFoundError:
        return []
    return [entry["command"]["command_id"] for entry in stored["entries"]]


def _good(hub: FakeHub, request: Request, given: dict[str, Any]) -> Answer:
    return hub.reply(request, pending_commands=(command(hub, **given),))


def _unsigned(hub: FakeHub, request: Request, given: dict[str, Any]) -> Answer:
    return replace(_good(hub, request, given), headers={})


def _foreign(hub: FakeHub, request: Request, given: dict[str, Any]) -> Answer:
    good = _good(hub, request, given)
    return sign(Secret.generate(), good.body, int(hub.now()))


def _for_another_request(
    hub: FakeHub, request: Request, given: dict[str, Any]
) -> Answer:
    return hub.reply(
        request, in_reply_to="msg_other", pending_commands=(command(hub, **given),)
    )


def _altered(hub: FakeHub, request: Request, given: dict[str, Any]) -> Answer:
    good = _good(hub, request, given)
    return replace(good, body=good.body.replace(b"plex", b"sshd"))


def _reflected(_hub: FakeHub, request: Request, _given: dict[str, Any]) -> Answer:
    names = ("webhook-id", "webhook-timestamp", "webhook-signature")
    headers = {name: request.headers[name] for name in names}
    return Answer(200, request.body, headers)


def test_the_hub_s_own_command_is_taken_over(
    machine: Machine, hub: FakeHub, office: Office, tmp_path: Path
) -> None:
    hub.respond = lambda hub, request: _good(hub, request, {})
    machine.run(waits=2)
    assert _journal(tmp_path) == ["c1"]
    assert office.taken().accepted == ("c1",)


@pytest.mark.parametrize(
    "attack", [_unsigned, _foreign, _for_another_request, _altered, _reflected]
)
@pytest.mark.usefixtures("office")
def test_an_answer_that_is_not_the_hub_s_own_has_nothing_done(
    machine: Machine, hub: FakeHub, tmp_path: Path, attack: Attack
) -> None:
    hub.respond = lambda hub, request: attack(hub, request, {})
    machine.run(waits=3)
    assert _journal(tmp_path) == []


@pytest.mark.usefixtures("office")
def test_an_answer_that_is_played_again_has_nothing_done(
    machine: Machine, hub: FakeHub, tmp_path: Path
) -> None:
    kept: list[Answer] = []

    def respond(hub: FakeHub, request: Request) -> Answer:
        if not kept:
            kept.append(_good(hub, request, {}))
            return Answer(drop=True)
        return kept[0]

    hub.respond = respond
    machine.run(waits=3)
    assert _journal(tmp_path) == []


@pytest.mark.parametrize(
    "given",
    [
        {"target": "plex\nsshd"},
        {"target": "x" * 10240},
        {"command_id": ""},
        {"command_id": "../../etc/passwd\x00"},
        {"timeout_seconds": 10**9},
    ],
)
@pytest.mark.usefixtures("office")
def test_what_can_be_no_command_is_not_taken_over(
    machine: Machine, hub: FakeHub, tmp_path: Path, given: dict[str, Any]
) -> None:
    hub.respond = lambda hub, request: _good(hub, request, given)
    machine.run(waits=2)
    assert _journal(tmp_path) == []
