"""Tweets, sentences of product reviews and of editorials, rated from -4 to 4 by twenty people and more each
(Hutto and Gilbert 2014, "VADER"): valence and polarity.

Files: ``{tweets,amazonReviewSnippets,nytEditorialSnippets}_{GroundTruth,anonDataRatings}.txt``. The authors' film
reviews are left out: the treebank's test sentences are among them. There is no official split: documents are drawn by a
hash of their number. What all raters gave is a soft target of polarity in ``train``; in ``dev`` and ``test`` a text has
the polarity that AGREED of them name, and none where fewer do.
"""

import html
import json
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from model.labels import POLARITIES, one_hot
from model.readers.base import CorpusError, Example, number, text_lines

SOURCES = ("tweets", "amazonReviewSnippets", "nytEditorialSnippets")
PER_RATING = 0.4  # of valence, whose far ends in EmoBank are then those of the ratings
NEUTRAL = 3.0
AGREED = 0.6  # share of raters
SPLIT = ("train",) * 8 + ("dev", "test")


def read(folder: Path, split: str) -> list[Example]:
    """Texts of a split. Raises CorpusError."""
    return [example for source in SOURCES for example in _source(folder, source) if example.split == split]


def _source(folder: Path, source: str) -> Iterator[Example]:
    path = folder / f"{source}_GroundTruth.txt"
    ratings = _ratings(folder / f"{source}_anonDataRatings.txt")
    for line, (name, mean, text) in _cells(path, 3):
        if name not in ratings:
            raise CorpusError(path, line, "a text whose ratings are known, found {name!r}", name=name)
        split = SPLIT[zlib.crc32(f"{source} {name.split('_')[0]}".encode()) % len(SPLIT)]
        targets: dict[str, np.ndarray | float] = {
            "valence": NEUTRAL + PER_RATING * number(path, line, "mean", mean, -4, 4)
        }
        shares = ratings[name]
        if split == "train":
            targets["sentiment3"] = shares
        elif shares.max() >= AGREED:
            targets["sentiment3"] = one_hot("sentiment3", POLARITIES[int(shares.argmax())])
        yield Example("vader", split, f"{source}-{name}", html.unescape(html.unescape(text)), targets)


def _ratings(path: Path) -> dict[str, np.ndarray]:
    """The shares of raters that found each text negative, neutral, positive, by the text's name."""
    shares = {}
    for line, (name, _, _, cell) in _cells(path, 4):
        try:
            signs = np.sign(json.loads(cell))
        except (ValueError, TypeError):
            raise CorpusError(path, line, "a list of ratings, found {cell!r}", cell=cell) from None
        shares[name] = np.array([(signs == sign).mean() for sign in (-1, 0, 1)], np.float32)
    return shares


def _cells(path: Path, columns: int) -> Iterator[tuple[int, list[str]]]:
    """Lines' cells between tabs. Raises CorpusError where there are not so many."""
    for line, content in text_lines(path):
        cells = content.split("\t")
        if len(cells) != columns:
            raise CorpusError(path, line, "{wanted} columns, found {found}", wanted=columns, found=len(cells))
        yield line, cells
