"""The annotator's loop: the next text, save, skip, undo. Every function is called by page and API alike."""

from dataclasses import dataclass
from itertools import count

from db import annotators, corrections, suggestions, texts
from db.records import Correction, Text, Verdict
from emodemo.access import Person
from emodemo.errors import UserError
from emodemo.services import Services
from model.labels import LabelError, check_labels, check_polarity, check_scores
from model.predictor import Prediction
from model.strategies import entropy

FEATURE_BLOCK = 256  # texts encoded in one go when the pool is behind
SUGGESTION_BLOCK = 4096


@dataclass(frozen=True, slots=True)
class Item:
    """A text to annotate with what the live release says of it, and how far this annotator has come."""

    text: Text
    prediction: Prediction
    done: int
    total: int


def checked_verdict(labels: list[str] | None, polarity: str | None, scores: dict[str, float] | None) -> Verdict:
    """What a person said, checked. Raises UserError for unknown labels, scores out of range, or nothing said."""
    try:
        verdict = Verdict(
            check_labels(labels) if labels else None,
            check_polarity(polarity) if polarity else None,
            check_scores(scores or {}),
        )
    except LabelError as error:
        raise UserError(str(error)) from None
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


def skip(services: Services, person: Person, *, client_id: str, text_id: int, seconds: float | None) -> Correction:
    """Say nothing of a pooled text and do not see it again."""
    with services.database.write() as session:
        annotator = annotators.ensure(session, name=person.name, role=person.role)
        return corrections.save(
            session,
            client_id=client_id,
            text_id=text_id,
            annotator_id=annotator.id,
            action="skip",
            visible=True,
            release=services.live.predictor.release,
            seconds=seconds,
        )


def undo(services: Services, person: Person, *, client_id: str, content: str | None = None) -> Text:
    """Take back this person's newest correction, of one text where given. Raises UserError when there is none."""
    with services.database.write() as session:
        annotator = annotators.ensure(session, name=person.name, role=person.role)
        text_id = texts.add(session, contents=[content], source="page", pooled=False)[0] if content else None
        undone = corrections.undo(session, client_id=client_id, annotator_id=annotator.id, text_id=text_id)
        if undone is None:
            raise UserError("There is nothing to undo.")
        return texts.get(session, text_id=undone.text_id)


def next_item(services: Services, person: Person, *, exclude: tuple[int, ...] = ()) -> Item | None:
    """The pooled text that the live release is least sure of and this person has not seen; None when there is none."""
    predictor = services.live.predictor
    refresh_pool(services, blocks=1)
    with services.database.write() as session:
        annotator = annotators.ensure(session, name=person.name, role=person.role)
        total, done = services.pool.size(session), texts.judged_count(session, annotator_id=annotator.id)
        text = texts.next_in_pool(session, annotator_id=annotator.id, release=predictor.release, exclude=exclude)
    return item(services, text, done=done, total=total) if text else None


def item(services: Services, text: Text, *, done: int, total: int) -> Item:
    """The text with the live release's prediction, read from the stored suggestion where there is one."""
    predictor = services.live.predictor
    with services.database.read() as session:
        outputs = suggestions.get(session, release=predictor.release, text_id=text.id)
    prediction = predictor.predict([text.content])[0] if outputs is None else predictor.read(outputs[None])[0]
    return Item(text, prediction, done, total)


def refresh_pool(services: Services, *, blocks: int | None = None) -> None:
    """Encode pooled texts that have no features yet and let the live release judge those it has not judged.

    ``blocks`` bounds the work of one call, which begins where the last one ended; without it the whole pool is
    searched and brought up to date.
    """
    if blocks is None:
        services.pool.forget()
    for step in (_encode, _judge):
        for _ in count() if blocks is None else range(blocks):
            if not step(services):
                break


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
        outputs = predictor.heads.apply(features)
        judged = list(zip(ids, outputs, entropy(outputs).tolist(), strict=True))
        with services.database.write() as session:
            suggestions.store(session, release=predictor.release, rows=judged)
    pool.advance(predictor.release, ids[-1] if ids else encoded)
    return len(ids)
