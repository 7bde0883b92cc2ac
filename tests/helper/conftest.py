"""The helper and what surrounds it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from .rig import Rig


@pytest.fixture
def rig(tmp_path: Path, loopback: None) -> Iterator[Rig]:
    """Return a helper to talk to; nothing of it outlives the test."""
    rig = Rig(tmp_path)
    yield rig
    rig.close()
