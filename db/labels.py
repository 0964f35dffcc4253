"""What is accepted for each text: a reviewer's decision, or everybody's current corrections together, disagreement kept."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from statistics import fmean

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from db import records
from db.current import ruling
from db.records import Verdict
from db.schema import Adjudication, Label, Text

MEASURED_ONE_IN = 5
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
        )
        for row, content, measured in session.execute(query)
    ]


def decided(session: Session, *, text_id: int) -> str | None:
    """How a reviewer decided on the text, None where none did, or it has no label."""
    return session.scalars(select(Label.decided).where(Label.text_id == text_id)).one_or_none()


def count(session: Session) -> int:
    return session.scalars(select(func.count()).select_from(Label)).one()


def count_since(session: Session, *, since: datetime | None) -> int:
    """Labels made or changed after a moment, all of them without one."""
    changed = select(func.count()).select_from(Label)
    return session.scalars(changed if since is None else changed.where(Label.updated_at > since)).one()


def newest(session: Session) -> datetime | None:
    """When a label was last made or changed, of those that there are."""
    return session.scalars(select(func.max(Label.updated_at))).one()


def recompute(session: Session, *, text_id: int, corrections: Sequence[records.Correction]) -> None:
    """Make the text's label anew from what a reviewer decided and the current corrections; without any it has no label.

    Corrections that came after the decision: an accepted verdict stands against them until a reviewer looks again,
    a disagreement that stays takes them in, and where all was rejected they are a new beginning.
    """
    session.execute(delete(Label).where(Label.text_id == text_id))
    decision = session.scalars(
        select(Adjudication).where(Adjudication.text_id == text_id, ruling(Adjudication))
    ).first()
    decided, seen = (decision.action, decision.seen) if decision else (None, 0)
    later = [correction for correction in corrections if correction.id > seen]
    if decided == "reject":
        decided, corrections = None, later
    verdicts = [correction.verdict for correction in corrections]
    others: list[Verdict] = []
    if decision and decided == "accept":
        accepted = Verdict(tuple(decision.labels or ()) or None, decision.polarity, decision.scores)
        verdicts, others = [accepted], [correction.verdict for correction in later]
    if not verdicts:
        return
    _decide_measured(session, text_id)
    session.add(
        Label(
            text_id=text_id,
            labels=shares([verdict.labels for verdict in verdicts if verdict.labels]),
            polarity=shares([[verdict.polarity] for verdict in verdicts if verdict.polarity]),
            scores=mean_scores([verdict.scores for verdict in verdicts]),
            corrections=[correction.id for correction in corrections],
            decided=decided,
            contested=decided != "keep" and differ([*verdicts, *others]),
        )
    )
    session.flush()


def differ(verdicts: Sequence[Verdict]) -> bool:
    """Whether not all of them name the same labels and polarity, where they name any. Scores are averaged, so they may."""
    sets = {frozenset(verdict.labels) for verdict in verdicts if verdict.labels}
    return len(sets) > 1 or len({verdict.polarity for verdict in verdicts if verdict.polarity}) > 1


def shares(choices: Sequence[Collection[str]]) -> dict[str, float] | None:
    """How often each name was chosen, every person's set spread evenly over its names; None without a choice."""
    total: dict[str, float] = defaultdict(float)
    for names in choices:
        for name in names:
            total[name] += 1 / len(names) / len(choices)
    return dict(sorted(total.items())) or None


def mean_scores(scores: Sequence[dict[str, float]]) -> dict[str, float]:
    names = sorted({name for given in scores for name in given})
    return {name: fmean(given[name] for given in scores if name in given) for name in names}


def _decide_measured(session: Session, text_id: int) -> None:
    text = session.get_one(Text, text_id)
    if text.measured is None:
        labelled = session.scalars(select(Label.text_id).limit(MEASURED_AFTER)).all()
        text.measured = len(labelled) >= MEASURED_AFTER and int(text.hash, 16) % MEASURED_ONE_IN == 0
