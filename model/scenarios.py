"""What a simulation learns: a corpus's texts to label and to measure on, and the heads that it starts from."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from model import readers
from model.basis import Basis
from model.heads import Heads, Thresholds
from model.labelled import LabelledFeatures
from model.labels import EMOTIONS, FINE_LABELS, TASKS, target_row
from model.readers import Example
from model.simulation import Scenario, learn

COMPONENTS = (
    64  # of the features where nothing is known before: dev scores are those of all 768, fits ten times as fast
)
SHIFT_COMPONENTS = 128  # where other corpora are learnt first
HELD_OUT = 0.3  # share measured on of a corpus that has no such split
NAMED_FROM = 0.3  # probability from which on a fine label stands: after few labels the rare ones seldom pass one half

Features = Callable[[str, Sequence[str]], np.ndarray]
"""A corpus's name and its texts → features (texts, width)."""


@dataclass(frozen=True, slots=True)
class Source:
    """Corpora under ``data`` as frozen features: at most ``rows`` to label and half as many to measure on, drawn by a
    fixed seed; ``split`` is what is measured on, of a corpus without it a random part, another for each seed.
    """

    data: Path
    features: Features
    rows: int = 4000
    split: str = "test"

    def from_nothing(self, corpus: str, seed: int) -> Scenario:
        """Heads that know nothing learn the corpus. Raises CorpusError."""
        pool, measured = self._parts(corpus, seed)
        basis = Basis.of(pool.features, COMPONENTS)
        return Scenario(corpus, _within(basis, pool), _within(basis, measured), _blank(basis))

    def from_shipped(self, corpus: str, seed: int, heads: Heads) -> Scenario:
        """The shipped heads learn the corpus, whose train split they were trained on already. Raises CorpusError."""
        pool, measured = self._parts(corpus, seed)
        basis = Basis.of(pool.features)
        return Scenario(f"{corpus} (shipped)", _within(basis, pool), _within(basis, measured), basis.heads(heads))

    def from_others(self, corpus: str, seed: int) -> Scenario:
        """Heads fitted to every other corpus that shares a task learn this one: a shift of domain. Raises CorpusError."""
        pool, measured = self._parts(corpus, seed)
        others = self._others(corpus, pool)
        basis = Basis.of(np.vstack([pool.features, others.features]), SHIFT_COMPONENTS)
        start = learn(_blank(basis), _within(basis, others))
        return Scenario(f"{corpus} (others first)", _within(basis, pool), _within(basis, measured), start)

    def _parts(self, corpus: str, seed: int) -> tuple[LabelledFeatures, LabelledFeatures]:
        train = _training(self.data, corpus)
        measured = [] if corpus in readers.WITHOUT_SPLITS else readers.read(self.data, corpus, self.split)
        if not measured:
            train, measured = _divided(train, seed)
        return self._labelled(_sample(train, self.rows)), self._labelled(_sample(measured, self.rows // 2))

    def _others(self, corpus: str, pool: LabelledFeatures) -> LabelledFeatures:
        """Training rows of the other corpora, of the tasks that the pool has, without what the corpus shares with them."""
        own = [e for split in readers.SPLITS for e in readers.read(self.data, corpus, split)]
        shared = ({e.text for e in own} | {e.origin for e in own}) - {""}
        tasks = {name for name, task in TASKS.items() if not np.isnan(pool.targets[:, task.columns]).all()}
        found: list[Example] = []
        for other in readers.present(self.data):
            if other != corpus:
                rows = [e for e in _training(self.data, other) if not {e.text, e.origin} & shared]
                found += _sample([e for e in rows if tasks & e.targets.keys()], self.rows)
        if not found:
            raise readers.CorpusError(self.data, None, f"another corpus with a task of {corpus}")
        return self._labelled([replace(e, targets={t: e.targets[t] for t in tasks & e.targets.keys()}) for e in found])

    def _labelled(self, examples: Sequence[Example]) -> LabelledFeatures:
        names = [*dict.fromkeys(example.corpus for example in examples)]
        by_corpus = {name: [e for e in examples if e.corpus == name] for name in names}
        return LabelledFeatures(
            np.vstack([self.features(name, [e.text for e in part]) for name, part in by_corpus.items()]),
            np.stack([target_row(e.targets) for part in by_corpus.values() for e in part]),
            np.array([e.corpus for part in by_corpus.values() for e in part]),
        )


@lru_cache(maxsize=16)  # every seed asks again
def _training(data: Path, corpus: str) -> Sequence[Example]:
    if corpus in readers.WITHOUT_SPLITS:
        return readers.read(data, corpus, "test")
    return readers.read_training(data, corpus, _tested(data))


@lru_cache(maxsize=1)
def _tested(data: Path) -> frozenset[str]:
    return frozenset(readers.tested_origins(data))


def _divided(examples: Sequence[Example], seed: int) -> tuple[list[Example], list[Example]]:
    order = np.random.default_rng(seed).permutation(len(examples))
    first = round(HELD_OUT * len(order))
    return [examples[n] for n in order[first:]], [examples[n] for n in order[:first]]


def _sample(examples: Sequence[Example], most: int) -> list[Example]:
    worded = [example for example in examples if example.text.strip()]
    if len(worded) <= most:
        return worded
    return [worded[n] for n in sorted(np.random.default_rng(0).choice(len(worded), most, replace=False))]


def _within(basis: Basis, rows: LabelledFeatures) -> LabelledFeatures:
    return replace(rows, features=basis.features(rows.features))


def _blank(basis: Basis) -> Heads:
    thresholds = (np.full(len(names), NAMED_FROM, np.float32) for names in (FINE_LABELS, EMOTIONS))
    return replace(Heads.zeros(basis.directions.shape[1]), thresholds=Thresholds(*thresholds))
