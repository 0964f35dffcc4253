"""What of the append-only history holds now, as SQL conditions."""

from datetime import datetime

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from db.records import TRUSTED_ROLES
from db.schema import Annotator, Claim, Correction, Text

UNDO, NEWER, OWN, OTHER = (aliased(Correction) for _ in range(4))  # made once: making one is slow
SHARES = 1000  # an overlap is counted in these
SPREAD = 619  # times an id, modulo SHARES: every share of neighbouring ids is spread evenly, as by the golden ratio


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


def answered() -> ColumnElement[bool]:
    """Whether anybody whose word counts has answered the text: labelled or flagged it."""
    return exists().where((OTHER.text_id == Text.id) & _counts())


def _counts() -> ColumnElement[bool]:
    """Whether a correction of another answers its text: a skip does not, and a visitor's proposal waits for a review."""
    trusted = exists().where(Annotator.id == OTHER.annotator_id, Annotator.role.in_(TRUSTED_ROLES))
    return OTHER.action.in_(("label", "flag")) & standing(OTHER) & trusted


def free_for(annotator_id: int, overlap: float, now: datetime) -> ColumnElement[bool]:
    """Whether nobody else has the text in hand or has answered it; of the share ``overlap``, whether at most one has."""
    in_hand = (Claim.text_id == Text.id) & (Claim.annotator_id != annotator_id) & (Claim.expires_at > now)
    theirs = (OTHER.text_id == Text.id) & (OTHER.annotator_id != annotator_id) & _counts()
    untouched = ~exists().where(in_hand) & ~exists().where(theirs)
    if not overlap:
        return untouched
    holders = select(func.count()).select_from(Claim).where(in_hand).scalar_subquery()
    people = select(func.count(OTHER.annotator_id.distinct())).where(theirs).scalar_subquery()
    return untouched | ((Text.id * SPREAD % SHARES < round(overlap * SHARES)) & (holders + people < 2))
