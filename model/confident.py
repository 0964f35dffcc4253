"""Labels that are probably wrong, by confident learning (Northcutt, Jiang and Chuang 2021, JAIR 70), as cleanlab has it."""

import warnings
from dataclasses import dataclass

import numpy as np

from model.labels import TASKS

FEWEST = 50  # labelled rows of a task, below which answers of models that did not see them say little


@dataclass(frozen=True, slots=True)
class Doubt:
    """A row's label of a task that is probably another's.

    ``score``: by how much the likelier class's probability exceeds the given one's, in answers of models that did not
    train on the row; from 0 to 1.
    """

    row: int
    task: str
    given: str
    likelier: str
    score: float


@dataclass(frozen=True, slots=True)
class Suspect:
    """A doubt about a text that can be found again.

    ``where``: the id of a stored text, or corpus, split and id of a corpus's row; the rest as ``Doubt`` has it.
    """

    where: str
    text: str
    task: str
    given: str
    likelier: str
    score: float


def doubts(targets: np.ndarray, outputs: np.ndarray) -> list[Doubt]:
    """Doubtful labels, the most doubtful first. targets, outputs (rows, WIDTH), the latter of models that did not see the row.

    Looked at are the tasks of which one class is true, on rows whose target names one class alone. How many labels of a
    class are wrong, and taken for which other, is estimated from how often models are as sure of the other class as they
    are on average of that one's own texts; as many are doubted, those with the largest margin.
    """
    found = [
        doubt
        for task in TASKS.values()
        if task.kind == "categorical"
        for doubt in _of_task(task.name, targets[:, task.columns], outputs[:, task.columns])
    ]
    return sorted(found, key=lambda doubt: -doubt.score)


def _of_task(name: str, targets: np.ndarray, outputs: np.ndarray) -> list[Doubt]:
    from cleanlab.filter import find_label_issues  # serving never doubts

    rows = np.flatnonzero((targets > 0.999).any(1))
    given, shares = targets[rows].argmax(1), outputs[rows]
    if len(rows) < FEWEST or len(set(given)) < 2:
        return []
    shares = shares / shares.sum(1, keepdims=True)
    with warnings.catch_warnings(action="ignore", category=UserWarning):  # of classes that nobody named
        marked = find_label_issues(given, shares, filter_by="prune_by_noise_rate", n_jobs=1)
    classes, top = TASKS[name].classes, shares.argmax(1)
    return [
        Doubt(int(rows[n]), name, classes[given[n]], classes[top[n]], float(shares[n, top[n]] - shares[n, given[n]]))
        for n in np.flatnonzero(marked & (top != given))
    ]
