"""Every variant of the ablations on made-up corpora and a tiny encoder: trained for real, kept, and put in one table."""

from pathlib import Path

import pytest

from model import ablations
from tests.samples import write_corpora, write_encoder

NAMES = [
    "jointly", "jointly, in 8 bits", "frozen", "reviews, then frozen", "one corpus each", "reviews, then jointly",
]  # fmt: skip


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_corpora(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_encoder(tmp_path_factory.mktemp("tiny"))


def test_every_variant_is_measured_once_for_each_seed_and_found_again(
    data: Path, encoder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"ROWS": 8, "REVIEWS": 8, "CURVE": (4,), "MEASURED_ON": 6}.items():
        monkeypatch.setattr(ablations, name, value)
    said: list[str] = []
    rows = ablations.ablate(data, str(encoder), tmp_path, 2, said.append)
    assert [*dict.fromkeys(row["model"] for row in rows)] == [*NAMES, "jointly, 4 rows"]
    assert len(said) == 2 * (len(NAMES) - 1) + 1
    assert all(row["n"] <= 6 for row in rows)
    assert {row["task"] for row in rows if row["corpus"] == "sst" and row["model"] == "reviews, then frozen"} >= {
        "sst5"
    }
    assert not [row for row in rows if row["task"] == "labels28"]

    said.clear()
    (tmp_path / "18 frozen.json").unlink()
    assert ablations.ablate(data, str(encoder), tmp_path, 2, said.append) == rows
    assert said == ["Training and measuring frozen, seed 18 …"]

    header, _, *lines = ablations.table(rows).splitlines()
    assert header == f"| corpus | task | metric | {' | '.join([*NAMES, 'jointly, 4 rows'])} |"
    assert all(line.count(" ± ") == len(NAMES) for line in lines if "| nan" not in line)
