"""What several people said of the same text: how far they agree, and which emotions they take for each other."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from db import corrections
from db.engine import Database
from db.records import Correction
from model.labels import EMOTIONS, FINE_TO_EMOTION

MOST = 5_000  # shared texts that are looked at


@dataclass(frozen=True, slots=True)
class Shared:
    """A text that more than one person judged, with their corrections, the oldest first."""

    text_id: int
    said: tuple[Correction, ...]


def shared(database: Database, *, most: int = MOST) -> list[Shared]:
    """The newest of them, by text id. Visitors' proposals do not count."""
    with database.read() as session:
        found = corrections.overlapping(session, limit=most)
    by_text: dict[int, list[Correction]] = defaultdict(list)
    for correction in found:
        by_text[correction.text_id].append(correction)
    return [Shared(text_id, tuple(said)) for text_id, said in by_text.items()]


def emotions(correction: Correction) -> frozenset[str]:
    """The emotions that were named; finer labels count as theirs."""
    return frozenset(FINE_TO_EMOTION[label] for label in correction.verdict.labels or () if label in FINE_TO_EMOTION)


def confused(texts: Sequence[Shared]) -> Counter[tuple[str, str]]:
    """How often one person named the first emotion and not the second while another did the reverse."""
    return Counter(pair for text in texts for pair in pairs(text))


def pairs(text: Shared) -> Iterator[tuple[str, str]]:
    """The emotions that any two people took for each other in this text, each pair in the order of EMOTIONS, once."""
    named = [emotions(correction) for correction in text.said]
    found = {
        tuple(sorted((first, second), key=EMOTIONS.index))
        for one, other in combinations(filter(None, named), 2)
        for first in one - other
        for second in other - one
    }
    yield from sorted(found)  # type: ignore[misc]


def names(texts: Sequence[Shared]) -> Mapping[int, str]:
    """Who took part, by id."""
    return {correction.annotator_id: correction.annotator for text in texts for correction in text.said}
