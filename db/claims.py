"""Which text of the pool is in whose hands, so that nobody does what another is at; a claim ends by itself."""

from collections.abc import Collection
from datetime import datetime
from functools import cache

from sqlalchemy import Select, bindparam, delete, select
from sqlalchemy.orm import Session

from db import records, schema, texts
from db.current import ME, free_for_me, judged_by_me
from db.records import Chosen
from db.schema import Claim, Text
from db.upsert import replace

MINE = (
    select(Claim)
    .where(Claim.annotator_id == ME, Claim.text_id.not_in(bindparam("exclude", expanding=True)))
    .order_by(Claim.expires_at, Claim.text_id)
)
END = (
    delete(Claim)
    .where(Claim.text_id == bindparam("text"), Claim.annotator_id == ME)
    .returning(Claim.chosen, Claim.visible, Claim.release)
)
LOCKED = select(Text.id).where(Text.id == bindparam("text")).with_for_update(key_share=True, skip_locked=True)


def take(
    session: Session,
    *,
    annotator_id: int,
    release: str | None,
    until: datetime,
    visible: bool,
    overlap: float = 0.0,
    at: float | None = None,
    exclude: Collection[int] = (),
) -> records.Claim | None:
    """Claim the next text for this annotator until a moment; None when there is none.

    What they still have in hand comes first and stays as visible and as chosen as it was. Else it is the text that the
    release is least certain of, or a random one from the place ``at`` (0 to 1) of the pool on. ``overlap``: the share
    of texts that two people are asked.
    """
    if held := _in_hand(session, annotator_id, exclude, overlap):
        held.release, held.expires_at = release, until
        session.flush()
        return _record(session, held)
    text = _next(session, annotator_id, release, at, list(exclude), overlap)
    if text is None:
        return None
    chosen: Chosen = "strategy" if at is None else "random"
    claim = records.Claim(chosen, visible, release, text)
    hold(session, claim, annotator_id=annotator_id, until=until)
    return claim


def hold(session: Session, claim: records.Claim, *, annotator_id: int, until: datetime) -> None:
    """Keep this claim, in place of one that the annotator may have of the text."""
    values = {"chosen": claim.chosen, "visible": claim.visible, "release": claim.release, "expires_at": until}
    replace(session, Claim, [{"text_id": claim.text.id, "annotator_id": annotator_id, **values}])


def end(session: Session, *, annotator_id: int, text_id: int) -> records.Choice | None:
    """The text is answered. Returns how the annotator came by it, run out or not, if they had it."""
    row = session.execute(END, {"text": text_id, "me": annotator_id}).one_or_none()
    return None if row is None else records.Choice(*row)


def _in_hand(session: Session, annotator_id: int, exclude: Collection[int], overlap: float) -> Claim | None:
    """The oldest claim of theirs, run out or not, that nobody took over; those that somebody did take over are dropped."""
    for row in session.scalars(MINE, {"me": annotator_id, "exclude": list(exclude)}):
        locked = session.scalars(LOCKED, {"text": row.text_id}).first()
        if locked and _is_free(session, annotator_id, row.text_id, overlap):
            return row
        session.execute(delete(Claim).where(Claim.text_id == row.text_id, Claim.annotator_id == annotator_id))
    return None


def _next(
    session: Session, annotator_id: int, release: str | None, at: float | None, exclude: list[int], overlap: float
) -> records.Text | None:
    """A text that stays free until the session ends.

    On PostgreSQL what others are just taking is passed over. Whoever took it a moment ago may not have been seen when the
    text was found, only once it is locked; SQLite has one writer.
    """
    alone = session.get_bind().dialect.name == "sqlite"
    free = free_for_me(overlap)
    while True:
        text = (
            texts.next_in_pool(session, annotator_id=annotator_id, release=release, exclude=exclude, free=free)
            if at is None
            else texts.random_in_pool(session, annotator_id=annotator_id, at=at, exclude=exclude, free=free)
        )
        if text is None or alone or _is_free(session, annotator_id, text.id, overlap):
            return text
        exclude = [*exclude, text.id]


def _is_free(session: Session, annotator_id: int, text_id: int, overlap: float) -> bool:
    given = {"text": text_id, "me": annotator_id, "now": schema.now()}
    return session.scalars(_free(overlap), given).first() is not None


@cache
def _free(overlap: float) -> Select[int]:
    return select(Text.id).where(Text.id == bindparam("text"), free_for_me(overlap), ~judged_by_me())


def _record(session: Session, row: Claim) -> records.Claim:
    return records.Claim(row.chosen, row.visible, row.release, texts.get(session, text_id=row.text_id))
