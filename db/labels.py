"""What is accepted for each text: a reviewer's decision, or everybody's current corrections together, disagreement kept."""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache
from statistics import fmean
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, delete, func, select
from sqlalchemy.orm import Session

from db import records
from db.current import SHARES, SPREAD, ruling
from db.records import Verdict, differ
from db.schema import AddedLabel, Adjudication, Label, Text, now
from db.upsert import chunks, replace

MEASURED_ONE_IN = 5
LEARNT = ("labels", "polarity", "scores", "added", "corrections", "decided")  # where none differs, no label is new
MEASURED_AFTER = 10  # labelled texts: a newcomer's first corrections always train


def accepted(session: Session) -> list[records.AcceptedLabel]:
    """Every accepted label, by text id."""
    query = select(Label, Text.content, Text.measured).join(Text, Text.id == Label.text_id).order_by(Label.text_id)
    return [
        records.AcceptedLabel(
            row.text_id,
            content,
            row.labels,
            row.polarity,
            row.scores,
            bool(measured),
            tuple(row.corrections),
            row.decided,
            row.added or {},
        )
        for row, content, measured in session.execute(query)
    ]


def decided(session: Session, *, text_id: int) -> str | None:
    """How a reviewer decided on the text, None where none did, or it has no label."""
    return session.scalars(select(Label.decided).where(Label.text_id == text_id)).one_or_none()


def count(session: Session) -> int:
    return session.scalars(select(func.count()).select_from(Label)).one()


def count_since(session: Session, *, since: datetime) -> int:
    """Labels made or changed after a moment, as clocks told."""
    return session.scalars(select(func.count()).select_from(Label).where(Label.updated_at > since)).one()


def count_among(session: Session, *, text_ids: Collection[int]) -> int:
    """How many of the texts have a label."""
    some = select(func.count()).select_from(Label)
    return sum(session.scalars(some.where(Label.text_id.in_(part))).one() for part in chunks(list(text_ids)))


def added_counts(session: Session, *, least: float) -> dict[str, int]:
    """How many texts carry each added label: those of which at least this share of people named it."""
    found = session.scalars(select(Label.added).where(Label.added.is_not(None)))
    return dict(Counter(name for shares in found for name, share in (shares or {}).items() if share >= least))


def newest(session: Session) -> datetime | None:
    """When a label was last made or changed, of those that there are."""
    return session.scalars(select(func.max(Label.updated_at))).one()


def unchanged(session: Session, *, text_ids: Collection[int], since: datetime) -> set[int]:
    """Those of the texts that have a label which was made or changed last at a moment or before."""
    query = select(Label.text_id).where(Label.updated_at <= since)
    return {i for part in chunks(list(text_ids)) for i in session.scalars(query.where(Label.text_id.in_(part)))}


def recompute(session: Session, *, text_id: int, corrections: Sequence[records.Correction]) -> None:
    """Make the text's label anew from what a reviewer decided and the current corrections; without any it has no label."""
    decision = session.scalars(_decision(), {"text": text_id}).first()
    basis = _basis(decision, corrections)
    if not basis.verdicts:
        session.execute(delete(Label).where(Label.text_id == text_id))
        return
    _decide_measured(session, text_id)
    said = together(basis.verdicts, added_names(session))
    label: dict[str, object] = {
        "text_id": text_id,
        **said,
        "added": said["added"] or None,
        "corrections": [correction.id for correction in basis.corrections],
        "decided": basis.decided,
        "contested": basis.contested,
        "lot": text_id * SPREAD % SHARES if len(corrections) == 1 and not basis.decided else None,
    }
    before = session.execute(_before(), {"text": text_id}).first()
    same = before is not None and [*before[1:]] == [label[part] for part in LEARNT]
    replace(session, Label, [label | {"updated_at": before[0] if before and same else now()}])


@cache
def _before() -> Select[Any]:
    columns = [getattr(Label, part) for part in LEARNT]
    return select(Label.updated_at, *columns).where(Label.text_id == bindparam("text"))


@cache
def _decision() -> Select[Adjudication]:
    return select(Adjudication).where(Adjudication.text_id == bindparam("text"), ruling(Adjudication))


class Basis(NamedTuple):
    """What a label is made of; ``contested``: people differ, and no reviewer has decided on all of it."""

    decided: str | None
    corrections: Sequence[records.Correction]
    verdicts: Sequence[Verdict]
    contested: bool


def _basis(decision: Adjudication | None, corrections: Sequence[records.Correction]) -> Basis:
    """Of what came after the decision: an accepted verdict stands against it until a reviewer looks again, a disagreement
    that stays takes it in, and where all was rejected it is a new beginning. Without a disagreement there is none to keep.
    """
    verdicts = [correction.verdict for correction in corrections]
    if decision is None:
        return Basis(None, corrections, verdicts, differ(verdicts))
    later = [correction for correction in corrections if correction.id > decision.seen]
    known = [correction.verdict for correction in corrections if correction.id <= decision.seen]
    match decision.action:
        case "accept":
            accepted = Verdict(tuple(decision.labels or ()) or None, decision.polarity, decision.scores)
            return Basis("accept", corrections, [accepted], differ([accepted, *(c.verdict for c in later)]))
        case "keep" if differ(known):
            return Basis("keep", corrections, verdicts, False)
        case "keep":
            return _basis(None, corrections)
        case _:
            return _basis(None, later)


def added_names(session: Session) -> frozenset[str]:
    """Names of all labels that were ever added to those that every release knows."""
    return frozenset(session.scalars(select(AddedLabel.name)))


def together(verdicts: Sequence[Verdict], added: frozenset[str]) -> dict[str, Any]:
    """What people say, by part of an accepted label; labels that were ``added`` stand apart from the others."""
    sets = [frozenset(verdict.labels) for verdict in verdicts if verdict.labels]
    return {
        "labels": shares([names - added for names in sets if names - added]),
        "polarity": shares([[verdict.polarity] for verdict in verdicts if verdict.polarity]),
        "scores": mean_scores([verdict.scores for verdict in verdicts]),
        "added": named(sets, added),
    }


def shares(choices: Sequence[Collection[str]]) -> dict[str, float] | None:
    """How often each name was chosen, every person's set spread evenly over its names; None without a choice."""
    total: dict[str, float] = defaultdict(float)
    for names in choices:
        for name in names:
            total[name] += 1 / len(names) / len(choices)
    return dict(sorted(total.items())) or None


def named(choices: Sequence[Collection[str]], names: Collection[str]) -> dict[str, float]:
    """Of so many people's sets the share that holds each name, for those that any holds."""
    counts = {name: sum(name in chosen for chosen in choices) for name in sorted(names)}
    return {name: count / len(choices) for name, count in counts.items() if count}


def mean_scores(scores: Sequence[dict[str, float]]) -> dict[str, float]:
    names = sorted({name for given in scores for name in given})
    return {name: fmean(given[name] for given in scores if name in given) for name in names}


def _decide_measured(session: Session, text_id: int) -> None:
    text = session.get_one(Text, text_id)
    if text.measured is None:
        labelled = session.scalars(select(Label.text_id).limit(MEASURED_AFTER)).all()
        text.measured = len(labelled) >= MEASURED_AFTER and int(text.hash, 16) % MEASURED_ONE_IN == 0
