"""What of the append-only history holds now, as SQL conditions."""

from sqlalchemy import ColumnElement, exists
from sqlalchemy.orm import InstrumentedAttribute, aliased

from db.schema import Correction

UNDO, NEWER, OWN = aliased(Correction), aliased(Correction), aliased(Correction)  # made once: making one is slow


def standing(correction: type[Correction]) -> ColumnElement[bool]:
    """Neither an undo nor undone. Of a person's standing corrections of a text, the newest is the current one."""
    undone = exists().where(UNDO.supersedes == correction.id, UNDO.action == "undo")
    return (correction.action != "undo") & ~undone


def current(correction: type[Correction]) -> ColumnElement[bool]:
    """The newest standing correction of its person and text."""
    replaced = exists().where(
        NEWER.text_id == correction.text_id,
        NEWER.annotator_id == correction.annotator_id,
        NEWER.id > correction.id,
        standing(NEWER),
    )
    return standing(correction) & ~replaced


def judged_by(annotator_id: int, text_id: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """Whether the person has a current correction of the text."""
    return exists().where(OWN.text_id == text_id, OWN.annotator_id == annotator_id, standing(OWN))
