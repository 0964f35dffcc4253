"""The pool as annotators meet it: searched from where the last look ended, and nothing left out for that."""

from datetime import UTC, datetime

import numpy as np
import pytest

from db import annotators, claims, corrections, releases, suggestions, texts
from db.records import Claim, Verdict
from emodemo import annotation
from emodemo import pool as pool_module
from emodemo.access import OWNER, Person
from emodemo.errors import UserError
from emodemo.services import Services


def add(services: Services, *contents: str, pooled: bool = True) -> list[int]:
    with services.database.write() as session:
        return texts.add(session, contents=contents, source="test", pooled=pooled)


def next_item(services: Services) -> annotation.Item | None:
    annotation.refresh_pool(services, blocks=1)
    return next(iter(annotation.items(services, annotation.take(services, OWNER))), None)


def judged(services: Services, text_id: int) -> bool:
    release = services.live.predictor.release
    with services.database.read() as session:
        return suggestions.get(session, release=release, text_id=text_id) is not None


def test_texts_that_come_later_are_judged_and_counted_at_the_next_look(services: Services) -> None:
    for number, content in enumerate(["The roof leaks.", "We danced.", "My coat is gone."], 1):
        [text_id] = add(services, content)
        item = next_item(services)
        assert item is not None
        assert annotation.take(services, OWNER, most=0).size == number
        assert judged(services, text_id)


def test_what_has_no_features_yet_is_not_skipped_for_what_has(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(annotation, "FEATURE_BLOCK", 1)
    ids = add(services, "The roof leaks.", "We danced.", "My coat is gone.")
    encoder = services.live.predictor.encoder
    with services.database.write() as session:
        features = {ids[2]: encoder.features(["My coat is gone."])[0]}
        texts.store_features(session, encoder_id=encoder.encoder_id, features=features)
    for _ in ids:
        annotation.refresh_pool(services, blocks=1)
    assert all(judged(services, text_id) for text_id in ids)


def test_a_known_text_that_joins_the_pool_is_seen_once_everything_is_searched_anew(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    [known] = add(services, "We danced.", pooled=False)
    add(services, "The roof leaks.")
    next_item(services)
    add(services, "We danced.")
    monkeypatch.setattr(pool_module, "RECOUNT", 0.0)
    item = next_item(services)
    assert item is not None
    assert annotation.take(services, OWNER, most=0).size == 2
    annotation.refresh_pool(services)
    assert judged(services, known)


def test_a_text_that_nobody_pooled_is_answered_only_by_those_who_gave_it(services: Services) -> None:
    ann, rev = Person("ann", "annotator", True), Person("rev", "reviewer", True)
    theirs, own = add(services, "A visitor's secret.", "My own words.", pooled=False)
    how = {"action": "skip", "client_id": "click-1"}
    with pytest.raises(UserError, match=f"^There is no text {theirs} in the pool"):
        annotation.answer(services, ann, text_id=theirs, **how)  # type: ignore[arg-type]
    with services.database.read() as session:
        assert corrections.history(session) == []
    verdict = Verdict(("joy",))
    annotation.save(
        services, ann, client_id="click-2", content="My own words.", verdict=verdict, visible=True, release=None, seconds=None
    )  # fmt: skip
    annotation.answer(services, ann, text_id=own, action="skip", client_id="click-3")
    annotation.answer(services, rev, text_id=theirs, action="skip", client_id="click-4")
    with services.database.read() as session:
        assert [said.text_id for said in corrections.history(session)] == [theirs, own, own]


def test_what_earlier_releases_said_of_texts_that_wait_is_dropped(services: Services) -> None:
    answered, held, waiting = add(services, "The roof leaks.", "We danced.", "My coat is gone.")
    annotation.refresh_pool(services)
    live = services.live.predictor.release
    with services.database.write() as session:
        releases.add(
            session, name="before", parent=None, encoder_id="e", heads=b"", metrics=[], snapshot=None, report=None
        )
        suggestions.store(session, release="before", rows=[(i, np.ones(1), 0.5) for i in (answered, held, waiting)])
        ann = annotators.ensure(session, name="ann", role="annotator")
        text = texts.get(session, text_id=held)
        claims.hold(session, Claim(None, True, "before", text), annotator_id=ann.id, until=datetime.now(UTC))
    annotation.answer(services, OWNER, text_id=answered, action="skip", client_id="click-1")
    annotation.refresh_pool(services)
    with services.database.read() as session:
        kept = {
            i for i in (answered, held, waiting) if suggestions.get(session, release="before", text_id=i) is not None
        }
    assert kept == {answered, held}
    assert all(judged(services, text_id) for text_id in (answered, held, waiting)), live
