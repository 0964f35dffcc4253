"""The front of the queue and what it is chosen from."""

from datetime import UTC, datetime, timedelta
from math import inf

import numpy as np

from db import claims, corrections, queue, suggestions, texts
from db.engine import Database
from db.records import Annotator, Claim, Verdict


def test_what_is_answered_or_in_hand_is_left_no_more(
    database: Database, ada: Annotator, visitor: Annotator, text_ids: list[int]
) -> None:
    a, b, c = text_ids
    with database.write() as session:
        queue.store(session, release="r0", parts={"strategy": [a]})
        queue.store(session, release="r1", parts={"strategy": [c, a, b], "conflict": [b]})
        assert queue.left(session, release="r0") == {}
        assert queue.left(session, release="r1") == {"strategy": 3, "conflict": 1}
        held = Claim("strategy", True, "r1", texts.get(session, text_id=a))
        claims.hold(session, held, annotator_id=ada.id, until=datetime.now(UTC) + timedelta(minutes=1))
        for person, text_id in ((ada, b), (visitor, c)):
            corrections.save(
                session, client_id=f"c{text_id}", text_id=text_id, annotator_id=person.id,
                verdict=Verdict(("joy",), None, {}), visible=True,
            )  # fmt: skip
        assert queue.left(session, release="r1") == {"strategy": 1}
        until = datetime.now(UTC) + timedelta(minutes=1)
        first = claims.take(
            session, annotator_id=ada.id, release="r1", until=until, visible=True, wanted="strategy", exclude=[a]
        )
        assert first is not None
        assert (first.text.id, first.chosen) == (c, "strategy")


def test_the_doubt_is_that_of_the_first_text_that_is_free(
    database: Database, ada: Annotator, text_ids: list[int]
) -> None:
    a, b, c = text_ids
    until = datetime.now(UTC) + timedelta(minutes=1)
    with database.write() as session:
        assert queue.doubt(session, release="r1") == inf
        rows = [(a, np.zeros(2), 0.9), (b, np.zeros(2), 0.6), (c, np.zeros(2), 0.3)]
        suggestions.store(session, release="r1", rows=rows)
        assert queue.doubt(session, release="r1") == 0.9
        held = Claim("strategy", True, "r1", texts.get(session, text_id=a))
        claims.hold(session, held, annotator_id=ada.id, until=until)
        assert queue.doubt(session, release="r1") == 0.6
        corrections.save(
            session, client_id="c", text_id=b, annotator_id=ada.id, verdict=Verdict(("joy",), None, {}), visible=True
        )
        assert queue.doubt(session, release="r1") == 0.3
        corrections.undo(session, client_id="u", annotator_id=ada.id)
        assert queue.doubt(session, release="r1") == 0.6


def test_candidates_are_judged_and_unanswered_and_the_labelled_come_newest_first(
    database: Database, ada: Annotator, text_ids: list[int]
) -> None:
    a, b, c = text_ids
    vectors = {text_id: np.array([n, 1.0], np.float32) for n, text_id in enumerate(text_ids)}
    with database.write() as session:
        texts.store_features(session, encoder_id="e1", features=vectors)
        suggestions.store(session, release="r1", rows=[(a, np.array([0.5]), 0.1), (b, np.array([0.25]), 0.1)])
        for text_id in (c, a):
            corrections.save(
                session, client_id=f"c{text_id}", text_id=text_id, annotator_id=ada.id,
                verdict=Verdict(("joy",), None, {}), visible=True,
            )  # fmt: skip
        ids, features, outputs = queue.candidates(session, release="r1", encoder_id="e1", text_ids=text_ids)
        assert (ids.tolist(), features.tolist(), outputs.tolist()) == ([b], [[1.0, 1.0]], [[0.25]])
        assert queue.labelled(session, encoder_id="e1", limit=1).tolist() == [[0.0, 1.0]]
        assert texts.pool_ids(session, after=a).tolist() == [b, c]
