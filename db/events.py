"""Who did what when, for every change of state."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import records
from db.schema import Event

APP, SCHEDULE = "emodemo", "schedule"  # actors of what nobody did
SIGN_IN, TOLD, SEEN = "sign-in", "told", "failure seen"  # kinds that note what people saw, and change nothing


def record(row: Event) -> records.Event:
    return records.Event(row.id, row.at, row.actor, row.kind, row.subject, row.detail)


def add(session: Session, *, actor: str, kind: str, subject: str, detail: Mapping[str, Any]) -> records.Event:
    row = Event(actor=actor, kind=kind, subject=subject, detail=dict(detail))
    session.add(row)
    session.flush()
    return record(row)


def recent(
    session: Session,
    *,
    kind: str | None = None,
    actor: str | None = None,
    subject: str | None = None,
    limit: int | None = 50,
) -> list[records.Event]:
    """The newest events first, of one kind, actor and subject where given."""
    wanted = {"kind": kind, "actor": actor, "subject": subject}
    query = select(Event).filter_by(**{name: value for name, value in wanted.items() if value is not None})
    return [record(row) for row in session.scalars(query.order_by(Event.id.desc()).limit(limit))]


def find(session: Session, *, kind: str, actor: str, subject: str) -> records.Event | None:
    """The newest event of a kind by somebody on something."""
    query = select(Event).where(Event.kind == kind, Event.actor == actor, Event.subject == subject)
    row = session.scalars(query.order_by(Event.id.desc())).first()
    return record(row) if row else None


def counts(session: Session, *, kind: str, by: str) -> dict[str, int]:
    """How many events of a kind there are for each value of ``by`` in their detail."""
    details = session.scalars(select(Event.detail).where(Event.kind == kind))
    return dict(Counter(str(detail.get(by)) for detail in details))
