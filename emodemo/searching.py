"""What the Texts tab looks for and finds: a person's own answers, or for reviewers everybody's."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy.orm import Session

from db import annotators, corrections, search, texts
from db.facts import OWN_STATES, STATES
from db.records import Annotator, Text
from emodemo import personal, similar
from emodemo.access import Person, check_reach, require
from emodemo.errors import UserError
from emodemo.services import Services
from emodemo.translation import N_, _

PAGE = 50  # texts shown at once
OWN = ("unlabelled", *OWN_STATES)  # states that an annotator can ask for
LABEL, POLARITY = "label", "polarity"  # what stands before the slash of ``Wanted.said``
NOBODY = 0  # the id of no annotator


@dataclass(frozen=True, slots=True)
class Wanted:
    """The page's filters as they are typed and chosen; empty ones ask for nothing. ``said``: ``label/joy`` or
    ``polarity/positive``; ``since``, ``until``: days as 2026-01-31.
    """

    words: str = ""
    state: str = ""
    said: str = ""
    annotator: str = ""
    release: str = ""
    since: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A text with what is said of it, by whom: ``ada: joy; positive``. ``cosine``: to the text that it is like."""

    text: Text
    said: tuple[str, ...]
    cosine: float | None = None


@dataclass(frozen=True, slots=True)
class Results:
    """A page, how many there are in all (None for more than ``search.COUNTED``), and where the next page begins."""

    found: list[Found]
    total: int | None
    after: int | None


def find(services: Services, person: Person, wanted: Wanted, *, after: int | None = None) -> Results:
    """The newest texts of those wanted, from ``after`` on. Raises UserError, StoreError."""
    require(person, "annotator", N_("search texts"))
    with services.database.read() as session:
        query = asked(session, person, wanted)
        page = search.find(session, query, after=after, limit=PAGE)
        total = search.count(session, query)
        found = _described(session, person, page.texts)
    return Results(found, None if total > search.COUNTED else total, page.after)


def asked(session: Session, person: Person, wanted: Wanted) -> search.Query:
    """The query for this person: an annotator's is of their own answers. Raises UserError."""
    mine, reviewer = annotators.find(session, name=person.name), person.may("reviewer")
    kind, _, value = wanted.said.partition("/")
    since, until = _day(wanted.since), _day(wanted.until)
    if wanted.state and wanted.state not in (STATES if reviewer else OWN):
        require(person, "reviewer", N_("look for what others said"))
        raise UserError("There is no state {name!r}; choose one of the list.", name=wanted.state)
    if wanted.annotator and wanted.annotator != person.name:
        require(person, "reviewer", N_("look for what others said"))
    of_answers = any((wanted.state, wanted.said, wanted.annotator, wanted.release, since, until))
    who = _id(annotators.get(session, name=wanted.annotator) if wanted.annotator and reviewer else mine)
    return search.Query(
        words=wanted.words,
        label=value if kind == LABEL else None,
        polarity=value if kind == POLARITY else None,
        annotator=who if wanted.annotator or (of_answers and not reviewer) else None,
        state=wanted.state or None,
        release=wanted.release or None,
        since=since,
        until=until,
        only_for=None if reviewer else _id(mine),
    )


def like(services: Services, person: Person, text_id: int) -> list[Found]:
    """The texts of the pool most like this one, which must be one that the person may see. Raises UserError, StoreError."""
    require(person, "annotator", N_("search texts"))
    with services.database.read() as session:
        check_reach(session, person, [text_id])
    cosines = dict(similar.nearest(services, text_id=text_id, limit=PAGE))
    with services.database.read() as session:
        found = _described(session, person, [texts.get(session, text_id=each) for each in (text_id, *cosines)])
    return [replace(each, cosine=cosines.get(each.text.id, 1.0)) for each in found]


def again(services: Services, person: Person, found: Sequence[Found]) -> list[Found]:
    """The same texts with what is said of them now."""
    require(person, "annotator", N_("search texts"))
    with services.database.read() as session:
        fresh = _described(session, person, [each.text for each in found])
    return [replace(new, cosine=old.cosine) for new, old in zip(fresh, found, strict=True)]


def _described(session: Session, person: Person, shown: list[Text]) -> list[Found]:
    everybody = person.may("reviewer")
    who = None if everybody else _id(annotators.find(session, name=person.name))
    said: dict[int, list[str]] = {text.id: [] for text in shown}
    for each in corrections.of_texts(session, text_ids=said, annotator_id=who):
        summary = personal.summary(each)
        said[each.text_id].append(_("{who}: {said}", who=each.annotator, said=summary) if everybody else summary)
    return [Found(text, tuple(said[text.id])) for text in shown]


def _id(annotator: Annotator | None) -> int:
    return annotator.id if annotator else NOBODY


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed.strip()) if typed.strip() else None
    except ValueError:
        raise UserError("{day!r} is not a day; write it as 2026-01-31.", day=typed) from None
