import numpy as np
import pytest
from scipy.optimize import check_grad

from model import heads as module
from model.heads import Heads, fit
from model.labels import EMOTIONS, POLARITIES, SCORE_RANGES, TASKS, WIDTH, one_hot, target_row

RNG = np.random.default_rng(2)


def random_heads(width: int = 12) -> Heads:
    zeros = Heads.zeros(width)
    return Heads(
        RNG.normal(size=(width, WIDTH)).astype(np.float32),
        RNG.normal(size=WIDTH).astype(np.float32),
        zeros.temperature,
        zeros.thresholds,
    )


def test_outputs_are_distributions_probabilities_and_scores_in_range() -> None:
    outputs = random_heads().apply(RNG.normal(scale=9, size=(50, 12)).astype(np.float32))
    for task in TASKS.values():
        part = outputs[:, task.columns]
        if task.kind == "categorical":
            assert np.allclose(part.sum(1), 1, atol=1e-5)
        elif task.kind == "multilabel":
            assert ((part >= 0) & (part <= 1)).all()
        else:
            low, high = SCORE_RANGES[task.name]
            assert ((part >= low) & (part <= high)).all()


def test_bytes_round_trip_and_foreign_heads_are_refused() -> None:
    heads = random_heads()
    again = Heads.from_bytes(heads.to_bytes())
    assert all((getattr(heads, name) == getattr(again, name)).all() for name in Heads.__dataclass_fields__)
    with pytest.raises(ValueError, match="^the heads do not fit this version's label sets$"):
        Heads.from_bytes(Heads(heads.weight[:, :5], heads.bias[:5], heads.temperature, heads.thresholds).to_bytes())


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_gradients_are_those_of_the_loss(task: module.Task) -> None:
    classes = len(task.classes)
    y = RNG.dirichlet(np.ones(classes), 9) if task.kind == "categorical" else RNG.random((9, classes))
    if task.kind == "multilabel":
        y[0, 0] = np.nan
    x, weights, anchor = (
        RNG.normal(size=(9, 4)),
        RNG.random((9, 1)) * np.ones((1, classes)),
        RNG.normal(size=(5, classes)),
    )
    objective = module._objective(task, x, y, weights, 0.0, np.full(classes, 1.7), anchor, 0.3)
    shape = anchor.shape
    error = check_grad(
        lambda v: objective(v.reshape(shape))[0],
        lambda v: objective(v.reshape(shape))[1].ravel(),
        RNG.normal(size=anchor.size),
    )
    assert error < 1e-3


def test_polarity_follows_the_emotions_where_its_own_columns_say_nothing() -> None:
    heads = Heads.zeros(3)
    heads.bias[TASKS["emotion7"].start + EMOTIONS.index("joy")] = 8
    polarity = heads.apply(np.zeros((1, 3), np.float32))[0, TASKS["sentiment3"].columns]
    assert POLARITIES[int(polarity.argmax())] == "positive"
    assert polarity.max() > 0.9


def test_fitting_learns_what_the_rows_say_and_leaves_other_tasks_alone() -> None:
    start = Heads.zeros(6)
    features = np.eye(6, dtype=np.float32).repeat(4, 0)
    emotions = [EMOTIONS[n % 6] for n in range(6) for _ in range(4)]
    targets = np.stack([target_row({"emotion7": one_hot("emotion7", emotion)}) for emotion in emotions])
    fitted = fit(features, targets, weights=np.ones((24, WIDTH)), start=start, decay=1e-3)
    guess = fitted.apply(features)[:, TASKS["emotion7"].columns].argmax(1)
    assert [EMOTIONS[g] for g in guess] == emotions
    others = np.r_[TASKS["labels28"].start : WIDTH]
    assert not fitted.weight[:, others].any()


def test_rows_of_weight_zero_teach_nothing() -> None:
    targets = np.stack([target_row({"valence": 5.0})] * 3)
    fitted = fit(np.ones((3, 2), np.float32), targets, weights=np.zeros((3, WIDTH)), start=Heads.zeros(2), decay=1e-3)
    assert not fitted.weight.any()


def test_replaying_a_models_own_answers_moves_nothing() -> None:
    start = random_heads()
    features = RNG.normal(size=(300, 12)).astype(np.float32)
    again = fit(features, start.apply(features), weights=np.ones((300, WIDTH)), start=start, decay=1e-3)
    classified = slice(0, TASKS["valence"].start)  # scores are clipped to their ranges, so theirs may move
    assert np.abs(again.weight[:, classified] - start.weight[:, classified]).max() < 0.02
