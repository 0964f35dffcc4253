"""How far each annotator can be relied on, from texts that several judged; shares of people weighted by it.

One coin for each person (Dawid and Skene 1979, "Maximum likelihood estimation of observer error-rates using the EM
algorithm", with one error rate in place of a confusion matrix: a few dozen shared texts can tell no more). What a
reviewer decided is known, and need not be estimated; where the disagreement stays, nobody was wrong.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from db import corrections
from db.engine import Database
from db.records import AcceptedLabel, Correction
from model.labels import EMOTIONS, FINE_TO_EMOTION, POLARITIES, without_added

OVERLAP = 10  # answers beside others' from which on a person's weight is known
ROUNDS = 20
START, LEAST = 0.8, 0.05  # share of answers that are right at first; weight that everybody keeps
PRIOR = 4.0  # answers' worth of START, so that nobody is taken for perfect

Votes = dict[int, dict[str, float]]
"""By annotator the answer to one question, shares that sum to 1."""


def weigh(database: Database, accepted: Sequence[AcceptedLabel]) -> list[AcceptedLabel]:
    """The labels with every person's word as heavy as it is reliable. Where nobody overlaps they stay as they are, and
    so does what a reviewer decided.
    """
    shared = [label for label in accepted if len(label.corrections) > 1 and label.decided != "keep"]
    if not shared:
        return [*accepted]
    with database.read() as session:
        found = corrections.of(session, ids=[number for label in shared for number in label.corrections])
    decided = {key: truth for label in shared if label.decided for key, truth in truths(label).items()}
    asked = questions(found)
    weights = reliability([*asked.values()], [decided.get(key) for key in asked])
    by_text: dict[int, list[Correction]] = defaultdict(list)
    for correction in found:
        by_text[correction.text_id].append(correction)
    return [label if label.decided else _weighed(label, by_text.get(label.text_id, []), weights) for label in accepted]


def questions(found: Sequence[Correction]) -> dict[tuple[int, str], Votes]:
    """Who answered what, by text and part; fine labels count as their emotions."""
    asked: dict[tuple[int, str], Votes] = defaultdict(dict)
    for correction in found:
        verdict, person = correction.verdict, correction.annotator_id
        if named := without_added(verdict.labels):
            asked[correction.text_id, "labels"][person] = _emotions(dict.fromkeys(named, 1 / len(named)))
        if verdict.polarity:
            asked[correction.text_id, "polarity"][person] = {p: float(p == verdict.polarity) for p in POLARITIES}
    return asked


def _emotions(labels: Mapping[str, float]) -> dict[str, float]:
    """Shares of the seven emotions, of shares of labels."""
    shares = dict.fromkeys(EMOTIONS, 0.0)
    for label, share in labels.items():
        shares[FINE_TO_EMOTION[label]] += share
    return shares


def truths(label: AcceptedLabel) -> dict[tuple[int, str], dict[str, float]]:
    """What a reviewer decided, by text and part."""
    emotions = _emotions(label.labels) if label.labels else None
    polarity = dict.fromkeys(POLARITIES, 0.0) | label.polarity if label.polarity else None
    named = {"labels": emotions, "polarity": polarity}
    return {(label.text_id, part): truth for part, truth in named.items() if truth}


def reliability(
    asked: Sequence[Votes], decided: Sequence[Mapping[str, float] | None] | None = None
) -> dict[int, float]:
    """Weights from LEAST to 1: how far above chance (one of so many answers) a person is right, as EM finds it where people
    overlap.

    ``decided``: for each question the answer that a reviewer settled on, None where none did. People with fewer than
    OVERLAP answers beside others' are left out.
    """
    known = decided or [None] * len(asked)
    shared = [(votes, truth) for votes, truth in zip(asked, known, strict=True) if len(votes) > 1]
    counts: dict[int, int] = defaultdict(int)
    chances: dict[int, float] = defaultdict(float)
    for votes, _ in shared:
        for person, shares in votes.items():
            counts[person] += 1
            chances[person] += 1 / len(shares)
    right = dict.fromkeys(counts, START)
    for _ in range(ROUNDS):
        hits = dict.fromkeys(counts, PRIOR * START)
        for votes, settled in shared:
            truth = settled or _posterior(votes, right)
            for person, shares in votes.items():
                hits[person] += sum(truth[name] * share for name, share in shares.items())
        right = {person: hits[person] / (counts[person] + PRIOR) for person in counts}
    chance = {p: chances[p] / count for p, count in counts.items()}
    return {p: max(LEAST, (right[p] - chance[p]) / (1 - chance[p])) for p in counts if counts[p] >= OVERLAP}


def _posterior(votes: Votes, right: Mapping[int, float]) -> dict[str, float]:
    """Probability of each answer, given who chose it and how often each is right."""
    names = [*next(iter(votes.values()))]
    odds = dict.fromkeys(names, 1.0)
    for person, shares in votes.items():
        wrong = (1 - right[person]) / (len(names) - 1)
        for name in names:
            odds[name] *= wrong + shares[name] * (right[person] - wrong)
    total = sum(odds.values()) or 1.0
    return {name: value / total for name, value in odds.items()}


def _weighed(label: AcceptedLabel, found: Sequence[Correction], weights: Mapping[int, float]) -> AcceptedLabel:
    """Whoever's weight is unknown counts as the mean of those who are known."""
    if not any(correction.annotator_id in weights for correction in found):
        return label
    mean = sum(weights.values()) / len(weights)
    heavy = [(correction.verdict, weights.get(correction.annotator_id, mean)) for correction in found]
    named = [(names, weight) for verdict, weight in heavy if (names := without_added(verdict.labels))]
    chosen = [((verdict.polarity,), weight) for verdict, weight in heavy if verdict.polarity]
    judges = [(verdict.labels, weight) for verdict, weight in heavy if verdict.labels]
    total = sum(weight for _, weight in judges)
    added = {name: sum(weight for names, weight in judges if name in names) / total for name in label.added}
    return replace(label, labels=_shares(named), polarity=_shares(chosen), added=added)


def _shares(choices: Sequence[tuple[Sequence[str], float]]) -> dict[str, float] | None:
    total: dict[str, float] = defaultdict(float)
    for names, weight in choices:
        for name in names:
            total[name] += weight / len(names)
    whole = sum(total.values())
    return {name: total[name] / whole for name in sorted(total)} or None
