"""Stored texts, the pool that waits for annotation, and the texts' features."""

import math
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from hashlib import sha256
from itertools import islice
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Integer, Select, String, bindparam, exists, func, select
from sqlalchemy.orm import Session

from db import records, schema, vectors
from db.current import SHARES, judged_by_me, standing
from db.errors import StoreError
from db.schema import Annotator, Correction, Feature, Label, Queued, Suggestion, Text
from db.upsert import chunks, insert, replace

NEWEST_BLOCK = 500  # rows read at a time
RELEASE = bindparam("release", type_=String)
EXCLUDED = bindparam("exclude", type_=Integer, expanding=True)
POOL_SIZE = select(func.count(), func.max(Text.id)).where(Text.pooled, Text.id > bindparam("after"))
JUDGED_COUNT = (
    select(func.count(Correction.text_id.distinct()))
    .join(Text, Text.id == Correction.text_id)
    .where(Text.pooled, Correction.annotator_id == bindparam("annotator"), standing(Correction))
)
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


def contents(session: Session, *, text_ids: Collection[int]) -> dict[int, str]:
    """Each text's content by its id; texts that are not there are left out."""
    found: dict[int, str] = {}
    for part in chunks(list(text_ids)):
        found.update(session.execute(select(Text.id, Text.content).where(Text.id.in_(part))).all())
    return found


def out_of_reach(session: Session, *, text_ids: Collection[int], annotator: str) -> set[int]:
    """Those of the ids that are no text of the pool, and none of which the person of this name ever said anything."""
    theirs = exists().where(
        Correction.text_id == Text.id, Correction.annotator_id == Annotator.id, Annotator.name == annotator
    )
    reached = (
        session.scalars(select(Text.id).where(Text.id.in_(part), Text.pooled | theirs))
        for part in chunks(list(text_ids))
    )
    return {*text_ids}.difference(*reached)


def find(session: Session, *, content: str) -> records.Text | None:
    """The stored text that is the same as this one, None where there is none."""
    row = session.scalars(select(Text).where(Text.hash == fingerprint(content))).one_or_none()
    return record(row) if row else None


def pool_size(session: Session, *, after: int = 0) -> tuple[int, int]:
    """(texts in the pool with a greater id, the greatest of these ids or ``after``)."""
    count, newest = session.execute(POOL_SIZE, {"after": after}).one()
    return count, newest or after


def newest(session: Session, *, limit: int, without: Collection[int] = ()) -> list[tuple[records.Text, datetime]]:
    """At most ``limit`` texts, the one stored last first, each with when it was stored; some ids are passed over."""
    rows = session.execute(select(Text).order_by(Text.id.desc()).execution_options(yield_per=NEWEST_BLOCK)).scalars()
    wanted = (row for row in rows if row.id not in without)
    return [(record(row), row.created_at) for row in islice(wanted, limit)]


def judged_count(session: Session, *, annotator_id: int) -> int:
    """Texts of the pool with a current correction of this annotator."""
    return session.scalars(JUDGED_COUNT, {"annotator": annotator_id}).one()


def newest_in_pool(session: Session) -> int:
    """The greatest id of the pool; 0 while it is empty."""
    return session.scalars(select(Text.id).where(Text.pooled).order_by(Text.id.desc()).limit(1)).first() or 0


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
    doubt: float = math.inf,
) -> records.Text | None:
    """The pooled text that this annotator has not judged and of which the release is least certain.

    Texts without a suggestion of the release come last; ties go by id. ``free``: what else must hold of it. With it the
    text is locked, and what others have locked passed over. None when there is nothing left. ``doubt``: the uncertainty
    from which on it is looked for first, so that nobody walks past all that was answered long ago.
    """
    given = _given(annotator_id, exclude) | {"release": release}
    for start in dict.fromkeys((doubt, math.inf)):
        if row := session.scalars(_least_certain(free), given | {"doubt": start}).first():
            return record(row)
    row = session.scalars(_unjudged(free), given).first()
    return record(row) if row else None


def random_in_pool(
    session: Session, *, annotator_id: int, at: float, exclude: Collection[int], free: ColumnElement[bool]
) -> records.Text | None:
    """As ``next_in_pool``, but the first from the place ``at``, 0 to 1, of the pool on; at its end from its start."""
    given = _given(annotator_id, exclude)
    start = int(at * newest_in_pool(session)) + 1
    row = (
        session.scalars(_from(free), given | {"start": start}).first()
        or session.scalars(_from(free), given | {"start": 0}).first()
    )
    return record(row) if row else None


