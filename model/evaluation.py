"""What is measured for each task, on corpora, on the locked hold-out and on corrections alike.

Everything works on rows of targets and rows of outputs as ``labels.TASKS`` lays them out, so that one definition of
a metric serves evaluation with text and the gate without.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from model import metrics, readers
from model.context import FARTHEST
from model.heads import Heads, Thresholds, group_probabilities
from model.labelled import LabelledFeatures
from model.labels import CVM_TASKS, POLARITIES, TASKS, Task, target_row
from model.readers import Example
from model.text import normalise

NEGATIVE, POSITIVE = POLARITIES.index("negative"), POLARITIES.index("positive")
PLAIN, CONTEXT = "plain", "context"
Measures = dict[str, metrics.Weighted]


class Subject(Protocol):
    """What is measured: a release, or a baseline. Outputs are (rows, WIDTH) as of ``Heads.apply``, NaN in the columns
    of a task that is not answered; by variant, each text alone and with what was said before.
    """

    thresholds: Thresholds

    def answers(self, examples: Sequence[Example]) -> Mapping[str, np.ndarray]:
        """Outputs for examples that were not trained on."""

    def cross_fitted(self, examples: Sequence[Example]) -> Mapping[str, np.ndarray]:
        """Outputs for a corpus without splits, each row answered by a model that trained on other folds of it."""


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


SOURCE = {"polarity": "sentiment3", "ekman": "labels28", "sst2": "sst5"}  # tasks read off another's outputs


@dataclass(frozen=True, slots=True)
class Measured:
    """The rows that a task can be measured on and, by name, metrics as functions of those rows' weights."""

    rows: np.ndarray
    metrics: Measures


def tasks_measured(targets: np.ndarray, outputs: np.ndarray, thresholds: Thresholds) -> Iterator[tuple[str, Measured]]:
    """Every task that ``targets`` has rows for and ``outputs`` answers; both (rows, WIDTH)."""
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
        if len(rows) and not np.isnan(outputs[rows[0], TASKS[SOURCE.get(name, name)].columns]).any():
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


def _fine(thresholds: Thresholds) -> Callable[[np.ndarray, np.ndarray], Measures]:
    columns = TASKS["labels28"].columns
    return lambda targets, outputs: {
        "macro_f1": metrics.multilabel_macro_f1(targets[:, columns] > 0.5, outputs[:, columns] >= thresholds.labels)
    }


def _ekman(thresholds: Thresholds) -> Callable[[np.ndarray, np.ndarray], Measures]:
    """A group stands where any fine label of it does."""
    columns = TASKS["labels28"].columns
    return lambda targets, outputs: {
        "macro_f1": metrics.multilabel_macro_f1(
            group_probabilities((targets[:, columns] > 0.5).astype(np.float32)) > 0.5,
            group_probabilities(outputs[:, columns]) >= thresholds.groups,
        )
    }


def _score(name: str) -> Callable[[np.ndarray, np.ndarray], Measures]:
    column = TASKS[name].start
    return lambda targets, outputs: {"pearson": metrics.pearson(targets[:, column], outputs[:, column])}


def class_f1(task: Task, targets: np.ndarray, outputs: np.ndarray, thresholds: Thresholds) -> metrics.Weighted:
    """The F1 of each of a classification's classes, on rows of targets and outputs that it can be measured on."""
    truth, guess = targets[:, task.columns], outputs[:, task.columns]
    if task.kind == "multilabel":
        return metrics.f1_of_each(truth > 0.5, guess >= thresholds.labels)
    classes = len(task.classes)
    return metrics.f1_of_each(
        metrics.indicators(truth.argmax(1), classes), metrics.indicators(guess.argmax(1), classes)
    )


def primary_metrics(heads: Heads, rows: LabelledFeatures) -> dict[tuple[str, str], float]:
    """The primary metric of every (corpus, task) that the rows have labels for."""
    values = {}
    for corpus, part in rows.by_corpus():
        outputs = heads.apply(part.features, part.views())
        for task, measured in tasks_measured(part.targets, outputs, heads.thresholds):
            if task in PRIMARY:
                values[corpus, task] = float(measured.metrics[PRIMARY[task]](np.ones(len(measured.rows))))
    return values


def reliability(heads: Heads, rows: LabelledFeatures, bins: int = 10) -> list[dict]:
    """How often a classification is right at each level of its probability: ``corpus``, ``task``, ``confidence``,
    ``accuracy`` (both means, 0 to 1) and ``n`` of each bin that is not empty. Of ``labels28`` every label counts.
    """
    answered = [(corpus, part, heads.apply(part.features, part.views())) for corpus, part in rows.by_corpus()]
    found = []
    for task in CVM_TASKS:
        for corpus, part, outputs in answered:
            truth, guess = part.targets[:, task.columns], outputs[:, task.columns]
            known = ~np.isnan(truth).any(1) if task.kind == "multilabel" else (truth > 0.999).any(1)
            if known.any():
                confidence, hit = _confidence(task, guess[known], truth[known])
                facts = {"corpus": corpus, "task": task.name}
                found += [facts | row for row in metrics.calibration_bins(confidence, hit, bins)]
    return found


