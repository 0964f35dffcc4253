"""What the processor says of itself, from lists as Linux writes them."""

from pathlib import Path

import pytest
import torch

from model import processor
from model.network import mixed_precision
from model.release import SMALL_WEIGHTS, ReleaseFolder

LIST = """processor\t: 0
model name\t: {name}
flags\t\t: fpu sse2 avx2 {flags}

processor\t: 1
model name\t: another
flags\t\t: fpu
"""
OPTION = "session.x64quantprecision"


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(processor, "CPU_INFO", tmp_path / "cpuinfo")
    return tmp_path / "cpuinfo"


@pytest.mark.parametrize(
    ("flags", "safe"), [("avx512f avx512_vnni", True), ("avx_vnni", True), ("amx_tile amx_int8", True), ("fma", False)]
)
def test_sums_of_products_are_known_not_to_overflow(flags: str, safe: bool, told: Path) -> None:
    told.write_text(LIST.format(name="Some Processor", flags=flags))
    assert processor.stated("model name") == "Some Processor"
    assert processor.adds_up_in_32_bits() is safe


@pytest.mark.parametrize(
    ("flags", "dtype"),
    [("avx512_bf16", torch.bfloat16), ("amx_bf16 amx_tile", torch.bfloat16), ("avx512f", torch.float32)],
)
def test_training_multiplies_in_what_the_processor_is_fast_at(flags: str, dtype: torch.dtype, told: Path) -> None:
    told.write_text(LIST.format(name="Some Processor", flags=flags))
    with mixed_precision("cpu"):
        assert torch.nn.functional.linear(torch.ones(2, 3), torch.ones(4, 3)).dtype == dtype


@pytest.mark.usefixtures("told")
def test_elsewhere_nothing_is_known() -> None:
    assert processor.stated("model name") == ""
    assert not processor.adds_up_in_32_bits()
    assert not processor.multiplies_bfloat16()


@pytest.mark.parametrize("flags", ["amx_int8", "fma"])
def test_the_encoder_is_spared_the_overflow_only_where_there_may_be_one(flags: str, told: Path) -> None:
    told.write_text(LIST.format(name="Some Processor", flags=flags))
    options = ReleaseFolder.open(SMALL_WEIGHTS).encoder().session.get_session_options()
    try:
        spared = options.get_session_config_entry(OPTION)
    except RuntimeError:  # as the runtime says that nobody set it
        spared = ""
    assert spared == ("1" if flags == "fma" else "")
