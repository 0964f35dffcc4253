"""A candidate on the locked hold-out, beside the live and the shipped release: every task, every class."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from emodemo.translation import N_
from model import metrics
from model.evaluation import PRIMARY, SOURCE, class_f1, tasks_measured
from model.heads import Heads
from model.labelled import LabelledFeatures
from model.labels import TASKS

TOLERANCE = 0.01  # what a locked metric may fall
LEVEL = 0.05  # one-sided, of both kinds of error
RESAMPLES = 1000

Figures = dict[tuple[str, str], np.ndarray]
"""By corpus and task (1 + resamples, 1 + classes): on all rows, then on resamples; the primary metric, then F1s."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Rows of the report, and a phrase for each figure that falls too far or may."""

    rows: list[dict[str, Any]]
    fallen: list[str]


class Locked:
    """The hold-out as the live and the shipped release answer it, ready for one candidate after another."""

    def __init__(self, live: Heads, shipped: Heads, holdout: LabelledFeatures, resamples: int = RESAMPLES) -> None:
        self._parts = [(corpus, part, _weights(len(part.features), resamples)) for corpus, part in holdout.by_corpus()]
        self._live = self._figures(live)
        self._shipped = self._live if live is shipped else self._figures(shipped)

    def compare(self, candidate: Heads) -> Comparison:
        """The candidate against both, by the rules of ``gate``."""
        new = self._figures(candidate)
        rows = [row for key, figures in new.items() for row in _rows(*key, self._live[key], figures)]
        fallen = [
            phrase
            for before in (self._live, self._shipped)
            for phrase in [*_tasks_fallen(before, new), *_unproven(before, new), *_classes_fallen(before, new)]
        ]
        return Comparison(rows, [*dict.fromkeys(fallen)])

    def _figures(self, heads: Heads) -> Figures:
        found: Figures = {}
        for corpus, part, weights in self._parts:
            outputs = heads.apply(part.features)
            for task, measured in tasks_measured(part.targets, outputs, heads.thresholds):
                if task in PRIMARY:
                    drawn, at = weights[:, measured.rows], measured.rows
                    columns = [measured.metrics[PRIMARY[task]](drawn)[:, None]]
                    if task in TASKS and TASKS[task].kind != "score":
                        each = class_f1(TASKS[task], part.targets[at], outputs[at], heads.thresholds)
                        columns.append(each(drawn))
                    found[corpus, task] = np.hstack(columns)
        return found


def _weights(rows: int, resamples: int) -> np.ndarray:
    """All rows once, then resamples: (1 + resamples, rows)."""
    return np.vstack([np.ones(rows), metrics.resample_weights(rows, resamples)])


def _rows(corpus: str, task: str, old: np.ndarray, new: np.ndarray) -> list[dict[str, Any]]:
    """The primary metric's row, then one for each class, with 95 % intervals of the paired bootstrap."""
    low, high = np.percentile((new - old)[1:], [2.5, 97.5], axis=0)
    names: list[dict[str, str]] = [{"metric": PRIMARY[task]}]
    if new.shape[1] > 1:
        names += [{"metric": "f1", "class": name} for name in TASKS[task].classes]
    return [row(corpus, task, name, old[0, n], new[0, n], low[n], high[n]) for n, name in enumerate(names)]


def row(
    corpus: str, task: str, names: Mapping[str, str], live: float, candidate: float, low: float, high: float
) -> dict[str, Any]:
    """``low`` and ``high``: 95 % interval of candidate minus live."""
    figures = {"live": live, "candidate": candidate, "low": low, "high": high}
    return {"corpus": corpus, "task": task, **names, **{key: round(float(v), 4) for key, v in figures.items()}}


def _tasks_fallen(old: Figures, new: Figures) -> Iterator[str]:
    for (corpus, task), figures in old.items():
        was, now = figures[0, 0], new[corpus, task][0, 0]
        if now - was < -TOLERANCE:
            yield N_(
                "{task} on {corpus} would fall from {was:.1f} to {now:.1f}",
                task=task, corpus=corpus, was=100 * float(was), now=100 * float(now),
            )  # fmt: skip


def _unproven(old: Figures, new: Figures) -> Iterator[str]:
    """Heads whose mean over corpora and figures may fall too far for all that the rows can tell."""
    heads = dict.fromkeys(SOURCE.get(task, task) for _, task in new)
    for head in heads:
        changes = [figures - old[key] for key, figures in new.items() if SOURCE.get(key[1], key[1]) == head]
        lowest = np.quantile(np.mean([change[1:, 0] for change in changes], 0), LEVEL)
        if lowest < -TOLERANCE:
            yield N_("{head} may fall by {points:.1f} points", head=head, points=-100 * float(lowest))


def _classes_fallen(old: Figures, new: Figures) -> Iterator[str]:
    classes = sum(figures.shape[1] - 1 for figures in new.values())
    for (corpus, task), figures in new.items():
        before = old[corpus, task]
        highest = np.quantile((figures - before)[1:], 1 - LEVEL / max(classes, 1), axis=0)
        for n in np.flatnonzero(highest[1:] < -TOLERANCE):
            was, now = 100 * float(before[0, 1 + n]), 100 * float(figures[0, 1 + n])
            yield N_(
                "{name} in {task} on {corpus} would fall from {was:.1f} to {now:.1f}",
                name=N_(TASKS[task].classes[n]), task=task, corpus=corpus, was=was, now=now,
            )  # fmt: skip
