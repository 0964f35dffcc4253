"""What is accepted for each text: everybody's current corrections taken together, disagreement kept."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from statistics import fmean

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from db import records
from db.schema import Label, Text, now
from db.upsert import replace

MEASURED_ONE_IN = 5
MEASURED_AFTER = 10  # labelled texts: a newcomer's first corrections always train


def accepted(session: Session) -> list[records.AcceptedLabel]:
    """Every accepted label, by text id."""
    query = select(Label, Text.content, Text.measured).join(Text, Text.id == Label.text_id).order_by(Label.text_id)
    return [
        records.AcceptedLabel(
            row.text_id, content, row.labels, row.polarity, row.scores, bool(measured), tuple(row.corrections)
        )
        for row, content, measured in session.execute(query)
    ]


def count(session: Session) -> int:
    return session.scalars(select(func.count()).select_from(Label)).one()


def count_since(session: Session, *, since: datetime | None) -> int:
    """Labels made or changed after a moment, all of them without one."""
    changed = select(func.count()).select_from(Label)
    return session.scalars(changed if since is None else changed.where(Label.updated_at > since)).one()


def newest(session: Session) -> datetime | None:
    """When a label was last made or changed, of those that there are."""
    return session.scalars(select(func.max(Label.updated_at))).one()


def recompute(session: Session, *, text: Text, corrections: Sequence[records.Correction]) -> None:
    """Make the text's label anew from the current corrections that count; without any it has no label."""
    if not corrections:
        session.execute(delete(Label).where(Label.text_id == text.id))
        return
    _decide_measured(session, text)
    verdicts = [correction.verdict for correction in corrections]
    label: dict[str, object] = {
        "text_id": text.id,
        "labels": shares([verdict.labels for verdict in verdicts if verdict.labels]),
        "polarity": shares([[verdict.polarity] for verdict in verdicts if verdict.polarity]),
        "scores": mean_scores([verdict.scores for verdict in verdicts]),
        "corrections": [correction.id for correction in corrections],
        "updated_at": now(),
    }
    replace(session, Label, [label])


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


def _decide_measured(session: Session, text: Text) -> None:
    if text.measured is None:
        labelled = session.scalars(select(Label.text_id).limit(MEASURED_AFTER)).all()
        text.measured = len(labelled) >= MEASURED_AFTER and int(text.hash, 16) % MEASURED_ONE_IN == 0
