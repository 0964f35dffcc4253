"""Added labels at a retraining: which have examples enough, and whether what they learnt is shown to be of use.

A label's row is fitted to the corrected texts of people who named any label, those that carry it and those that do not, and
to the replay set, which counts as carrying none. It is served from EXAMPLES corrected texts that carry it on, if on texts
that it was not fitted to it is surely, at SURE, named more often where people named it than where they did not: chance, or
knowing a user's texts from all others, gains nothing there. Where fewer than CONTRARY corrected texts are without it, the
replay set stands in for them.

Its threshold is the one of the best F1 over corrected texts and replay set on held-out folds; each fold is measured with the
threshold of the others. Texts of the replay set that carry the label unseen make that threshold too strict rather than too
lax.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Any

import numpy as np

from db import labels, releases
from db.engine import Database
from db.records import AcceptedLabel, Release
from emodemo import vocabulary
from emodemo.evidence import Evidence, shares_of
from emodemo.gate import SURE, Judgement
from emodemo.locked import RESAMPLES, row
from emodemo.translation import N_, _, in_a_row, kept, ngettext, reason
from model import metrics
from model.added import AddedLabels
from model.heads import Heads, fit_row
from model.labelled import LabelledFeatures

EXAMPLES = 20
CONTRARY = 10
CARRIED = 0.5  # of those who named labels, from which on the text counts as carrying it
FOLDS = 5
# Of the mean squared length of centred features. With EXAMPLES chosen on labels of GoEmotions that were hidden, see
# docs/active-learning.md.
DECAY = 1.5e-4


@dataclass(frozen=True, slots=True)
class Judged:
    """What a retraining makes of an added label: how many texts carry it, its F1 on texts that it was not fitted to with
    the 95 % interval, its row (width + 2,) if it is to be served, and the reason in plain words.
    """

    name: str
    examples: int
    f1: float
    low: float
    high: float
    row: np.ndarray | None
    reason: str

    def report(self) -> dict[str, Any]:
        """For people and programs; ``said``: the reason, to be said in another language later."""
        facts = {"label": self.name, "examples": self.examples, "served": self.row is not None, "reason": self.reason}
        return facts | {"said": kept(self.reason)}

    def figures(self, before: float) -> dict[str, Any]:
        """A row of the gate's report; ``before``: the F1 with which the live release was served, 0 for none."""
        change = self.low - before, self.high - before
        return row("corrections", self.name, {"metric": "f1"}, before, self.f1, *change) | {"n": self.examples}


def states(database: Database, answered: Collection[str]) -> list[dict[str, Any]]:
    """Every label that was ever added with its meaning, how many texts carry it, and how far it is; ``answered``: what the
    live release answers.
    """
    with database.read() as session:
        counts = labels.added_counts(session, least=CARRIED)
        reports = [each for release in releases.all(session)[:1] for each in (release.report or {}).get("labels", ())]
    told = {each["label"]: reason(each) for each in reports if each["examples"] >= EXAMPLES}
    rows = []
    for label in vocabulary.everything(database):
        examples = counts.get(label.name, 0)
        state = told.get(label.name) or _("the next retraining judges it")
        if examples < EXAMPLES:
            state = ngettext("needs {n} more example", "needs {n} more examples", EXAMPLES - examples)
        if label.name in answered:
            state = _("answered by the live release")
        rows.append(
            {
                "label": label.name,
                "emotion": label.emotion,
                "definition": label.definition,
                "examples": examples,
                "state": _("retired") if label.retired else state,
                "retired": label.retired,
            }
        )
    return rows


def judge(
    names: Sequence[str], accepted: Sequence[AcceptedLabel], evidence: Evidence, replay: LabelledFeatures
) -> list[Judged]:
    """Each offered label on the corrected texts ``accepted``, of which ``evidence`` has the features in the same order."""
    return [_judge(name, shares_of(accepted, name), evidence, replay) for name in names]


def served(judged: Sequence[Judged], width: int) -> AddedLabels:
    """The rows that a release may have."""
    return AddedLabels.of({each.name: each.row for each in judged if each.row is not None}, width)


def beside(
    candidate: Heads, verdict: Judgement, judged: Sequence[Judged], live_heads: Heads, live: Release
) -> tuple[Heads, Judgement, bool]:
    """The candidate with its added labels, what becomes of it, and whether it goes live for these alone.

    Where the gate keeps the other answers back, labels that were learnt, or went, go live beside the live heads.
    """
    rows = served(judged, len(candidate.weight))
    known = {figures["task"]: figures for figures in live.metrics if figures["task"] in live_heads.added.names}
    tried = [each.figures(known[each.name]["candidate"] if each.name in known else 0.0) for each in judged if each.high]
    news = [each.reason for each in judged if each.row is not None and each.examples > _examples(known, each.name)]
    news += [N_("{name} is answered no more.", name=name) for name in live_heads.added.names if name not in rows.names]
    if verdict.passed or not news:
        told = in_a_row([verdict.reason, *news])
        judgement = Judgement(verdict.passed, told, [*verdict.rows, *tried], verdict.flips)
        return replace(candidate, added=rows), judgement, False
    told = N_(
        "Promoted for its added labels alone: {news} All else is answered as by {live}. {reason}",
        news=in_a_row(news), live=live.name, reason=verdict.reason,
    )  # fmt: skip
    unmoved = [row | {"candidate": row["live"], "low": 0.0, "high": 0.0} for row in verdict.rows]
    return replace(live_heads, added=rows), Judgement(True, told, [*unmoved, *tried], []), True


