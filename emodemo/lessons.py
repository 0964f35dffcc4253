"""Whether corrections that the model chose teach it more than as many that were drawn at random, on the user's own texts."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from typing import Self

import numpy as np

from db import corrections
from db.records import Correction, Text
from emodemo.evidence import agreement, features_of, verdict_targets
from emodemo.services import Services
from emodemo.translation import _, joined
from model.adapting import adapted
from model.heads import Heads
from model.labelled import LabelledFeatures
from model.labels import TASKS, WIDTH
from model.simulation import learn

FEWEST = 40  # corrections of either kind
MOST = 400  # of either kind that one fit takes, the newest
RESAMPLES = 50
SMALLEST = 0.02  # difference in agreement that is worth waiting for
LEARNT = ("emotion7", "sentiment3")


@dataclass(frozen=True)
class Lessons:
    """Corrections of texts that the model chose and of texts drawn at random, as frozen features and targets.

    ``key`` is a checksum of them and names the release: two of the same key are the same.
    """

    key: str
    shipped: Heads = field(compare=False, repr=False)
    rows: LabelledFeatures = field(compare=False, repr=False)
    chosen: np.ndarray = field(compare=False, repr=False)  # numbers of rows
    random: np.ndarray = field(compare=False, repr=False)

    @property
    def missing(self) -> tuple[int, int]:
        """How many more of either kind a comparison needs: (chosen, random)."""
        return max(FEWEST - len(self.chosen), 0), max(FEWEST - len(self.random), 0)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean with its 95 % interval."""

    mean: float
    low: float
    high: float

    @classmethod
    def of(cls, resampled: np.ndarray) -> Self:
        low, high = np.percentile(resampled, [2.5, 97.5])
        return cls(float(resampled.mean()), float(low), float(high))


@dataclass(frozen=True, slots=True)
class Comparison:
    """Gain in agreement with people on texts drawn at random, 0 to 1, after ``size`` corrections of either kind, and the
    ``difference`` of the two gains.
    """

    size: int
    chosen: Estimate
    random: Estimate
    difference: Estimate

    @property
    def more(self) -> int:
        """How many more corrections of either kind would show a difference like this one, or of SMALLEST if it is
        smaller: intervals shrink with the square root. 0 where it is shown.
        """
        found = self.difference
        if found.low > 0 or found.high < 0:
            return 0
        wanted = max(abs(found.mean), SMALLEST)
        return max(math.ceil(self.size * (((found.high - found.low) / 2 / wanted) ** 2 - 1)), 1)


def lessons(services: Services) -> Lessons:
    """From the store: what was said last of emotion or polarity of each text that the queue gave somebody."""
    encoder = services.live.predictor.encoder
    with services.database.read() as session:
        queued = corrections.queued(session)
    judged = [(text, said) for text, said in queued if said.verdict.labels or said.verdict.polarity]
    last = {
        text.id: (text, said) for text, said in judged
    }.values()  # a text held out must not be taught by another's word
    kinds = {kind: [pair for pair in last if pair[1].chosen == kind][-MOST:] for kind in ("strategy", "random")}
    pairs: Sequence[tuple[Text, Correction]] = kinds["strategy"] + kinds["random"]
    known = features_of(services.database, encoder, {text.id: text.content for text, _ in pairs}, keep=True)
    width = services.live.predictor.heads.weight.shape[0]
    rows = LabelledFeatures(
        np.array([known[text.id] for text, _ in pairs], np.float32).reshape(len(pairs), width),
        np.array([_learnt(correction) for _, correction in pairs], np.float32).reshape(len(pairs), WIDTH),
        np.array(["corrections"] * len(pairs)),
    )
    count = len(kinds["strategy"])
    key = f"{services.shipped.name} {count} {sha256(rows.features.tobytes() + rows.targets.tobytes()).hexdigest()}"
    return Lessons(key, services.shipped.heads(), rows, np.arange(count), np.arange(count, len(pairs)))


def _learnt(correction: Correction) -> np.ndarray:
    targets = verdict_targets(correction.verdict)
    kept = np.full_like(targets, np.nan)
    for task in LEARNT:
        kept[TASKS[task].columns] = targets[TASKS[task].columns]
    return kept


@lru_cache(maxsize=4)  # seconds of work, the same until somebody corrects
def compare(found: Lessons) -> Comparison | None:
    """The shipped heads taught by as many chosen as random corrections, both measured on random ones that they did not
    see; None where there are too few.

    Each of RESAMPLES draws as many of either kind with replacement and measures on the random ones that it did not draw
    (Efron and Tibshirani 1997, out of bag), so that the interval knows both that other texts might have been taught and
    that others might have been measured.
    """
    if any(found.missing):
        return None
    start, rows = adapted(found.shipped, found.rows)
    size = min(len(found.chosen), len(found.random))
    rng = np.random.default_rng(0)
    gains = []
    for _resample in range(RESAMPLES):
        drawn = rng.choice(found.random, size), rng.choice(found.chosen, size)
        apart = rows.take(np.setdiff1d(found.random, drawn[0]))
        before = _agreement(start, apart)
        gains.append([_agreement(learn(start, rows.take(taught)), apart) - before for taught in drawn])
    by_random, by_chosen = np.array(gains).T
    chosen, random, difference = map(Estimate.of, (by_chosen, by_random, by_chosen - by_random))
    return Comparison(size, chosen, random, difference)


def _agreement(heads: Heads, rows: LabelledFeatures) -> float:
    return float(agreement(heads.apply(rows.features), rows.targets).mean())


def sentence(found: Lessons, share: float) -> str:
    """What the comparison says, for people. ``share``: of the queue that is drawn at random."""
    result = compare(found)
    if result is None:
        chosen, random = found.missing
        said = _(
            "Whether what the model asks for teaches it faster cannot be told yet: too few corrections. Needed are {chosen} "
            "more of texts that it chose and {random} more of texts drawn at random.",
            chosen=chosen,
            random=random,
        )
        if not (random and share):
            return said
        return joined(said, _("That is about {count:,} more answers of the queue.", count=math.ceil(random / share)))
    difference = result.difference
    said = _(
        "After {count:,} corrections of either kind, those of texts that the model chose change its agreement with people by "
        "{chosen:+z.1f} points, those of texts drawn at random by {random:+z.1f}. The difference is {difference:+z.1f} points "
        "(95 % interval {low:+z.1f} to {high:+z.1f}).",
        count=result.size,
        chosen=100 * result.chosen.mean,
        random=100 * result.random.mean,
        difference=100 * difference.mean,
        low=100 * difference.low,
        high=100 * difference.high,
    )
    if not result.more:
        return said
    return joined(said, _("That is not sure yet: about {count:,} more of either kind would tell.", count=result.more))
