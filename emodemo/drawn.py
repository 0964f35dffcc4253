"""What people said of texts that the queue drew at random: how good the model is on this user's texts, and how sure.

The part that doubt chose cannot tell that: it is harder than texts are. Whoever sees a prediction tends to agree with it, so
answers given blind are counted by themselves.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from db import corrections, releases
from db.records import Correction
from emodemo.evidence import features_of, verdict_targets
from emodemo.registry import trained_on
from emodemo.services import Services
from emodemo.translation import _, joined, ngettext
from model.heads import Heads
from model.labels import TASKS, WIDTH
from model.metrics import calibration_bins

PARTS = {"emotion7": "emotion", "sentiment3": "polarity"}
FEWEST = 20  # answers, below which no share is named; also those of a point in time
MOST_POINTS = 12
BINS, FEWEST_OF_BIN = 10, 5


@dataclass(frozen=True, slots=True)
class Drawn:
    """Answers to texts drawn at random, the oldest first.

    targets (answers, WIDTH), NaN in what was not judged; ``then`` (answers, WIDTH) is what the release said that was live
    when the answer was given, ``now`` what the live one says, NaN where it was trained on the text or where a release's
    encoder is gone; ``visible`` (answers,) whether the prediction was shown; ``at`` when.
    """

    targets: np.ndarray
    then: np.ndarray
    now: np.ndarray
    visible: np.ndarray
    at: list[datetime]

    def __len__(self) -> int:
        return len(self.at)


def drawn(services: Services) -> Drawn:
    """From the store; features that texts lack are made and kept."""
    predictor, database = services.live.predictor, services.database
    with database.read() as session:
        found = [(text, said) for text, said in corrections.queued(session) if said.chosen == "random"]
        learned = trained_on(database, releases.get(session, name=predictor.release))
    if not found:
        nothing = np.empty((0, WIDTH), np.float32)
        return Drawn(nothing, nothing, nothing, np.empty(0, bool), [])
    known = features_of(database, predictor.encoder, {text.id: text.content for text, _ in found}, keep=True)
    features = np.stack([known[text.id] for text, _ in found])
    now = predictor.heads.apply(features)
    now[np.isin([text.id for text, _ in found], learned)] = np.nan
    said = [correction for _, correction in found]
    return Drawn(
        targets=np.stack([verdict_targets(correction.verdict) for correction in said]),
        then=_as_said_then(services, said, features),
        now=now,
        visible=np.array([correction.visible for correction in said]),
        at=[correction.created_at for correction in said],
    )


def _as_said_then(services: Services, said: list[Correction], features: np.ndarray) -> np.ndarray:
    """What each answer's own release says of its text: a release never changes, nor do its features."""
    outputs = np.full((len(said), WIDTH), np.nan, np.float32)
    named = np.array([correction.release or "" for correction in said])
    with services.database.read() as session:
        fitting = [r.name for r in releases.all(session) if r.encoder_id == services.live.predictor.encoder.encoder_id]
        for name in set(named.tolist()) & set(fitting):
            heads = Heads.from_bytes(releases.heads(session, name=name))
            outputs[named == name] = heads.apply(features[named == name])
    return outputs


def right(task: str, outputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Whether the top class is one that the person named, 0 or 1 for each row; NaN where either is not known."""
    columns = TASKS[task].columns
    answers, said = outputs[:, columns], targets[:, columns]
    hits = said[np.arange(len(said)), answers.argmax(1)] > 0
    return np.where(np.isnan(answers).any(1) | np.isnan(said).any(1), np.nan, hits)


def accuracy(found: Drawn) -> list[dict[str, Any]]:
    """A row for emotion and polarity, all, blind and shown answers, the prediction of that time and the live one:
    ``n``, ``accuracy`` and its 95 % interval by Wilson's score, ``low`` to ``high``; without a figure where none is.
    """
    groups = {"all": np.ones(len(found), bool), "blind": ~found.visible, "shown": found.visible}
    return [
        {"part": part, "answers": name, "judged": judged, **_share(right(task, outputs, found.targets)[chosen])}
        for task, part in PARTS.items()
        for name, chosen in groups.items()
        for judged, outputs in (("then", found.then), ("now", found.now))
    ]


def _share(hits: np.ndarray) -> dict[str, Any]:
    from scipy.stats import binomtest  # serving never watches

    hits = hits[~np.isnan(hits)]
    if not len(hits):
        return {"n": 0, "accuracy": None, "low": None, "high": None}
    interval = binomtest(int(hits.sum()), len(hits)).proportion_ci(method="wilson")
    return {"n": len(hits), "accuracy": float(hits.mean()), "low": float(interval.low), "high": float(interval.high)}


def over_time(found: Drawn) -> list[dict[str, Any]]:
    """Runs of at least FEWEST answers in a row: when the last was ``at``, mean ``confidence`` in the emotion named, and
    how often it was right, as ``accuracy`` has it.
    """
    hits, sure = right("emotion7", found.then, found.targets), _confidence(found)
    known = np.flatnonzero(~np.isnan(hits))
    runs = np.array_split(known, min(len(known) // FEWEST, MOST_POINTS)) if len(known) >= FEWEST else []
    return [{"at": found.at[run[-1]], "confidence": float(sure[run].mean()), **_share(hits[run])} for run in runs]


def calibration(found: Drawn) -> list[dict[str, Any]]:
    """How often the emotion named was right at each level of its probability: ``confidence``, ``accuracy``, ``n``, where
    that is FEWEST_OF_BIN at least.
    """
    hits, sure = right("emotion7", found.then, found.targets), _confidence(found)
    known = ~np.isnan(hits)
    bins = calibration_bins(sure[known], hits[known], BINS) if known.any() else []
    return [row for row in bins if row["n"] >= FEWEST_OF_BIN]


def _confidence(found: Drawn) -> np.ndarray:
    return found.then[:, TASKS["emotion7"].columns].max(1)


def sentence(found: Drawn) -> str:
    """How accurate the live model is on this user's texts, for people."""
    by_name = {(row["answers"], row["judged"]): row for row in accuracy(found) if row["part"] == "emotion"}
    then, blind, now = (by_name[key] for key in (("all", "then"), ("blind", "then"), ("all", "now")))
    if then["n"] < FEWEST:
        return ngettext(
            "How accurate the model is on your texts cannot be told yet: {n} more answer to texts drawn at random is needed; "
            "there are {known} so far.",
            "How accurate the model is on your texts cannot be told yet: {n} more answers to texts drawn at random are needed; "
            "there are {known} so far.",
            FEWEST - then["n"],
            known=then["n"],
        )
    said = [
        _(
            "Of {n:,} answers to texts drawn at random, {accuracy:.0%} name the emotion that the model gave then "
            "(95 % interval {low:.0%} to {high:.0%}).",
            **_figures(then),
        )
    ]
    if blind["n"]:
        said.append(
            _(
                "Of the {n:,} answers given without seeing the prediction it is {accuracy:.0%} ({low:.0%} to {high:.0%}).",
                **_figures(blind),
            )
        )
    if now["n"]:
        said.append(
            _(
                "The live release is right in {accuracy:.0%} of the {n:,} that it was not trained on ({low:.0%} to {high:.0%}).",
                **_figures(now),
            )
        )
    return joined(*said)


def _figures(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("n", "accuracy", "low", "high")}
