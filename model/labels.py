"""Label sets, tasks and how one row of targets is laid out.

Every labelled text becomes one float32 row of ``WIDTH`` numbers, NaN where nothing is known, so that
corpora, corrections, replay set and hold-out share a single format.
"""

import re
import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from model.errors import Refusal

EMOTIONS = ("anger", "disgust", "fear", "joy", "neutral", "sadness", "surprise")
POLARITIES = ("negative", "neutral", "positive")
SCORES = ("valence", "arousal", "dominance", "review")
SCORE_RANGES: dict[str, tuple[float, float]] = {
    "valence": (1.0, 5.0),
    "arousal": (1.0, 5.0),
    "dominance": (1.0, 5.0),
    "review": (0.0, 1.0),
}
# Mean and standard deviation that the score heads work in: EmoBank's and SST's training rows.
SCORE_SCALE: dict[str, tuple[float, float]] = {
    "valence": (2.98, 0.35),
    "arousal": (3.04, 0.26),
    "dominance": (3.06, 0.21),
    "review": (0.51, 0.31),
}

_TABLES = tomllib.loads((Path(__file__).parent / "labels.toml").read_text(encoding="utf-8"))

EKMAN_GROUPS: dict[str, tuple[str, ...]] = {emotion: tuple(group) for emotion, group in _TABLES["ekman"].items()}
FINE_TO_EMOTION = {fine: emotion for emotion, group in EKMAN_GROUPS.items() for fine in group}
FINE_LABELS = tuple(sorted(FINE_TO_EMOTION))
LONGEST_LABEL = 30  # characters of a name that people choose
NEW_LABEL = re.compile(rf"(?=.{{1,{LONGEST_LABEL}}}$)[^\W\d_]+([ -][^\W\d_]+)*")

# Share of an emotion's probability that counts as negative, neutral and positive.
POLARITY_OF_EMOTION: dict[str, tuple[float, float, float]] = {
    emotion: (negative, neutral, positive) for emotion, (negative, neutral, positive) in _TABLES["polarity"].items()
}


OUT_OF_RANGE = "Score {name!r} is {found}; expected a number from {low:g} to {high:g}."


class LabelError(Refusal, ValueError):
    """A label or score that the label sets do not know; the message names it and what is allowed."""


@dataclass(frozen=True, slots=True)
class Task:
    """One output of the network: its kind, its classes and where it lies in a row of targets."""

    name: str
    kind: Literal["categorical", "multilabel", "score"]
    classes: tuple[str, ...]
    start: int

    @property
    def columns(self) -> slice:
        return slice(self.start, self.start + len(self.classes))


def _lay_out() -> dict[str, Task]:
    shapes: list[tuple[str, Literal["categorical", "multilabel", "score"], tuple[str, ...]]] = [
        ("emotion7", "categorical", EMOTIONS),
        ("sentiment3", "categorical", POLARITIES),
        ("labels28", "multilabel", FINE_LABELS),
        ("sst5", "categorical", ("0", "1", "2", "3", "4")),
        ("sarcasm", "categorical", ("literal", "sarcastic")),
        *((score, "score", (score,)) for score in SCORES),
    ]
    tasks, start = {}, 0
    for name, kind, classes in shapes:
        tasks[name] = Task(name, kind, classes, start)
        start += len(classes)
    return tasks


TASKS = _lay_out()
CVM_TASKS = tuple(task for task in TASKS.values() if task.kind != "score")
IRT_TASKS = tuple(task for task in TASKS.values() if task.kind == "score")
WIDTH = sum(len(task.classes) for task in TASKS.values())


def emotion_distribution(labels: Collection[str]) -> np.ndarray:
    """Uniform distribution over the Ekman groups that the fine labels touch, shape (7,)."""
    groups = {FINE_TO_EMOTION[label] for label in labels}
    return np.array([emotion in groups for emotion in EMOTIONS], np.float32) / len(groups)


