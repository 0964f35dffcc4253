"""What waits for a reviewer, one queue of every kind, and what reviewers decide.

A kind of its own, such as labels that the model doubts, is one entry of ``KINDS``: how many texts wait, which, and what
may be decided on them. Queue, page, decisions and undo are the same for all.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np
from sqlalchemy.orm import Session

from db import adjudications, annotators, corrections, labels, suggestions, texts, turns, waiting
from db.engine import Database
from db.records import Adjudication, Correction, Ruling, Text, Verdict
from emodemo import suspects, vocabulary
from emodemo.access import Person
from emodemo.annotation import CONTEXT, checked_verdict
from emodemo.errors import UserError
from emodemo.services import Services
from emodemo.translation import N_, _, named


@dataclass(frozen=True, slots=True)
class Waiting:
    """A text that needs a decision, and why where its kind alone does not say it, in English or as ``N_``."""

    text_id: int
    why: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """Why texts wait, its words as ``N_``. ``one``, ``many``: what one of them and what all are called. ``rows`` gives at most so many, without
    those excluded, the most urgent first.

    ``rulings``: what else than accepting an answer may be decided, and the words on its button.
    """

    one: str
    many: str
    count: Callable[[Services, Session], int]
    rows: Callable[[Services, Session, Collection[int], int], Sequence[Waiting]]
    rulings: Mapping[Ruling, str]


@dataclass(frozen=True, slots=True)
class Option:
    """An answer that a reviewer may accept: what these corrections say alike, their scores averaged."""

    verdict: Verdict
    said: tuple[Correction, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """A text before a reviewer. ``remarks``: flags and skips. ``outputs``: what the live release said of it, where stored.
    ``seen``, ``after``: ids of the newest correction and decision.
    """

    text: Text
    kind: str
    why: str
    options: tuple[Option, ...]
    remarks: tuple[Correction, ...]
    before: tuple[str, ...]
    after_text: tuple[str, ...]
    outputs: np.ndarray | None
    seen: int
    after: int


def stored(kind: waiting.Kind, one: str, many: str, rulings: Mapping[Ruling, str]) -> Kind:
    """A kind that follows from what people said."""

    def rows(_: Services, session: Session, exclude: Collection[int], limit: int) -> list[Waiting]:
        found = waiting.text_ids(session, kind=kind, exclude=exclude, limit=limit)
        return [Waiting(text_id) for text_id in found]

    return Kind(one, many, lambda _, session: waiting.count(session, kind=kind), rows, rulings)


def _suspected(services: Services, session: Session, exclude: Collection[int], limit: int) -> list[Waiting]:
    found = suspects.waiting(services, session)
    rows = {int(s.where): Waiting(int(s.where), suspects.why(s)) for s in reversed(found)}  # of two tasks the worse one
    return [rows[text_id] for text_id in dict.fromkeys(int(s.where) for s in found) if text_id not in exclude][:limit]


def _suspected_count(services: Services, session: Session) -> int:
    return len({suspect.where for suspect in suspects.waiting(services, session)})


KINDS: dict[str, Kind] = {
    "disagreement": stored(
        "disagreement", N_("Disagreement"), N_("Disagreements"),
        {"keep": N_("Leave as disagreement"), "reject": N_("Reject all answers")},
    ),
    "flag": stored(
        "flag", N_("Flag"), N_("Flags"), {"keep": N_("The flag is wrong"), "reject": N_("Set the text aside")}
    ),
    suspects.KIND: Kind(
        N_("Suspect label"), N_("Suspect labels"), _suspected_count, _suspected,
        {"keep": N_("The label is right"), "reject": N_("Reject all answers")},
    ),
    "proposal": stored("proposal", N_("Proposal"), N_("Proposals"), {"decline": N_("Turn down")}),
}  # fmt: skip


def counts(services: Services) -> dict[str, int]:
    """How many texts wait, by kind."""
    with services.database.read() as session:
        return {name: kind.count(services, session) for name, kind in KINDS.items()}


def take(services: Services, *, kind: str | None, exclude: Collection[int], most: int) -> list[Item]:
    """At most so many texts that need a decision, of one kind where given. A text that waits for two reasons comes once."""
    taken: dict[int, tuple[str, str]] = {}
    with services.database.read() as session:
        for name in KINDS if kind is None else [checked_kind(kind)]:
            wanted = most - len(taken)
            rows = KINDS[name].rows(services, session, {*exclude, *taken}, wanted) if wanted > 0 else ()
            taken |= {row.text_id: (name, row.why) for row in rows}
        return [item(services, session, text_id, *reason) for text_id, reason in taken.items()]


def item(services: Services, session: Session, text_id: int, kind: str, why: str) -> Item:
    """The text with what everybody says of it, what was said around it, and what is stored of the live release's answer."""
    text = texts.get(session, text_id=text_id)
    said = waiting.said(session, text_id=text_id)
    before, after = turns.around(session, text_id=text_id, width=CONTEXT)
    return Item(
        text=text,
        kind=kind,
        why=why,
        options=options(said),
        remarks=tuple(correction for correction in said if correction.action != "label"),
        before=tuple(before),
        after_text=tuple(after),
        outputs=suggestions.get(session, release=services.live.predictor.release, text_id=text_id),
        seen=waiting.newest(session, text_id=text_id),
        after=adjudications.newest(session, text_id=text_id),
    )


