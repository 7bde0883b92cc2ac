"""What the agent says is watched, as the installer reads it: the agent may be taken."""

import json
import os
from pathlib import Path
import subprocess
import sys

from helper import homelab_helper, watched
from hypothesis import given, strategies as st
import pytest

PROGRAM = Path(watched.__file__)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """Return the agent's folder."""
    folder = tmp_path / "homelab-agent"
    folder.mkdir()
    return folder


def run(path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", "-S", PROGRAM, path],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=10,
        check=False,
    )


def proposed(folder: Path, content: object) -> list[str]:
    path = folder / "watched.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    done = run(path)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def refused(path: Path) -> str:
    done = run(path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr
    return done.stderr


def test_what_is_watched_is_proposed_once_and_in_order(state: Path) -> None:
    assert proposed(
        state,
        {
            "services": ["nginx.service", "smbd", "wg-quick@wg0", "nginx.service"],
        },
    ) == ["nginx.service", "smbd", "wg-quick@wg0"]


@pytest.mark.parametrize(
    ("engines", "expected"),
    [
        ((), []),
        (("docker",), ["next_1 (docker)"]),
        (("docker", "podman"), ["next_1 (docker)", "next_1 (podman)"]),
    ],
)
def test_a_container_is_proposed_for_the_engines_that_are_there(
    engines: tuple[str, ...], expected: list[str]
) -> None:
    content = (
        b'{"containers": ["next_1", "next_1", "../x", "a b", "-x", "web (docker)"]}'
    )
    assert watched.usable(content, engines) == expected


@pytest.mark.parametrize(
    "name",
    [
        "",
        "--now",
        "-H.service",
        "../ssh.service",
        "/etc/passwd",
        "a b.service",
        'x"]\ncustom = ["/bin/sh',
        "x\n",
        "x\x1b[2J",
        "s\u0455h.service",
        "*",
        "foo@.service",
        "reboot.target",
        "apt-daily.timer",
        "x" * 300,
        "web (lxc)",
        "web (docker) ",
        5,
        None,
        ["nginx"],
        {"nginx": 1},
    ],
    ids=ascii,
)
def test_what_could_not_be_restarted_is_left_out(state: Path, name: object) -> None:
    found = proposed(state, {"services": [name, "ok"], "containers": [name]})
    assert found == ["ok"]


@pytest.mark.parametrize(
    "content", ["{}", '{"services": 5, "containers": {"a": 1}}', '{"services": null}']
)
def test_nothing_watched_is_nothing_proposed(state: Path, content: str) -> None:
    assert proposed(state, content) == []


def test_no_more_than_a_hundred_are_proposed(state: Path) -> None:
    names = [f"s{number}" for number in range(500)]
    assert proposed(state, {"services": names}) == names[:100]


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b"\xff", b"[" * 50_000, b"\0" * 100],
    ids=ascii,
)
def test_what_is_not_ours_is_refused(state: Path, content: bytes) -> None:
    path = state / "watched.json"
    path.write_bytes(content)
    assert "it is not" in refused(path)


def test_too_much_is_refused(state: Path) -> None:
    path = state / "watched.json"
    path.write_text(json.dumps({"services": ["x" * 70_000]}))
    assert "larger" in refused(path)


def test_a_link_is_not_followed(state: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.json"
    secret.write_text('{"services": ["nginx"]}')
    path = state / "watched.json"
    path.symlink_to(secret)
    refused(path)
    path.unlink()
    os.link(secret, path)
    assert "one name" in refused(path)
    # Nor if the folder is one.
    path.unlink()
    path.write_text('{"services": ["nginx"]}')
    (tmp_path / "link").symlink_to(state)
    refused(tmp_path / "link/watched.json")


def test_a_pipe_a_folder_and_nothing_are_not_waited_for(state: Path) -> None:
    path = state / "watched.json"
    os.mkfifo(path)
    assert "regular" in refused(path)
    path.unlink()
    path.mkdir()
    refused(path)
    path.rmdir()
    refused(path)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to give away")
def test_another_user_s_file_is_refused(state: Path) -> None:
    path = state / "watched.json"
    path.write_text('{"services": ["nginx"]}')
    os.chown(path, 65534, 65534)
    assert "belong" in refused(path)
    os.chown(state, 65534, 65534)
    assert run(path).stdout == "nginx\n"


names = st.text() | st.sampled_from(["nginx", "a.service", "b@c", "web (docker)", "-x"])


@given(
    services=st.lists(names | st.none() | st.integers()),
    containers=st.lists(names) | st.text(),
)
def test_whatever_is_proposed_the_helper_can_restart(
    services: object, containers: object
) -> None:
    content = json.dumps({"services": services, "containers": containers}).encode()
    for name in watched.usable(content, ("docker", "podman")):
        assert homelab_helper.parse_service(name) is not None
        assert name.isascii()
        assert name.isprintable()
        assert '"' not in name
