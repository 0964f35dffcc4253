"""What is measured for each task, on corpora, on the locked hold-out and on corrections alike.

Everything works on rows of targets and rows of outputs as ``labels.TASKS`` lays them out, so that one definition of
a metric serves evaluation with text and the gate without.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from model import metrics, readers
from model.heads import Heads
from model.labelled import LabelledFeatures
from model.labels import EKMAN_GROUPS, EMOTIONS, FINE_LABELS, POLARITIES, TASKS, target_row
from model.text import normalise

NEGATIVE, POSITIVE = POLARITIES.index("negative"), POLARITIES.index("positive")
Measures = dict[str, metrics.Weighted]
Predict = Callable[[Sequence[str]], np.ndarray]
"""texts → outputs of ``Heads.apply`` (rows, WIDTH)"""


PRIMARY = {  # the one figure of a task that dev and the gate decide by
    "emotion7": "weighted_f1",
    "sentiment3": "weighted_f1",
    "polarity": "accuracy",
    "labels28": "macro_f1",
    "sst5": "accuracy",
    "sst2": "accuracy",
    "valence": "pearson",
    "arousal": "pearson",
    "dominance": "pearson",
    "review": "pearson",
}


@dataclass(frozen=True, slots=True)
class Measured:
    """The rows that a task can be measured on and, by name, metrics as functions of those rows' weights."""

    rows: np.ndarray
    metrics: Measures


def tasks_measured(targets: np.ndarray, outputs: np.ndarray, thresholds: np.ndarray) -> Iterator[tuple[str, Measured]]:
    """Every task that ``targets`` has rows for. targets, outputs (rows, WIDTH); thresholds (28,) of the fine labels."""
    for name, rows, measure in (
        ("emotion7", _certain("emotion7", targets), _categorical("emotion7")),
        ("sentiment3", _certain("sentiment3", targets), _categorical("sentiment3")),
        ("polarity", _certain("sentiment3", targets, NEGATIVE, POSITIVE), _pair("sentiment3", [NEGATIVE], [POSITIVE])),
        ("labels28", _known("labels28", targets), _fine(thresholds)),
        ("ekman", _known("labels28", targets), _ekman(thresholds)),
        ("sst5", _certain("sst5", targets), _categorical("sst5")),
        ("sst2", _certain("sst5", targets, 0, 1, 3, 4), _pair("sst5", [0, 1], [3, 4])),
        ("sarcasm", _certain("sarcasm", targets), _pair("sarcasm", [0], [1])),
        *((score, _known(score, targets), _score(score)) for score in ("valence", "arousal", "dominance", "review")),
    ):
        if len(rows):
            yield name, Measured(rows, measure(targets[rows], outputs[rows]))


def _known(task: str, targets: np.ndarray) -> np.ndarray:
    return np.flatnonzero(~np.isnan(targets[:, TASKS[task].columns]).any(1))


def _certain(task: str, targets: np.ndarray, *classes: int) -> np.ndarray:
    """Rows whose target names one class alone, one of ``classes`` where given."""
    part = targets[:, TASKS[task].columns]
    chosen = part[:, classes] if classes else part
    return np.flatnonzero((chosen > 0.999).any(1))


def _categorical(task: str) -> Callable[[np.ndarray, np.ndarray], Measures]:
    columns, classes = TASKS[task].columns, len(TASKS[task].classes)

    def measure(targets: np.ndarray, outputs: np.ndarray) -> Measures:
        truth, guess = targets[:, columns].argmax(1), outputs[:, columns].argmax(1)
        return {
            "accuracy": metrics.accuracy(truth, guess),
            "weighted_f1": metrics.weighted_f1(truth, guess, classes),
            "macro_f1": metrics.macro_f1(truth, guess, classes),
            "ece": metrics.ece(outputs[:, columns], truth),
        }

    return measure


def _pair(task: str, negative: list[int], positive: list[int]) -> Callable[[np.ndarray, np.ndarray], Measures]:
    """A task's classes read as two, whatever lies between left out; ``f1`` is that of the second."""
    columns = TASKS[task].columns

    def measure(targets: np.ndarray, outputs: np.ndarray) -> Measures:
        def two(part: np.ndarray) -> np.ndarray:
            return np.stack([part[:, negative].sum(1), part[:, positive].sum(1)], 1)

        truth, probabilities = two(targets[:, columns]).argmax(1), two(outputs[:, columns])
        probabilities = probabilities / np.maximum(probabilities.sum(1, keepdims=True), 1e-9)
        guess = probabilities.argmax(1)
        return {
            "accuracy": metrics.accuracy(truth, guess),
            "f1": metrics.f1(truth, guess, 1),
            "macro_f1": metrics.macro_f1(truth, guess, 2),
            "weighted_f1": metrics.weighted_f1(truth, guess, 2),
            "ece": metrics.ece(probabilities, truth),
        }

    return measure


