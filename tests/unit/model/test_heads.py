from dataclasses import replace

import numpy as np
import pytest
from safetensors.numpy import save
from scipy.optimize import check_grad

from model import context
from model import heads as module
from model.context import VIEWS, ContextHead
from model.heads import Heads, fit, group_probabilities
from model.labels import EMOTIONS, FINE_LABELS, POLARITIES, SCORE_RANGES, TASKS, WIDTH, one_hot, target_row

RNG = np.random.default_rng(2)


def random_heads(width: int = 12) -> Heads:
    hidden = RNG.normal(size=((1 + VIEWS) * width + 1, 3)).astype(np.float16).astype(np.float32)
    output = RNG.normal(size=(4, context.WIDTH)).astype(np.float16).astype(np.float32)
    return replace(
        Heads.zeros(width),
        weight=RNG.normal(size=(width, WIDTH)).astype(np.float32),
        bias=RNG.normal(size=WIDTH).astype(np.float32),
        context=ContextHead(hidden, output),
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
    again, features, views = (
        Heads.from_bytes(heads.to_bytes()),
        RNG.normal(size=(4, 12)),
        RNG.normal(size=(4, VIEWS, 12)),
    )
    assert (heads.apply(features, views) == again.apply(features, views)).all()
    assert (heads.thresholds.groups == again.thresholds.groups).all()
    narrow = replace(heads, weight=heads.weight[:, :5], bias=heads.bias[:5])
    with pytest.raises(ValueError, match="^the heads do not fit this version's label sets$"):
        Heads.from_bytes(narrow.to_bytes())


def test_heads_of_the_first_release_still_load_and_add_nothing_from_context() -> None:
    heads = replace(random_heads(), context=ContextHead.zeros(12))
    tensors = {"weight": heads.weight, "bias": heads.bias, "temperature": heads.temperature}
    first = Heads.from_bytes(save(tensors | {"thresholds": heads.thresholds.labels}))
    features, views = RNG.normal(size=(4, 12)).astype(np.float32), RNG.normal(size=(4, VIEWS, 12)).astype(np.float32)
    assert (first.apply(features, views) == heads.apply(features)).all()
    with pytest.raises(ValueError, match="^the heads lack 'thresholds'$"):
        Heads.from_bytes(save(tensors))


def test_only_emotions_and_polarity_follow_what_was_said_before() -> None:
    heads = random_heads()
    features, views = RNG.normal(size=(30, 12)).astype(np.float32), RNG.normal(size=(30, VIEWS, 12)).astype(np.float32)
    alone, followed = heads.apply(features), heads.apply(features, views)
    assert (np.abs(alone - followed).max(0)[: context.WIDTH] > 0.01).all()
    assert (alone[:, context.WIDTH :] == followed[:, context.WIDTH :]).all()
    assert (heads.apply(features, np.zeros_like(views)) == alone).all()


def test_a_group_stands_when_any_of_its_labels_does() -> None:
    fine = np.zeros((1, len(FINE_LABELS)), np.float32)
    fine[0, [FINE_LABELS.index("joy"), FINE_LABELS.index("love")]] = 0.5
    groups = dict(zip(EMOTIONS, group_probabilities(fine)[0], strict=True))
    assert groups == {emotion: 0.75 if emotion == "joy" else 0.0 for emotion in EMOTIONS}


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
