"""What was said before and after a text, where it came as a row of a dialogue."""

from collections.abc import Sequence

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from db.schema import Text, Turn
from db.upsert import replace

FIRST = select(Turn).where(Turn.text_id == bindparam("text")).order_by(Turn.dialogue, Turn.position).limit(1)


def store(session: Session, *, rows: Sequence[tuple[str, int, int]]) -> None:
    """Keep (dialogue, position in it, text id); a place that is taken is overwritten."""
    kept = {(dialogue, position): text_id for dialogue, position, text_id in rows}
    replace(session, Turn, [{"dialogue": d, "position": n, "text_id": i} for (d, n), i in kept.items()])


def around(session: Session, *, text_id: int, width: int) -> tuple[list[str], list[str]]:
    """At most ``width`` texts before and after where the text was first said, in order."""
    turn = session.scalars(FIRST, {"text": text_id}).first()
    if turn is None:
        return [], []
    said = select(Text.content).join(Turn, Turn.text_id == Text.id).where(Turn.dialogue == turn.dialogue).limit(width)
    before = session.scalars(said.where(Turn.position < turn.position).order_by(Turn.position.desc())).all()
    after = session.scalars(said.where(Turn.position > turn.position).order_by(Turn.position)).all()
    return list(reversed(before)), list(after)