def _examples(known: Mapping[str, Mapping[str, Any]], name: str) -> int:
    return known[name]["n"] if name in known else 0


def _judge(name: str, shares: np.ndarray, evidence: Evidence, replay: LabelledFeatures) -> Judged:
    known = ~np.isnan(shares)
    carried = known & (np.nan_to_num(shares) >= CARRIED)
    examples = int(carried.sum())
    if examples < EXAMPLES:
        told = N_("{name} needs {more}.", name=name, more=_more(EXAMPLES - examples))
        return Judged(name, examples, 0.0, 0.0, 0.0, None, told)
    train, held = known & evidence.training, known & evidence.measured
    features = np.concatenate([evidence.features[train], replay.features])
    targets = np.concatenate([shares[train], np.zeros(len(replay.features), np.float32)])
    decay = DECAY * float(replay.features.var(0).sum())
    whole = fit_row(features, targets, decay=decay)
    folds = _folds(targets >= CARRIED)
    answers = _crossed(features, targets, folds, decay, whole)
    answers = np.concatenate([answers, _logits(whole, evidence.features[held])])
    truth = np.concatenate([targets, shares[held]]) >= CARRIED
    guess = _guesses(answers, truth, np.concatenate([folds, np.full(held.sum(), FOLDS)]))
    corrected = np.ones(len(truth), bool)
    if examples + CONTRARY <= known.sum():
        corrected[train.sum() : len(targets)] = False
    f1, low, high = _f1(truth[corrected], guess[corrected])
    if not _told_apart(truth[corrected], guess[corrected]):
        told = N_(
            "{name} is not yet told from other texts (F1 {f1:.0f}); it needs {more}.",
            name=name, f1=100 * f1, more=_more(examples),
        )  # fmt: skip
        return Judged(name, examples, f1, low, high, None, told)
    told = N_(
        "{name} is answered: F1 {f1:.0f} on texts that it was not fitted to, {examples:,} examples.",
        name=name, f1=100 * f1, examples=examples,
    )  # fmt: skip
    threshold = 1 / (1 + math.exp(-_best_threshold(answers, truth)))
    return Judged(name, examples, f1, low, high, np.append(whole, np.float32(threshold)), told)


def _more(count: int) -> str:
    return N_("1 more example") if count <= 1 else N_("{count:,} more examples", count=count)


def _told_apart(truth: np.ndarray, guess: np.ndarray) -> bool:
    """Whether it is surely named more often where it holds than where it does not: the difference of two shares, each
    with one answer of both kinds added (Agresti and Caffo 2000).
    """
    sides = [guess[truth], guess[~truth]]
    shares = [(side.sum() + 1) / (len(side) + 2) for side in sides]
    spread = sum(share * (1 - share) / (len(side) + 2) for share, side in zip(shares, sides, strict=True))
    return shares[0] - shares[1] > NormalDist().inv_cdf(SURE) * math.sqrt(spread)


def _folds(carried: np.ndarray) -> np.ndarray:
    """A fold for each row (rows,): runs of neighbours, as texts of one sitting are alike, each with its share of examples."""
    folds = np.empty(len(carried), int)
    for some in (np.flatnonzero(carried), np.flatnonzero(~carried)):
        for fold, part in enumerate(np.array_split(some, FOLDS)):
            folds[part] = fold
    return folds


def _crossed(
    features: np.ndarray, targets: np.ndarray, folds: np.ndarray, decay: float, whole: np.ndarray
) -> np.ndarray:
    """Logits (rows,) of each fold by what was fitted to the others; the searches begin at ``whole``."""
    answers = np.empty(len(targets))
    for fold in range(FOLDS):
        rest = folds != fold
        found = fit_row(features[rest], targets[rest], decay=decay, begin=whole)
        answers[~rest] = _logits(found, features[~rest])
    return answers


def _guesses(answers: np.ndarray, truth: np.ndarray, folds: np.ndarray) -> np.ndarray:
    """Whether each row (rows,) passes the threshold that the other folds would choose."""
    guess = np.zeros(len(answers), bool)
    for fold in set(folds.tolist()):
        here = folds == fold
        guess[here] = answers[here] >= _best_threshold(answers[~here], truth[~here])
    return guess


def _best_threshold(answers: np.ndarray, truth: np.ndarray) -> float:
    """Half way between the last answer that is taken for the best F1 and the next one."""
    order = np.argsort(-answers)
    hits = np.cumsum(truth[order])
    best = int((hits / (np.arange(1, len(hits) + 1) + truth.sum())).argmax())
    return float(answers[order[[best, min(best + 1, len(order) - 1)]]].mean())


def _f1(truth: np.ndarray, guess: np.ndarray) -> tuple[float, float, float]:
    """F1 and its 95 % interval; rows that neither side names do not count in it."""
    rows = truth | guess  # never empty: there are examples
    f1 = metrics.f1(truth[rows].astype(int), guess[rows].astype(int), 1)
    drawn = f1(metrics.resample_weights(int(rows.sum()), RESAMPLES))
    low, high = np.quantile(drawn, [0.025, 0.975])
    return float(f1(np.ones(rows.sum()))), float(low), float(high)


def _logits(fitted: np.ndarray, features: np.ndarray) -> np.ndarray:
    return features @ fitted[:-1] + fitted[-1]
