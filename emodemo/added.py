"""Added labels at a retraining: which have examples enough, and whether what they learnt is shown to be of use.

A label is served from EXAMPLES corrected texts that carry it on, if its row (``rowfit``) tells it apart.

A label that the live release answers keeps its row unless it is retired or has fewer than EXAMPLES, or the row that is fitted
anew is told apart and is not worse: its F1 is not below the live row's on the corrected texts that neither was fitted to, which
are those that measure and those that came since the live row. Where none of them carries the label, nothing is new.
- As in ``gate`` the burden of proof is the candidate's, so what the paired bootstrap finds surely worse never replaces, nor does
  what is only rather worse. ``new_labels`` compares rules on new examples that are right, half right or wrong
  (docs/active-learning.md): few examples can prove neither a gain nor a loss.
- Rows are fitted to all that is accepted, never begun from the live one, so small losses cannot add up. A row that stays is
  asked about at every run, on all texts since it was fitted. Until then what was taken back stays in it; not what was erased.
- A row that replaces is by itself worth a release if the number of its examples differs, or it is surely better.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from typing import Any, Self

import numpy as np

from db import labels, releases
from db.engine import Database
from db.records import AcceptedLabel, Release
from emodemo import vocabulary
from emodemo.evidence import Evidence, shares_of
from emodemo.gate import Judgement
from emodemo.locked import RESAMPLES, row
from emodemo.registry import trained_rows
from emodemo.rowfit import CARRIED, Tried, tried_on
from emodemo.translation import N_, _, in_a_row, kept, ngettext, reason
from model import metrics
from model.added import AddedLabels
from model.heads import Heads
from model.labelled import LabelledFeatures

EXAMPLES = 20  # see docs/active-learning.md, as for all that is chosen here


@dataclass(frozen=True, slots=True)
class Standing:
    """An added label as the live release answers it: its row (width + 2,), the release ``since`` which it is this one, by how
    many examples, the ids of the texts that it was fitted to, and its F1 as last reported.
    """

    row: np.ndarray
    since: str
    examples: int
    fitted: list[int]
    f1: float

    def names(self, features: np.ndarray) -> np.ndarray:
        """Whether it is answered for each of the features (rows, width)."""
        return AddedLabels.of({"": self.row}, features.shape[1]).apply(features)[:, 0] >= self.row[-1]


@dataclass(frozen=True, slots=True)
class Change:
    """F1 on the same texts as the live release answers them and as the candidate does, and the 95 % interval of the
    paired difference; without a live row, which names none, ``live`` is 0.
    """

    live: float
    candidate: float
    low: float
    high: float

    @classmethod
    def none(cls, f1: float = 0.0) -> Self:
        return cls(f1, f1, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Judged:
    """What a retraining makes of an added label: how many texts carry it, its row (width + 2,) if it is to be served, what
    this changes, and the reason in plain words. ``news``: whether this is worth a release; ``since``: the release that had
    the row already.
    """

    name: str
    examples: int
    row: np.ndarray | None
    change: Change
    reason: str
    news: bool = False
    since: str | None = None

    def report(self) -> dict[str, Any]:
        """For people and programs; ``said``: the reason, to be said in another language later."""
        facts = {"label": self.name, "examples": self.examples, "served": self.row is not None, "reason": self.reason}
        return facts | {"said": kept(self.reason)} | ({"since": self.since} if self.since else {})

    def figures(self) -> dict[str, Any]:
        """A row of the gate's report."""
        return row("corrections", self.name, {"metric": "f1"}, *astuple(self.change)) | {"n": self.examples}


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


def standing(database: Database, live: Release, heads: Heads) -> dict[str, Standing]:
    """The added labels that the live release answers by ``heads``."""
    figures = {row["task"]: row["candidate"] for row in live.metrics if row["corpus"] == "corrections"}
    sources = {name: _told(live, name).get("since", live.name) for name in heads.added.names}
    with database.read() as session:
        found = {since: releases.get(session, name=since) for since in set(sources.values())}
    fitted = {
        since: [each["text_id"] for each in trained_rows(database, release) if not each.get("measured", True)]
        for since, release in found.items()
    }
    examples = {name: _told(found[since], name)["examples"] for name, since in sources.items()}
    rows = heads.added.rows()
    return {
        name: Standing(rows[name], since, examples[name], fitted[since], figures[name])
        for name, since in sources.items()
    }


def _told(release: Release, name: str) -> dict[str, Any]:
    """What the report of a release says of an added label."""
    return next((each for each in (release.report or {}).get("labels", ()) if each["label"] == name), {})


def judge(
    names: Sequence[str],
    accepted: Sequence[AcceptedLabel],
    evidence: Evidence,
    replay: LabelledFeatures,
    live: Mapping[str, Standing],
) -> list[Judged]:
    """Each offered label on the corrected texts ``accepted``, of which ``evidence`` has the features in the same order."""
    return [_judge(name, shares_of(accepted, name), evidence, replay, live.get(name)) for name in names]


def served(judged: Sequence[Judged], width: int) -> AddedLabels:
    """The rows that a release may have."""
    return AddedLabels.of({each.name: each.row for each in judged if each.row is not None}, width)


