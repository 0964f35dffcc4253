"""What the Texts tab finds for whom, a selection labelled and taken back, and texts like one text."""

from dataclasses import replace
from uuid import uuid4

import numpy as np
import pytest

from db import annotators, corrections, events, texts
from db.records import Verdict
from emodemo import annotation, searching, selections, similar
from emodemo.access import Person
from emodemo.errors import UserError
from emodemo.searching import Wanted
from emodemo.services import Services

ANN, BOB, REV = Person("ann", "annotator", True), Person("bob", "annotator", True), Person("rev", "reviewer", True)
JOY, FEAR = Verdict(("joy",), "positive"), Verdict(("fear",))


@pytest.fixture
def ids(services: Services) -> list[int]:
    """Three texts of the pool and one that is not."""
    with services.database.write() as session:
        pooled = texts.add(session, contents=["The kite flew.", "A red kite.", "It rained."], source="t", pooled=True)
        return pooled + texts.add(session, contents=["A kite of my own."], source="page", pooled=False)


def said(services: Services, person: Person, text_id: int, verdict: Verdict) -> None:
    annotation.answer(services, person, client_id=uuid4().hex, text_id=text_id, action="label", verdict=verdict)


def given(services: Services, person: Person, content: str, verdict: Verdict) -> None:
    annotation.save(
        services, person, client_id=uuid4().hex, content=content, verdict=verdict, visible=True, release=None, seconds=None
    )  # fmt: skip


def found(services: Services, person: Person, **wanted: str) -> dict[int, tuple[str, ...]]:
    results = searching.find(services, person, Wanted(**wanted))
    assert results.total == len(results.found)
    return {each.text.id: each.said for each in results.found}


def test_an_annotator_sees_the_pool_and_what_they_said_themselves(services: Services, ids: list[int]) -> None:
    said(services, ANN, ids[0], JOY)
    said(services, BOB, ids[0], FEAR)
    given(services, BOB, "A kite of my own.", FEAR)
    assert found(services, ANN, words="kite") == {ids[0]: ("joy; positive",), ids[1]: ()}
    assert (
        found(services, ANN, state="labelled") == found(services, ANN, said="label/joy") == {ids[0]: ("joy; positive",)}
    )
    assert found(services, ANN, said="label/fear") == {}
    assert list(found(services, ANN, state="unlabelled")) == [ids[2], ids[1]]
    assert list(found(services, BOB, words="kite")) == [ids[3], ids[1], ids[0]]


def test_a_reviewer_sees_what_all_said(services: Services, ids: list[int]) -> None:
    said(services, ANN, ids[0], JOY)
    said(services, BOB, ids[0], FEAR)
    given(services, BOB, "A kite of my own.", FEAR)
    both = {ids[0]: ("ann: joy; positive", "bob: fear")}
    assert found(services, REV, state="disagreement") == found(services, REV, annotator="ann") == both
    assert list(found(services, REV, annotator="bob", said="label/fear", words="kite")) == [ids[3], ids[0]]
    assert list(found(services, REV, said="polarity/positive")) == [ids[0]]


@pytest.mark.parametrize("wanted", [Wanted(annotator="bob"), Wanted(state="disagreement"), Wanted(state="proposed")])
def test_what_others_said_is_for_reviewers(services: Services, ids: list[int], wanted: Wanted) -> None:
    assert ids
    with pytest.raises(
        UserError, match=r"^Only a signed-in reviewer may look for what others said; you are signed in as"
    ):
        searching.find(services, ANN, wanted)


def test_a_day_that_is_none_is_refused(services: Services) -> None:
    with pytest.raises(UserError, match=r"^'31\.1\.' is not a day; write it as 2026-01-31\.$"):
        searching.find(services, REV, Wanted(since="31.1."))


def test_a_selection_is_labelled_and_taken_back_whole(
    services: Services, ids: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selections, "TOGETHER", 2)
    said(services, ANN, ids[0], FEAR)
    for _ in range(2):  # sent twice, stored once
        assert selections.label(services, ANN, client_id="s1", text_ids=ids[:3], verdict=JOY) == 3
    assert list(found(services, ANN, said="label/joy")) == ids[2::-1]
    with services.database.read() as session:
        assert [e.detail for e in events.recent(session, kind=selections.LABELLED)] == [{"texts": ids[:3]}]
        assert {c.visible for c in corrections.history(session) if c.client_id.startswith("s1")} == {False}
    said(services, ANN, ids[2], FEAR)
    assert selections.undo(services, ANN) == selections.TakenBack(undone=2, kept=1)
    assert list(found(services, ANN, said="label/fear")) == [ids[2], ids[0]]
    assert found(services, ANN, said="label/joy") == {}
    with pytest.raises(UserError, match=r"^No selection of yours is left to undo\.$"):
        selections.undo(services, ANN)


