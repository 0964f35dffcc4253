"""Annotators whose answers on known texts are no better than chance: their word trains nothing while that holds.

A text is known by what a reviewer decided, or else by what more than half of at least two others say of it. Between
chance, as often as the person's own mix of answers meets the known ones (Cohen 1960), and being right half-way from there
to always, the likelihood ratio decides (Wald 1945): beyond ``ODDS`` to one for chance the person is set aside. It is told
anew from all answers each time, so whoever answers well afterwards comes back.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from math import log
from typing import Any

import numpy as np

from db import corrections, labels
from db.engine import Database
from db.records import AcceptedLabel, Correction
from emodemo.reliability import questions, truths
from emodemo.translation import N_, kept

KNOWN = 20  # answers on known texts before anybody is judged
ODDS = 100.0  # decisive evidence, as Jeffreys (1961) has it
SMALLEST = 0.01  # the chance that is reckoned with at least

Shares = dict[str, float]


@dataclass(frozen=True, slots=True)
class SetAside:
    """``known`` answers of which a share ``right`` is that of the known texts, where ``chance`` would give that share."""

    annotator_id: int
    annotator: str
    known: int
    right: float
    chance: float

    def sentence(self) -> str:
        return N_(
            "{name} is set aside: of {known} answers on known texts {right:.0f} % are right, and {chance:.0f} % would be by "
            "chance. Nothing that {name} says trains the model until that changes.",
            name=self.annotator, known=self.known, right=100 * self.right, chance=100 * self.chance,
        )  # fmt: skip

    def report(self) -> dict[str, Any]:
        """What a release keeps of it."""
        said = self.sentence()
        return {"annotator": self.annotator, "known": self.known, "reason": said, "said": kept(said)}


def without_chance(database: Database, accepted: Sequence[AcceptedLabel]) -> tuple[list[AcceptedLabel], list[SetAside]]:
    """The labels as those make them who are not set aside, and who is. What a reviewer decided stays as it is."""
    found = _answers(database, accepted)
    aside = judge(found, accepted)
    if not aside:
        return [*accepted], []
    with database.read() as session:
        added = labels.added_names(session)
        theirs = {each.annotator_id for each in aside}
        answers = {c.id: c for c in corrections.of(session, ids=[n for label in accepted for n in label.corrections])}
    remade = []
    for label in accepted:
        left = [answers[number] for number in label.corrections if answers[number].annotator_id not in theirs]
        if label.decided or len(left) == len(label.corrections):
            remade.append(label)
        elif left:
            said = labels.together([correction.verdict for correction in left], added)
            remade.append(replace(label, **said, corrections=tuple(correction.id for correction in left)))
    return remade, aside


def set_aside(database: Database) -> list[SetAside]:
    """Who is set aside now, by name."""
    with database.read() as session:
        accepted = labels.accepted(session)
    return judge(_answers(database, accepted), accepted)


def _answers(database: Database, accepted: Sequence[AcceptedLabel]) -> list[Correction]:
    """What was said of texts that may be known."""
    several = [label for label in accepted if label.decided == "accept" or len(label.corrections) > 2]
    with database.read() as session:
        return corrections.of(session, ids=[number for label in several for number in label.corrections])


def judge(found: Sequence[Correction], accepted: Sequence[AcceptedLabel]) -> list[SetAside]:
    """Of those who said ``found``, who is set aside, by name."""
    decided = {key: truth for label in accepted if label.decided == "accept" for key, truth in truths(label).items()}
    answers: dict[int, dict[str, list[tuple[Shares, Shares]]]] = defaultdict(lambda: defaultdict(list))
    for (text_id, part), votes in questions(found).items():
        for person, answer in votes.items():
            others = [said for other, said in votes.items() if other != person]
            if truth := decided.get((text_id, part)) or _agreed(others):
                answers[person][part].append((answer, truth))
    names = {correction.annotator_id: correction.annotator for correction in found}
    judged = [_judged(person, names[person], [*parts.values()]) for person, parts in answers.items()]
    return sorted((each for each in judged if each), key=lambda each: each.annotator)


def _agreed(others: Sequence[Shares]) -> Shares | None:
    """What more than half of at least two people say, None where there is no such answer."""
    if len(others) < 2:
        return None
    shares = {name: sum(said[name] for said in others) / len(others) for name in others[0]}
    leader = max(shares, key=lambda name: shares[name])
    return {name: float(name == leader) for name in shares} if shares[leader] > 0.5 else None


def _judged(person: int, name: str, parts: Collection[Sequence[tuple[Shares, Shares]]]) -> SetAside | None:
    count, evidence, right, chance = 0, 0.0, 0.0, 0.0
    for pairs in parts:
        said, known = (np.array([[*pair[n].values()] for pair in pairs]) for n in (0, 1))
        hits, expected = float((said * known).sum()), max(float(said.mean(0) @ known.mean(0)), SMALLEST)
        evidence += likelihood(len(pairs), hits, expected)
        count, right, chance = count + len(pairs), right + hits, chance + len(pairs) * expected
    if count < KNOWN or evidence <= log(ODDS):
        return None
    return SetAside(person, name, count, right / count, chance / count)


def likelihood(count: int, hits: float, chance: float) -> float:
    """Log of how much likelier so many hits are by chance than from somebody right with probability (1 + chance) / 2."""
    return hits * log(2 * chance / (1 + chance)) + (count - hits) * log(2)
