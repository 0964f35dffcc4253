"""The front of the queue: texts that were chosen together for each of its parts, and what they are chosen from."""

import math
from collections.abc import Collection, Mapping, Sequence

import numpy as np
from sqlalchemy import ColumnElement, delete, exists, func, select
from sqlalchemy.orm import Session

from db import schema, texts, vectors
from db.current import answered
from db.records import Part
from db.schema import Claim, Feature, Label, Queued, Suggestion, Text
from db.upsert import chunks, insert


def store(session: Session, *, release: str, parts: Mapping[Part, Sequence[int]]) -> None:
    """Ids in the order in which each part asks for them, in place of all that was chosen before; texts that are there no
    more are left out.
    """
    kept = texts.remaining(session, text_ids={text_id for ids in parts.values() for text_id in ids})
    session.execute(delete(Queued))
    rows = [
        {"release": release, "part": part, "place": place, "text_id": text_id}
        for part, ids in parts.items()
        for place, text_id in enumerate(ids)
        if text_id in kept
    ]
    if rows:
        session.execute(insert(session, Queued), rows)


def left(session: Session, *, release: str) -> dict[str, int]:
    """How many texts of each part nobody has answered or in hand."""
    query = select(Queued.part, func.count()).join(Text, Text.id == Queued.text_id)
    query = query.where(Queued.release == release, _free()).group_by(Queued.part)
    return dict(iter(session.execute(query)))


def doubt(session: Session, *, release: str) -> float:
    """The release's uncertainty of the text of which it is least certain among those that nobody has answered or in hand;
    infinite where there is none.
    """
    query = select(Suggestion.uncertainty).join(Text, Text.id == Suggestion.text_id).where(Text.pooled)
    query = query.where(Suggestion.release == release, _free()).order_by(Suggestion.uncertainty.desc())
    found = session.scalars(query.limit(1)).first()
    return math.inf if found is None else found


def _free() -> ColumnElement[bool]:
    """Whether nobody has answered the text or in hand."""
    return ~answered() & ~exists().where(Claim.text_id == Text.id, Claim.expires_at > schema.now())


def candidates(
    session: Session, *, release: str, encoder_id: str, text_ids: Collection[int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Ids (n,), features (n, width) and the release's outputs (n, columns), float32, of those of the texts that nobody has
    answered and the release has judged.
    """
    ids: list[int] = []
    features: list[bytes] = []
    outputs: list[bytes] = []
    query = select(Text.id, Feature.vector, Suggestion.outputs).join(Feature, Feature.text_id == Text.id)
    query = query.join(Suggestion, Suggestion.text_id == Text.id).where(~answered(), Text.pooled)
    query = query.where(Feature.encoder_id == encoder_id, Suggestion.release == release)
    for part in chunks(sorted(text_ids)):
        for text_id, vector, row in session.execute(query.where(Text.id.in_(part))):
            ids.append(text_id)
            features.append(vector)
            outputs.append(row)
    return np.array(ids, int), vectors.stack(features), vectors.stack(outputs)


def labelled(session: Session, *, encoder_id: str, limit: int) -> np.ndarray:
    """Features (n, width) of the texts that got a label last, at most ``limit``, float32."""
    query = select(Feature.vector).join(Label, Label.text_id == Feature.text_id).where(Feature.encoder_id == encoder_id)
    return vectors.stack(session.scalars(query.order_by(Label.updated_at.desc(), Label.text_id).limit(limit)).all())
