"""Corrections: an append-only history in which the newest that was not undone is a person's current one."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cache

from sqlalchemy import ColumnElement, Select, bindparam, func, select
from sqlalchemy.orm import Session

from db import facts, labels, records, schema, texts
from db.current import current as is_current
from db.current import standing
from db.errors import StoreError, Taken
from db.records import ACTIONS, TRUSTED_ROLES, Action, Verdict
from db.schema import Annotator, Correction, Text
from db.upsert import chunks

NOTHING = Verdict(None, None, {})
BATCH = 500  # rows of an export in memory at once


def record(row: Correction, annotator: str) -> records.Correction:
    return records.Correction(
        id=row.id,
        client_id=row.client_id,
        text_id=row.text_id,
        annotator_id=row.annotator_id,
        annotator=annotator,
        action=next(action for action in ACTIONS if action == row.action),
        verdict=Verdict(tuple(row.labels) if row.labels else None, row.polarity, row.scores),
        visible=row.visible,
        release=row.release,
        seconds=row.seconds,
        comment=row.comment,
        supersedes=row.supersedes,
        created_at=row.created_at,
        chosen=row.chosen,
    )


def save(
    session: Session,
    *,
    client_id: str,
    text_id: int,
    annotator_id: int,
    action: Action = "label",
    verdict: Verdict = NOTHING,
    visible: bool,
    release: str | None = None,
    seconds: float | None = None,
    comment: str | None = None,
    chosen: str | None = None,
    created_at: datetime | None = None,
) -> records.Correction:
    """Store a correction in place of the annotator's current one of the text, and remake the text's label.

    Sent again with the same ``client_id`` it is stored once, and what is stored is returned. A visitor's correction
    waits: it touches no label. Raises StoreError for an unknown text or annotator, one who is disabled, a "label"
    without a verdict, or a ``client_id`` that belongs to another correction.
    """
    annotator = lock_annotator(session, annotator_id)
    if stored := _stored(session, client_id, annotator, action, text_id, plain(verdict)):
        return stored
    check_enabled(annotator)
    if action == "label" and verdict.empty:
        raise StoreError("A correction needs at least one label, a polarity or a score.")
    text = lock_text(session, text_id)
    replaced = current(session, annotator_id=annotator_id, text_id=text_id)
    row = Correction(
        client_id=client_id,
        text_id=text_id,
        annotator_id=annotator_id,
        action=action,
        labels=list(plain(verdict).labels or ()) or None,
        polarity=verdict.polarity,
        scores=dict(verdict.scores),
        visible=visible,
        release=release,
        seconds=seconds,
        comment=comment,
        chosen=chosen,
        supersedes=replaced.id if replaced else None,
        created_at=created_at or schema.now(),
    )
    return _append(session, row, annotator, text)


def undo(
    session: Session, *, client_id: str, annotator_id: int, text_id: int | None = None
) -> records.Correction | None:
    """Take back the annotator's newest standing correction (of the text, if given) and remake the text's label.

    The annotator's correction of that text before it, if any, is the current one again. Returns the row of the undo,
    or None where there is nothing to take back. Repeated undos walk back one correction each.
    """
    annotator = lock_annotator(session, annotator_id)
    if stored := _stored(session, client_id, annotator, "undo", text_id):
        return stored
    check_enabled(annotator)
    newest = _newest_standing(session, annotator_id, text_id)
    if newest is None:
        return None
    text = lock_text(session, newest.text_id)
    row = Correction(
        client_id=client_id,
        text_id=newest.text_id,
        annotator_id=annotator_id,
        action="undo",
        scores={},
        visible=newest.visible,
        release=newest.release,
        chosen=newest.chosen,
        supersedes=newest.id,
        created_at=schema.now(),
    )
    return _append(session, row, annotator, text)


def current(session: Session, *, annotator_id: int, text_id: int) -> records.Correction | None:
    """What the annotator says of the text now: a label, skip or flag; None if nothing, or all was undone."""
    return _newest_standing(session, annotator_id, text_id)


def get(session: Session, *, id: int) -> records.Correction:
    """Raises StoreError where there is none."""
    found = next(iter(_records(session, _select().where(Correction.id == id))), None)
    if found is None:
        raise StoreError("There is no correction {id}.", id=id)
    return found


def said(session: Session, *, annotator_id: int, limit: int | None = None) -> list[records.Correction]:
    """What the annotator says now of each text, the newest first: labels, skips and flags, nothing undone."""
    query = _select(annotator_id).where(is_current(Correction)).order_by(Correction.id.desc())
    return _records(session, query if limit is None else query.limit(limit))


def of_texts(
    session: Session, *, text_ids: Collection[int], annotator_id: int | None = None
) -> list[records.Correction]:
    """What is said now of these texts, by everybody or by one person, by text and person."""
    return [
        found
        for part in chunks(sorted(text_ids))
        for found in _records(
            session,
            _select(annotator_id)
            .where(Correction.text_id.in_(part), is_current(Correction))
            .order_by(Correction.text_id, Correction.annotator_id),
        )
    ]


def everybodys(session: Session) -> list[records.Correction]:
    """What everybody whose word counts says now of every text, the newest first."""
    query = _select().where(Annotator.role.in_(TRUSTED_ROLES), is_current(Correction))
    return _records(session, query.order_by(Correction.id.desc()))


def tally(session: Session, *, annotator_id: int, since: datetime | None = None) -> dict[str, int]:
    """How many texts the annotator labelled, skipped and flagged, by action."""
    query = select(Correction.action, func.count()).where(
        Correction.annotator_id == annotator_id, is_current(Correction)
    )
    if since is not None:
        query = query.where(Correction.created_at >= since)
    return dict(iter(session.execute(query.group_by(Correction.action))))


def history(
    session: Session, *, annotator_id: int | None = None, text_id: int | None = None, limit: int | None = 50
) -> list[records.Correction]:
    """The newest rows first, undos and superseded ones included, of one annotator and one text where given."""
    return _records(session, _select(annotator_id, text_id).order_by(Correction.id.desc()).limit(limit))


def accepted(session: Session) -> Iterator[tuple[records.Text, records.Correction]]:
    """The current "label" corrections of annotators and above with their texts, by id. Read it within the session."""
    for text, row, name in session.execute(_accepted().execution_options(yield_per=BATCH)):
        yield texts.record(text), record(row, name)


def queued(session: Session) -> list[tuple[records.Text, records.Correction]]:
    """The current "label" corrections of annotators and above of texts that the queue gave them, with these, by id."""
    rows = session.execute(_accepted().where(Correction.chosen.is_not(None)))
    return [(texts.record(text), record(row, name)) for text, row, name in rows]


def count(session: Session) -> int:
    """Every row of the history, undone ones and skips too."""
    return session.scalar(select(func.count()).select_from(Correction)) or 0


def own(session: Session, *, annotator_id: int) -> list[records.AcceptedLabel]:
    """What would be accepted were this person the only one and trusted: what they say now of each text, by text id."""
    query = select(Correction, Text.content, Text.measured).join(Text, Text.id == Correction.text_id)
    query = query.where(Correction.annotator_id == annotator_id, Correction.action == "label", is_current(Correction))
    added, found = labels.added_names(session), []
    for row, content, measured in session.execute(query.order_by(Correction.text_id)):
        said = labels.together([Verdict(tuple(row.labels or ()), row.polarity, row.scores)], added)
        found.append(
            records.AcceptedLabel(row.text_id, content, **said, measured=bool(measured), corrections=(row.id,))
        )
    return found


def relabel(session: Session, *, text_id: int) -> None:
    """Remake the text's label from the corrections that count, and what it is found by."""
    said = describe(session, text_id=text_id)
    counting = [correction for correction, role in said if role in TRUSTED_ROLES and correction.action == "label"]
    with session.no_autoflush:  # the text's row is written once
        labels.recompute(session, text_id=text_id, corrections=counting)


