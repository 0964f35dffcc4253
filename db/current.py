"""What of the append-only history holds now, as SQL conditions."""

from functools import cache

from sqlalchemy import BindParameter, ColumnElement, Integer, bindparam, exists, func, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from db.records import TRUSTED_ROLES, Ruling
from db.schema import Adjudication, Annotator, Claim, Correction, Text, UtcDateTime

UNDO, NEWER, OWN, OTHER = (aliased(Correction) for _ in range(4))  # made once: making one is slow, as any condition is
DECIDED, TAKEN_BACK, LATER = (aliased(Adjudication) for _ in range(3))
ME, NOW = bindparam("me", type_=Integer), bindparam("now", type_=UtcDateTime)  # given when a statement is run
SHARES = 1000  # an overlap is counted in these
SPREAD = 619  # times an id, modulo SHARES: every share of neighbouring ids is spread evenly, as by the golden ratio


@cache
def standing(correction: type[Correction]) -> ColumnElement[bool]:
    """Neither an undo nor undone. Of a person's standing corrections of a text, the newest is the current one."""
    undone = exists().where(UNDO.supersedes == correction.id, UNDO.action == "undo")
    return (correction.action != "undo") & ~undone


@cache
def current(correction: type[Correction]) -> ColumnElement[bool]:
    """The newest standing correction of its person and text."""
    replaced = exists().where(
        NEWER.text_id == correction.text_id,
        NEWER.annotator_id == correction.annotator_id,
        NEWER.id > correction.id,
        standing(NEWER),
    )
    return standing(correction) & ~replaced


@cache
def in_force(adjudication: type[Adjudication]) -> ColumnElement[bool]:
    """Neither an undo nor taken back."""
    taken_back = exists().where(TAKEN_BACK.supersedes == adjudication.id, TAKEN_BACK.action == "undo")
    return (adjudication.action != "undo") & ~taken_back


@cache
def ruling(adjudication: type[Adjudication]) -> ColumnElement[bool]:
    """The newest decision in force on its text of those that say what the text's label is."""
    labelling = LATER.action != "decline"
    overruled = exists().where(
        LATER.text_id == adjudication.text_id, LATER.id > adjudication.id, labelling, in_force(LATER)
    )
    return (adjudication.action != "decline") & in_force(adjudication) & ~overruled


def ruled_on(correction: type[Correction], *rulings: Ruling) -> ColumnElement[bool]:
    """Whether a reviewer who had seen the correction decided about its text so, and that is in force."""
    return exists().where(
        DECIDED.text_id == correction.text_id,
        DECIDED.seen >= correction.id,
        DECIDED.action.in_(rulings),
        in_force(DECIDED),
    )


def judged_by(annotator_id: int | BindParameter[int], text_id: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """Whether the person has a current correction of the text."""
    return exists().where(OWN.text_id == text_id, OWN.annotator_id == annotator_id, standing(OWN))


@cache
def judged_by_me() -> ColumnElement[bool]:
    """Whether the person ``ME`` has a current correction of the text."""
    return judged_by(ME, Text.id)


@cache
def answered() -> ColumnElement[bool]:
    """Whether anybody whose word counts has answered the text: labelled or flagged it."""
    return exists().where((OTHER.text_id == Text.id) & _counts())


@cache
def _counts() -> ColumnElement[bool]:
    """Whether a correction answers its text: a skip does not, nor does a flag that a reviewer found wrong, and a visitor's
    proposal waits for a review.
    """
    trusted = exists().where(Annotator.id == OTHER.annotator_id, Annotator.role.in_(TRUSTED_ROLES))
    overruled = (OTHER.action == "flag") & ruled_on(OTHER, "keep")
    return OTHER.action.in_(("label", "flag")) & standing(OTHER) & ~overruled & trusted


@cache
def free_for_me(overlap: float) -> ColumnElement[bool]:
    """Whether nobody but ``ME`` has the text in hand or has answered it; of the share ``overlap``, whether at most one has."""
    in_hand = (Claim.text_id == Text.id) & (Claim.annotator_id != ME) & (Claim.expires_at > NOW)
    theirs = (OTHER.text_id == Text.id) & (OTHER.annotator_id != ME) & _counts()
    untouched = ~exists().where(in_hand) & ~exists().where(theirs)
    if not overlap:
        return untouched
    holders = select(func.count()).select_from(Claim).where(in_hand).scalar_subquery()
    people = select(func.count(OTHER.annotator_id.distinct())).where(theirs).scalar_subquery()
    return untouched | ((Text.id % SHARES * SPREAD % SHARES < round(overlap * SHARES)) & (holders + people < 2))
