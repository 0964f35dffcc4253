"""Reviewers' decisions on texts: an append-only history in which the newest that was not taken back holds.

Each leaves an event.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.orm import Session

from db import corrections, events, records, schema, texts
from db.current import in_force, ruling
from db.errors import StoreError, Taken
from db.records import RULINGS, Ruling, Verdict
from db.schema import Adjudication, Annotator, Correction, Text
from db.upsert import chunks


def record(row: Adjudication, annotator: str) -> records.Adjudication:
    return records.Adjudication(
        id=row.id,
        client_id=row.client_id,
        text_id=row.text_id,
        annotator_id=row.annotator_id,
        annotator=annotator,
        kind=row.kind,
        action=next(action for action in RULINGS if action == row.action),
        verdict=Verdict(tuple(row.labels) if row.labels else None, row.polarity, row.scores),
        seen=row.seen,
        comment=row.comment,
        supersedes=row.supersedes,
        created_at=row.created_at,
    )


def save(
    session: Session,
    *,
    client_id: str,
    text_id: int,
    annotator_id: int,
    kind: str,
    action: Ruling,
    seen: int,
    after: int,
    verdict: Verdict = corrections.NOTHING,
    comment: str | None = None,
    created_at: datetime | None = None,
) -> records.Adjudication:
    """Store what a reviewer decided and remake the text's label. Sent again with the same ``client_id`` it is stored once.

    ``seen``, ``after``: ids of the newest correction and the newest decision that the reviewer knew of. Raises StoreError
    for an unknown text or person, a verdict without "accept" or the reverse, a ``client_id`` of another decision, and
    where there is a newer decision.
    """
    reviewer = corrections.lock_annotator(session, annotator_id)
    said = text_id, replace(verdict, labels=verdict.labels or None)
    if stored := _stored(session, client_id, annotator_id, action, said):
        return stored
    corrections.check_enabled(reviewer)
    if (action == "accept") == verdict.empty:
        raise StoreError("Accepting needs a label, a polarity or a score; no other decision takes one.")
    corrections.lock_text(session, text_id)
    if newest(session, text_id=text_id) > after:
        raise StoreError("Somebody decided on this text meanwhile; look at the next one.")
    row = Adjudication(
        client_id=client_id,
        text_id=text_id,
        annotator_id=annotator_id,
        kind=kind,
        action=action,
        labels=list(verdict.labels) if verdict.labels else None,
        polarity=verdict.polarity,
        scores=dict(verdict.scores),
        seen=seen,
        comment=comment,
        created_at=created_at or schema.now(),
    )
    return _append(session, row, reviewer.name)


def undo(session: Session, *, client_id: str, annotator_id: int, id: int | None = None) -> records.Adjudication | None:
    """Take back the reviewer's newest decision in force, or that of this id, whoever's it is, and remake the label.

    What was decided on the text before, if anything, holds again. Returns the decision that was taken back, or None.
    """
    reviewer = corrections.lock_annotator(session, annotator_id)
    if stored := _stored(session, client_id, annotator_id, "undo"):
        return _one(session, Adjudication.id == stored.supersedes)
    corrections.check_enabled(reviewer)
    wanted = Adjudication.id == id if id is not None else Adjudication.annotator_id == annotator_id
    taken_back = _one(session, wanted & in_force(Adjudication))
    if taken_back is None:
        return None
    corrections.lock_text(session, taken_back.text_id)
    if _one(session, (Adjudication.id == taken_back.id) & in_force(Adjudication)) is None:
        return None  # another reviewer was quicker
    row = Adjudication(
        client_id=client_id,
        text_id=taken_back.text_id,
        annotator_id=annotator_id,
        kind=taken_back.kind,
        action="undo",
        scores={},
        seen=taken_back.seen,
        supersedes=taken_back.id,
        created_at=schema.now(),
    )
    _append(session, row, reviewer.name)
    return taken_back


def settled(session: Session, *, kind: str) -> set[int]:
    """Texts on which a decision of this kind is in force, and of which nobody has said anything since."""
    later = exists().where(Correction.text_id == Adjudication.text_id, Correction.id > Adjudication.seen)
    query = select(Adjudication.text_id).where(Adjudication.kind == kind, in_force(Adjudication), ~later)
    return set(session.scalars(query))


def recent(session: Session, *, limit: int) -> list[tuple[records.Text, records.Adjudication]]:
    """The newest decisions in force with their texts, the newest first."""
    query = _with_texts().order_by(Adjudication.id.desc()).limit(limit)
    return [(texts.record(text), record(row, name)) for text, row, name in session.execute(query)]


def accepted(session: Session) -> Iterator[tuple[records.Text, records.Adjudication]]:
    """The decisions that are the label of their text, with their texts, by id. Read it within the session."""
    query = _with_texts().where(ruling(Adjudication), Adjudication.action == "accept").order_by(Adjudication.id)
    for text, row, name in session.execute(query):
        yield texts.record(text), record(row, name)


def sent(session: Session, *, client_ids: Collection[str]) -> list[tuple[records.Text, records.Adjudication]]:
    """The rows of the history that were sent with these ids, with their texts."""
    return [
        (texts.record(text), record(row, name))
        for part in chunks(list(client_ids))
        for text, row, name in session.execute(_everything().where(Adjudication.client_id.in_(part)))
    ]


def histories(session: Session, *, contents: Iterable[str]) -> Iterator[tuple[records.Text, records.Adjudication]]:
    """All that was ever decided on these texts, undos too, with the texts; on each text the oldest first."""
    for part in chunks(sorted({*map(texts.fingerprint, contents)})):
        for text, row, name in session.execute(_everything().where(Text.hash.in_(part)).order_by(Adjudication.id)):
            yield texts.record(text), record(row, name)


def newest(session: Session, *, text_id: int) -> int:
    """The greatest id of the text's decisions, those taken back and undos too; 0 where there is none."""
    query = select(func.coalesce(func.max(Adjudication.id), 0)).where(Adjudication.text_id == text_id)
    return session.scalars(query).one()


