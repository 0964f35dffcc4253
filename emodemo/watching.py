"""Drift: how recent texts differ from those that the live release learned from, in numbers and in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from db import releases, texts
from emodemo.evidence import features_of
from emodemo.registry import trained_on
from emodemo.services import Services
from emodemo.translation import N_, _, joined, named
from model.drift import Shift, feature_shift, share_shift, subject_shift
from model.heads import Heads
from model.labels import TASKS

RECENT = 1000  # texts, the newest that did not train the live release
COMPARED = 500  # of them, and of those that it learned from, drawn at random: a test's time grows with the square
FEWEST = 100  # on either side
SURE = 0.01  # p-value, from which down a difference is called one
SMALL, LARGE = 0.1, 0.25  # customary steps of the stability index
ASPECTS = {
    "subjects": N_("what they are about"),
    "emotions": N_("the emotions that it finds"),
    "polarity": N_("polarity"),
}
ANSWERS = {"emotion7": "emotions", "sentiment3": "polarity"}
MOST_MOVED = 2  # classes named in a sentence


@dataclass(frozen=True, slots=True)
class Drift:
    """What recent texts and those learned from differ in.

    ``recent``: how many texts were looked at, stored from ``since`` on; ``known`` names those learned from, if they were. ``shifts``:
    stability index and p-value of "subjects", "emotions" and "polarity", empty where there are too few texts;
    ``features``: the same of the features as they are, the size a squared mean discrepancy. ``shares``: rows of ``task``,
    ``class``, ``before`` and ``after``, the share of texts with that answer of the live release.
    """

    recent: int
    since: datetime | None
    known: N_ | None
    shifts: dict[str, Shift]
    features: Shift | None
    shares: list[dict[str, Any]]

    @property
    def amount(self) -> float:
        """The largest stability index that is surely no accident, 0 where there is none."""
        return max((shift.size for shift in self.shifts.values() if shift.p <= SURE), default=0.0)


def drift(services: Services) -> Drift:
    """Recent texts against those of the live release's snapshot; while that has few, against the shipped replay set.

    What is compared is a random part of both, so that any number of texts takes a second or two; features that recent
    texts lack are made and kept.
    """
    predictor = services.live.predictor
    with services.database.read() as session:
        learned = trained_on(services.database, releases.get(session, name=predictor.release))
        newest = texts.newest(session, limit=RECENT, without=set(learned))
        stored = texts.features(session, encoder_id=predictor.encoder.encoder_id, text_ids=_drawn(learned))
    since = newest[-1][1] if newest else None
    if len(newest) < FEWEST:
        return Drift(len(newest), since, None, {}, None, [])
    if len(stored) >= FEWEST:
        known = N_("the {count:,} corrected texts that it was trained on", count=len(learned))
        before = np.stack([*stored.values()])
    else:
        known, before = N_("the texts of its corpora"), _drawn(services.shipped.replay().features)
    contents = {text.id: text.content for text, _ in _drawn(newest)}
    found = features_of(services.database, predictor.encoder, contents, keep=True)
    return _compared(predictor.heads, len(newest), since, known, before, np.stack([*found.values()]))


def _compared(
    heads: Heads, recent: int, since: datetime | None, known: N_, before: np.ndarray, after: np.ndarray
) -> Drift:
    old, new = heads.apply(before), heads.apply(after)
    shifts, shares = {"subjects": subject_shift(before, after)}, []
    for task in map(TASKS.__getitem__, ANSWERS):
        was, now = (outputs[:, task.columns].argmax(1) for outputs in (old, new))
        shifts[ANSWERS[task.name]] = share_shift(was, now, len(task.classes))
        shares += [
            {"task": task.name, "class": name, "before": float((was == n).mean()), "after": float((now == n).mean())}
            for n, name in enumerate(task.classes)
        ]
    return Drift(recent, since, known, shifts, feature_shift(before, after), shares)


def _drawn(rows: Any) -> Any:
    """At most COMPARED of the rows, by a fixed seed, in their order."""
    if len(rows) <= COMPARED:
        return rows
    chosen = np.sort(np.random.default_rng(0).choice(len(rows), COMPARED, replace=False))
    return rows[chosen] if isinstance(rows, np.ndarray) else [rows[n] for n in chosen]


def sentence(found: Drift) -> str:
    """What was found, for people."""
    count = found.recent
    if not found.shifts:
        return _(
            "Too few texts to compare: {count:,} are stored that the live release did not learn from, and a comparison "
            "needs {fewest}. Add texts to annotate, or correct some.",
            count=count,
            fewest=FEWEST,
        )
    surely = {name: shift.size for name, shift in found.shifts.items() if shift.p <= SURE and shift.size >= SMALL}
    if not surely:
        return _(
            "The last {count:,} texts are much like those that the model learned from, {known}.",
            count=count,
            known=found.known,
        )
    much = [_(ASPECTS[name]) for name, size in surely.items() if size >= LARGE]
    somewhat = [_(ASPECTS[name]) for name, size in surely.items() if size < LARGE]
    parts = [_("much in {aspects}", aspects=_(", ").join(much))] if much else []
    parts += [_("somewhat in {aspects}", aspects=_(", ").join(somewhat))] if somewhat else []
    said = _(
        "The last {count:,} texts differ from those that the model learned from, {known}: {parts}.",
        count=count,
        known=found.known,
        parts=_(", ").join(parts),
    )
    return joined(said, *map(_moved, _most_moved(found)))


def _most_moved(found: Drift) -> list[dict[str, Any]]:
    """The emotions whose shares moved most."""
    rows = [row for row in found.shares if row["task"] == "emotion7"]
    return sorted(rows, key=lambda row: -abs(row["after"] - row["before"]))[:MOST_MOVED]


def _moved(row: Mapping[str, Any]) -> str:
    emotion, shares = named(row["class"]), {"before": row["before"], "after": row["after"]}
    return _("It finds {emotion} in {after:.0%} of them instead of {before:.0%}.", emotion=emotion, **shares)