def beside(
    candidate: Heads, verdict: Judgement, judged: Sequence[Judged], live_heads: Heads, live: Release
) -> tuple[Heads, Judgement, bool]:
    """The candidate with its added labels, what becomes of it, and whether it goes live for these alone.

    Where the gate keeps the other answers back, labels that learnt, or went, go live beside the live heads.
    """
    rows = served(judged, len(candidate.weight))
    tried = [each.figures() for each in judged if each.examples >= EXAMPLES]
    news = [each.reason for each in judged if each.news]
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


def as_learnt(
    rows: Sequence[dict[str, Any]], live: Sequence[Mapping[str, Any]], judged: Sequence[Judged]
) -> list[dict[str, Any]]:
    """The ``rows`` of a snapshot, but of labels that stay as they were what these learnt, by the ``live`` release's rows.

    A text of which nothing is accepted any more keeps its row then, so that the release gives way if it is erased.
    """
    stay = {each.name for each in judged if each.since}
    if not stay:
        return list(rows)
    before = {each["text_id"]: each for each in live}
    nothing: dict[str, Any] = {"labels": None, "polarity": None, "scores": {}, "added": {}}
    every = {text_id: {**each, **nothing} for text_id, each in before.items()}
    every |= {each["text_id"]: dict(each) for each in rows}
    for text_id, each in every.items():
        learnt = before.get(text_id, {}).get("added", {})
        shares = {name: share for name, share in each.pop("added", {}).items() if name not in stay}
        shares |= {name: share for name, share in learnt.items() if name in stay}
        each |= {"added": shares} if shares else {}
    return [every[text_id] for text_id in sorted(every)]


def _judge(
    name: str, shares: np.ndarray, evidence: Evidence, replay: LabelledFeatures, live: Standing | None
) -> Judged:
    carried = int((np.nan_to_num(shares) >= CARRIED).sum())
    if carried < EXAMPLES:
        told = N_("{name} needs {more}.", name=name, more=_more(EXAMPLES - carried))
        return Judged(name, carried, None, Change.none(), told)
    tried = tried_on(shares, evidence, replay)
    if live is None:
        return _first(name, carried, tried)
    return _anew(name, carried, tried, evidence, live)


def _first(name: str, examples: int, tried: Tried) -> Judged:
    """A label that the live release does not answer."""
    truth, guess = tried.truth[tried.telling], tried.guess[tried.telling]
    change = _change(truth, np.zeros_like(guess), guess)
    if tried.told_apart:
        return Judged(name, examples, tried.row, change, _answered(name, examples, change), news=True)
    told = N_(
        "{name} is not yet told from other texts (F1 {f1:.0f}); it needs {more}.",
        name=name, f1=100 * change.candidate, more=_more(examples),
    )  # fmt: skip
    return Judged(name, examples, None, change, told)


def compared(tried: Tried, evidence: Evidence, live: Standing) -> Change | None:
    """What the new row changes on the corrected texts that neither row was fitted to; None where none carries the label."""
    fresh = (tried.texts >= 0) & ~np.isin(evidence.ids[tried.texts], live.fitted)
    truth, before = tried.truth[fresh], live.names(evidence.features[tried.texts[fresh]])
    return _change(truth, before, tried.guess[fresh]) if truth.any() else None


def _anew(name: str, examples: int, tried: Tried, evidence: Evidence, live: Standing) -> Judged:
    """A label that the live release answers: whether its new row replaces the live one."""
    found, why = compared(tried, evidence, live), ""
    change = found or Change.none(live.f1)
    if found is None:
        why = N_("it was fitted to every text that carries it")
    elif not tried.told_apart:
        why = N_("fitted anew, it would not be told from other texts")
    elif change.candidate < change.live:
        why = N_(
            "fitted anew, its F1 would be {after:.0f} instead of {before:.0f} on texts that neither was fitted to",
            after=100 * change.candidate, before=100 * change.live,
        )  # fmt: skip
    if why:
        told = N_("{name} stays as it was in {release}: {why}.", name=name, release=live.since, why=why)
        return Judged(name, examples, live.row, Change.none(change.live), told, since=live.since)
    news = examples != live.examples or change.low > 0
    return Judged(name, examples, tried.row, change, _answered(name, examples, change), news)


def _answered(name: str, examples: int, change: Change) -> str:
    return N_(
        "{name} is answered: F1 {f1:.0f} on texts that it was not fitted to, {examples:,} examples.",
        name=name, f1=100 * change.candidate, examples=examples,
    )  # fmt: skip


def _more(count: int) -> str:
    return N_("1 more example") if count <= 1 else N_("{count:,} more examples", count=count)


def _change(truth: np.ndarray, before: np.ndarray, after: np.ndarray) -> Change:
    """Of F1, by a paired bootstrap; rows (rows,) that neither carry the label nor are answered it do not count in it."""
    rows = truth | before | after  # never empty: there are examples
    guesses = np.stack([before[rows], after[rows]], 1)
    f1 = metrics.f1_of_each(np.stack([truth[rows]] * 2, 1), guesses)
    drawn = f1(metrics.resample_weights(len(guesses), RESAMPLES))
    low, high = np.quantile(drawn[:, 1] - drawn[:, 0], [0.025, 0.975])
    live, candidate = f1(np.ones(len(guesses)))
    return Change(float(live), float(candidate), float(low), float(high))
