"""What a release predicted for the texts of the pool, and how sure it was."""

from collections.abc import Sequence

import numpy as np
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from db import vectors
from db.schema import Feature, Suggestion, Text
from db.upsert import replace


def store(session: Session, *, release: str, rows: Sequence[tuple[int, np.ndarray, float]]) -> None:
    """Keep (text id, outputs of shape (n,), uncertainty: higher is asked first), replacing earlier ones."""
    replace(
        session,
        Suggestion,
        [
            {"release": release, "text_id": i, "outputs": vectors.pack(outputs), "uncertainty": float(uncertainty)}
            for i, outputs, uncertainty in rows
        ],
    )


def get(session: Session, *, release: str, text_id: int) -> np.ndarray | None:
    """The outputs as float32, shape (n,), or None."""
    row = session.get(Suggestion, (release, text_id))
    return None if row is None else vectors.unpack(row.outputs)


def missing(session: Session, *, release: str, encoder_id: str, limit: int) -> list[tuple[int, np.ndarray]]:
    """At most ``limit`` (text id, float32 features) of pooled texts that the release has not predicted yet, by id."""
    known = exists().where(Suggestion.release == release, Suggestion.text_id == Text.id)
    query = select(Text.id, Feature.vector).join(Feature, Feature.text_id == Text.id)
    query = query.where(Text.pooled, Feature.encoder_id == encoder_id, ~known).order_by(Text.id).limit(limit)
    return [(text_id, vectors.unpack(data)) for text_id, data in session.execute(query)]
