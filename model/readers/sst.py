"""Stanford Sentiment Treebank (Socher et al. 2013): bracketed trees, every phrase from 0 to 4.

Files: ``train.txt``, ``dev.txt``, ``test.txt``, one tree a line. Some copies in circulation have the dev trees
appended to ``train.txt``: the official one has 8,544 lines.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from model.labels import one_hot
from model.readers.base import CorpusError, Example, text_lines

POLARITY = {"0": "negative", "1": "negative", "2": "neutral", "3": "positive", "4": "positive"}
_TOKEN = re.compile(r"\([^\s()]*|\)|[^\s()]+")
_BRACKETS = {"-LRB-": "(", "-RRB-": ")", "``": '"', "''": '"'}
_NO_SPACE_BEFORE = re.compile(r" (?=(?:[.,;:!?%)]|n't\b|'(?:s|re|ve|ll|d|m)?(?=\s|$)))|(?<=[($]) ", re.IGNORECASE)


Node = tuple[str, list[str]]


def read(folder: Path, split: str) -> list[Example]:
    """Whole sentences of a split (the trees' roots). Raises CorpusError."""
    return [_example(split, f"{line}.0", nodes[0]) for line, nodes in _trees(folder / f"{split}.txt")]


def read_phrases(folder: Path, split: str) -> list[Example]:
    """Every distinct phrase with its first label, roots among them. Raises CorpusError."""
    distinct: dict[str, Example] = {}
    for line, nodes in _trees(folder / f"{split}.txt"):
        for n, node in enumerate(nodes):
            phrase = _example(split, f"{line}.{n}", node)
            distinct.setdefault(phrase.text, phrase)
    return list(distinct.values())


def _example(split: str, name: str, node: Node) -> Example:
    """The class, the score that it stands for, and its polarity."""
    label, words = node
    targets: dict[str, np.ndarray | float] = {
        "sst5": one_hot("sst5", label),
        "review": int(label) / 4,
        "sentiment3": one_hot("sentiment3", POLARITY[label]),
    }
    return Example("sst", split, name, detokenise(words), targets)


def _trees(path: Path) -> Iterator[tuple[int, list[Node]]]:
    for line, tree in text_lines(path):
        yield line, _nodes(path, line, tree)


def _nodes(path: Path, line: int, tree: str) -> list[Node]:
    """Label and words of every node, in the order their brackets open: the root first."""
    nodes: list[Node] = []
    open_words: list[list[str]] = []
    for token in _TOKEN.findall(tree):
        if nodes and not open_words:
            raise CorpusError(path, line, f"one bracketed tree, found {token!r} after its end")
        if token.startswith("("):
            if token[1:] not in POLARITY:
                raise CorpusError(path, line, f"a label from 0 to 4 after '(', found {token[1:]!r}")
            open_words.append([])
            nodes.append((token[1:], open_words[-1]))
        elif not open_words:
            raise CorpusError(path, line, f"a bracketed tree, found {token!r}")
        elif token == ")":
            words = open_words.pop()
            if open_words:
                open_words[-1].extend(words)
        else:
            open_words[-1].append(token)
    if open_words:
        raise CorpusError(path, line, "a ')' for every '('")
    return nodes


def detokenise(words: list[str]) -> str:
    """Treebank tokens as running text, so that the encoder sees what people type."""
    text = " ".join(_BRACKETS.get(word, word.replace("\\/", "/").replace("\\*", "*")) for word in words)
    return _NO_SPACE_BEFORE.sub("", text)
