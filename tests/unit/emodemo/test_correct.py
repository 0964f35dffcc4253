"""What a person says of a sentence, and what is stored of it."""

import gradio as gr
import pytest

from db import corrections, labels, texts, waiting
from db.records import Verdict
from emodemo import html
from emodemo.errors import UserError
from emodemo.services import Services
from emodemo.tabs import analyse, correct, editor
from model.labels import SCORES

from .asking import OWNER, VISITOR, controls, row, run, said_by, save


def test_the_controls_start_from_the_prediction(services: Services) -> None:
    found = row(services)
    emotions, finer, added, polarity, *sliders, guess = editor.prefilled(found)
    assert max(found["emotions"], key=found["emotions"].get) in emotions
    assert finer == []
    assert (added["choices"], added["visible"]) == ([], False)
    assert polarity == max(found["polarity"], key=found["polarity"].get)
    assert guess == f"{','.join(emotions)};{polarity}"
    for name, value in zip(SCORES, sliders, strict=True):
        assert value == pytest.approx(found["scores"][name], abs=editor.STEP / 2 + 1e-9)


def test_sliders_that_nobody_moved_are_no_judgement(services: Services) -> None:
    found = row(services)
    start = editor.prefilled(found)
    verdict = editor.said(found, controls(["joy"], "positive", start))
    assert verdict == Verdict(("joy",), "positive", {})
    moved = editor.said(found, controls(["joy"], "positive", start, valence=4.5))
    assert moved.scores == {"valence": 4.5}
    assert editor.in_words(moved) == "joy; positive; valence 4.5"


def test_saying_nothing_is_refused(services: Services) -> None:
    found = row(services)
    with pytest.raises(
        UserError, match=r"^Nothing was chosen; pick an emotion, a polarity or a score before saving\.$"
    ):
        editor.said(found, controls([], "", editor.prefilled(found)))


def test_a_correction_is_stored_and_the_owner_is_told_what_comes_next(services: Services) -> None:
    found = row(services)
    message, following, last = save(services, found, "one")
    assert message == html.note(
        "Saved: joy; positive. 1 corrected text will train the next release: retrain in Models, "
        "or run `python -m emodemo retrain`.",
        "good",
    )
    assert (last, len(following)) == ("one", 32)
    assert said_by(services, found["text"]) == Verdict(("joy",), "positive", {})


def test_sent_twice_it_is_stored_once(services: Services) -> None:
    found = row(services)
    save(services, found, "one")
    save(services, found, "one")
    with services.database.read() as session:
        assert len(corrections.history(session)) == 1


def test_a_correction_belongs_to_its_text_not_to_its_place(services: Services) -> None:
    old = run(services, "We won at last! Who took my coat?")["rows"]
    panel = analyse.pick(services, old, gr.EventData(None, {"n": 1}))
    run(services, "Another text. With other sentences.")
    save(services, panel[3], panel[4])
    assert said_by(services, "Who took my coat?") is not None
    assert said_by(services, "With other sentences.") is None


def test_undo_brings_back_what_was_said_before(services: Services) -> None:
    found = row(services)
    save(services, found, "one", emotion="joy")
    save(services, found, "two", emotion="fear")
    message, *_ = correct.undo_correction(services, found, "two", OWNER)
    assert message == html.note("Taken back: your last correction of this sentence no longer counts.")
    assert said_by(services, found["text"]) == Verdict(("joy",), "positive", {})
    correct.undo_correction(services, found, "", OWNER)
    assert said_by(services, found["text"]) is None
    with pytest.raises(UserError, match=r"^There is nothing to undo\.$"):
        correct.undo_correction(services, found, "", OWNER)


def test_a_visitors_proposal_waits_and_trains_nothing(services: Services) -> None:
    message, *_ = save(services, row(services), "one", VISITOR)
    assert message == html.note("Saved: joy; positive. Thank you: your proposal waits for a reviewer.", "good")
    with services.database.read() as session:
        assert labels.count(session) == 0
        assert waiting.count(session, kind="proposal") == 1


def test_a_visitor_undoes_only_what_this_visitor_saved(services: Services) -> None:
    found = row(services)
    save(services, found, "mine", VISITOR)
    save(services, found, "somebody else's", VISITOR)
    with pytest.raises(UserError, match=r"^There is nothing of yours to undo\.$"):
        correct.undo_correction(services, found, "mine", VISITOR)
    assert "Taken back" in correct.undo_correction(services, found, "somebody else's", VISITOR)[0]


def test_undoing_nothing_stores_nothing(services: Services) -> None:
    with pytest.raises(UserError, match=r"^There is nothing of yours to undo\.$"):
        correct.undo_correction(services, row(services), "never saved", VISITOR)
    with services.database.read() as session:
        assert texts.find(session, content=row(services)["text"]) is None


def test_without_a_picked_sentence_nothing_is_saved(services: Services) -> None:
    with pytest.raises(UserError, match="^Choose a sentence first.$"):
        correct.save_correction(services, None, "one", OWNER)
    with pytest.raises(UserError, match="^Choose a sentence first.$"):
        correct.undo_correction(services, None, "", OWNER)
