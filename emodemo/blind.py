"""What seeing the prediction does: answers that the queue asked blind beside those given with the prediction shown.

The queue hides it for a random share, so a difference is the sight's own doing. Intervals resample answers (percentile
bootstrap, Efron 1979).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from db import corrections, suggestions
from db.records import Correction
from emodemo import overlap
from emodemo.personal import LONGEST
from emodemo.services import Services
from emodemo.team import agreements
from emodemo.translation import N_

NEWEST = 20_000  # answers looked at
FEWEST = 2  # of a kind, for an interval
RESAMPLES = 1000
BATCH = 50  # resamples in memory at once


@dataclass(frozen=True, slots=True)
class Figure:
    """A value with its 95 % interval; the ends are None where there are too few answers."""

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """One measure of both kinds of answers; ``difference`` is blind less shown."""

    what: str
    unit: str  # "share", 0 to 1, or "s"
    blind: Figure | None
    shown: Figure | None
    difference: Figure | None
    counts: tuple[int, int]  # answers measured blind and shown


def report(services: Services) -> list[Comparison]:
    """Agreement with the model whose suggestion it was, with other people, and the time taken, of the newest labels."""
    with services.database.read() as session:
        everything = [said for said in corrections.everybodys(session) if said.action == "label"]
        asked = [said for said in everything if said.chosen][:NEWEST]
        outputs = suggestions.of(session, wanted={(said.release, said.text_id) for said in asked if said.release})
    keys = list(outputs)
    predicted = services.live.predictor.read(np.stack([*outputs.values()])) if keys else []
    model = dict(zip(keys, predicted, strict=True))
    others = agreements(everything)

    def emotion(said: Correction) -> float | None:
        guess = model.get((said.release or "", said.text_id))
        named = overlap.emotions(said.verdict)
        return float(guess.emotion in named) if guess and named else None

    def polarity(said: Correction) -> float | None:
        guess = model.get((said.release or "", said.text_id))
        if guess is None or said.verdict.polarity is None:
            return None
        return float(max(guess.polarity, key=guess.polarity.__getitem__) == said.verdict.polarity)

    def people(said: Correction) -> float | None:
        return others.get((said.annotator_id, said.text_id))

    def time(said: Correction) -> float | None:
        return said.seconds if said.seconds is not None and said.seconds <= LONGEST else None

    return [
        _compared(N_("emotion as the model's"), "share", emotion, asked, np.mean),
        _compared(N_("polarity as the model's"), "share", polarity, asked, np.mean),
        _compared(N_("emotions as other people's"), "share", people, asked, np.mean),
        _compared(N_("time for a text, median"), "s", time, asked, np.median),
    ]


def _compared(
    what: str,
    unit: str,
    measure: Callable[[Correction], float | None],
    asked: Sequence[Correction],
    middle: Callable[..., Any],
) -> Comparison:
    measured = [(said.visible, value) for said in asked if (value := measure(said)) is not None]
    blind, shown = (np.array([value for visible, value in measured if visible is seen]) for seen in (False, True))
    both = _figure(lambda a, b, axis: middle(a, axis=axis) - middle(b, axis=axis), blind, shown)
    return Comparison(what, unit, _figure(middle, blind), _figure(middle, shown), both, (len(blind), len(shown)))


def _figure(statistic: Callable[..., Any], *samples: np.ndarray) -> Figure | None:
    """The statistic of samples of answers, None where one is empty; without an interval where one is too small."""
    if any(len(sample) == 0 for sample in samples):
        return None
    value = round(float(statistic(*samples, axis=-1)), 4)
    if any(len(sample) < FEWEST for sample in samples):
        return Figure(value)
    from scipy.stats import bootstrap  # a third of all that the page would load at its start

    found = bootstrap(
        samples, statistic, n_resamples=RESAMPLES, batch=BATCH, method="percentile", vectorized=True,
        rng=np.random.default_rng(0),
    ).confidence_interval  # fmt: skip
    return Figure(value, round(float(found.low), 4), round(float(found.high), 4))