def relabel_all(session: Session, *, annotator_id: int) -> None:
    """``relabel`` every text that this person ever said anything of."""
    spoken_of = select(Correction.text_id).where(Correction.annotator_id == annotator_id).distinct()
    for text_id in session.scalars(spoken_of.order_by(Correction.text_id)).all():
        lock_text(session, text_id)
        relabel(session, text_id=text_id)


def describe(session: Session, *, text_id: int) -> list[tuple[records.Correction, str]]:
    """Remake what the text is found by. Returns everybody's current corrections, each with the person's role."""
    rows = session.execute(_current_of_text(), {"text": text_id})
    said = [(record(row, name), role) for row, name, role in rows]
    session.get_one(Text, text_id).facts = facts.described(said)
    return said


def counting(session: Session, *, text_id: int) -> list[records.Correction]:
    """The current "label" corrections of annotators and above, the oldest first."""
    return _records(session, _accepted_of_text(), {"text": text_id})


def of(session: Session, *, ids: Collection[int]) -> list[records.Correction]:
    """The corrections of these ids, in their order."""
    return [
        found
        for part in chunks(sorted(ids))
        for found in _records(session, _select().where(Correction.id.in_(part)).order_by(Correction.id))
    ]


def sent(session: Session, *, client_ids: Collection[str]) -> list[tuple[records.Text, records.Correction]]:
    """The rows of the history that were sent with these ids, with their texts."""
    return [
        (texts.record(text), record(row, name))
        for part in chunks(list(client_ids))
        for text, row, name in session.execute(_with_texts().where(Correction.client_id.in_(part)))
    ]


def histories(session: Session, *, contents: Iterable[str]) -> Iterator[tuple[records.Text, records.Correction]]:
    """All that was ever said of these texts, undos too, with the texts; of each text the oldest first."""
    for part in chunks(sorted({*map(texts.fingerprint, contents)})):
        for text, row, name in session.execute(_with_texts().where(Text.hash.in_(part)).order_by(Correction.id)):
            yield texts.record(text), record(row, name)


