"""How far annotators agree: Krippendorff's alpha for each task, by pair and over time, with 95 % intervals.

Alpha is NLTK's (``AnnotationTask``): by equality for polarity, by MASI (Passonneau 2006) for sets of emotions, by squared
distance for scores. Its intervals come from the same formula on arrays, over texts that are drawn again.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from db.engine import Database
from db.records import Correction
from emodemo import overlap
from emodemo.overlap import Shared
from emodemo.translation import N_
from model.labels import SCORES

FEWEST = 10  # shared texts that make a figure
DRAWS = 1_000
ALL = N_("everybody")
TASKS = (N_("emotions"), N_("polarity"), *SCORES)

Rating = tuple[int, int, Hashable]
"""Person, text, what they said."""
Distance = Callable[[Any, Any], float]


@dataclass(frozen=True, slots=True)
class Measured:
    """Alpha of one task and group with its interval, None where too few texts tell; ``texts``: shared ones."""

    task: str
    who: str
    week: str  # its Monday, empty for all time
    texts: int
    alpha: float | None = None
    low: float | None = None
    high: float | None = None


def measure(database: Database) -> list[Measured]:
    """Of everybody, of each pair, and of each week, by the day of a text's last answer."""
    texts = overlap.shared(database)
    groups = [(ALL, "", texts), *_by_pair(texts), *_by_week(texts)]
    return [_measured(task, *group) for task in TASKS for group in groups]


def few(rows: Sequence[Measured]) -> str:
    """What to say in place of figures where there are none, empty where there are."""
    if any(row.alpha is not None for row in rows):
        return ""
    most = max((row.texts for row in rows), default=0)
    return N_(
        "Texts judged by two people so far: {n}; agreement is told from {fewest} on. Set `EMODEMO_OVERLAP` to a share of "
        "the pool that two people are asked.",
        n=most,
        fewest=FEWEST,
    )


def alpha(ratings: Sequence[Rating], distance: Distance) -> tuple[float, float, float]:
    """Krippendorff's alpha with its 95 % interval, of at least one text with two ratings. Where all say the same it is 1."""
    from nltk.metrics.agreement import AnnotationTask  # takes two seconds and 100 MB: only where it is asked for

    value = float(AnnotationTask(data=ratings, distance=distance).alpha())
    counts, apart = tables(ratings, distance)
    drawn = np.random.default_rng(0).multinomial(len(counts), np.full(len(counts), 1 / len(counts)), DRAWS)
    spread = figure(counts, apart, drawn)
    low, high = np.nanquantile(spread, (0.025, 0.975)) if np.isfinite(spread).any() else (value, value)
    return value, float(low), float(high)


def tables(ratings: Sequence[Rating], distance: Distance) -> tuple[np.ndarray, np.ndarray]:
    """How many gave each answer to each text (texts, answers), and how far answers are apart (answers, answers)."""
    texts, answers = ({key: n for n, key in enumerate(dict.fromkeys(r[part] for r in ratings))} for part in (1, 2))
    counts = np.zeros((len(texts), len(answers)))
    for _, text, said in ratings:
        counts[texts[text], answers[said]] += 1
    return counts, np.array([[distance(one, other) for other in answers] for one in answers], float)


def figure(counts: np.ndarray, apart: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """Alpha (draws,) where each text counts as often as it was drawn (draws, texts), NaN where one answer is left.

    Krippendorff 2011, "Computing Krippendorff's alpha-reliability": 1 − observed / expected disagreement. Texts with one
    rating count for nothing.
    """
    counts = np.where(counts.sum(1, keepdims=True) > 1, counts, 0)
    sizes = counts.sum(1)
    within = (counts @ apart * counts).sum(1) / np.maximum(sizes - 1, 1)
    pooled, total = drawn @ counts, drawn @ sizes
    expected = (pooled @ apart * pooled).sum(1) / np.maximum(total - 1, 1)
    return 1 - np.divide(drawn @ within, expected, out=np.full(len(drawn), np.nan), where=expected > 0)


def _measured(task: str, who: str, week: str, texts: Sequence[Shared]) -> Measured:
    said = [(text.text_id, c.annotator_id, answer) for text in texts for c in text.said if (answer := _said(task, c))]
    judged = Counter(text_id for text_id, *_ in said)
    ratings = [(person, text_id, answer) for text_id, person, answer in said if judged[text_id] > 1]
    count = len({text_id for _, text_id, _ in ratings})
    if count < FEWEST:
        return Measured(task, who, week, count)
    return Measured(task, who, week, count, *(round(figure, 4) for figure in alpha(ratings, _distance(task))))


def _said(task: str, correction: Correction) -> Hashable:
    """What a correction says of a task, None where nothing."""
    if task == "emotions":
        return overlap.emotions(correction) or None
    return correction.verdict.polarity if task == "polarity" else correction.verdict.scores.get(task)


def _distance(task: str) -> Distance:
    from nltk.metrics.distance import binary_distance, interval_distance, masi_distance

    return {"emotions": masi_distance, "polarity": binary_distance}.get(task, interval_distance)


def _by_pair(texts: Sequence[Shared]) -> list[tuple[str, str, list[Shared]]]:
    people = sorted(overlap.names(texts).items(), key=lambda person: person[1])
    found = [(f"{first}, {second}", "", _between(texts, {a, b})) for (a, first), (b, second) in combinations(people, 2)]
    return [group for group in found if len(people) > 2 and group[2]]


def _between(texts: Sequence[Shared], people: set[int]) -> list[Shared]:
    """The texts that all of them judged, with their answers alone."""
    kept = [Shared(t.text_id, tuple(c for c in t.said if c.annotator_id in people)) for t in texts]
    return [text for text in kept if len(text.said) == len(people)]


def _by_week(texts: Sequence[Shared]) -> list[tuple[str, str, list[Shared]]]:
    weeks: dict[str, list[Shared]] = {}
    for text in texts:
        day = max(correction.created_at for correction in text.said).date()
        weeks.setdefault(str(np.busday_offset(day, 0, "backward", weekmask="Mon")), []).append(text)
    return [(ALL, week, weeks[week]) for week in sorted(weeks)] if len(weeks) > 1 else []
