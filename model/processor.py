"""What Linux says of this machine's processor; elsewhere nothing is known."""

import re
from pathlib import Path

CPU_INFO = Path("/proc/cpuinfo")
EIGHT_BITS = {"avx_vnni", "avx512_vnni", "amx_int8"}  # instructions that add 8-bit products up in 32 bits
BFLOAT16 = {"avx512_bf16", "amx_bf16"}  # instructions that multiply it


def stated(field: str) -> str:
    """The first entry of ``field`` in Linux's list, empty where there is none."""
    info = CPU_INFO.read_text(encoding="utf-8") if CPU_INFO.is_file() else ""
    found = re.search(rf"^{field}\s*:\s*(.*)$", info, re.MULTILINE)
    return found[1] if found else ""


def flags() -> frozenset[str]:
    return frozenset(stated("flags").split())


def adds_up_in_32_bits() -> bool:
    """Whether sums of 8-bit products surely do not overflow."""
    return bool(flags() & EIGHT_BITS)


def multiplies_bfloat16() -> bool:
    """Whether products in bfloat16 are faster than in float32, and not many times slower."""
    return bool(flags() & BFLOAT16)
