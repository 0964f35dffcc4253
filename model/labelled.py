"""Labelled texts as frozen features: what heads are fitted to, replay set and hold-out among it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from safetensors import safe_open
from safetensors.numpy import load_file, save_file


@dataclass(frozen=True, slots=True)
class LabelledFeatures:
    """features (rows, width) float32, targets (rows, WIDTH) with NaN for unknown, corpus (rows,) names. No text."""

    features: np.ndarray
    targets: np.ndarray
    corpus: np.ndarray

    def by_corpus(self) -> Iterator[tuple[str, Self]]:
        """The rows of each corpus, by name."""
        for corpus in sorted(set(self.corpus.tolist())):
            rows = self.corpus == corpus
            yield corpus, type(self)(self.features[rows], self.targets[rows], self.corpus[rows])

    def save(self, path: Path) -> None:
        """Features as float16, targets as float16."""
        names = sorted(set(self.corpus.tolist()))
        index = np.array([names.index(c) for c in self.corpus], np.uint8)
        tensors: dict[str, np.ndarray] = {
            "features": self.features.astype(np.float16),
            "targets": self.targets.astype(np.float16),
            "corpus": index,
        }
        save_file(tensors, path, {"corpora": ",".join(names)})

    @classmethod
    def load(cls, path: Path) -> Self:
        tensors = load_file(path)
        with safe_open(path, "numpy") as file:
            names = np.array(file.metadata()["corpora"].split(","))
        return cls(
            tensors["features"].astype(np.float32), tensors["targets"].astype(np.float32), names[tensors["corpus"]]
        )
