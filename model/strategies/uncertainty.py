"""How unsure the heads are of each text: scores (rows,), the highest is labelled first.

Several tasks count by the mean of their scores, each in shares of its greatest value. Scores such as valence have no
probabilities: only a committee can doubt them, and where they alone are asked for the others tell no text from another.
"""

from collections.abc import Callable, Sequence

import numpy as np

from model.heads import POLARITY_TABLE, group_probabilities
from model.labels import POLARITIES, SCORE_SCALE, TASKS
from model.strategies.pool import Pool

Doubt = Callable[[np.ndarray], np.ndarray]
"""Distributions (..., classes) → doubt (...), from 0 to 1."""


def entropy(outputs: np.ndarray, tasks: Sequence[str] = ("emotion7", "sentiment3")) -> np.ndarray:
    """Mean entropy of some classifications, each in shares of its maximum; outputs (rows, WIDTH) → (rows,) in 0 to 1.

    Settles 2009, "Active Learning Literature Survey", section 3.1.
    """
    return _mean_doubt(outputs, tasks, _entropy)


def least_confidence(outputs: np.ndarray, tasks: Sequence[str]) -> np.ndarray:
    """What the likeliest class lacks of certainty (Settles 2009, section 3.1); outputs (rows, WIDTH) → (rows,)"""
    return _mean_doubt(outputs, tasks, lambda p: (1 - p.max(-1)) / (1 - 1 / p.shape[-1]))


def margin(outputs: np.ndarray, tasks: Sequence[str]) -> np.ndarray:
    """How close the two likeliest classes are (Scheffer et al. 2001); outputs (rows, WIDTH) → (rows,) in 0 to 1"""

    def closeness(p: np.ndarray) -> np.ndarray:
        top = np.partition(p, -2, axis=-1)[..., -2:]
        return 1 - np.abs(top[..., 1] - top[..., 0])

    return _mean_doubt(outputs, tasks, closeness)


def gradient_length(outputs: np.ndarray, tasks: Sequence[str]) -> np.ndarray:
    """Expected length of the loss's gradient in the logits, (rows,) (Settles, Craven and Ray 2008).

    In the heads' weights it is as much times the length of the feature, which hardly differs between texts.
    """

    def expected(p: np.ndarray) -> np.ndarray:
        # |p − e_y|² = |p|² − 2 p_y + 1
        lengths = np.sqrt(np.maximum((p**2).sum(-1, keepdims=True) - 2 * p + 1, 0))
        return (p * lengths).sum(-1) / np.sqrt(2)

    return _mean_doubt(outputs, tasks, expected)


def disagreement(pool: Pool) -> np.ndarray:
    """What the members of the committee disagree on, (rows,): in classes the mutual information of answer and member
    (Houlsby et al. 2011), in scores the deviation. Raises ValueError where there is no committee.
    """
    if pool.committee is None:
        raise ValueError("disagreement needs the outputs of a committee")
    parts = [
        _entropy(votes.mean(0)) - _entropy(votes).mean(0)
        for task in pool.asked("categorical", "multilabel")
        for votes in [_distributions(pool.committee, task.name)]
    ]
    parts = [part.reshape(len(part), -1).mean(1) for part in parts]
    parts += [pool.committee[..., task.start].std(0) / SCORE_SCALE[task.name][1] for task in pool.asked("score")]
    return np.mean(parts, axis=0)


def conflict(outputs: np.ndarray, tasks: Sequence[str]) -> np.ndarray:
    """How far the heads contradict one another about polarity, (rows,) in 0 to 1.

    Emotions, fine labels, valence and polarity itself each imply a distribution over the polarities; the score is the
    Jensen-Shannon divergence of those asked for (Lin 1991), 0 where there is but one.
    """
    opinions = [OPINIONS[name](outputs[:, TASKS[name].columns]) for name in tasks if name in OPINIONS]
    if len(opinions) < 2:
        return np.zeros(len(outputs), np.float32)
    return _entropy(np.mean(opinions, axis=0)) - np.mean([_entropy(opinion) for opinion in opinions], axis=0)


def priority(outputs: np.ndarray) -> np.ndarray:
    """What a queue is ordered by where each text is judged alone; outputs (rows, WIDTH) → (rows,) in 0 to 1.

    Entropy: on MELD's dev split the best of the doubts that need neither pool nor committee.
    """
    return entropy(outputs)


def _mean_doubt(outputs: np.ndarray, tasks: Sequence[str], doubt: Doubt) -> np.ndarray:
    parts = [
        doubt(_distributions(outputs, name)).reshape(len(outputs), -1).mean(1)
        for name in tasks
        if TASKS[name].kind != "score"
    ]
    return np.mean(parts, axis=0) if parts else np.zeros(len(outputs), np.float32)


def _distributions(outputs: np.ndarray, name: str) -> np.ndarray:
    """A classification's probabilities (..., classes), of several labels each one's two (..., labels, 2)."""
    probabilities = outputs[..., TASKS[name].columns]
    if TASKS[name].kind == "multilabel":
        return np.stack([1 - probabilities, probabilities], -1)
    return probabilities


def _entropy(probabilities: np.ndarray) -> np.ndarray:
    surprise = -np.log(np.clip(probabilities, 1e-9, 1))
    return (probabilities * surprise).sum(-1) / np.log(probabilities.shape[-1])


def _polarity_of_emotions(emotions: np.ndarray) -> np.ndarray:
    shares = emotions / np.maximum(emotions.sum(1, keepdims=True), 1e-9)
    polarity = shares @ POLARITY_TABLE
    return polarity / np.maximum(polarity.sum(1, keepdims=True), 1e-9)


def _polarity_of_valence(valence: np.ndarray) -> np.ndarray:
    """Neutral within about half a deviation of the mean."""
    mean, deviation = SCORE_SCALE["valence"]
    z = (valence[:, 0] - mean) / deviation
    negative, positive = 1 / (1 + np.exp(2 * z + 1)), 1 / (1 + np.exp(1 - 2 * z))
    return np.stack([negative, 1 - negative - positive, positive], 1)


OPINIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "emotion7": _polarity_of_emotions,
    "labels28": lambda fine: _polarity_of_emotions(group_probabilities(fine)),
    "sentiment3": lambda polarity: polarity,
    "valence": _polarity_of_valence,
}
assert POLARITIES == ("negative", "neutral", "positive")  # the order that the table and valence are read in
