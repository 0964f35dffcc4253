"""How far the history that labels are made of goes, and which labels changed since: told by ids, whatever clocks say."""

from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, func, select, union
from sqlalchemy.orm import InstrumentedAttribute, Session

from db.current import current
from db.records import TRUSTED_ROLES
from db.schema import Adjudication, Annotator, Correction, Label


class Point(NamedTuple):
    """The greatest id of a correction and of a decision, 0 for none, and the ids of those whose word counts."""

    correction: int
    decision: int
    people: list[int]


def end(session: Session) -> Point:
    """Where the history ends as the session sees it."""
    return Point(_greatest(session, Correction.id), _greatest(session, Adjudication.id), _people(session))


def changed(session: Session, *, after: Point) -> int:
    """How many labels there are of texts of which something was said or decided after a point, or of which somebody spoke
    whose word counts only since then, or no more.
    """
    turned = set(_people(session)) ^ set(after.people)
    replaces = (Correction.action == "label") | Correction.supersedes.is_not(None)
    said = _texts(replaces, Correction.id > after.correction, Annotator.role.in_(TRUSTED_ROLES))
    spoken = _texts(current(Correction), Correction.action == "label", Annotator.id.in_(turned))
    decided = select(Adjudication.text_id).where(Adjudication.id > after.decision, Adjudication.action != "decline")
    query = select(func.count()).select_from(Label).where(Label.text_id.in_(union(said, spoken, decided)))
    return session.scalars(query).one()


def _texts(*which: ColumnElement[bool]) -> Select[int]:
    query = select(Correction.text_id).join(Annotator, Annotator.id == Correction.annotator_id)
    return query.where(*which)


def _greatest(session: Session, id: InstrumentedAttribute[int]) -> int:
    return session.scalars(select(func.coalesce(func.max(id), 0))).one()


def _people(session: Session) -> list[int]:
    query = select(Annotator.id).where(Annotator.role.in_(TRUSTED_ROLES)).order_by(Annotator.id)
    return [*session.scalars(query)]
