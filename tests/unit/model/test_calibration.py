import numpy as np

from model.calibration import best_thresholds, calibrate, corpus_weights
from model.heads import Heads, Thresholds, sigmoid
from model.labelled import LabelledFeatures
from model.labels import EMOTIONS, FINE_LABELS, TASKS, WIDTH, one_hot, target_row

RNG = np.random.default_rng(8)


def overconfident() -> Heads:
    heads = Heads.zeros(2)
    heads.weight[0, TASKS["sarcasm"].start] = 8.0  # says "literal" with 99.97 %
    return heads


def rows_right_in(share: float, count: int, corpus: str) -> LabelledFeatures:
    right = int(share * count)
    truth = ["literal"] * right + ["sarcastic"] * (count - right)
    targets = np.stack([target_row({"sarcasm": one_hot("sarcasm", name)}) for name in truth])
    return LabelledFeatures(np.tile(np.array([1, 0], np.float32), (count, 1)), targets, np.array([corpus] * count))


def joined(*parts: LabelledFeatures) -> LabelledFeatures:
    return LabelledFeatures(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in ("features", "targets", "corpus"))
    )


def test_overconfident_logits_are_cooled() -> None:
    rows = rows_right_in(0.75, 200, "a")
    cooled = calibrate(overconfident(), rows)
    assert abs(cooled.apply(rows.features)[0, TASKS["sarcasm"].start] - 0.83) < 0.02  # as the bound on temperature lets
    assert (cooled.temperature[TASKS["emotion7"].columns] == 1).all()


def test_a_small_corpus_weighs_as_much_as_a_large_one() -> None:
    alone = calibrate(overconfident(), rows_right_in(0.99, 2000, "large"))
    both = calibrate(overconfident(), joined(rows_right_in(0.99, 2000, "large"), rows_right_in(0.9, 20, "small")))
    column = TASKS["sarcasm"].start
    assert both.temperature[column] > alone.temperature[column] + 0.3
    assert np.allclose(corpus_weights(np.array(["a", "b", "b", "b", "b"])), [0.5, *[0.125] * 4])


def test_thresholds_give_the_best_f1_of_every_label_and_group_with_a_row() -> None:
    joy, column = FINE_LABELS.index("joy"), TASKS["labels28"].start + FINE_LABELS.index("joy")
    signal = np.linspace(-4, 4, 81, dtype=np.float32)
    outputs, targets = np.zeros((81, WIDTH), np.float32), np.full((81, WIDTH), np.nan, np.float32)
    targets[:, TASKS["labels28"].columns] = 0
    outputs[:, column], targets[:, column] = sigmoid(signal), signal > 1.95
    found = best_thresholds(outputs, targets, Thresholds.even())
    for threshold in (found.labels[joy], found.groups[EMOTIONS.index("joy")]):
        assert ((outputs[:, column] >= threshold) == (signal > 1.95)).mean() > 0.97
    assert found.labels[FINE_LABELS.index("grief")] == 0.5
    assert found.groups[EMOTIONS.index("fear")] == 0.5
