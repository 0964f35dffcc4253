"""Which text of the pool is in whose hands, so that nobody does what another is at; a claim ends by itself."""

import math
from collections.abc import Collection, Mapping
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, delete, select
from sqlalchemy.orm import Session

from db import records, schema, texts
from db.current import ME, free_for_me, judged_by_me
from db.records import Chosen
from db.schema import Claim, Text
from db.upsert import replace

FALLBACK: tuple[Chosen, ...] = ("strategy", "uncertain")
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
    wanted: Chosen = "strategy",
    overlap: float = 0.0,
    at: float = 0.0,
    doubt: float = math.inf,
    exclude: Collection[int] = (),
) -> records.Claim | None:
    """Claim the next text for this annotator until a moment; None when there is none.

    What they still have in hand comes first and stays as visible and as chosen as it was. Else it is what the ``wanted``
    part of the queue asks for, a random text from the place ``at`` (0 to 1) of the pool on; where that part asks for
    none, what the strategy asks for, and then what the release is least certain of, from ``doubt`` on. ``overlap``: the
    share of texts that two people are asked.
    """
    if held := _in_hand(session, annotator_id, exclude, overlap):
        held.release, held.expires_at = release, until
        session.flush()
        return _record(session, held)
    where = {"release": release, "at": at, "doubt": doubt, "overlap": overlap}
    look: dict[str, Any] = {"annotator_id": annotator_id, "exclude": list(exclude), "free": free_for_me(overlap)}
    found = _next(session, where, wanted, look)
    if found is None:
        return None
    text, chosen = found
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
    """The oldest claim of theirs, run out or not, that nobody took over; those that somebody did take over are dropped.
    One whose text another transaction is at is passed over: what becomes of it is seen next time.
    """
    for row in session.scalars(MINE, {"me": annotator_id, "exclude": list(exclude)}).all():
        if session.scalars(LOCKED, {"text": row.text_id}).first() is None:
            continue
        if _is_free(session, annotator_id, row.text_id, overlap):
            return row
        session.execute(delete(Claim).where(Claim.text_id == row.text_id, Claim.annotator_id == annotator_id))
    return None


def _next(
    session: Session, where: Mapping[str, Any], wanted: Chosen, look: dict[str, Any]
) -> tuple[records.Text, Chosen] | None:
    """A text that stays free until the session ends, and which part of the queue asked for it.

    On PostgreSQL what others are just taking is passed over. Whoever took it a moment ago may not have been seen when the
    text was found, only once it is locked; SQLite has one writer.
    """
    alone = session.get_bind().dialect.name == "sqlite"
    for chosen in dict.fromkeys((wanted, *FALLBACK)):
        while text := _first(session, chosen, look, **where):
            if alone or _is_free(session, look["annotator_id"], text.id, where["overlap"]):
                return text, chosen
            look["exclude"].append(text.id)
    return None


def _first(
    session: Session,
    chosen: Chosen,
    look: Mapping[str, Any],
    *,
    release: str | None,
    at: float,
    doubt: float,
    overlap: float,
) -> records.Text | None:
    match chosen:
        case "random":
            return texts.random_in_pool(session, at=at, **look)
        case "second":
            return texts.seconded(session, overlap=overlap, **look)
        case "uncertain":
            return texts.next_in_pool(session, release=release, doubt=doubt, **look)
        case _:
            return texts.queued(session, part=chosen, release=release, **look)


def _is_free(session: Session, annotator_id: int, text_id: int, overlap: float) -> bool:
    given = {"text": text_id, "me": annotator_id, "now": schema.now()}
    return session.scalars(_free(overlap), given).first() is not None


@cache
def _free(overlap: float) -> Select[int]:
    return select(Text.id).where(Text.id == bindparam("text"), free_for_me(overlap), ~judged_by_me())


def _record(session: Session, row: Claim) -> records.Claim:
    return records.Claim(row.chosen, row.visible, row.release, texts.get(session, text_id=row.text_id))
