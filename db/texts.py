"""Stored texts, the pool that waits for annotation, and the texts' features."""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from hashlib import sha256

import numpy as np
from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.orm import Session

from db import records, schema, vectors
from db.current import judged_by, standing
from db.errors import StoreError
from db.schema import Correction, Feature, Label, Queued, Suggestion, Text
from db.upsert import chunks, insert, replace

UNSTORABLE = re.compile("[\0\ud800-\udfff]")  # PostgreSQL takes no NUL, UTF-8 no lone surrogate


def record(row: Text) -> records.Text:
    return records.Text(row.id, row.content, row.source, row.pooled)


def fingerprint(content: str) -> str:
    """sha256 of the content in NFC, with white space stripped and collapsed: texts that share it are the same."""
    return sha256(" ".join(unicodedata.normalize("NFC", content).split()).encode()).hexdigest()


def add(session: Session, *, contents: Sequence[str], source: str, pooled: bool) -> list[int]:
    """Store texts, each once; returns one id per content, in order. Known texts join the pool if ``pooled``.

    Raises StoreError, with nothing stored, for an empty text or one with a character that cannot be stored.
    """
    for content in contents:
        _check(content)
    hashes = [fingerprint(content) for content in contents]
    first = dict(zip(reversed(hashes), reversed(contents), strict=True))
    rows = [{"hash": h, "content": first[h], "source": source, "pooled": pooled} for h in dict.fromkeys(hashes)]
    statement = insert(session, Text)
    if pooled:
        statement = statement.on_conflict_do_update(index_elements=["hash"], set_={"pooled": True}, where=~Text.pooled)
    else:
        statement = statement.on_conflict_do_nothing(index_elements=["hash"])
    ids: dict[str, int] = {}
    for part in chunks(rows):
        session.execute(statement, part)
        found = session.execute(select(Text.hash, Text.id).where(Text.hash.in_([row["hash"] for row in part])))
        ids.update(found.all())
    return [ids[h] for h in hashes]


def pool(session: Session, *, contents: Sequence[str], source: str) -> tuple[list[int], int]:
    """``add`` to the pool; returns the ids and how many texts are new in it."""
    hashes = {fingerprint(content) for content in contents}
    query = select(func.count()).select_from(Text).where(Text.pooled)
    known = sum(session.scalars(query.where(Text.hash.in_(part))).one() for part in chunks(sorted(hashes)))
    return add(session, contents=contents, source=source, pooled=True), len(hashes) - known


def _check(content: str) -> None:
    if not content.strip():
        raise StoreError("An empty text cannot be stored; leave it out.")
    if found := UNSTORABLE.search(content):
        start = UNSTORABLE.sub("�", content[:40])
        raise StoreError(
            "The text {start!r} has the character U+{code:04X}, which cannot be stored; remove it.",
            start=start,
            code=ord(found[0]),
        )


def get(session: Session, *, text_id: int) -> records.Text:
    """Raises StoreError where there is none."""
    row = session.get(Text, text_id)
    if row is None:
        raise StoreError("There is no text {id}.", id=text_id)
    return record(row)


def pool_size(session: Session, *, after: int = 0) -> tuple[int, int]:
    """(texts in the pool with a greater id, the greatest of these ids or ``after``)."""
    query = select(func.count(), func.coalesce(func.max(Text.id), after)).where(Text.pooled, Text.id > after)
    count, newest = session.execute(query).one()
    return count, newest


def judged_count(session: Session, *, annotator_id: int) -> int:
    """Texts of the pool with a current correction of this annotator."""
    query = select(func.count(Correction.text_id.distinct())).join(Text, Text.id == Correction.text_id)
    return session.scalars(
        query.where(Text.pooled, Correction.annotator_id == annotator_id, standing(Correction))
    ).one()


def newest_in_pool(session: Session) -> int:
    """The greatest id of the pool; 0 while it is empty."""
    return session.scalars(select(Text.id).where(Text.pooled).order_by(Text.id.desc()).limit(1)).first() or 0


