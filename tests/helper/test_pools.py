"""ZFS pools, as a program that stands in for zpool lists them."""

import os
from pathlib import Path
import signal
import time

import pytest

from .rig import Rig, wait_for_end

TANK = "tank\t1000204886016\t750153664512\t250051221504\tONLINE\n"
KNOWN = {
    "name": "tank",
    "size": 1000204886016,
    "allocated": 750153664512,
    "free": 250051221504,
    "health": "ONLINE",
}


def zpool(rig: Rig, script: str) -> None:
    (rig.folder / "dev/zfs").touch()
    rig.zpool.write_text(f"#!/bin/sh\n{script}\n")
    rig.zpool.chmod(0o755)


def listing(rig: Rig, output: str, status: int = 0) -> None:
    text = rig.folder / "listing"
    text.write_text(output, errors="surrogateescape")
    zpool(rig, f"cat {text}; exit {status}")


@pytest.mark.parametrize("real", [False, True])
def test_pool_is_told_as_it_says_itself(rig: Rig, real: bool) -> None:
    zpool(rig, f'echo "$*" >{rig.folder}/asked; printf "{TANK}"')
    answer = (rig.ask if real else rig.hear)("pools")
    assert answer == {"ok": True, "pools": [KNOWN]}
    asked = (rig.folder / "asked").read_text()
    assert asked == "list -Hp -o name,size,allocated,free,health\n"


@pytest.mark.parametrize("missing", ["zpool", "zfs"])
def test_server_without_zfs_has_no_pools(rig: Rig, missing: str) -> None:
    listing(rig, TANK)
    (rig.zpool if missing == "zpool" else rig.folder / "dev/zfs").unlink()
    assert rig.hear("pools") == {"ok": True, "pools": []}


def test_zfs_without_a_pool_has_no_pools(rig: Rig) -> None:
    listing(rig, "no pools available\n")
    assert rig.hear("pools") == {"ok": True, "pools": []}


def test_pool_that_can_not_be_opened_is_told_without_sizes(rig: Rig) -> None:
    listing(rig, TANK + "lost\t-\t-\t-\tUNAVAIL\n")
    lost = {"name": "lost", "size": None, "allocated": None, "free": None}
    assert rig.hear("pools")["pools"] == [KNOWN, lost | {"health": "UNAVAIL"}]


@pytest.mark.parametrize(
    "line",
    [
        "",
        "warning: something",
        "tank\t1\t2\t3",
        "tank\t1\t2\t3\tONLINE\tmore",
        "tank\t1\t2\tx\tONLINE",
        "tank\t-1\t2\t3\tONLINE",
        "tank\t1\t2\t\u0663\tONLINE",
        "tank\t1\t2\t" + "9" * 5000 + "\tONLINE",
        "tank\t1\t2\t3\tonline",
        "\t1\t2\t3\tONLINE",
        "\0\udcff",
    ],
    ids=lambda line: ascii(line)[1:30],
)
def test_line_that_is_no_pool_is_left_out(rig: Rig, line: str) -> None:
    listing(rig, f"{line}\n{TANK}")
    assert rig.hear("pools")["pools"] == [KNOWN]


@pytest.mark.parametrize(
    "name", ["$(id)", "../../etc", '"}', "a\u2028b\x0bc", "\u202e", "--now", "a b"]
)
def test_hostile_name_is_only_text(rig: Rig, name: str) -> None:
    listing(rig, TANK.replace("tank", name))
    assert rig.ask("pools")["pools"] == [KNOWN | {"name": name}]


def test_name_that_is_too_long_or_no_text_is_made_fit(rig: Rig) -> None:
    listing(rig, TANK.replace("tank", "\udcff" + "x" * 1000))
    (pool,) = rig.ask("pools")["pools"]
    assert pool["name"] == "\ufffd" + "x" * 254


def test_very_many_pools_are_cut(rig: Rig) -> None:
    listing(rig, "p\t1\t2\t3\tONLINE\n" * 500)
    assert len(rig.hear("pools")["pools"]) == 100


def test_more_than_pools_can_be_is_no_answer(rig: Rig) -> None:
    listing(rig, TANK * 5000)
    assert rig.hear("pools")["code"] == "failed"


def test_failure_says_what_zpool_said(rig: Rig) -> None:
    listing(rig, "internal error: cannot open /dev/zfs\n", status=1)
    answer = rig.hear("pools")
    assert answer["code"] == "failed"
    assert "ended with 1: internal error: cannot open /dev/zfs" in answer["message"]


@pytest.mark.parametrize("mode", [0o775, 0o757])
def test_zpool_that_others_can_write_is_not_run(rig: Rig, mode: int) -> None:
    listing(rig, TANK)
    rig.zpool.chmod(mode)
    assert rig.hear("pools") == {"ok": True, "pools": []}


def test_second_path_is_tried(rig: Rig, tmp_path: Path) -> None:
    listing(rig, TANK)
    rig.changes["zpool"] = [str(tmp_path / "not-there"), str(rig.zpool)]
    assert rig.hear("pools")["pools"] == [KNOWN]


def test_zpool_that_hangs_is_told_and_not_started_again(rig: Rig) -> None:
    """It may hang in the kernel, where it can't be killed and keeps what it holds."""
    rig.changes["zpool_seconds"] = 0.5
    # A child in a session of its own survives, as one that can't be killed would.
    zpool(
        rig,
        f"echo >>{rig.folder}/runs; setsid sleep 30 >/dev/null 2>&1 & echo $! "
        f">{rig.folder}/child; sleep 30",
    )
    began = time.monotonic()
    answers = [rig.ask("pools") for _ in range(3)]
    assert time.monotonic() - began < 10
    assert [answer["code"] for answer in answers] == ["timeout", "busy", "busy"]
    assert all("suspended" in answer["message"] for answer in answers)
    assert (rig.folder / "runs").read_text() == "\n"
    child = int((rig.folder / "child").read_text())
    os.kill(child, signal.SIGKILL)
    wait_for_end(child)
    listing(rig, TANK)
    assert rig.ask("pools")["ok"] is True
