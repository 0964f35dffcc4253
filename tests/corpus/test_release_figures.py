"""The shipped figures come out again on the real corpora, and no test row was trained on."""

from pathlib import Path

import numpy as np
import pytest

from emodemo.settings import Settings
from model import processor, readers
from model.evaluation import ReleaseSubject, evaluate, tasks_measured
from model.labels import TASKS, target_row
from model.metrics import ece
from model.release import ReleaseFolder

DATA = Settings.load().data
TRAINED = ("meld", "goemotions", "sst", "emobank", "isarcasm")
MORE = ("vader",)  # trained on too; what is not there is not measured
FEW = ("emobank", "sst", "isarcasm", "everyday")  # all would take ten minutes on a processor without 8-bit instructions
# What the first release was asked for, as served; MELD's sentiment .70, which 2026.12.3 gave up for what it gains on `everyday`.
FLOORS = {
    ("emobank", "valence", "pearson"): 0.785,
    ("emobank", "arousal", "pearson"): 0.54,
    ("emobank", "dominance", "pearson"): 0.49,
    ("sst", "sst2", "accuracy"): 0.93,
    ("sst", "sst5", "accuracy"): 0.54,
    ("meld", "sentiment3", "weighted_f1"): 0.69,
    ("meld", "emotion7", "weighted_f1"): 0.61,
    ("meld", "polarity", "accuracy"): 0.78,
    ("goemotions", "labels28", "macro_f1"): 0.43,
}

missing = [corpus for corpus in (*TRAINED, "meld_dyadic", "mustard") if not (DATA / corpus).is_dir()]
pytestmark = [
    pytest.mark.skipif(bool(missing), reason=f"{DATA} lacks {', '.join(missing)}; set EMODEMO_DATA"),
    pytest.mark.timeout(1800),
]

Key = tuple[str, str, str, str]


def keyed(rows: list[dict], field: str = "value") -> dict[Key, float]:  # type: ignore[type-arg]
    return {(row["corpus"], row["task"], row["metric"], row["variant"]): row[field] for row in rows}


def present_more() -> list[str]:
    return [corpus for corpus in MORE if (DATA / corpus).is_dir()]


def corpora() -> set[str]:
    return (
        {*TRAINED, *present_more(), "meld_dyadic", "mustard", "everyday"} if processor.adds_up_in_32_bits() else {*FEW}
    )


@pytest.fixture(scope="module")
def measured() -> dict[Key, float]:
    release = ReleaseFolder.open()
    return keyed(evaluate(ReleaseSubject(release.encoder().features, release.heads()), DATA, sorted(corpora())))


def test_every_figure_is_reproduced_within_two_tenths_of_a_point(measured: dict[Key, float]) -> None:
    rows = [row for row in ReleaseFolder.open().metrics() if row["corpus"] in corpora()]
    shipped = keyed(rows)
    assert shipped.keys() == measured.keys()
    # Where two rows are more than that, two rows: one at the edge of a bin moves a calibration error by as much.
    allowed = {key: max(0.002, 2 / n) for key, n in keyed(rows, "n").items()}
    apart = {key: (value, measured[key]) for key, value in shipped.items() if abs(value - measured[key]) > allowed[key]}
    assert apart == {}


@pytest.mark.parametrize(("figure", "floor"), FLOORS.items(), ids=[" ".join(figure) for figure in FLOORS])
def test_the_release_reaches_what_was_asked(
    figure: tuple[str, str, str], floor: float, measured: dict[Key, float]
) -> None:
    if figure[0] not in corpora():
        pytest.skip(f"{figure[0]} takes minutes on a processor without 8-bit instructions")
    assert measured[(*figure, "plain")] >= floor


def test_on_everyday_the_calibration_of_emotions_is_as_good_as_so_few_rows_can_show() -> None:
    """Were every probability right, chance alone would leave more than .03 on 627 rows; what is measured is within that."""
    release, rng = ReleaseFolder.open(), np.random.default_rng(0)
    examples = [*readers.read(DATA, "everyday", "test")]
    targets = np.stack([target_row(example.targets) for example in examples])
    for outputs in ReleaseSubject(release.encoder().features, release.heads()).answers(examples).values():
        rows = dict(tasks_measured(targets, outputs, release.heads().thresholds))["emotion7"].rows
        shares, truth = (part[rows, TASKS["emotion7"].columns] for part in (outputs, targets))
        ones = np.ones(len(rows))
        draws = [(shares.cumsum(1) > rng.random((len(rows), 1))).argmax(1) for _ in range(200)]
        chance = [ece(shares, drawn)(ones) for drawn in draws]
        assert np.mean(chance) > 0.03
        assert ece(shares, truth.argmax(1))(ones) < np.quantile(chance, 0.95)


def test_no_recording_of_any_test_split_is_trained_on() -> None:
    tested = {e.origin for corpus in readers.present(DATA) for e in readers.read(DATA, corpus, "test")} - {""}
    for corpus in (*TRAINED, *present_more()):
        assert not {example.origin for example in readers.read_training(DATA, corpus)} & tested


def test_the_data_folder_is_never_inside_the_project() -> None:
    assert not DATA.resolve().is_relative_to(Path(__file__).parents[2])