def queued(
    session: Session,
    *,
    part: records.Part,
    annotator_id: int,
    release: str | None,
    exclude: Collection[int] = (),
    free: ColumnElement[bool] | None = None,
) -> records.Text | None:
    """The first text that a part of the queue asks for and this annotator has not judged."""
    waiting = _waiting(annotator_id, exclude, free).join(Queued, Queued.text_id == Text.id)
    row = session.scalars(waiting.where(Queued.release == release, Queued.part == part).order_by(Queued.place)).first()
    return record(row) if row else None


def seconded(
    session: Session, *, annotator_id: int, exclude: Collection[int], free: ColumnElement[bool]
) -> records.Text | None:
    """The text that was answered first and may be answered by this annotator too."""
    waiting = _waiting(annotator_id, exclude, free).join(Label, Label.text_id == Text.id)
    row = session.scalars(waiting.order_by(Label.updated_at, Text.id)).first()
    return record(row) if row else None


def pool_ids(session: Session, *, after: int = 0) -> np.ndarray:
    """Ids of the pool greater than ``after``, in order, (n,)."""
    query = select(Text.id).where(Text.pooled, Text.id > after).order_by(Text.id)
    return np.array(session.scalars(query).all(), int)


def next_in_pool(
    session: Session,
    *,
    annotator_id: int,
    release: str | None,
    exclude: Collection[int] = (),
    free: ColumnElement[bool] | None = None,
) -> records.Text | None:
    """The pooled text that this annotator has not judged and of which the release is least certain.

    Texts without a suggestion of the release come last; ties go by id. ``free``: what else must hold of it. None when
    there is nothing left.
    """
    waiting = _waiting(annotator_id, exclude, free)
    suggested = waiting.join(Suggestion, Suggestion.text_id == Text.id).where(Suggestion.release == release)
    row = session.scalars(suggested.order_by(Suggestion.uncertainty.desc(), Suggestion.text_id)).first()
    if row is None:
        row = session.scalars(waiting.where(~_has_suggestion(release)).order_by(Text.id)).first()
    return record(row) if row else None


def random_in_pool(
    session: Session, *, annotator_id: int, at: float, exclude: Collection[int], free: ColumnElement[bool]
) -> records.Text | None:
    """As ``next_in_pool``, but the first from the place ``at``, 0 to 1, of the pool on; at its end from its start."""
    waiting = _waiting(annotator_id, exclude, free).order_by(Text.id)
    start = int(at * newest_in_pool(session)) + 1
    row = session.scalars(waiting.where(Text.id >= start)).first() or session.scalars(waiting).first()
    return record(row) if row else None


def _waiting(annotator_id: int, exclude: Collection[int], free: ColumnElement[bool] | None) -> Select[Text]:
    query = select(Text).where(Text.pooled, Text.id.not_in(exclude), ~judged_by(annotator_id, Text.id)).limit(1)
    return query if free is None else query.where(free)


def _has_suggestion(release: str | None) -> ColumnElement[bool]:
    return exists().where(Suggestion.release == release, Suggestion.text_id == Text.id)


def without_features(
    session: Session, *, encoder_id: str, pooled_only: bool, limit: int, after: int = 0
) -> list[records.Text]:
    """At most ``limit`` texts with an id greater than ``after`` that this encoder has not seen, by id."""
    known = exists().where(Feature.text_id == Text.id, Feature.encoder_id == encoder_id)
    query = select(Text).where(Text.id > after, ~known).order_by(Text.id).limit(limit)
    return [record(row) for row in session.scalars(query.where(Text.pooled) if pooled_only else query)]


def store_features(session: Session, *, encoder_id: str, features: Mapping[int, np.ndarray]) -> None:
    """Keep the encoder's features by text id, vectors of shape (width,), as float16."""
    rows = [{"text_id": i, "encoder_id": encoder_id, "vector": vectors.pack(v)} for i, v in features.items()]
    replace(session, schema.Feature, rows)


def features(session: Session, *, encoder_id: str, text_ids: Collection[int]) -> dict[int, np.ndarray]:
    """float32 features of shape (width,) by text id; texts without are left out."""
    found: dict[int, np.ndarray] = {}
    for part in chunks(list(text_ids)):
        query = select(Feature.text_id, Feature.vector).where(
            Feature.encoder_id == encoder_id, Feature.text_id.in_(part)
        )
        found.update((text_id, vectors.unpack(data)) for text_id, data in session.execute(query))
    return found