def _with_texts() -> Select[Text, Adjudication, str]:
    return _everything().where(in_force(Adjudication))


def _everything() -> Select[Text, Adjudication, str]:
    query = select(Text, Adjudication, Annotator.name).join(Adjudication, Adjudication.text_id == Text.id)
    return query.join(Annotator, Annotator.id == Adjudication.annotator_id)


def _one(session: Session, which: ColumnElement[bool]) -> records.Adjudication | None:
    """The newest of these."""
    query = select(Adjudication, Annotator.name).join(Annotator, Annotator.id == Adjudication.annotator_id)
    found = session.execute(query.where(which).order_by(Adjudication.id.desc()).limit(1)).first()
    return record(*found) if found else None


def _stored(
    session: Session, client_id: str, annotator_id: int, action: Ruling, said: tuple[int, Verdict] | None = None
) -> records.Adjudication | None:
    """What has this id, if it is the same: of the text and with the verdict ``said``, where given. Raises Taken."""
    stored = _one(session, Adjudication.client_id == client_id)
    if stored is None:
        return None
    same = said is None or said == (stored.text_id, stored.verdict)
    if not same or (stored.annotator_id, stored.action) != (annotator_id, action):
        raise Taken("The id {id!r} belongs to another decision; reload the page and decide again.", id=client_id)
    return stored


def _append(session: Session, row: Adjudication, reviewer: str) -> records.Adjudication:
    session.add(row)
    session.flush()
    corrections.relabel(session, text_id=row.text_id)
    detail = {"decision": row.id, "action": row.action, "kind": row.kind, "supersedes": row.supersedes}
    events.add(session, actor=reviewer, kind="adjudication", subject=f"text {row.text_id}", detail=detail)
    return record(row, reviewer)