def test_undoing_goes_further_back_and_is_of_ones_own(services: Services, ids: list[int]) -> None:
    selections.label(services, ANN, client_id="s1", text_ids=ids[:2], verdict=JOY)
    selections.label(services, ANN, client_id="s2", text_ids=ids[1:3], verdict=FEAR)
    selections.label(services, BOB, client_id="s3", text_ids=ids[:1], verdict=FEAR)
    selections.undo(services, ANN)
    assert list(found(services, ANN, said="label/joy")) == [ids[1], ids[0]]
    selections.undo(services, ANN)
    assert found(services, ANN, state="labelled") == {}
    assert list(found(services, BOB, said="label/fear")) == [ids[0]]


def test_what_cannot_be_selected_changes_nothing(
    services: Services, ids: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    for chosen in ([], ids[:3]):
        monkeypatch.setattr(selections, "MOST", 2)
        with pytest.raises(UserError, match=f"^Select at least one text and at most 2; {len(chosen)} are selected"):
            selections.label(services, ANN, client_id="s1", text_ids=chosen, verdict=JOY)
    with pytest.raises(UserError, match=rf"^There is no text {ids[3]} in the pool\.$"):
        selections.label(services, ANN, client_id="s1", text_ids=[ids[0], ids[3]], verdict=JOY)
    assert found(services, REV, state="labelled") == {}


def test_the_texts_most_like_one_are_exact_whatever_the_block(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, encoder_id = np.random.default_rng(3), services.live.predictor.encoder.encoder_id
    vectors = source.standard_normal((30, services.live.predictor.encoder.width)).astype(np.float16)
    with services.database.write() as session:
        ids = texts.add(session, contents=[f"Row {n}." for n in range(30)], source="t", pooled=True)
        texts.store_features(session, encoder_id=encoder_id, features=dict(zip(ids, vectors, strict=True)))
    unit = vectors.astype(np.float64) / np.linalg.norm(vectors.astype(np.float64), axis=1, keepdims=True)
    cosines = unit @ unit[4]
    best = [n for n in np.argsort(-cosines) if n != 4][:7]
    for size in (4, 64):
        monkeypatch.setattr(similar, "BLOCK", size)
        near = similar.nearest(services, text_id=ids[4], limit=7)
        assert [text_id for text_id, _ in near] == [ids[n] for n in best]
        assert [cosine for _, cosine in near] == pytest.approx([cosines[n] for n in best], abs=1e-3)


def test_a_text_is_like_itself_in_other_words(services: Services, ids: list[int]) -> None:
    annotation.refresh_pool(services)
    first, second, *_ = searching.like(services, ANN, ids[0])
    assert (first.text.id, second.text.id) == (ids[0], ids[1])
    with pytest.raises(UserError, match=rf"^There is no text {ids[3]} in the pool\.$"):
        searching.like(services, ANN, ids[3])
    assert searching.like(services, replace(REV), ids[3])[0].text.id == ids[3]


def test_whoever_never_answered_finds_nothing_of_their_own(services: Services, ids: list[int]) -> None:
    with services.database.read() as session:
        assert annotators.find(session, name="bob") is None
    assert found(services, BOB, state="labelled") == {}
    assert len(found(services, BOB, state="unlabelled")) == 3
    assert ids


def test_a_selection_sent_again_with_another_verdict_is_another_selection(services: Services, ids: list[int]) -> None:
    for chosen, verdict in ((ids[:2], JOY), (ids[:3], FEAR)):
        assert selections.label(services, ANN, client_id="one page", text_ids=chosen, verdict=verdict) == len(chosen)
    assert {summary for (summary,) in found(services, ANN, state="labelled").values()} == {"fear"}
    assert selections.undo(services, ANN).undone == 3
    assert set(found(services, ANN, state="labelled")) == set(ids[:2])
