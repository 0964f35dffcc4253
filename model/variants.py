"""More texts for a teacher to answer: those of a corpus with words swapped, stretches cut out and ends exchanged.

Its own training texts a teacher knows by heart; a student learns from how it reads others (Tang et al. 2019, "Distilling
task-specific knowledge from BERT"; Jiao et al. 2020, "TinyBERT", whose words are swapped likewise).
"""

import re
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from model.tokens import TextTokenizer

SIMILAR = 12  # words that may stand in for one
SWAPPED = 0.4  # of a text's words, at most
SHORTEST = 4  # words that are left of a text, where it has more
BLOCK = 1024  # words compared at once

_WORD = re.compile(r"[A-Za-z]+")


class Variants:
    """Makes texts like given ones; words are similar where an encoder's own embeddings are."""

    def __init__(self, tokenizer: TextTokenizer, embeddings: Tensor) -> None:
        """embeddings (vocabulary, width): the table that ``tokenizer``'s ids point into."""
        known = tokenizer.tokenizer.get_vocab()
        self.words = sorted(word for word in known if word.isascii() and word.isalpha() and len(word) > 1)
        rows = torch.nn.functional.normalize(embeddings[[known[word] for word in self.words]].float(), dim=1)
        self.place = {word: n for n, word in enumerate(self.words)}
        self.similar = _nearest(rows)

    def of(self, texts: Sequence[str], times: int, rng: np.random.Generator) -> list[str]:
        """``times`` variants of each text, in the order of the texts; a half only have words swapped."""
        return [self._variant(text, texts, rng) for text in texts for _ in range(times)]

    def _variant(self, text: str, others: Sequence[str], rng: np.random.Generator) -> str:
        words = text.split()
        shape = rng.random()
        if shape < 0.25:
            words = _cut(words, rng)
        elif shape < 0.5:
            words = _joined(words, others[int(rng.integers(len(others)))].split(), rng)
        rate = rng.uniform(0, SWAPPED)
        return " ".join(self._swapped(word, rng) if rng.random() < rate else word for word in words)

    def _swapped(self, word: str, rng: np.random.Generator) -> str:
        found = _WORD.search(word)
        place = self.place.get(found.group().lower()) if found else None
        if found is None or place is None:
            return word
        other = self.words[self.similar[place, rng.integers(SIMILAR)]]
        return (
            word[: found.start()] + (other.capitalize() if found.group()[0].isupper() else other) + word[found.end() :]
        )


def _cut(words: list[str], rng: np.random.Generator) -> list[str]:
    """A stretch of the words."""
    length = int(rng.integers(min(SHORTEST, len(words)), len(words) + 1))
    start = int(rng.integers(len(words) - length + 1))
    return words[start : start + length]


def _joined(words: list[str], others: list[str], rng: np.random.Generator) -> list[str]:
    """How one text begins and how another ends."""
    return words[: rng.integers(1, len(words) + 1)] + others[rng.integers(len(others)) :]


def _nearest(rows: Tensor) -> np.ndarray:
    """rows (words, width), of length 1 → places of the SIMILAR nearest others (words, SIMILAR)."""
    found = []
    for start in range(0, len(rows), BLOCK):
        likeness = rows[start : start + BLOCK] @ rows.T
        likeness.diagonal(start).fill_(-1)
        found.append(likeness.topk(SIMILAR).indices)
    return torch.cat(found).numpy()
