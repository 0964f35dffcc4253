"""Many texts labelled at once: one event, which one step takes back whole."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy.orm import Session

from db import annotators, claims, corrections, events
from db.records import Event, Verdict
from emodemo.access import Person, check_reach, require
from emodemo.errors import UserError
from emodemo.pooling import PAUSE
from emodemo.services import Services
from emodemo.translation import N_

LABELLED, UNDONE = "selection", "selection undone"  # kinds of events; the subject is the selection's id
MOST = 500  # texts at once
TOGETHER = 20  # of one transaction


@dataclass(frozen=True, slots=True)
class TakenBack:
    """How many answers of a selection were undone, and how many texts were answered anew since and keep that."""

    undone: int
    kept: int


def label(services: Services, person: Person, *, client_id: str, text_ids: Sequence[int], verdict: Verdict) -> int:
    """Say the same of every text; returns of how many. Sent again with ``client_id`` it is stored once, and whole; another
    verdict or other texts are another selection, whatever became of the first.

    The prediction was not shown for it, so it counts as blind, and no queue chose it. Raises UserError, StoreError.
    """
    require(person, "annotator", N_("label texts"))
    ids = sorted(set(text_ids))  # in one order, or two selections wait for each other
    if not 0 < len(ids) <= MOST:
        raise UserError("Select at least one text and at most {most:,}; {n:,} are selected.", most=MOST, n=len(ids))
    selection = _selection(client_id, ids, verdict)
    with services.database.write() as session:  # the event first: what is stored before a crash can be undone
        annotator = annotators.ensure(session, name=person.name, role=person.role)
        check_reach(session, person, ids)
        if not events.recent(session, kind=LABELLED, subject=selection):
            events.add(session, actor=person.name, kind=LABELLED, subject=selection, detail={"texts": ids})

    def store(session: Session, text_id: int) -> None:
        claims.end(session, annotator_id=annotator.id, text_id=text_id)
        corrections.save(
            session, client_id=_name(selection, text_id), text_id=text_id, annotator_id=annotator.id, verdict=verdict,
            visible=False, release=services.live.predictor.release,
        )  # fmt: skip

    _in_turns(services, ids, store)
    return len(ids)


def undo(services: Services, person: Person) -> TakenBack:
    """Take back this person's newest selection that stands; each call goes one further back. Raises UserError."""
    require(person, "annotator", N_("label texts"))
    with services.database.write() as session:
        annotator = annotators.ensure(session, name=person.name, role=person.role)
        selection = _newest(session, person)
    if selection is None:
        raise UserError("No selection of yours is left to undo.")
    ids, undone, subject = selection.detail["texts"], [], selection.subject

    def take_back(session: Session, text_id: int) -> None:
        name = _name(subject, text_id)
        current = corrections.current(session, annotator_id=annotator.id, text_id=text_id)
        if current and current.client_id == name:
            corrections.undo(session, client_id=f"{name}-undo", annotator_id=annotator.id, text_id=text_id)
            undone.append(text_id)

    _in_turns(services, ids, take_back)
    with services.database.write() as session:
        events.add(session, actor=person.name, kind=UNDONE, subject=subject, detail={"undone": len(undone)})
    return TakenBack(len(undone), len(ids) - len(undone))


def _in_turns(services: Services, ids: Sequence[int], deed: Callable[[Session, int], None]) -> None:
    """A few texts a transaction, with gaps in which others write."""
    for start in range(0, len(ids), TOGETHER):
        with services.database.write() as session:
            for text_id in ids[start : start + TOGETHER]:
                deed(session, text_id)
        time.sleep(PAUSE)


def _newest(session: Session, person: Person) -> Event | None:
    undone = {event.subject for event in events.recent(session, kind=UNDONE, actor=person.name, limit=None)}
    made = events.recent(session, kind=LABELLED, actor=person.name, limit=None)
    return next((event for event in made if event.subject not in undone), None)


def _selection(client_id: str, ids: Sequence[int], verdict: Verdict) -> str:
    said = json.dumps([ids, verdict.labels, verdict.polarity, verdict.scores], sort_keys=True)
    return f"{client_id}-{sha256(said.encode()).hexdigest()[:16]}"


def _name(selection: str, text_id: int) -> str:
    return f"{selection}-{text_id}"
