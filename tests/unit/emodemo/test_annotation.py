"""The pool as annotators meet it: searched from where the last look ended, and nothing left out for that."""

import pytest

from db import suggestions, texts
from emodemo import annotation
from emodemo import pool as pool_module
from emodemo.access import OWNER
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
