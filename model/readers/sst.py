"""Stanford Sentiment Treebank (Socher et al. 2013): bracketed trees, every phrase from 0 to 4.

Files: ``train.txt``, ``dev.txt``, ``test.txt``.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from model.labels import one_hot
from model.readers.base import CorpusError, Example, open_text

_TOKEN = re.compile(r"\(|\)|[^\s()]+")
TASK_LABELS = ("0", "1", "2", "3", "4")
_BRACKETS = {"-LRB-": "(", "-RRB-": ")", "``": '"', "''": '"'}
_NO_SPACE_BEFORE = re.compile(r" (?=(?:[.,;:!?%)]|n't\b|'(?:s|re|ve|ll|d|m)?(?=\s|$)))|(?<=[($]) ", re.IGNORECASE)


def read(folder: Path, split: str) -> list[Example]:
    """Whole sentences of a split (the trees' roots). Raises CorpusError."""
    return [phrases[0] for phrases in _trees(folder, split)]


def read_phrases(folder: Path, split: str) -> list[Example]:
    """Every distinct phrase with its first label, roots among them. Raises CorpusError."""
    distinct: dict[str, Example] = {}
    for phrases in _trees(folder, split):
        for phrase in phrases:
            distinct.setdefault(phrase.text, phrase)
    return list(distinct.values())


def _trees(folder: Path, split: str) -> Iterator[list[Example]]:
    path = folder / f"{split}.txt"
    for line, tree in enumerate(open_text(path).splitlines(), 1):
        if tree.strip():
            yield [
                Example("sst", split, f"{line}.{n}", detokenise(words), _targets(label))
                for n, (label, words) in enumerate(_phrases(path, line, tree))
            ]


def _targets(label: str) -> dict:
    return {"sst5": one_hot("sst5", label), "review": int(label) / 4}


def _phrases(path: Path, line: int, tree: str) -> list[tuple[str, list[str]]]:
    """Label and words of every node, in the order their brackets open: the root first."""
    nodes: list[tuple[str, list[str]]] = []
    open_nodes: list[list[str]] = []
    expect_label = False
    for token in _TOKEN.findall(tree):
        if token == "(":
            expect_label = True
        elif expect_label:
            if token not in TASK_LABELS:
                raise CorpusError(path, line, f"a label from 0 to 4 after '(', found {token!r}")
            open_nodes.append([])
            nodes.append((token, open_nodes[-1]))
            expect_label = False
        elif token == ")":
            if not open_nodes:
                raise CorpusError(path, line, "a '(' for every ')'")
            words = open_nodes.pop()
            if open_nodes:
                open_nodes[-1].extend(words)
        elif open_nodes:
            open_nodes[-1].append(token)
        else:
            raise CorpusError(path, line, f"one bracketed tree, found {token!r} outside it")
    if open_nodes or not nodes:
        raise CorpusError(path, line, "a ')' for every '('")
    return nodes





def detokenise(words: list[str]) -> str:
    """Treebank tokens as running text, so that the encoder sees what people type."""
    text = " ".join(_BRACKETS.get(word, word.replace("\\/", "/").replace("\\*", "*")) for word in words)
    return _NO_SPACE_BEFORE.sub("", text)
