import numpy as np

from model.calibration import best_thresholds, calibrate
from model.heads import Heads
from model.labels import FINE_LABELS, TASKS, WIDTH, one_hot, target_row

RNG = np.random.default_rng(8)


def test_overconfident_logits_are_cooled() -> None:
    heads = Heads.zeros(2)
    column = TASKS["sarcasm"].start
    heads.weight[0, column] = 8.0  # says "literal" with 99.97 %, right in three of four
    truth = ["literal", "literal", "literal", "sarcastic"] * 50
    targets = np.stack([target_row({"sarcasm": one_hot("sarcasm", name)}) for name in truth])
    features = np.tile(np.array([1, 0], np.float32), (200, 1))
    cooled = calibrate(heads, features, targets)
    assert abs(cooled.apply(features)[0, column] - 0.83) < 0.02  # as cool as the bound on temperature lets it
    assert (cooled.temperature[TASKS["emotion7"].columns] == 1).all()


def test_thresholds_give_the_best_f1_of_every_label_with_a_row() -> None:
    heads = Heads.zeros(1)
    column = TASKS["labels28"].start + FINE_LABELS.index("joy")
    heads.weight[0, column] = 1.0
    features = np.linspace(-4, 4, 81, dtype=np.float32)[:, None]
    targets = np.full((81, WIDTH), np.nan, np.float32)
    targets[:, TASKS["labels28"].columns] = 0
    targets[:, column] = features[:, 0] > 1.95
    thresholds = best_thresholds(heads, features, targets)
    named = 1 / (1 + np.exp(-features[:, 0])) >= thresholds[FINE_LABELS.index("joy")]
    assert (named == (features[:, 0] > 1.95)).all()
    assert thresholds[FINE_LABELS.index("grief")] == 0.5
