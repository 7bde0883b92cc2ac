"""Randomness that is the same every time it is asked: a function of seed and time."""

from functools import lru_cache
from hashlib import blake2b
import math

_HALF = 2**31


@lru_cache(maxsize=65536)
def lattice(seed: str, step: int) -> float:
    """Return the number from -1 to 1 that belongs to a step."""
    digest = blake2b(f"{seed}/{step}".encode(), digest_size=4).digest()
    return int.from_bytes(digest) / _HALF - 1


def noise(seed: str, seconds: float, period: float) -> float:
    """Return a number from -1 to 1 that moves smoothly to another in each period."""
    step, place = divmod(seconds / period, 1)
    before, after = lattice(seed, int(step)), lattice(seed, int(step) + 1)
    blend = (1 - math.cos(math.pi * place)) / 2
    return before + (after - before) * blend