def queued(
    session: Session,
    *,
    part: records.Part,
    annotator_id: int,
    release: str | None,
    exclude: Collection[int],
    free: ColumnElement[bool],
) -> records.Text | None:
    """As ``next_in_pool``, but the first that a part of the queue asks for."""
    given = _given(annotator_id, exclude) | {"release": release, "part": part}
    row = session.scalars(_queued(free), given).first()
    return record(row) if row else None


def seconded(
    session: Session, *, annotator_id: int, overlap: float, exclude: Collection[int], free: ColumnElement[bool]
) -> records.Text | None:
    """As ``next_in_pool``, but one of the share ``overlap`` that one person labelled and this annotator may answer too."""
    given = _given(annotator_id, exclude) | {"lots": round(overlap * SHARES)}
    row = session.scalars(_labelled(free), given).first()
    return record(row) if row else None


def _given(annotator_id: int, exclude: Collection[int]) -> dict[str, Any]:
    return {"me": annotator_id, "exclude": list(exclude), "now": schema.now()}


@cache
def _least_certain(free: ColumnElement[bool] | None) -> Select[Text]:
    judged = _waiting(free).join(Suggestion, Suggestion.text_id == Text.id).where(Suggestion.release == RELEASE)
    judged = judged.where(Suggestion.uncertainty <= bindparam("doubt"))
    return judged.order_by(Suggestion.uncertainty.desc(), Suggestion.text_id)


@cache
def _unjudged(free: ColumnElement[bool] | None) -> Select[Text]:
    judged = exists().where(Suggestion.release == RELEASE, Suggestion.text_id == Text.id)
    return _waiting(free).where(~judged).order_by(Text.id)


@cache
def _from(free: ColumnElement[bool]) -> Select[Text]:
    return _waiting(free).where(Text.id >= bindparam("start")).order_by(Text.id)


@cache
def _queued(free: ColumnElement[bool]) -> Select[Text]:
    asked = _waiting(free).join(Queued, Queued.text_id == Text.id)
    return asked.where(Queued.release == RELEASE, Queued.part == bindparam("part")).order_by(Queued.place)


@cache
def _labelled(free: ColumnElement[bool]) -> Select[Text]:
    alone = _waiting(free).join(Label, Label.text_id == Text.id).where(Label.lot < bindparam("lots"))
    return alone.order_by(Label.lot, Label.text_id)


def _waiting(free: ColumnElement[bool] | None) -> Select[Text]:
    query = select(Text).where(Text.pooled, Text.id.not_in(EXCLUDED), ~judged_by_me()).limit(1)
    return query if free is None else query.where(free).with_for_update(of=Text, key_share=True, skip_locked=True)


def without_features(
    session: Session, *, encoder_id: str, pooled_only: bool, limit: int, after: int = 0
) -> list[records.Text]:
    """At most ``limit`` texts with an id greater than ``after`` that this encoder has not seen, by id."""
    known = exists().where(Feature.text_id == Text.id, Feature.encoder_id == encoder_id)
    query = select(Text).where(Text.id > after, ~known).order_by(Text.id).limit(limit)
    return [record(row) for row in session.scalars(query.where(Text.pooled) if pooled_only else query)]


def remaining(session: Session, *, text_ids: Collection[int]) -> set[int]:
    """Those of the texts that nobody erased, and nobody does before the session ends: what was found out about a text
    between two transactions is stored only for these.
    """
    stay = select(Text.id).order_by(Text.id).with_for_update(read=True, key_share=True)
    return {i for part in chunks(sorted(text_ids)) for i in session.scalars(stay.where(Text.id.in_(part)))}


def store_features(session: Session, *, encoder_id: str, features: Mapping[int, np.ndarray]) -> None:
    """Keep the encoder's features by text id, vectors of shape (width,), as float16; of texts that are there no more, none."""
    kept = sorted(remaining(session, text_ids=features))
    rows = [{"text_id": i, "encoder_id": encoder_id, "vector": vectors.pack(features[i])} for i in kept]
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


def feature_blocks(session: Session, *, encoder_id: str, size: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Ids (n,) and float32 features (n, width) of every text of the pool that has some, ``size`` or fewer at a time.

    Read it within the session; no more than a block of it is in memory.
    """
    feature, text = Feature.__table__.c, Text.__table__.c  # rows as they are, without an object for each
    query = select(feature.text_id, feature.vector).join_from(Feature.__table__, Text.__table__)
    query = query.where(feature.encoder_id == encoder_id, text.pooled).execution_options(yield_per=size)
    for part in session.execute(query).partitions():
        ids, rows = zip(*part, strict=True)
        yield np.array(ids), vectors.stack(rows)
