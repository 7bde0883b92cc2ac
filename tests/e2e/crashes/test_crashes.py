"""Whatever dies in the middle: no command runs twice, and none is reported wrongly.

HOMELAB_CRASHES=300 in the environment makes it longer, HOMELAB_SEED repeats a run.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
import os
from pathlib import Path
import random

import pytest

from .scene import Scene, open_scene

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

CRASHES = int(os.environ.get("HOMELAB_CRASHES", "30"))
SEED = int(os.environ.get("HOMELAB_SEED", "0")) or random.randrange(1, 10**6)

type Crash = Callable[[Scene], Awaitable[None]]


async def _agent(scene: Scene) -> None:
    await scene.crash_agent()


async def _reboot(scene: Scene) -> None:
    await scene.reboot()


async def _full_disk(scene: Scene) -> None:
    async with scene.full_disk():
        await asyncio.sleep(scene.dice.uniform(0, 1))
        await _agent(scene)
        await asyncio.sleep(1)


async def _home_assistant(scene: Scene) -> None:
    await scene.kill_home()


async def _older_backup(scene: Scene) -> None:
    await scene.restore_backup()
    scene.back_up()


async def _nothing(_scene: Scene) -> None:
    """Only the network is bad."""


def _crashes(dice: random.Random) -> list[Crash]:
    """Return what happens, with a boot of Home Assistant in each tenth."""
    often: list[Crash] = [_agent, _agent, _agent, _reboot, _full_disk, _nothing]
    seldom: list[Crash] = [_home_assistant, _older_backup]
    return [
        seldom[number // 10 % 2] if number % 10 == 5 else dice.choice(often)
        for number in range(CRASHES)
    ]


def _wanted(dice: random.Random, number: int) -> tuple[str, str]:
    """Return the type of an action, and its target."""
    others = [
        ("clear_logs", "journal"),
        ("custom", "/usr/local/sbin/backup"),
        ("apply_updates", ""),
        ("reboot", ""),
    ]
    restart = ("restart_service", f"unit{number}.service")
    return dice.choice([*others, *[restart] * len(others)])


async def test_nothing_runs_twice_and_every_word_is_true(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dice = random.Random(SEED)
    killed: Counter[str] = Counter()
    async with open_scene(tmp_path, dice) as scene:
        scene.network.bad = 0.25
        scene.back_up()
        for number, crash in enumerate(_crashes(dice)):
            await scene.ask(*_wanted(dice, number))
            # From before the agent hears of it to after its end.
            await asyncio.sleep(dice.uniform(0, 1.5))
            await crash(scene)
            killed[crash.__name__.strip("_")] += 1
            if number % 10 == 0:
                scene.back_up()
        scene.network.bad = 0
        await _agent(scene)
        await scene.settled()
        await scene.look()
        table = _check(scene)
    with capsys.disabled():
        print(f"\n{CRASHES} rounds, seed {SEED}: {dict(killed)}")  # noqa: T201
        print(f"network: {dict(scene.network.happened)}")  # noqa: T201
        print("\n".join(table))  # noqa: T201


def _check(scene: Scene) -> list[str]:
    """Compare what is on record with what was done; returns the table."""
    seen: Counter[tuple[str, str, str, int]] = Counter()
    for action_id, action in scene.known.items():
        runs, outcome = scene.helper.runs[action_id], str(action["outcome"])
        status = str(action["status"])
        kind = str(action["action_type"])
        seen[kind, status, outcome, runs] += 1
        told = (action_id, status, outcome, runs)
        assert runs <= 1, told
        if outcome == "succeeded":
            # A server that lost its power has booted anew, too.
            assert runs == 1 or kind == "reboot", told
            assert action_id not in scene.helper.failing, told
        if outcome == "failed":
            assert action_id in scene.helper.failing, told
        if outcome in ("refused", "expired"):
            assert runs == 0, told
        if status == "forgotten":
            assert action_id in scene.forgotten, told
    assert set(scene.helper.runs) <= set(scene.known), "what nobody has asked for"
    return [
        f"  {kind:<16} {status:<10} {outcome:<12} ran {runs}x: {number}"
        for (kind, status, outcome, runs), number in sorted(seen.items())
    ]
