"""Which backups a database descends from, and what it holds beyond one.

Every backup leaves an event of the kind "backup" in the database before it is taken. So a database knows a backup if
it was taken from it or from what it became, and two databases that went separate ways do not know each other's. What was
restored by hand goes on from the vault's newest backup, which holds nothing of it.
"""

from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from db import events
from db.schema import AddedLabel, Adjudication, Annotator, Correction, Event, Guideline, Release, Text

BACKUP = "backup"  # kind of the event
# What somebody did; the app's own names are nobody's unless a person has one.
DEED = Event.kind.not_in((BACKUP, events.SIGN_IN, events.TOLD, events.SEEN)) & (
    Event.actor.not_in((events.APP, events.SCHEDULE)) | Event.actor.in_(select(Annotator.name))
)
MADE: tuple[Select[*tuple[Any, ...]], ...] = (
    select(Correction.client_id),
    select(Adjudication.client_id),
    select(Text.hash),
    select(Annotator.name),
    select(AddedLabel.name),
    select(Guideline.label, Guideline.created_at),
    select(Release.name).where(Release.report.is_not(None)),
    select(Event.kind, Event.subject, Event.at).where(DEED),
)


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


def remember(session: Session, *, backup: str, held: bool = True) -> Marks:
    """Note the backup, about to be taken or loaded, and what it holds of what there is: nothing unless it is ``held``."""
    marks = Marks.of(session) if held else Marks()
    events.add(session, actor=events.APP, kind=BACKUP, subject=backup, detail=asdict(marks))
    return marks


def known(session: Session, *, backup: str) -> Marks | None:
    """What the backup holds of this database at least; None for one that it does not descend from."""
    query = select(Event.detail).where(Event.kind == BACKUP, Event.subject == backup).order_by(Event.id.desc()).limit(1)
    detail = session.scalars(query).first()
    return None if detail is None else Marks(**detail)


def is_behind(here: Session, there: Session) -> bool:
    """Whether nothing that somebody did would be lost if ``there`` took the place of ``here``.

    Events tell of what changes a row in place: a role, a label retired, the live release, a text that joins the pool.
    """
    return _is_ancestor(here, there) or all({*here.execute(query)} <= {*there.execute(query)} for query in MADE)


def _is_ancestor(here: Session, there: Session) -> bool:
    """Whether ``there`` descends from a backup of ``here`` since which nobody did anything here."""
    theirs = set(there.scalars(select(Event.subject).where(Event.kind == BACKUP)))
    ours = here.scalars(select(Event).where(Event.kind == BACKUP).order_by(Event.id.desc()))
    last = next((backup for backup in ours if backup.subject in theirs), None)
    if last is None:
        return False
    others = select(func.count()).select_from(Event).where(Event.id > last.id, Event.kind != BACKUP, ~DEED)
    then = Marks(**last.detail)
    return Marks.of(here) == replace(then, events=then.events + here.scalars(others).one())
