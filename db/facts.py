"""What a text is found by besides its words: terms of what people said of it, as one string in its row.

A term is letters and digits, so that every full-text index takes it as one word: what it is, then its value in hex, then
``byN`` where it is of the person N alone.
"""

from calendar import monthrange
from collections.abc import Iterable, Sequence
from datetime import UTC, date, timedelta

from db.records import TRUSTED_ROLES, Correction, differ

UNTOUCHED = "untouched"  # the only term of a text that nobody answered
TOUCHED = "touched"  # of every other text
STATES = ("unlabelled", "labelled", "skipped", "flagged", "disagreement", "proposed")
OWN_STATES = {"labelled": "label", "skipped": "skip", "flagged": "flag"}  # by the action


def term(kind: str, value: str, by: int | None = None) -> str:
    """``kind``: state, did, label, polarity, release or on."""
    return f"{kind}{value.encode().hex()}{'' if by is None else person(by)}"


def person(annotator_id: int) -> str:
    """The term of every text that this person answered."""
    return f"by{annotator_id}"


def described(answers: Sequence[tuple[Correction, str]]) -> str:
    """The terms of a text by everybody's current correction of it, with the person's role."""
    if not answers:
        return UNTOUCHED
    found = [TOUCHED, *(term("state", state) for state in _states(answers))]
    for correction, role in answers:
        found.append(person(correction.annotator_id))
        said, seen = [*_said(correction)], [*_seen(correction)]
        found += [term(*each, by=correction.annotator_id) for each in (*said, *seen)]
        found += [term(*each) for each in (*(said if role in TRUSTED_ROLES else ()), *seen)]
    return " ".join(dict.fromkeys(found))


def _said(correction: Correction) -> Iterable[tuple[str, str]]:
    yield "did", correction.action
    for name in correction.verdict.labels or ():
        yield "label", name
    if correction.verdict.polarity:
        yield "polarity", correction.verdict.polarity


def _seen(correction: Correction) -> Iterable[tuple[str, str]]:
    if correction.release:
        yield "release", correction.release
    day = correction.created_at.astimezone(UTC).date()
    for length in (4, 7, 10):  # year, month, day
        yield "on", day.isoformat()[:length]


def _states(answers: Sequence[tuple[Correction, str]]) -> Iterable[str]:
    trusted = [correction for correction, role in answers if role in TRUSTED_ROLES]
    labelled = [correction.verdict for correction in trusted if correction.action == "label"]
    yield "labelled" if labelled else "unlabelled"
    if differ(labelled):
        yield "disagreement"
    actions = {correction.action for correction in trusted}
    if "skip" in actions:
        yield "skipped"
    if "flag" in actions:
        yield "flagged"
    if any(role not in TRUSTED_ROLES and correction.action == "label" for correction, role in answers):
        yield "proposed"


def days(since: date, until: date) -> Iterable[str]:
    """The fewest days, months and years that make up the time from one day to another, as ISO dates cut short."""
    at = since
    while at <= until:
        month = at.replace(day=monthrange(at.year, at.month)[1])
        year = date(at.year, 12, 31)
        if at.timetuple().tm_yday == 1 and year <= until:
            yield at.isoformat()[:4]
            at = year
        elif at.day == 1 and month <= until:
            yield at.isoformat()[:7]
            at = month
        else:
            yield at.isoformat()
        at += timedelta(days=1)
