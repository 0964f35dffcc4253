import numpy as np

from db import suggestions, texts
from db.engine import Database


def test_suggestions_are_kept_per_release_and_replaced(database: Database, text_ids: list[int]) -> None:
    first = text_ids[0]
    with database.write() as session:
        suggestions.store(session, release="r1", rows=[(first, np.array([0.1, 0.9]), 0.3)])
        suggestions.store(session, release="r2", rows=[(first, np.array([0.5, 0.5]), 0.7)])
        suggestions.store(session, release="r1", rows=[(first, np.array([0.25, 0.75]), 0.4)])
        suggestions.store(session, release="r1", rows=[])
    with database.read() as session:
        outputs = suggestions.get(session, release="r1", text_id=first)
        assert suggestions.get(session, release="r1", text_id=text_ids[1]) is None
    assert outputs is not None
    assert outputs.dtype == np.float32
    assert outputs.tolist() == [0.25, 0.75]


def test_missing_are_pooled_texts_with_features_and_no_suggestion(database: Database, text_ids: list[int]) -> None:
    a, b, c = text_ids
    with database.write() as session:
        (loose,) = texts.add(session, contents=["loose"], source="test", pooled=False)
        texts.store_features(session, encoder_id="e1", features={i: np.full(2, i) for i in (a, b, loose)})
        texts.store_features(session, encoder_id="e2", features={c: np.zeros(2)})
        suggestions.store(session, release="r1", rows=[(a, np.zeros(1), 0.1)])
        ids, features = suggestions.missing(session, release="r1", encoder_id="e1", limit=9)
        assert (ids, features.tolist()) == ([b], [[b, b]])
        assert suggestions.missing(session, release="r2", encoder_id="e1", limit=1)[0] == [a]
        assert suggestions.missing(session, release="r2", encoder_id="e1", limit=9, after=a)[0] == [b]
        ids, features = suggestions.missing(session, release="r2", encoder_id="e1", limit=9, after=a, upto=a)
        assert (ids, len(features)) == ([], 0)
