"""What of the append-only history holds now, as SQL conditions."""

from typing import Any

from sqlalchemy import ColumnElement, exists
from sqlalchemy.orm import aliased

from db.schema import Correction


def standing(correction: type[Correction]) -> ColumnElement[bool]:
    """Neither an undo nor undone. Of a person's standing corrections of a text, the newest is the current one."""
    undo = aliased(Correction)
    undone = exists().where(undo.supersedes == correction.id, undo.action == "undo")
    return (correction.action != "undo") & ~undone


def current(correction: type[Correction]) -> ColumnElement[bool]:
    """The newest standing correction of its person and text."""
    newer = aliased(Correction)
    replaced = exists().where(
        newer.text_id == correction.text_id,
        newer.annotator_id == correction.annotator_id,
        newer.id > correction.id,
        standing(newer),
    )
    return standing(correction) & ~replaced


def judged_by(annotator_id: int, text_id: Any) -> ColumnElement[bool]:
    """Whether the person has a current correction of the text."""
    correction = aliased(Correction)
    return exists().where(correction.text_id == text_id, correction.annotator_id == annotator_id, standing(correction))
