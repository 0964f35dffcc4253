"""What of the append-only history holds now, as SQL conditions."""

from functools import cache

from sqlalchemy import ColumnElement, Integer, bindparam, exists, func, select
from sqlalchemy.orm import aliased

from db.records import TRUSTED_ROLES
from db.schema import Annotator, Claim, Correction, Text, UtcDateTime

UNDO, NEWER, OWN, OTHER = (aliased(Correction) for _ in range(4))  # made once: making one is slow, as any condition is
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
def judged_by_me() -> ColumnElement[bool]:
    """Whether the person ``ME`` has a current correction of the text."""
    return exists().where(OWN.text_id == Text.id, OWN.annotator_id == ME, standing(OWN))


@cache
def free_for_me(overlap: float) -> ColumnElement[bool]:
    """Whether nobody but ``ME`` has the text in hand or has answered it; of the share ``overlap``, whether at most one has.

    A skip answers nothing, and a visitor's proposal waits for a review.
    """
    in_hand = (Claim.text_id == Text.id) & (Claim.annotator_id != ME) & (Claim.expires_at > NOW)
    answered = (
        (OTHER.text_id == Text.id)
        & (OTHER.annotator_id != ME)
        & OTHER.action.in_(("label", "flag"))
        & standing(OTHER)
        & exists().where(Annotator.id == OTHER.annotator_id, Annotator.role.in_(TRUSTED_ROLES))
    )
    untouched = ~exists().where(in_hand) & ~exists().where(answered)
    if not overlap:
        return untouched
    holders = select(func.count()).select_from(Claim).where(in_hand).scalar_subquery()
    people = select(func.count(OTHER.annotator_id.distinct())).where(answered).scalar_subquery()
    return untouched | ((Text.id * SPREAD % SHARES < round(overlap * SHARES)) & (holders + people < 2))
