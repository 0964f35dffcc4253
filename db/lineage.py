"""Which backups a database descends from, and what it holds beyond one.

Every backup leaves an event of the kind "backup" in the database before it is taken. So a database knows a backup if
it was taken from it or from what it became, and two databases that went separate ways do not know each other's.
"""

from dataclasses import asdict, dataclass
from typing import Self

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db import events
from db.schema import Annotator, Correction, Event, Release, Text

BACKUP = "backup"  # kind of the event


@dataclass(frozen=True, slots=True)
class Marks:
    """How much a database holds: rows of what people make, and the highest id of a text."""

    corrections: int = 0
    annotators: int = 0
    events: int = 0
    texts: int = 0

    @classmethod
    def of(cls, session: Session) -> Self:
        """As it is now; events of backups do not count."""
        others = select(func.count()).select_from(Event).where(Event.kind != BACKUP)
        return cls(
            corrections=session.scalars(select(func.count()).select_from(Correction)).one(),
            annotators=session.scalars(select(func.count()).select_from(Annotator)).one(),
            events=session.scalars(others).one(),
            texts=session.scalars(select(func.max(Text.id))).one() or 0,
        )

    def changes(self, since: "Marks") -> int:
        """How many changes lie between the two."""
        before = asdict(since)
        return sum(abs(count - before[name]) for name, count in asdict(self).items())


def remember(session: Session, *, backup: str) -> Marks:
    """Note the backup, about to be taken or loaded, and what there is without it."""
    marks = Marks.of(session)
    events.add(session, actor="emodemo", kind=BACKUP, subject=backup, detail=asdict(marks))
    return marks


def known(session: Session, *, backup: str) -> Marks | None:
    """What there was when the backup was taken; None for one that this database does not descend from."""
    query = select(Event.detail).where(Event.kind == BACKUP, Event.subject == backup).order_by(Event.id.desc()).limit(1)
    detail = session.scalars(query).first()
    return None if detail is None else Marks(**detail)


def is_behind(here: Session, there: Session) -> bool:
    """Whether nothing that people made would be lost if ``there`` took the place of ``here``."""
    return _is_ancestor(here, there) or all(
        set(here.scalars(query)) <= set(there.scalars(query))
        for query in (
            select(Correction.client_id),
            select(Text.hash),
            select(Annotator.name),
            select(Release.name).where(Release.report.is_not(None)),
        )
    )


def _is_ancestor(here: Session, there: Session) -> bool:
    """Whether ``there`` descends from a backup of ``here`` since which nothing was changed here."""
    last = here.scalars(select(Event).where(Event.kind == BACKUP).order_by(Event.id.desc()).limit(1)).first()
    return last is not None and Marks(**last.detail) == Marks.of(here) and known(there, backup=last.subject) is not None