def check_labels(labels: Iterable[str], added: Collection[str] = ()) -> tuple[str, ...]:
    """The labels, deduplicated in order. Raises LabelError for one that neither this module nor ``added`` names."""
    labels = tuple(dict.fromkeys(labels))
    unknown = [label for label in labels if label not in FINE_TO_EMOTION and label not in added]
    if unknown:
        raise LabelError(
            "Unknown label {name!r}; expected one of: {names}.",
            name=unknown[0],
            names=", ".join([*FINE_LABELS, *sorted(added)]),
        )
    return labels


def without_added(labels: Iterable[str] | None) -> tuple[str, ...]:
    """Those of the labels that every release knows."""
    return tuple(label for label in labels or () if label in FINE_TO_EMOTION)


def check_new_label(name: str) -> str:
    """A name for a label that there is not yet, in lower case. Raises LabelError."""
    name = " ".join(name.lower().split())
    if not NEW_LABEL.fullmatch(name):
        raise LabelError(
            "A label is named by letters, at most {most} with spaces and hyphens; {name!r} is not.",
            most=LONGEST_LABEL,
            name=name,
        )
    if name in FINE_TO_EMOTION:
        raise LabelError("There is a label {name!r} already; choose another name.", name=name)
    return name


def check_emotion(emotion: str) -> str:
    """One of the seven. Raises LabelError for another."""
    if emotion not in EMOTIONS:
        raise LabelError("Unknown emotion {name!r}; expected one of: {names}.", name=emotion, names=", ".join(EMOTIONS))
    return emotion


def check_polarity(polarity: str) -> str:
    """The polarity. Raises LabelError for an unknown one."""
    if polarity not in POLARITIES:
        raise LabelError(
            "Unknown polarity {name!r}; expected one of: {names}.", name=polarity, names=", ".join(POLARITIES)
        )
    return polarity


def check_scores(scores: Mapping[str, float]) -> dict[str, float]:
    """The scores as floats. Raises LabelError for an unknown name or a value out of its range."""
    checked = {}
    for name, value in scores.items():
        if name not in SCORE_RANGES:
            raise LabelError("Unknown score {name!r}; expected one of: {names}.", name=name, names=", ".join(SCORES))
        low, high = SCORE_RANGES[name]
        try:
            number = float(value)
        except (TypeError, ValueError):
            raise LabelError(OUT_OF_RANGE, name=name, found=repr(value), low=low, high=high) from None
        if not low <= number <= high:
            raise LabelError(OUT_OF_RANGE, name=name, found=f"{number:g}", low=low, high=high)
        checked[name] = number
    return checked


def label_targets(shares: Mapping[str, float] | Iterable[str]) -> dict[str, np.ndarray]:
    """Targets of emotion labels: the distribution over seven, and the fine labels.

    ``shares``: a set of labels, or how many of several people named each one (they sum to 1). Naming a coarse
    emotion says nothing about the finer labels of its group, so those stay NaN. Raises LabelError.
    """
    names = check_labels(shares)
    weight = {label: shares[label] if isinstance(shares, Mapping) else 1 / len(names) for label in names}
    groups = dict.fromkeys(EMOTIONS, 0.0)
    for label, share in weight.items():
        groups[FINE_TO_EMOTION[label]] += share
    most = max(weight.values())
    unsaid = {fine: np.nan if groups[FINE_TO_EMOTION[fine]] else 0.0 for fine in FINE_LABELS}
    fine = unsaid | {label: share / most for label, share in weight.items()}
    return {
        "emotion7": np.array([*groups.values()], np.float32),
        "labels28": np.array([fine[label] for label in FINE_LABELS], np.float32),
    }


def polarity_target(shares: Mapping[str, float]) -> np.ndarray:
    """How many of several people chose each polarity, shape (3,)."""
    return np.array([shares.get(polarity, 0.0) for polarity in POLARITIES], np.float32)


def one_hot(task: str, name: str) -> np.ndarray:
    """Indicator of one class of a categorical task, shape (classes,)."""
    return np.array([c == name for c in TASKS[task].classes], np.float32)


def target_row(targets: Mapping[str, np.ndarray | float]) -> np.ndarray:
    """Pack targets by task into one row of shape (WIDTH,), NaN where nothing is known."""
    row = np.full(WIDTH, np.nan, np.float32)
    for name, value in targets.items():
        row[TASKS[name].columns] = value
    return row
