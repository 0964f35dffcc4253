"""Labelled texts as frozen features: what heads are fitted to, replay set and hold-out among it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from model.context import neighbours


@dataclass(frozen=True, slots=True)
class LabelledFeatures:
    """features (rows, width) float32, targets (rows, WIDTH) with NaN for unknown, corpus (rows,) names. No text.

    ``said`` (sentences, width) and ``earlier`` (rows, FARTHEST): what was said before each row, as places in ``said``,
    nearest first and -1 where there is nothing; both None where dialogues are not kept.
    """

    features: np.ndarray
    targets: np.ndarray
    corpus: np.ndarray
    said: np.ndarray | None = None
    earlier: np.ndarray | None = None

    def take(self, rows: np.ndarray) -> Self:
        """Some rows, by numbers or a mask."""
        earlier = None if self.earlier is None else self.earlier[rows]
        return type(self)(self.features[rows], self.targets[rows], self.corpus[rows], self.said, earlier)

    def plain(self) -> Self:
        """Without what was said before."""
        return type(self)(self.features, self.targets, self.corpus)

    def views(self) -> np.ndarray | None:
        """``context.neighbours`` of the rows."""
        if self.said is None or self.earlier is None:
            return None
        return neighbours(self.said, [places[places >= 0] for places in self.earlier])

    def by_corpus(self) -> Iterator[tuple[str, Self]]:
        """The rows of each corpus, by name."""
        for corpus in sorted(set(self.corpus.tolist())):
            yield corpus, self.take(self.corpus == corpus)

    def save(self, path: Path) -> None:
        """Features as int8, each row in units of its own, and targets as float16."""
        names = sorted(set(self.corpus.tolist()))
        index = np.array([names.index(c) for c in self.corpus], np.uint8)
        tensors: dict[str, np.ndarray] = {
            **_packed("features", self.features),
            "targets": self.targets.astype(np.float16),
            "corpus": index,
        }
        if self.said is not None and self.earlier is not None:
            tensors |= {**_packed("said", self.said), "earlier": self.earlier}
        save_file(tensors, path, {"corpora": ",".join(names)})

    @classmethod
    def load(cls, path: Path) -> Self:
        tensors = load_file(path)
        with safe_open(path, "numpy") as file:
            names = np.array(file.metadata()["corpora"].split(","))
        said = _unpacked("said", tensors) if "said" in tensors else None
        targets = tensors["targets"].astype(np.float32)
        return cls(_unpacked("features", tensors), targets, names[tensors["corpus"]], said, tensors.get("earlier"))


def _packed(name: str, rows: np.ndarray) -> dict[str, np.ndarray]:
    unit = np.maximum(np.abs(rows).max(1, keepdims=True), 1e-6) / 127
    return {name: np.round(rows / unit).astype(np.int8), f"{name}.unit": unit.astype(np.float32)}


def _unpacked(name: str, tensors: Mapping[str, np.ndarray]) -> np.ndarray:
    return tensors[name] * tensors[f"{name}.unit"]