def _confidence(task: Task, guess: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities given and whether they came true: of the top class, or of every label."""
    if task.kind == "multilabel":
        return guess.ravel(), truth.ravel() > 0.5
    return guess.max(1), guess.argmax(1) == truth.argmax(1)


def report(
    corpus: str, split: str, targets: np.ndarray, outputs: np.ndarray, thresholds: Thresholds, variant: str = "plain"
) -> list[dict]:
    """Rows of ``evaluate --json`` for one corpus, with 95 % bootstrap intervals; without release and model."""
    rows = []
    for task, measured in tasks_measured(targets, outputs, thresholds):
        resamples = metrics.resample_weights(len(measured.rows), 500)
        for name, metric in measured.metrics.items():
            low, high = np.percentile(metric(resamples), [2.5, 97.5])
            facts = {"corpus": corpus, "split": split, "task": task, "metric": name}
            value = float(metric(np.ones(len(measured.rows))))
            numbers = {"value": round(value, 4), "low": round(float(low), 4), "high": round(float(high), 4)}
            rows.append({**facts, **numbers, "n": len(measured.rows), "variant": variant})
    return rows


def evaluate(subject: Subject, data: Path, corpora: Iterable[str]) -> list[dict]:
    """Every corpus's test split, on all rows and on the ``unseen``, whose text stands in no train split."""
    present = readers.present(data)
    seen = {_key(e.text) for corpus in present for e in readers.read(data, corpus, "train")}
    rows = []
    for corpus in corpora:
        examples = [e for e in readers.read(data, corpus, "test") if e.text.strip()]
        if not examples:
            continue
        targets = np.stack([target_row(example.targets) for example in examples])
        folds = corpus in readers.WITHOUT_SPLITS
        split = "folds" if folds else "test"
        unseen = np.array([_key(example.text) not in seen for example in examples])
        for variant, outputs in (subject.cross_fitted if folds else subject.answers)(examples).items():
            rows += report(corpus, split, targets, outputs, subject.thresholds, variant)
            if unseen.any():
                rest = "unseen" if variant == PLAIN else f"{variant}+unseen"
                rows += report(corpus, split, targets[unseen], outputs[unseen], subject.thresholds, rest)
    return rows


class ReleaseSubject:
    """A release: ``features`` of each distinct text once, then its heads."""

    def __init__(self, features: Callable[[Sequence[str]], np.ndarray], heads: Heads) -> None:
        self.features, self.heads, self.thresholds = features, heads, heads.thresholds

    def answers(self, examples: Sequence[Example]) -> dict[str, np.ndarray]:
        rows = featurise(self.features, examples)
        outputs = {PLAIN: self.heads.apply(rows.features)}
        if any(example.context for example in examples):
            outputs[CONTEXT] = self.heads.apply(rows.features, rows.views())
        return outputs

    def cross_fitted(self, examples: Sequence[Example]) -> dict[str, np.ndarray]:
        from model.crossfit import cross_fit  # scikit-learn, which serving never needs

        rows = featurise(self.features, examples)
        views = rows.views()
        assert views is not None
        speakers = [example.speaker for example in examples]
        inputs = {PLAIN: rows.features, CONTEXT: np.hstack([rows.features, views.reshape(len(views), -1)])}
        return {variant: cross_fit(part, speakers, rows.targets) for variant, part in inputs.items()}


def featurise(features: Callable[[Sequence[str]], np.ndarray], examples: Sequence[Example]) -> LabelledFeatures:
    """Examples with what was said before them, each distinct text encoded once."""
    contexts = [[turn.text for turn in reversed(example.context[-FARTHEST:])] for example in examples]
    said = {text: n for n, text in enumerate(dict.fromkeys(text for texts in contexts for text in texts))}
    rest = dict.fromkeys(e.text for e in examples if e.text not in said)
    places = said | {text: len(said) + n for n, text in enumerate(rest)}
    encoded = features([*places])
    earlier = np.full((len(examples), FARTHEST), -1, np.int32)
    for row, texts in zip(earlier, contexts, strict=True):
        row[: len(texts)] = [said[text] for text in texts]
    return LabelledFeatures(
        encoded[[places[example.text] for example in examples]],
        np.stack([target_row(example.targets) for example in examples]),
        np.array([example.corpus for example in examples]),
        encoded[: len(said)],
        earlier,
    )


def table(rows: Sequence[Mapping]) -> str:
    """Rows of ``evaluate --json`` as aligned text for people, in points of 100 with their intervals."""
    lines = [("model", "corpus", "task", "metric", "variant", "value", "95 % interval", "rows")]
    for row in rows:
        low, high = f"{100 * row['low']:.1f}", f"{100 * row['high']:.1f}"
        names = (row["model"], row["corpus"], row["task"], row["metric"], row["variant"])
        lines.append((*names, f"{100 * row['value']:.1f}", f"{low} to {high}", str(row["n"])))
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def _key(text: str) -> str:
    return normalise(text).casefold()
