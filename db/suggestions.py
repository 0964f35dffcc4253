"""What a release predicted for the texts of the pool, and how sure it was."""

from collections import defaultdict
from collections.abc import Collection, Sequence

import numpy as np
from sqlalchemy import delete, exists, select, tuple_
from sqlalchemy.orm import Session

from db import texts, vectors
from db.schema import Claim, Correction, Feature, Suggestion, Text
from db.upsert import chunks, replace


def store(session: Session, *, release: str, rows: Sequence[tuple[int, np.ndarray, float]]) -> None:
    """Keep (text id, outputs of shape (n,), uncertainty: higher is asked first), replacing earlier ones; of texts that are
    there no more, none.
    """
    kept = texts.remaining(session, text_ids=[text_id for text_id, _, _ in rows])
    replace(
        session,
        Suggestion,
        [
            {"release": release, "text_id": i, "outputs": vectors.pack(outputs), "uncertainty": float(uncertainty)}
            for i, outputs, uncertainty in rows
            if i in kept
        ],
    )


def get(session: Session, *, release: str, text_id: int) -> np.ndarray | None:
    """The outputs as float32, shape (n,), or None."""
    row = session.get(Suggestion, (release, text_id))
    return None if row is None else vectors.unpack(row.outputs)


def of(session: Session, *, wanted: Collection[tuple[str, int]]) -> dict[tuple[str, int], np.ndarray]:
    """The outputs, shape (n,), by (release, text id); what is not stored is left out."""
    by_release: dict[str, list[int]] = defaultdict(list)
    for release, text_id in wanted:
        by_release[release].append(text_id)
    return {
        (release, row.text_id): vectors.unpack(row.outputs)
        for release, ids in by_release.items()
        for part in chunks(ids)
        for row in session.scalars(
            select(Suggestion).where(Suggestion.release == release, Suggestion.text_id.in_(part))
        )
    }


def missing(
    session: Session, *, release: str, encoder_id: str, limit: int, after: int = 0, upto: int | None = None
) -> tuple[list[int], np.ndarray]:
    """At most ``limit`` pooled texts that the release has not predicted yet: their ids in order, and float32 features
    (texts, width). Only ids greater than ``after`` and at most ``upto`` are looked at.
    """
    known = exists().where(Suggestion.release == release, Suggestion.text_id == Text.id)
    query = select(Text.id, Feature.vector).join(Feature, Feature.text_id == Text.id)
    query = query.where(Text.pooled, Text.id > after, Feature.encoder_id == encoder_id, ~known)
    if upto is not None:
        query = query.where(Text.id <= upto)
    rows = session.execute(query.order_by(Text.id).limit(limit)).all()
    return [text_id for text_id, _ in rows], vectors.stack([vector for _, vector in rows])


def forget(session: Session, *, release: str, limit: int) -> int:
    """Drop at most ``limit`` predictions of a release for texts that nobody was given or ever said anything of; returns
    how many.
    """
    spoken_of = exists().where(Correction.text_id == Suggestion.text_id)
    given = exists().where(Claim.text_id == Suggestion.text_id)
    key = Suggestion.release, Suggestion.text_id
    unread = select(*key).where(Suggestion.release == release, ~spoken_of, ~given).limit(limit)
    return len(session.execute(delete(Suggestion).where(tuple_(*key).in_(unread)).returning(Suggestion.text_id)).all())
