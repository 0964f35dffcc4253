"""The annotator's loop: the next text, save, skip, undo. Every function is called by page and API alike."""

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from random import random

import numpy as np
from sqlalchemy.orm import Session

from db import annotators, claims, corrections, releases, suggestions, texts, turns, vocabulary
from db.records import Action, AddedLabel, Annotator, Choice, Claim, Correction, Text, Verdict
from emodemo import ordering
from emodemo.access import Person, check_reach
from emodemo.errors import EXPECTED, UserError
from emodemo.services import Services
from model.labels import LabelError, check_labels, check_polarity, check_scores
from model.predictor import Prediction, Predictor
from model.strategies import entropy

LOG = logging.getLogger(__name__)
FEATURE_BLOCK = 256  # texts encoded in one go when the pool is behind
SUGGESTION_BLOCK = 4096
CONTEXT = 2  # texts shown before and after


@dataclass(frozen=True, slots=True)
class Item:
    """A text to annotate with what the live release says of it, to be shown if ``visible``, and what was said around it."""

    text: Text
    prediction: Prediction
    visible: bool
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Handed:
    """Texts in a person's hands, each with what the live release's stored outputs are and what was said around it; how
    many of the pool the person has answered and how many it holds; every label that was ever added.
    """

    claims: Sequence[Claim]
    outputs: Sequence[np.ndarray | None]
    around: Sequence[tuple[list[str], list[str]]]
    done: int
    size: int
    added: Sequence[AddedLabel]


def checked_verdict(
    labels: list[str] | None, polarity: str | None, scores: dict[str, float] | None, *, added: Collection[str]
) -> Verdict:
    """What a person said, checked. Raises UserError for labels that neither every release knows nor somebody ``added``,
    scores out of range, or nothing said.
    """
    try:
        verdict = Verdict(
            check_labels(labels, added) if labels else None,
            check_polarity(polarity) if polarity else None,
            check_scores(scores or {}),
        )
    except LabelError as error:
        raise UserError(error.message, **error.values) from None
    if verdict.empty:
        raise UserError("Nothing was chosen; pick an emotion, a polarity or a score before saving.")
    return verdict


def save(
    services: Services,
    person: Person,
    *,
    client_id: str,
    content: str,
    verdict: Verdict,
    visible: bool,
    release: str | None,
    seconds: float | None,
    source: str = "page",
) -> Correction:
    """Store what ``person`` says of a text; on return it is on disk. The same ``client_id`` is stored once."""
    with services.database.write() as session:
        annotator = annotators.ensure(session, name=person.name, role=person.role)
        [text_id] = texts.add(session, contents=[content], source=source, pooled=False)
        return corrections.save(
            session,
            client_id=client_id,
            text_id=text_id,
            annotator_id=annotator.id,
            verdict=verdict,
            visible=visible,
            release=release,
            seconds=seconds,
        )


def answer(
    services: Services,
    person: Person,
    *,
    client_id: str,
    text_id: int,
    action: Action,
    verdict: Verdict = corrections.NOTHING,
    seconds: float | None = None,
    comment: str | None = None,
    exclude: tuple[int, ...] = (),
    most: int = 0,
) -> Handed:
    """Label, skip or flag a text of the pool, which is in this person's hands no more, and ``take`` more of them at once.

    Stored once for a ``client_id``. How the text was chosen and whether the prediction was shown is what the claim said,
    or, of a text that they answered before, what that answer says.
    Raises UserError for a text that this person has no claim to and may not see.
    """
    release = services.live.predictor.release
    with services.database.write() as session:
        annotator = annotators.ensure(session, name=person.name, role=person.role)
        choice = claims.end(session, annotator_id=annotator.id, text_id=text_id)
        if choice is None:
            check_reach(session, person, [text_id])
            before = corrections.current(session, annotator_id=annotator.id, text_id=text_id)
            choice = Choice(before.chosen, before.visible, before.release) if before else Choice(None, True, release)
        corrections.save(
            session,
            client_id=client_id,
            text_id=text_id,
            annotator_id=annotator.id,
            action=action,
            verdict=verdict,
            visible=choice.visible,
            release=choice.release,
            chosen=choice.chosen,
            seconds=seconds,
            comment=comment,
        )
        return _handed(services, session, annotator, _take(services, session, annotator.id, release, exclude, most))


def undo(services: Services, person: Person, *, client_id: str, content: str | None = None) -> Text:
    """Take back this person's newest correction, of one text where given. Raises UserError when there is none."""
    with services.database.write() as session:
        annotator = annotators.ensure(session, name=person.name, role=person.role)
        text_id = texts.add(session, contents=[content], source="page", pooled=False)[0] if content else None
        undone = corrections.undo(session, client_id=client_id, annotator_id=annotator.id, text_id=text_id)
        if undone is None:
            raise UserError("There is nothing to undo.")
        return texts.get(session, text_id=undone.text_id)


def take_back(
    services: Services, person: Person, *, client_id: str, text_id: int | None = None
) -> tuple[Item, Correction]:
    """Undo this person's newest answer, of one text where given, and put that text into their hands again.

    Returns it with what they had said. Raises UserError where there is nothing to undo.
    """
    with services.database.write() as session:
        annotator = annotators.ensure(session, name=person.name, role=person.role)
        undone = corrections.undo(session, client_id=client_id, annotator_id=annotator.id, text_id=text_id)
        if undone is None or undone.supersedes is None:
            raise UserError("There is nothing to undo.")
        said = corrections.get(session, id=undone.supersedes)
        text = texts.get(session, text_id=said.text_id)
        claim = Claim(said.chosen, said.visible, services.live.predictor.release, text)
        claims.hold(session, claim, annotator_id=annotator.id, until=_until(services))
        handed = _handed(services, session, annotator, [claim])
    [item] = items(services, handed)
    return item, said


