"""Which corrections turned an answer, as far as a linear head can tell.

A head's change at a text is a sum over the corrections that it was fitted to, each the product of how alike the two
features are and how far the shipped answer was from what was said (Yeh et al. 2018, "Representer point selection").
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from emodemo.evidence import Evidence
from model.heads import Heads
from model.labels import TASKS

MOST_FLIPS = 50  # that are explained
MOST = 2  # corrections that are named for each


def responsible(
    shipped: Heads, live: Heads, candidate: Heads, evidence: Evidence, flips: Sequence[dict[str, Any]]
) -> dict[str, list[int]]:
    """By id of a flipped text the ids of the corrections that pulled it most, the strongest first.

    Only those count that pull from the answer before towards the one after; ids as keys are strings, as in JSON.
    """
    train = np.flatnonzero(evidence.training)
    places = {int(text_id): n for n, text_id in enumerate(evidence.ids)}
    flipped = [places[flip["text_id"]] for flip in flips[:MOST_FLIPS]]
    if not len(train) or not flipped:
        return {}
    centred = evidence.features - evidence.features.mean(0)
    asked = np.nan_to_num(evidence.targets[train] - shipped.apply(evidence.features[train]))
    before, after = (heads.apply(evidence.features[flipped]) for heads in (live, candidate))
    found = {}
    for n, old, new in zip(flipped, before, after, strict=True):
        turned, instead = _columns(old, new)
        pull = (centred[train] @ centred[n]) * (asked[:, turned] - asked[:, instead])
        strongest = [place for place in np.argsort(-pull)[:MOST] if pull[place] > 0]
        found[str(evidence.ids[n])] = [int(evidence.ids[train[place]]) for place in strongest]
    return found


def _columns(old: np.ndarray, new: np.ndarray) -> tuple[int, int]:
    """Columns of the answer after and the answer before, of the emotion, or else of the polarity."""
    for task in (TASKS["emotion7"], TASKS["sentiment3"]):
        was, now = (task.start + int(row[task.columns].argmax()) for row in (old, new))
        if was != now:
            break
    return now, was
