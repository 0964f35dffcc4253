"""Texts by what is in them and what people said of them, the newest first, a page at a time."""

from dataclasses import dataclass
from datetime import date
from itertools import chain

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from db import facts, fulltext, records, texts
from db.current import judged_by
from db.schema import Text

COUNTED = 10_000  # no further does ``count`` count
FIRST, LAST = date(2000, 1, 1), date(2099, 12, 31)  # no answer is older or younger


@dataclass(frozen=True, slots=True)
class Query:
    """What must hold of a text; what is None or empty may be anything.

    ``words``: every word, "phrase" and beginn* in it. ``label``, ``polarity``: named by somebody whose word counts.
    ``state``: one of ``facts.STATES``. ``release``: whose prediction an answer was given on. ``since``, ``until``: days
    in UTC on which it was answered. ``annotator``: all of this is of this person's own answers, ``unlabelled`` meaning
    that there is none; ``disagreement`` and ``proposed`` are of everybody's all the same. ``only_for``: what is not in
    the pool is found only if this person answered it.
    """

    words: str = ""
    label: str | None = None
    polarity: str | None = None
    annotator: int | None = None
    state: str | None = None
    release: str | None = None
    since: date | None = None
    until: date | None = None
    only_for: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """``after``: hand it to ``find`` for the page that follows; None at the end."""

    texts: list[records.Text]
    after: int | None


def find(session: Session, query: Query, *, after: int | None = None, limit: int = 50) -> Page:
    """At most ``limit`` texts with an id under ``after``, the greatest id first. Raises StoreError for words that cannot
    be looked for.
    """
    found, by = _matching(session, query)
    if after is not None:
        found = found.where(by < after)
    rows = session.scalars(found.order_by(by.desc()).limit(limit + 1)).all()
    return Page([texts.record(row) for row in rows[:limit]], rows[limit - 1].id if len(rows) > limit else None)


def count(session: Session, query: Query) -> int:
    """How many texts ``find`` has in all; COUNTED + 1 stands for all that is more. Raises StoreError."""
    found, by = _matching(session, query)
    some = found.with_only_columns(by).limit(COUNTED + 1).subquery()
    return session.scalars(select(func.count()).select_from(some)).one()


def _matching(session: Session, query: Query) -> tuple[Select[Text], ColumnElement[int]]:
    """What is looked for, and the id by which the index used goes in order."""
    words, (groups, without) = fulltext.parsed(query.words), _terms(query)
    found, by = select(Text), Text.id.expression
    if not (words or groups or without):
        pass
    elif session.get_bind().dialect.name == "sqlite":
        groups = groups if words or groups else [(facts.TOUCHED, facts.UNTOUCHED)]  # FTS5 takes away from something
        by = fulltext.FTS.c.rowid
        found = found.join_from(fulltext.FTS, Text, Text.id == by).where(fulltext.match(words, groups, without))
    else:
        found = found.where(fulltext.condition(words, groups, without))
        if groups and facts.UNTOUCHED not in chain(*groups):
            found = found.where(Text.facts != facts.UNTOUCHED)  # which has a small index of its own
    if query.only_for is not None:
        found = found.where(Text.pooled | judged_by(query.only_for, Text.id))
    return found, by


def _terms(query: Query) -> tuple[list[tuple[str, ...]], tuple[str, ...]]:
    """Groups of terms of which a text needs one each, and terms that it must not have."""
    who = query.annotator
    groups: list[tuple[str, ...]] = [
        (facts.term(kind, value, who),)
        for kind, value in (("label", query.label), ("polarity", query.polarity), ("release", query.release))
        if value is not None
    ]
    if query.since or query.until:
        days = [*facts.days(max(query.since or FIRST, FIRST), min(query.until or LAST, LAST))]
        groups.append(tuple(facts.term("on", day, who) for day in days or ["never"]))  # a day that no text has
    if who is not None and query.state == "unlabelled":
        return groups, (facts.person(who),)
    if who is not None:
        groups.append((facts.person(who),))
    if query.state == "unlabelled":
        groups.append((facts.UNTOUCHED, facts.term("state", "unlabelled")))
    elif query.state and who is not None and query.state in facts.OWN_STATES:
        groups.append((facts.term("did", facts.OWN_STATES[query.state], who),))
    elif query.state:
        groups.append((facts.term("state", query.state),))
    return groups, ()