def take(services: Services, person: Person, *, exclude: tuple[int, ...] = (), most: int = 1) -> Handed:
    """At most ``most`` texts into this person's hands: what they hold already but for ``exclude``, then new ones."""
    release = services.live.predictor.release
    with services.database.write() as session:
        annotator = annotators.ensure(session, name=person.name, role=person.role)
        return _handed(services, session, annotator, _take(services, session, annotator.id, release, exclude, most))


def _take(
    services: Services, session: Session, annotator_id: int, release: str, exclude: tuple[int, ...], most: int
) -> list[Claim]:
    settings, taken = services.settings, list[Claim]()
    while len(taken) < most:
        claim = claims.take(
            session, annotator_id=annotator_id, release=release, until=_until(services), overlap=settings.overlap,
            visible=random() >= settings.blind_share, wanted=ordering.drawn(settings, random()), at=random(),
            doubt=services.pool.doubt(release), exclude=(*exclude, *(claim.text.id for claim in taken)),
        )  # fmt: skip
        if claim is None:
            break
        taken.append(claim)
    return taken


def _handed(services: Services, session: Session, annotator: Annotator, taken: Sequence[Claim]) -> Handed:
    """All of it in the transaction that took them: on a server every further one costs as much as several questions."""
    release, ids = services.live.predictor.release, [claim.text.id for claim in taken]
    return Handed(
        taken,
        [suggestions.get(session, release=release, text_id=text_id) for text_id in ids],
        [turns.around(session, text_id=text_id, width=CONTEXT) for text_id in ids],
        texts.judged_count(session, annotator_id=annotator.id),
        services.pool.size(session),
        vocabulary.all(session),
    )


def items(services: Services, handed: Handed) -> list[Item]:
    """What is in somebody's hands as it is shown."""
    predictor = services.live.predictor
    return [
        Item(claim.text, predicted(predictor, claim.text, outputs), claim.visible, tuple(before), tuple(after))
        for claim, outputs, (before, after) in zip(handed.claims, handed.outputs, handed.around, strict=True)
    ]


def predicted(predictor: Predictor, text: Text, outputs: np.ndarray | None) -> Prediction:
    """What the release says of the text, read from its stored outputs where there are some. Not within a transaction."""
    return predictor.predict([text.content])[0] if outputs is None else predictor.read(outputs[None])[0]


def _until(services: Services) -> datetime:
    return datetime.now(UTC) + timedelta(minutes=services.settings.claim_minutes)


def refresh_pool(services: Services, *, blocks: int | None = None) -> None:
    """Encode pooled texts that have no features yet, let the live release judge those it has not judged, and choose the
    front of the queue where it runs low.

    ``blocks`` bounds the work of one call, which begins where the last one ended; without it the whole pool is
    searched and brought up to date, and what releases before this one said of texts that wait is dropped.
    """
    if blocks is None:
        services.pool.forget()
        _forget_earlier(services)
    for step in (_encode, _judge):
        for _ in count() if blocks is None else range(blocks):
            if not step(services):
                break
    ordering.refresh(services)


def keep_up(services: Services) -> None:
    """A block of ``refresh_pool`` after a request, so that nobody waits for it; one at a time sees to it."""
    if not services.pool.judging.acquire(blocking=False):
        return
    try:
        refresh_pool(services, blocks=1)
    except EXPECTED as error:
        LOG.warning("The pool was not judged: %s", error)
    finally:
        services.pool.judging.release()


def _forget_earlier(services: Services) -> None:
    with services.database.read() as session:
        earlier = {release.name for release in releases.all(session)} - {services.live.predictor.release}
    for name in sorted(earlier):
        dropped = SUGGESTION_BLOCK
        while dropped == SUGGESTION_BLOCK:
            with services.database.write() as session:
                dropped = suggestions.forget(session, release=name, limit=SUGGESTION_BLOCK)


def _encode(services: Services) -> int:
    encoder, pool = services.live.predictor.encoder, services.pool
    with services.database.read() as session:
        bare = texts.without_features(
            session, encoder_id=encoder.encoder_id, pooled_only=True, limit=FEATURE_BLOCK,
            after=pool.searched(encoder.encoder_id),
        )  # fmt: skip
        newest = texts.newest_in_pool(session)
    if bare:
        features = encoder.features([text.content for text in bare])
        with services.database.write() as session:
            by_id = {text.id: row for text, row in zip(bare, features, strict=True)}
            texts.store_features(session, encoder_id=encoder.encoder_id, features=by_id)
    pool.advance(encoder.encoder_id, bare[-1].id if bare else newest)
    return len(bare)


def _judge(services: Services) -> int:
    """What has no features yet waits: no further than it was searched for such texts is it searched for these."""
    predictor, pool = services.live.predictor, services.pool
    encoder_id = predictor.encoder.encoder_id
    encoded = pool.searched(encoder_id)
    with services.database.read() as session:
        ids, features = suggestions.missing(
            session, release=predictor.release, encoder_id=encoder_id, limit=SUGGESTION_BLOCK,
            after=pool.searched(predictor.release), upto=encoded,
        )  # fmt: skip
    if ids:
        outputs = predictor.outputs(features)
        judged = list(zip(ids, outputs, entropy(outputs).tolist(), strict=True))
        with services.database.write() as session:
            suggestions.store(session, release=predictor.release, rows=judged)
    pool.advance(predictor.release, ids[-1] if ids else encoded)
    return len(ids)