def _fine(thresholds: np.ndarray) -> Callable[[np.ndarray, np.ndarray], Measures]:
    columns = TASKS["labels28"].columns
    return lambda targets, outputs: {
        "macro_f1": metrics.multilabel_macro_f1(targets[:, columns] > 0.5, outputs[:, columns] >= thresholds)
    }


def _ekman(thresholds: np.ndarray) -> Callable[[np.ndarray, np.ndarray], Measures]:
    """An emotion stands where any fine label of its group does."""
    columns = TASKS["labels28"].columns
    groups = [[FINE_LABELS.index(label) for label in EKMAN_GROUPS[emotion]] for emotion in EMOTIONS]

    def grouped(named: np.ndarray) -> np.ndarray:
        return np.stack([named[:, group].any(1) for group in groups], 1)

    return lambda targets, outputs: {
        "macro_f1": metrics.multilabel_macro_f1(
            grouped(targets[:, columns] > 0.5), grouped(outputs[:, columns] >= thresholds)
        )
    }


def _score(name: str) -> Callable[[np.ndarray, np.ndarray], Measures]:
    column = TASKS[name].start
    return lambda targets, outputs: {"pearson": metrics.pearson(targets[:, column], outputs[:, column])}


def primary_metrics(heads: Heads, rows: LabelledFeatures) -> dict[tuple[str, str], float]:
    """The primary metric of every (corpus, task) that the rows have labels for."""
    values = {}
    for corpus, part in rows.by_corpus():
        outputs = heads.apply(part.features)
        for task, measured in tasks_measured(part.targets, outputs, heads.thresholds):
            if task in PRIMARY:
                values[corpus, task] = measured.metrics[PRIMARY[task]](np.ones(len(measured.rows)))
    return values


def report(
    corpus: str, split: str, targets: np.ndarray, outputs: np.ndarray, thresholds: np.ndarray, variant: str = "plain"
) -> list[dict]:
    """Rows of ``evaluate --json`` for one corpus, with 95 % bootstrap intervals; without release and model."""
    rows = []
    for task, measured in tasks_measured(targets, outputs, thresholds):
        resamples = metrics.resample_weights(len(measured.rows), 500)
        for name, metric in measured.metrics.items():
            low, high = np.percentile([metric(weights) for weights in resamples], [2.5, 97.5])
            facts = {"corpus": corpus, "split": split, "task": task, "metric": name}
            value = metric(np.ones(len(measured.rows)))
            numbers = {"value": round(value, 4), "low": round(float(low), 4), "high": round(float(high), 4)}
            rows.append({**facts, **numbers, "n": len(measured.rows), "variant": variant})
    return rows


def evaluate(predict: Predict, thresholds: np.ndarray, data: Path, corpora: Iterable[str]) -> list[dict]:
    """Every corpus's test split, all rows (``plain``) and those whose text stands in no train split (``unseen``)."""
    present = readers.present(data)
    seen = {_key(e.text) for corpus in present for e in readers.read(data, corpus, "train")}
    rows = []
    for corpus in corpora:
        examples = [e for e in readers.read(data, corpus, "test") if e.text.strip()]
        if examples:
            outputs = predict([example.text for example in examples])
            targets = np.stack([target_row(example.targets) for example in examples])
            rows += report(corpus, "test", targets, outputs, thresholds)
            unseen = np.array([_key(example.text) not in seen for example in examples])
            rows += report(corpus, "test", targets[unseen], outputs[unseen], thresholds, "unseen")
    return rows


def table(rows: Sequence[Mapping]) -> str:
    """Rows of ``report`` as aligned text for people, in points of 100 with their intervals."""
    lines = [("corpus", "task", "metric", "variant", "value", "95 % interval", "rows")]
    for row in rows:
        low, high = f"{100 * row['low']:.1f}", f"{100 * row['high']:.1f}"
        names = (row["corpus"], row["task"], row["metric"], row["variant"])
        lines.append((*names, f"{100 * row['value']:.1f}", f"{low} to {high}", str(row["n"])))
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def _key(text: str) -> str:
    return normalise(text).casefold()
