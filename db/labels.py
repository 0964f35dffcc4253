"""What is accepted for each text: everybody's current corrections taken together, disagreement kept."""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from statistics import fmean
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from db import records
from db.records import Verdict
from db.schema import AddedLabel, Label, Text

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
            row.added or {},
        )
        for row, content, measured in session.execute(query)
    ]


def count(session: Session) -> int:
    return session.scalars(select(func.count()).select_from(Label)).one()


def count_since(session: Session, *, since: datetime | None) -> int:
    """Labels made or changed after a moment, all of them without one."""
    changed = select(func.count()).select_from(Label)
    return session.scalars(changed if since is None else changed.where(Label.updated_at > since)).one()


def added_counts(session: Session, *, least: float) -> dict[str, int]:
    """How many texts carry each added label: those of which at least this share of people named it."""
    found = session.scalars(select(Label.added).where(Label.added.is_not(None)))
    return dict(Counter(name for shares in found for name, share in (shares or {}).items() if share >= least))


def newest(session: Session) -> datetime | None:
    """When a label was last made or changed, of those that there are."""
    return session.scalars(select(func.max(Label.updated_at))).one()


def recompute(session: Session, *, text_id: int, corrections: Sequence[records.Correction]) -> None:
    """Make the text's label anew from the current corrections that count; without any it has no label."""
    session.execute(delete(Label).where(Label.text_id == text_id))
    if not corrections:
        return
    _decide_measured(session, text_id)
    said = together([correction.verdict for correction in corrections], added_names(session))
    said["added"] = said["added"] or None
    session.add(Label(text_id=text_id, **said, corrections=[correction.id for correction in corrections]))
    session.flush()


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
