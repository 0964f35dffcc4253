"""Texts that wait for a reviewer's decision, by what brings them there."""

from collections.abc import Collection, Sequence
from typing import Literal

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from db import corrections, records
from db.current import current, ruled_on, standing
from db.schema import Annotator, Correction, Label

Kind = Literal["disagreement", "flag", "proposal"]


def count(session: Session, *, kind: Kind) -> int:
    """How many texts wait."""
    return session.scalar(select(func.count()).select_from(_text_ids(kind).subquery())) or 0


def text_ids(session: Session, *, kind: Kind, exclude: Collection[int], limit: int) -> Sequence[int]:
    """At most ``limit`` of the texts that wait, but for ``exclude``, the oldest first."""
    waiting = _text_ids(kind).subquery()
    query = select(waiting.c.text_id).where(waiting.c.text_id.not_in(exclude)).order_by(waiting.c.text_id)
    return session.scalars(query.limit(limit)).all()


def said(session: Session, *, text_id: int) -> list[records.Correction]:
    """What a reviewer decides on, the oldest first: everybody's current word, and every proposal that none decided on.

    All visitors share a name, so a later proposal is not taken to replace an earlier one.
    """
    proposed = _is_proposal() & (Correction.text_id == text_id)
    query = select(Correction, Annotator.name).join(Annotator, Annotator.id == Correction.annotator_id)
    theirs = (Correction.text_id == text_id) & (Annotator.role != "visitor") & current(Correction)
    found = session.execute(query.where(theirs | proposed).order_by(Correction.id))
    return [corrections.record(row, name) for row, name in found]


def newest(session: Session, *, text_id: int) -> int:
    """The greatest id of the text's corrections, undone ones too; 0 where there is none."""
    query = select(func.coalesce(func.max(Correction.id), 0)).where(Correction.text_id == text_id)
    return session.scalars(query).one()


def _text_ids(kind: Kind) -> Select[int]:
    match kind:
        case "disagreement":
            return select(Label.text_id).where(Label.contested)
        case "flag":
            flagged = (Correction.action == "flag") & current(Correction)
            return (
                select(Correction.text_id).where(flagged, ~ruled_on(Correction, "accept", "keep", "reject")).distinct()
            )
        case "proposal":
            people = select(Correction.text_id).join(Annotator, Annotator.id == Correction.annotator_id)
            return people.where(_is_proposal()).distinct()


def _is_proposal() -> ColumnElement[bool]:
    """A visitor's "label" that was neither taken back nor decided on."""
    decided = ruled_on(Correction, "accept", "keep", "reject", "decline")
    return (Annotator.role == "visitor") & (Correction.action == "label") & standing(Correction) & ~decided