def options(said: Sequence[Correction]) -> tuple[Option, ...]:
    """The answers that differ in labels or polarity, those of most people first."""
    alike: dict[tuple[frozenset[str], str | None], list[Correction]] = {}
    for correction in said:
        if correction.action == "label":
            key = frozenset(correction.verdict.labels or ()), correction.verdict.polarity
            alike.setdefault(key, []).append(correction)
    found = [Option(_mean([c.verdict for c in group]), tuple(group)) for group in alike.values()]
    return tuple(sorted(found, key=lambda option: -len(option.said)))


def _mean(verdicts: Sequence[Verdict]) -> Verdict:
    names = {name: None for verdict in verdicts for name in verdict.scores}
    scores = {name: round(fmean(v.scores[name] for v in verdicts if name in v.scores), 2) for name in names}
    return Verdict(verdicts[0].labels, verdicts[0].polarity, scores)


def decide(
    services: Services,
    person: Person,
    *,
    client_id: str,
    text_id: int,
    kind: str,
    action: Ruling,
    verdict: Verdict,
    seen: int,
    after: int,
    comment: str | None,
) -> Adjudication:
    """Store the decision, once for a ``client_id``. Raises UserError, StoreError."""
    if action != "accept" and action not in KINDS[checked_kind(kind)].rulings:
        raise UserError(
            "A {kind} cannot be decided by {action!r}; reload the page and decide again.", kind=kind, action=action
        )
    if action == "accept":
        added = vocabulary.known(services.database)
        verdict = checked_verdict(list(verdict.labels or ()), verdict.polarity, verdict.scores, added=added)
    with services.database.write() as session:
        reviewer = annotators.ensure(session, name=person.name, role=person.role)
        return adjudications.save(
            session, client_id=client_id, text_id=text_id, annotator_id=reviewer.id, kind=checked_kind(kind),
            action=action, verdict=verdict, seen=seen, after=after, comment=comment,
        )  # fmt: skip


def undo(services: Services, person: Person, *, client_id: str, id: int | None) -> tuple[Item, Adjudication]:
    """Take back this reviewer's newest decision, or that of this id. Returns its text and it. Raises UserError."""
    with services.database.write() as session:
        reviewer = annotators.ensure(session, name=person.name, role=person.role)
        undone = adjudications.undo(session, client_id=client_id, annotator_id=reviewer.id, id=id)
        if undone is None:
            raise UserError("There is nothing to undo.")
        return item(services, session, undone.text_id, undone.kind, ""), undone


def split(database: Database, content: str) -> str:
    """How people split over this very text, where a reviewer left their disagreement as it is; else empty."""
    with database.read() as session:
        text = texts.find(session, content=content)
        if text is None or labels.decided(session, text_id=text.id) != "keep":
            return ""
        said = corrections.counting(session, text_id=text.id)
    emotions = [_(", ").join(map(named, sorted(c.verdict.labels))) for c in said if c.verdict.labels]
    chosen = [named(c.verdict.polarity) for c in said if c.verdict.polarity]
    votes = next((found for part in (emotions, chosen) if len(found := Counter(part)) > 1), Counter())
    if not votes:
        return ""
    names, numbers = zip(*votes.most_common(), strict=True)
    shares = _(" to ").join(map(str, numbers))
    return _("People split {shares} here: {names}.", shares=shares, names=_("; ").join(names))


def checked_kind(kind: str) -> str:
    """Raises UserError for an unknown one."""
    if kind not in KINDS:
        raise UserError("Nothing waits as {kind!r}; choose one of: {kinds}.", kind=kind, kinds=", ".join(KINDS))
    return kind
