"""Which text of the pool is in whose hands, so that nobody does what another is at; a claim ends by itself."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from db import records, schema, texts
from db.current import free_for, judged_by
from db.records import Chosen
from db.schema import Claim, Text
from db.upsert import replace

FALLBACK: tuple[Chosen, ...] = ("strategy", "uncertain")
LOCK = 0x_636C_6169_6D  # PostgreSQL's advisory lock; any number that nothing else here uses


def take(
    session: Session,
    *,
    annotator_id: int,
    release: str | None,
    until: datetime,
    visible: bool,
    wanted: Chosen = "strategy",
    overlap: float = 0.0,
    at: float = 0.0,
    exclude: Collection[int] = (),
) -> records.Claim | None:
    """Claim the next text for this annotator until a moment; None when there is none.

    What they still have in hand comes first and stays as visible and as chosen as it was. Else it is what the ``wanted``
    part of the queue asks for, a random text from the place ``at`` (0 to 1) of the pool on; where that part asks for
    none, what the strategy asks for, and then what the release is least certain of. ``overlap``: the share of texts that
    two people are asked.
    """
    _one_at_a_time(session)
    free = free_for(annotator_id, overlap, schema.now())
    if held := _in_hand(session, annotator_id, exclude, overlap):
        held.release, held.expires_at = release, until
        session.flush()
        return _record(session, held)
    look: dict[str, Any] = {"annotator_id": annotator_id, "exclude": exclude, "free": free}
    for chosen in dict.fromkeys((wanted, *FALLBACK)):
        if text := _first(session, chosen, release, at, look):
            claim = records.Claim(text, chosen, visible, release)
            hold(session, claim, annotator_id=annotator_id, until=until)
            return claim
    return None


def _first(
    session: Session, chosen: Chosen, release: str | None, at: float, look: Mapping[str, Any]
) -> records.Text | None:
    if chosen == "random":
        return texts.random_in_pool(session, at=at, **look)
    if chosen == "second":
        return texts.seconded(session, **look)
    if chosen == "uncertain":
        return texts.next_in_pool(session, release=release, **look)
    return texts.queued(session, part=chosen, release=release, **look)


def hold(session: Session, claim: records.Claim, *, annotator_id: int, until: datetime) -> None:
    """Keep this claim, in place of one that the annotator may have of the text."""
    values = {"chosen": claim.chosen, "visible": claim.visible, "release": claim.release, "expires_at": until}
    replace(session, Claim, [{"text_id": claim.text.id, "annotator_id": annotator_id, **values}])


def end(session: Session, *, annotator_id: int, text_id: int) -> records.Claim | None:
    """The text is answered. Returns the claim that the annotator had of it, run out or not, if any."""
    row = session.get(Claim, (text_id, annotator_id))
    if row is None:
        return None
    claim = _record(session, row)
    session.delete(row)
    session.flush()
    return claim


def _in_hand(session: Session, annotator_id: int, exclude: Collection[int], overlap: float) -> Claim | None:
    """The oldest claim of theirs, run out or not, that nobody took over; those that somebody did take over are dropped."""
    mine = (Claim.annotator_id == annotator_id) & Claim.text_id.not_in(exclude)
    for row in session.scalars(select(Claim).where(mine).order_by(Claim.expires_at, Claim.text_id)):
        free = free_for(annotator_id, overlap, schema.now()) & ~judged_by(annotator_id, Text.id)
        if session.scalars(select(Text.id).where(Text.id == row.text_id, free)).first():
            return row
        session.execute(delete(Claim).where(Claim.text_id == row.text_id, Claim.annotator_id == annotator_id))
    return None


def _one_at_a_time(session: Session) -> None:
    """On PostgreSQL, claims wait for each other; SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(LOCK)))


def _record(session: Session, row: Claim) -> records.Claim:
    return records.Claim(texts.get(session, text_id=row.text_id), row.chosen, row.visible, row.release)
