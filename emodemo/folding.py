"""Texts that nearly repeat an earlier one of the same import: MinHash and LSH (Broder 1997), then the exact index.

Two texts are as alike as their words and pairs of words are (Jaccard index). Case, spacing and plain punctuation do not
count; what carries feeling, ``!``, ``?`` and emoji, does.
"""

import re
import unicodedata
import zlib
from itertools import pairwise

ALIKE = 0.9  # Jaccard index from which on a text is folded: in 30 words one may differ, in 20 none
CANDIDATE = 0.7  # of the estimate, below ALIKE so that hardly any is missed; the exact index decides
PERMUTATIONS = 64
TOKENS = re.compile(r"\w+|[^\w\s.,;:'\"()\[\]‘’“”…–—-]")
REPEATED = re.compile(r"([!?])\1+")


def tokens(text: str) -> list[str]:
    """Words in lower case and signs of feeling, in order."""
    return TOKENS.findall(REPEATED.sub(r"\1", unicodedata.normalize("NFKC", text).casefold()))


class Folder:
    """Remembers what it was shown; ``into`` names the earlier text that a new one nearly repeats."""

    def __init__(self) -> None:
        from datasketch import MinHash, MinHashLSH  # load SciPy, which the start of the app need not wait for

        self._blank = MinHash(PERMUTATIONS, hashfunc=zlib.crc32)
        self._places = MinHashLSH(threshold=CANDIDATE, num_perm=PERMUTATIONS)
        self._known: list[tuple[str, frozenset[str]]] = []
        self._same: dict[tuple[str, ...], int] = {}

    def into(self, text: str) -> str | None:
        """The first text shown that this one nearly repeats. None where there is none, and the text is remembered."""
        words = tuple(tokens(text))
        if (same := self._same.get(words)) is not None:
            return self._known[same][0]
        pieces = frozenset(words) | frozenset(map(" ".join, pairwise(words)))
        sketch = self._blank.copy()
        sketch.update_batch([piece.encode() for piece in pieces])
        for n in sorted(self._places.query(sketch)):
            known, others = self._known[n]
            if len(pieces & others) >= ALIKE * len(pieces | others):
                return known
        self._same[words] = len(self._known)
        self._places.insert(len(self._known), sketch)
        self._known.append((text, pieces))
        return None
