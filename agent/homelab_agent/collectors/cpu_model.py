"""What the processor is called, also where the kernel does not name it."""

from __future__ import annotations

from ..text import clean
from .surroundings import Surroundings

# "Model" is the board of a Raspberry Pi, which says more than the "model name" beside
# it; the others are those of MIPS, POWER and RISC-V.
_NAMES = ("Model", "model name", "cpu model", "cpu", "uarch", "Hardware")
_BOARD = "proc/device-tree/model"
_PART = ("CPU implementer", "CPU part")
# 64-bit ARM without a device tree gives only numbers. From Linux,
# arch/arm64/include/asm/cputype.h.
_PARTS = {
    ("0x41", "0xd03"): "ARM Cortex-A53",
    ("0x41", "0xd04"): "ARM Cortex-A35",
    ("0x41", "0xd05"): "ARM Cortex-A55",
    ("0x41", "0xd07"): "ARM Cortex-A57",
    ("0x41", "0xd08"): "ARM Cortex-A72",
    ("0x41", "0xd09"): "ARM Cortex-A73",
    ("0x41", "0xd0b"): "ARM Cortex-A76",
    ("0x41", "0xd0c"): "ARM Neoverse-N1",
    ("0x41", "0xd40"): "ARM Neoverse-V1",
    ("0x41", "0xd49"): "ARM Neoverse-N2",
}


def cpu_model(around: Surroundings) -> str | None:
    """Return the name of the processor, or of the board that it comes with."""
    # Every processor is described, all alike; a board's lines follow after the last.
    values: dict[str, str] = {}
    for line in (around.read_or_none("proc/cpuinfo") or "").splitlines():
        name, _, value = line.partition(":")
        values.setdefault(name.strip(), value.strip())
    for name in _NAMES:
        if model := clean(values.get(name, "")):
            return model
    if board := clean(around.read_or_none(_BOARD) or ""):
        return board
    implementer, part = (values.get(name, "") for name in _PART)
    return _PARTS.get((implementer, part))
