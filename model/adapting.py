"""Heads that a few labels can move within a fraction of a second, and that begin exactly where other heads are."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from model.basis import Basis
from model.heads import Heads
from model.labelled import LabelledFeatures
from model.labels import WIDTH
from model.simulation import learn

COMPONENTS = 64  # of the features, in which the heads move
FIRM = 1e3  # how much smaller the known logits are among the inputs than themselves: moving their weights costs this squared


def adapted(heads: Heads, rows: LabelledFeatures, components: int = COMPONENTS) -> tuple[Heads, LabelledFeatures]:
    """Heads and rows in few dimensions that answer as ``heads`` do on the features, each text read alone.

    Inputs are the first principal components of the features, which say nothing yet, beside the heads' own logits, which
    say everything: so a fit moves answers by what the components tell, and what they cannot tell stays as it was.
    """
    basis = Basis.of(rows.features, min(components, rows.features.shape[1]))
    logits = rows.features @ heads.weight + heads.bias + heads.offsets(rows.features)
    inputs = np.hstack([basis.features(rows.features), logits / FIRM]).astype(np.float32)
    weight = np.vstack([np.zeros((inputs.shape[1] - WIDTH, WIDTH)), FIRM * np.eye(WIDTH)]).astype(np.float32)
    start = Heads.zeros(len(weight))
    start = replace(start, weight=weight, temperature=heads.temperature, thresholds=heads.thresholds)
    return start, replace(rows.plain(), features=inputs)


def held_out(start: Heads, rows: LabelledFeatures, folds: int = 5, seed: int = 0) -> np.ndarray:
    """What ``start``, moved by the rows of other folds, answers to each row: outputs (rows, WIDTH)."""
    outputs = np.empty(rows.targets.shape, np.float32)
    for fold in _folds(len(outputs), folds, seed):
        others = np.setdiff1d(np.arange(len(outputs)), fold)
        outputs[fold] = learn(start, rows.take(others)).apply(rows.features[fold])
    return outputs


def _folds(rows: int, folds: int, seed: int) -> Iterator[np.ndarray]:
    yield from np.array_split(np.random.default_rng(seed).permutation(rows), min(folds, rows))
