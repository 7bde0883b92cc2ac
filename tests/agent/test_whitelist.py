"""What root lets the server be asked for is in every heartbeat, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from homelab_agent.allowed import describe
from homelab_agent.check import managed
from homelab_agent.clock import Clock
from homelab_agent.collectors import Collectors
from homelab_agent.collectors.surroundings import Surroundings
from homelab_agent.commands.taken import Taken
from homelab_agent.commands.whitelist import PATH, Whitelist
from homelab_agent.protocol.inventory import Allowed
from homelab_agent.report import Reporter

from .stand_ins import FakeHelper, put

pytestmark = pytest.mark.usefixtures("unix_sockets")
LISTED = {"ok": True, "restart_service": ["nginx", "nextcloud (docker)"]}
ALLOWED = Allowed(restart_service=("nginx", "nextcloud (docker)"))


@pytest.fixture
def whitelist(tmp_path: Path) -> Whitelist:
    return Whitelist(Surroundings(root=tmp_path))


def test_without_the_file_nobody_is_asked(whitelist: Whitelist) -> None:
    whitelist.look()
    assert (whitelist.allowed, whitelist.trouble) == (None, None)


def test_the_helper_is_asked_when_the_file_has_changed(
    tmp_path: Path, whitelist: Whitelist
) -> None:
    helper = FakeHelper()
    helper.answers["allowed"] = LISTED
    put(tmp_path, PATH, "restart_service = []")
    with helper.at(tmp_path):
        for _ in range(3):
            whitelist.look()
        assert whitelist.allowed == ALLOWED
        assert helper.asked == ["allowed"]
        helper.answers["allowed"] = {"ok": True, "restart_service": []}
        put(tmp_path, PATH, "restart_service = [ ]")
        whitelist.look()
        assert whitelist.allowed == Allowed()
        (tmp_path / PATH).unlink()
        whitelist.look()
        assert whitelist.allowed is None


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (
            {"ok": False, "code": "not_allowed", "message": "writable by others"},
            "the root helper refuses: writable by others",
        ),
        ({"ok": True, "restart_service": "all"}, "send a list"),
        ({"ok": True, "restart_service": ["a\nb"]}, "control characters"),
    ],
)
def test_a_whitelist_that_cant_be_relied_on_allows_nothing_and_says_why(
    tmp_path: Path, whitelist: Whitelist, answer: dict[str, object], why: str
) -> None:
    helper = FakeHelper()
    helper.answers["allowed"] = LISTED
    put(tmp_path, PATH, "x")
    with helper.at(tmp_path):
        whitelist.look()
        helper.answers["allowed"] = answer
        put(tmp_path, PATH, "xx")
        whitelist.look()
        assert whitelist.allowed is None
        assert whitelist.trouble is not None
        assert why in str(whitelist.trouble.error)
        helper.answers["allowed"] = LISTED
        whitelist.look()
        mended = vars(whitelist)
        assert (mended["allowed"], mended["trouble"]) == (ALLOWED, None)


def test_the_heartbeat_says_what_is_allowed(tmp_path: Path) -> None:
    around = Surroundings(root=tmp_path, apt_get="/nowhere")
    whitelist = Whitelist(around)
    reporter = Reporter("nas", Clock(), Collectors(around), whitelist)
    agent = reporter.measure().agent
    assert agent is not None
    assert (agent.mode, agent.allowed) == ("monitor", None)
    helper = FakeHelper()
    helper.answers["allowed"] = LISTED
    put(tmp_path, PATH, "x")
    with helper.at(tmp_path):
        heartbeat = reporter.measure(Taken(("c1",)))
    agent = heartbeat.agent
    assert agent is not None
    assert (agent.mode, agent.allowed) == ("managed", ALLOWED)
    assert heartbeat.accepted == ("c1",)
    put(tmp_path, PATH, "xx")
    heartbeat = reporter.measure()
    assert [each.name for each in heartbeat.collectors if each.error][-1] == "managed"


def test_check_says_what_may_be_asked_for(tmp_path: Path, whitelist: Whitelist) -> None:
    assert str(managed(whitelist)) == (
        "ok   managed: no; Home Assistant can change nothing here"
    )
    helper = FakeHelper()
    helper.answers["allowed"] = LISTED
    put(tmp_path, PATH, "x")
    with helper.at(tmp_path):
        assert str(managed(whitelist)) == (
            "ok   managed: yes; what Home Assistant may ask for says: "
            "sudo homelab-agent allowed"
        )
    put(tmp_path, PATH, "xx")
    assert str(managed(whitelist)).startswith("FAIL managed: the root helper is not")


ALL = LISTED | {
    "clear_logs": ["journal"],
    "custom": ["/opt/backup"],
    "apply_updates": True,
    "reboot": True,
    "refused": {"/opt/open": "others may write\x1b[2J to it"},
}


def test_what_is_refused_all_the_same_is_named_and_asked_about_again(
    tmp_path: Path, whitelist: Whitelist
) -> None:
    helper = FakeHelper()
    helper.answers["allowed"] = ALL
    put(tmp_path, PATH, "x")
    with helper.at(tmp_path):
        assert "1 of what is listed is refused" in str(managed(whitelist))
        helper.answers["allowed"] = ALL | {"refused": {}}
        whitelist.look()
        assert whitelist.refused == {}
        whitelist.look()
    assert helper.asked == ["allowed", "allowed"]


def test_the_owner_of_a_server_sees_what_may_be_asked_of_it(
    tmp_path: Path, whitelist: Whitelist
) -> None:
    whitelist.look()
    assert "install.sh --managed" in "\n".join(describe(whitelist))
    helper = FakeHelper()
    helper.answers["allowed"] = ALL
    put(tmp_path, PATH, "x")
    with helper.at(tmp_path):
        whitelist.look()
    assert list(describe(whitelist)) == [
        "By /etc/homelab-agent/allowed.toml, Home Assistant may have this server",
        "  restart nginx",
        "  restart nextcloud (docker)",
        "  clear the log journal",
        "  run as root /opt/backup",
        "  install Debian's updates, just those that were approved",
        "  reboot, when a person has approved it",
        "Listed there, and refused all the same:",
        "  /opt/open: others may write [2J to it",
    ]
    helper.answers["allowed"] = {"ok": True}
    put(tmp_path, PATH, "xx")
    with helper.at(tmp_path):
        whitelist.look()
    assert list(describe(whitelist))[1:] == ["  do nothing"]
    put(tmp_path, PATH, "xxx")
    whitelist.look()
    assert next(describe(whitelist)).startswith("Nothing: the root helper is not")
