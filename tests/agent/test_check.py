"""`homelab-agent check` names the one thing that is wrong, and what to do."""

from collections.abc import Callable
import dataclasses
import os
from pathlib import Path
import socket

import pytest

from homelab_agent.check import Finding, check, helper
from homelab_agent.config import Config, load
from homelab_agent.protocol.refusals import Code
from homelab_agent.protocol.signing import Secret

from .fake_hub import Answer, FakeHub, always, refuse
from .processes import run_agent
from .stand_ins import FakeHelper

WriteConfig = Callable[..., Path]


@pytest.fixture(autouse=True)
def no_time_for_the_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measure it for a moment only, for it is not what these tests are about."""
    monkeypatch.setattr("homelab_agent.collectors.cpu._FIRST_SPAN", 0.02)


@pytest.fixture
def path(hub: FakeHub, write_config: WriteConfig) -> Path:
    return write_config(hub)


@pytest.fixture
def config(path: Path) -> Config:
    return load(str(path))


def findings(config: Config, path: Path) -> list[Finding]:
    return list(check(config, str(path)))


def failures(config: Config, path: Path) -> list[str]:
    return [str(finding) for finding in findings(config, path) if not finding.ok]


def test_everything_is_fine(config: Config, path: Path, hub: FakeHub) -> None:
    found = findings(config, path)
    assert [finding.subject for finding in found] == [
        *(
            "config",
            "permissions",
            "helper",
            "managed",
            "measuring",
            "DNS",
            "reachability",
        ),
        *("TLS", "HTTP", "signature", "clock"),
    ]
    assert all(finding.ok for finding in found)


def test_message_that_proves_it_changes_nothing(
    config: Config, path: Path, hub: FakeHub
) -> None:
    findings(config, path)
    request = hub.next_request()
    assert request.signed
    assert request.json == {"type": "check", "protocol": 1, "server_id": "web-1"}
    assert hub.requests.empty()


@pytest.mark.parametrize(
    ("mode", "text"),
    [
        (0o644, "everybody may read the file with the key; run: "),
        (0o660, "others may change the file with the key; run: "),
        (0o602, "others may change the file with the key; run: "),
    ],
)
def test_open_permissions_are_found(
    config: Config, path: Path, mode: int, text: str
) -> None:
    path.chmod(mode)
    (failure,) = failures(config, path)
    assert failure.startswith(f"FAIL permissions: {text}")
    assert "chmod 6" in failure


@pytest.mark.parametrize("mode", [0o600, 0o640])
def test_closed_permissions_are_fine(config: Config, path: Path, mode: int) -> None:
    path.chmod(mode)
    assert failures(config, path) == []


def test_name_without_an_address_is_found(hub: FakeHub, path: Path) -> None:
    # A label has at most 63 characters, so no name server is asked for this one.
    path.write_text(path.read_text().replace("127.0.0.1", "a" * 64 + ".example"))
    result = run_agent("check", "--config", path)
    last = result.stdout.splitlines()[-1]
    assert last.startswith("FAIL DNS: the name aaa")
    assert "check DNS, or put the IP address" in last


def test_hub_that_is_away_is_found(config: Config, path: Path, hub: FakeHub) -> None:
    hub.stop()
    (failure,) = failures(config, path)
    assert failure == (
        f"FAIL reachability: http://127.0.0.1:{hub.port} refuses connections; is Home "
        "Assistant running there?"
    )


def test_missing_tls_is_found(config: Config, path: Path) -> None:
    url = dataclasses.replace(config.url, scheme="https")
    (failure,) = failures(dataclasses.replace(config, url=url), path)
    assert failure.startswith("FAIL TLS: ")


def test_something_that_speaks_no_http_is_found(
    config: Config, path: Path, hub: FakeHub
) -> None:
    hub.respond = always(Answer(drop=True))
    (failure,) = failures(config, path)
    assert failure.startswith("FAIL answer: ")


def test_unknown_webhook_is_found(config: Config, path: Path, hub: FakeHub) -> None:
    hub.respond = always(Answer())
    (failure,) = failures(config, path)
    assert "the url is not the one that Home Assistant shows" in failure


def test_proxy_in_the_way_is_found(config: Config, path: Path, hub: FakeHub) -> None:
    hub.respond = always(Answer(502, b"<html>"))
    (failure,) = failures(config, path)
    assert "HTTP status 502" in failure


def test_wrong_key_is_found(config: Config, path: Path, hub: FakeHub) -> None:
    (failure,) = failures(dataclasses.replace(config, key=Secret.generate()), path)
    assert failure.startswith(
        "FAIL signature: invalid_signature: the key is not the one of web-1"
    )


def test_wrong_server_id_is_found(config: Config, path: Path, hub: FakeHub) -> None:
    hub.respond = refuse(Code.UNKNOWN_SERVER, signed=False)
    (failure,) = failures(config, path)
    assert "Home Assistant has no server web-1" in failure


def test_other_hub_is_found(config: Config, path: Path, hub: FakeHub) -> None:
    hub.script.append(
        lambda hub, request: refuse(Code.INVALID_FIELD)(
            _hub_with_another_key(hub), request
        )
    )
    (failure,) = failures(config, path)
    assert "signed with another key" in failure


def _hub_with_another_key(hub: FakeHub) -> FakeHub:
    return FakeHub(server_id=hub.server_id)


@pytest.mark.parametrize(
    ("ahead", "text"),
    [
        (1_700_000_000, "s behind the hub; the agent allows for it"),
        (-86400, "s ahead of the hub; the agent allows for it"),
    ],
)
def test_wrong_clock_is_found(
    config: Config, path: Path, hub: FakeHub, ahead: float, text: str
) -> None:
    right = hub.now
    hub.now = lambda: right() + ahead
    (failure,) = failures(config, path)
    assert failure.startswith("FAIL clock: ")
    assert text in failure
    assert "timedatectl set-ntp true" in failure


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (Code.REMOVED, "this server was removed in Home Assistant"),
        (Code.STARTING, "Home Assistant is starting; try again in a minute"),
        (Code.TOO_MANY_REQUESTS, "Wait a minute."),
    ],
)
def test_other_refusals_are_found(
    config: Config, path: Path, hub: FakeHub, code: Code, text: str
) -> None:
    hub.respond = refuse(code, message="Wait a minute.")
    (failure,) = failures(config, path)
    assert failure == f"FAIL hub: {code.value}: {text}" or text in failure


@pytest.mark.parametrize("message", ["{0}", "{server_id.__class__}", "Take {this}."])
def test_words_of_whoever_answers_are_only_words(
    config: Config, path: Path, hub: FakeHub, message: str
) -> None:
    hub.respond = refuse(Code.TOO_MANY_REQUESTS, message=message, signed=False)
    (failure,) = failures(config, path)
    assert failure == f"FAIL signature: too_many_requests: {message}"


def test_command_prints_a_line_for_each_and_no_secret(hub: FakeHub, path: Path) -> None:
    result = run_agent("check", "--config", path)
    assert result.returncode == 0
    assert len(result.stdout.splitlines()) == 11
    assert all(line.startswith("ok   ") for line in result.stdout.splitlines())
    assert hub.key.dump() not in result.stdout
    assert "secretpath123" not in result.stdout


def test_command_fails_where_something_is_wrong(hub: FakeHub, path: Path) -> None:
    hub.stop()
    result = run_agent("check", "--config", path)
    assert result.returncode == 1
    assert result.stdout.splitlines()[-1].startswith("FAIL reachability: ")
    assert result.stderr == ""


def test_command_names_bad_settings(tmp_path: Path) -> None:
    result = run_agent("check", "--config", tmp_path / "config.yaml")
    assert result.returncode == 1
    assert result.stdout.startswith(f"FAIL config: {tmp_path}/config.yaml: there is no")


def test_port_that_takes_no_connections_is_left_in_time(
    config: Config, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("homelab_agent.check._TIMEOUT", 1.0)
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        url = dataclasses.replace(config.url, port=server.getsockname()[1])
        with socket.create_connection(server.getsockname()):
            (failure,) = failures(dataclasses.replace(config, url=url), path)
    assert "does not answer in time" in failure


# the helper


def said(root: Path) -> str:
    return str(helper(root / "run/homelab-agent-helper.sock"))


def test_missing_helper_is_told_and_is_no_failure(tmp_path: Path) -> None:
    assert said(tmp_path).startswith("ok   helper: the root helper is not installed")


def test_helper_that_answers_is_fine(tmp_path: Path, unix_sockets: None) -> None:
    with FakeHelper().at(tmp_path) as fake:
        fake.answers["containers"] = {"containers": [], "notes": {}}
        assert said(tmp_path) == "ok   helper: it answers; it sees 0 containers"


def test_what_the_helper_notes_of_an_engine_is_told(
    tmp_path: Path, unix_sockets: None
) -> None:
    with FakeHelper().at(tmp_path) as fake:
        notes = {"docker": "it answered 500", "podman": "not running"}
        fake.answers["containers"] = {"containers": [], "notes": notes}
        line = "FAIL helper: it answers, but says docker: it answered 500"
        assert said(tmp_path) == f"{line}; look at: systemctl status docker"


def test_helper_that_refuses_is_found(tmp_path: Path, unix_sockets: None) -> None:
    with FakeHelper().at(tmp_path) as fake:
        fake.answers["containers"] = b'{"ok": false, "message": "no"}\n'
        assert said(tmp_path).startswith("FAIL helper: the root helper refuses: no")


# the collectors


def test_what_can_not_be_measured_is_named_one_by_one(
    config: Config, path: Path, tmp_path: Path
) -> None:
    found = [str(finding) for finding in check(config, str(path), tmp_path)]
    failed = [line for line in found if line.startswith("FAIL measuring ")]
    assert "FAIL measuring cpu: " in "\n".join(failed)
    assert not any(line.startswith("ok   measuring") for line in found)
    # It goes on to what matters more.
    assert found[-1].startswith("ok   clock")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_file_of_another_user_is_found_with_what_helps(
    config: Config, path: Path
) -> None:
    os.chown(path, 12345, -1)
    (failure,) = failures(config, path)
    assert failure == (
        "FAIL permissions: the file with the key belongs to another user; run: "
        f"sudo chown root {path} && chmod 600 {path}"
    )