def overlapping(session: Session, *, limit: int) -> list[records.Correction]:
    """What annotators and above now say of the newest ``limit`` texts that more than one of them labelled, by text and id."""
    query = select(Correction.text_id).join(Annotator, Annotator.id == Correction.annotator_id).where(_is_accepted())
    several = query.group_by(Correction.text_id).having(func.count() > 1)
    chosen = several.order_by(Correction.text_id.desc()).limit(limit).subquery()
    within = Correction.text_id.in_(select(chosen.c.text_id))
    return _records(session, _select().where(within, _is_accepted()).order_by(Correction.text_id, Correction.id))


def _select(annotator_id: int | None = None, text_id: int | None = None) -> Select[Correction, str]:
    query = select(Correction, Annotator.name).join(Annotator, Annotator.id == Correction.annotator_id)
    if annotator_id is not None:
        query = query.where(Correction.annotator_id == annotator_id)
    if text_id is not None:
        query = query.where(Correction.text_id == text_id)
    return query


def _with_texts() -> Select[Text, Correction, str]:
    query = select(Text, Correction, Annotator.name).join(Correction, Correction.text_id == Text.id)
    return query.join(Annotator, Annotator.id == Correction.annotator_id)


def _accepted() -> Select[Text, Correction, str]:
    return _with_texts().where(_is_accepted()).order_by(Correction.id)


def _records(
    session: Session, query: Select[Correction, str], given: Mapping[str, object] | None = None
) -> list[records.Correction]:
    return [record(row, name) for row, name in session.execute(query, given)]


def _newest_standing(session: Session, annotator_id: int, text_id: int | None) -> records.Correction | None:
    given = {"annotator": annotator_id, "text": text_id}
    return next(iter(_records(session, _newest(of_one_text=text_id is not None), given)), None)


@cache
def _newest(*, of_one_text: bool) -> Select[Correction, str]:
    query = _select().where(Correction.annotator_id == bindparam("annotator"), standing(Correction))
    if of_one_text:
        query = query.where(Correction.text_id == bindparam("text"))
    return query.order_by(Correction.id.desc()).limit(1)


@cache
def _with_client_id() -> Select[Correction, str]:
    return _select().where(Correction.client_id == bindparam("client_id"))


@cache
def _current_of_text() -> Select[Correction, str, str]:
    query = _select().add_columns(Annotator.role).where(Correction.text_id == bindparam("text"), is_current(Correction))
    return query.order_by(Correction.id)


@cache
def _accepted_of_text() -> Select[Correction, str]:
    return _select().where(Correction.text_id == bindparam("text"), _is_accepted()).order_by(Correction.id)


@cache
def _is_accepted() -> ColumnElement[bool]:
    return Annotator.role.in_(TRUSTED_ROLES) & (Correction.action == "label") & is_current(Correction)


def lock_annotator(session: Session, annotator_id: int) -> Annotator:
    """The annotator, whose other requests wait meanwhile: that makes a retry see what the first try stored."""
    row = session.get(Annotator, annotator_id, with_for_update={"key_share": True})
    if row is None:
        raise StoreError("There is no annotator {name}.", name=annotator_id)
    return row


def check_enabled(annotator: Annotator) -> None:
    """Raises StoreError for one who may say nothing new. What they said before, sent again, is looked for first."""
    if annotator.disabled:
        raise StoreError("The annotator {name!r} is disabled and cannot correct texts.", name=annotator.name)


def lock_text(session: Session, text_id: int) -> Text:
    """The text, others who correct which wait meanwhile: that makes its label hold everybody's corrections."""
    row = session.get(Text, text_id, with_for_update={"key_share": True})
    if row is None:
        raise StoreError("There is no text {id}.", id=text_id)
    return row


def plain(verdict: Verdict) -> Verdict:
    """As it is stored and comes out again: every label once, none as None."""
    return replace(verdict, labels=tuple(dict.fromkeys(verdict.labels or ())) or None)


def _stored(
    session: Session,
    client_id: str,
    annotator: Annotator,
    action: Action,
    text_id: int | None,
    verdict: Verdict = NOTHING,
) -> records.Correction | None:
    stored = next(iter(_records(session, _with_client_id(), {"client_id": client_id})), None)
    if stored is None:
        return None
    found = stored.annotator_id, stored.action, stored.text_id, stored.verdict
    if found != (annotator.id, action, text_id or stored.text_id, verdict):
        raise Taken("The id {id!r} belongs to another correction; reload the page and correct again.", id=client_id)
    return stored


def _append(session: Session, row: Correction, annotator: Annotator, text: Text) -> records.Correction:
    session.add(row)
    session.flush()
    remake = relabel if annotator.role in TRUSTED_ROLES else describe
    remake(session, text_id=text.id)
    return record(row, annotator.name)
