"""The tab Models: its handlers, on the real model and a real database."""

from typing import Any

import gradio as gr
import pytest

from db import events, releases
from emodemo import cards, html, registry
from emodemo.errors import UserError
from emodemo.handling import streaming
from emodemo.services import Services
from emodemo.tabs import editor, models
from model.labels import POLARITIES, SCORES

from .asking import OWNER, VISITOR, row, save


def retrained(services: Services) -> list[list[Any]]:
    save(services, row(services), "one", emotion="joy")
    return list(models.run_retraining(services, OWNER))


def second_release(services: Services, report: dict[str, Any] | None = None, *, name: str = "second") -> str:
    """A release that changes nothing, made live; its parent is what was live before."""
    with services.database.write() as session:
        second = releases.add(
            session, name=name, parent=releases.alias(session), encoder_id=services.shipped.encoder_id,
            heads=services.shipped.heads().to_bytes(), metrics=[], snapshot=None, report=report,
        )  # fmt: skip
        releases.point(session, alias="production", release=second.name, actor="test", reason="a test")
    services.live.refresh()
    return second.name


def test_the_shipped_release_alone(services: Services) -> None:
    message, overview, report, owner, confirm, choices, reliability, changes = models.opened(services, OWNER)
    assert changes["visible"] is False
    assert message == ""
    assert [note.text for note in reliability.layout.annotations] == [
        "seven emotions", "three polarities", "28 labels", "five classes",
    ]  # fmt: skip
    lines = {trace.name: (trace.line.dash, trace.marker.symbol) for trace in reliability.data if trace.name}
    assert len({*lines.values()}) == len(lines) == 5  # no two corpora look alike
    assert f"{services.shipped.name} is live. 0 corrected texts are accepted." in overview
    assert "No retraining has run yet." in report
    assert (owner["visible"], confirm["visible"]) == (True, False)
    assert (choices["choices"], choices["value"]) == ([services.shipped.name], services.shipped.name)


def test_retraining_tells_how_far_it_is_and_what_came_of_it(services: Services) -> None:
    *steps, last = retrained(services)
    assert steps[0][0] == html.note("Encoding and fitting 1 corrected texts …")
    assert all(step[0].startswith('<div class="note info">') for step in steps)
    with services.database.read() as session:
        [newest, _] = releases.all(session)
    report = newest.report or {}
    live = newest.name if report["decision"] == "promoted" else services.shipped.name
    assert last[0] == html.note(report["reason"], "good" if live == newest.name else "info")
    assert f'<tr class="marked"><td>{live}</td>' in last[1]
    assert services.live.predictor.release == live
    reason = html.escape(report["reason"])
    assert f"{newest.name}, judged against {services.shipped.name}. {reason}" in last[2]
    assert "<td>MELD: seven emotions</td><td>weighted F1</td>" in last[2]
    assert "MELD: seven emotions, weighted F1" in list(last[7]["value"].data[0].y)
    assert not any("f1" in str(name) for name in last[7]["value"].data[0].y)


FLIPPED = [{"text_id": 1, "live": "neutral, neutral", "candidate": "joy, positive", "accepted": "joy, positive"}]


@pytest.mark.parametrize(("asked", "shown"), [(OWNER, "The kettle sings again."), (VISITOR, "text 1")])
def test_what_was_corrected_is_shown_to_annotators_only(services: Services, asked: gr.Request, shown: str) -> None:
    save(services, row(services), "one")
    report = {"decision": "kept", "reason": "Kept.", "live": "first", "rows": [], "flips": FLIPPED}
    second_release(services, report | {"because": {"1": [1, 99]}})
    _, _, found, owner, *_ = models.opened(services, asked)
    assert f"<td>{shown}</td><td>neutral, neutral</td><td>joy, positive</td>" in found
    assert f"<td>{shown} · text 99</td>" in found  # the latter was erased
    assert owner["visible"] is (asked is OWNER)


def test_a_release_is_made_live_after_a_question(services: Services) -> None:
    second_release(services)
    _, confirm, question, wanted = models.ask(services, services.shipped.name, OWNER)
    assert confirm["visible"]
    assert f"Make {services.shipped.name} live for everybody who uses this page?" in question
    assert services.live.predictor.release == "second"
    message, *_ = models.make_live(services, wanted, "it was better", OWNER)
    assert message == html.note(f"{services.shipped.name} is live.", "good")
    assert services.live.predictor.release == registry.live_name(services.database) == services.shipped.name


def test_rolling_back_makes_the_parent_live_and_leaves_a_record(services: Services) -> None:
    second_release(services)
    _, _, question, wanted = models.ask_rollback(services, OWNER)
    assert f"Make {services.shipped.name} live for everybody who uses this page?" in question
    models.make_live(services, wanted, "it was better", OWNER)
    with services.database.read() as session:
        [newest, *_] = events.recent(session, kind="point")
    assert (newest.actor, newest.detail["to"]) == ("local", services.shipped.name)
    assert newest.detail["reason"] == "rolled back from second: it was better"
    with pytest.raises(UserError, match="is the shipped release; there is none before it to roll back to"):
        models.ask_rollback(services, OWNER)


def ask_shipped(services: Services, asked: gr.Request) -> list[Any]:
    return models.ask(services, services.shipped.name, asked)


@pytest.mark.parametrize("question", [models.ask_rollback, models.ask_keep, ask_shipped])
def test_what_was_asked_is_refused_once_another_release_is_live(services: Services, question: Any) -> None:
    second_release(services)
    third = second_release(services, name="third")
    *_, first_wanted = models.ask_rollback(services, OWNER)
    *_, wanted = question(services, OWNER)
    assert wanted.live == third
    models.make_live(services, first_wanted, "", OWNER)
    with pytest.raises(UserError, match=r"^second went live meanwhile; look again\.$"):
        models.make_live(services, wanted, "", OWNER)
    assert registry.live_name(services.database) == "second"
    with services.database.read() as session:
        assert events.recent(session, kind=registry.KEPT) == []


def test_models_change_only_for_the_owner(services: Services) -> None:
    with pytest.raises(
        UserError,
        match=r"^Only a signed-in admin may retrain; you are not signed in: sign in at the top of the page\.$",
    ):
        list(models.run_retraining(services, VISITOR))
    name = services.shipped.name
    for attempt in (
        lambda: models.ask(services, name, VISITOR),
        lambda: models.ask_keep(services, VISITOR),
        lambda: models.make_live(services, models.Wanted(name, name), "", VISITOR),
    ):
        with pytest.raises(UserError, match=r"^Only a signed-in admin may promote a release; "):
            attempt()


def test_keeping_the_live_release_is_noted_with_its_reason(services: Services) -> None:
    _, _, question, wanted = models.ask_keep(services, OWNER)
    assert f"Keep {services.shipped.name} live, and note why?" in question
    message, *_ = models.make_live(services, wanted, " The candidate is too sad. ", OWNER)
    assert message == html.note(f"{services.shipped.name} stays live; that is noted.", "good")
    with services.database.read() as session:
        [kept] = events.recent(session, kind="keep")
    assert (kept.subject, kept.detail) == (services.shipped.name, {"reason": "The candidate is too sad."})


def test_two_retrainings_at_once_are_refused_in_a_sentence(services: Services) -> None:
    save(services, row(services), "one")
    with services.database.exclusive("retrain"):
        handler = streaming(models.run_retraining, 8, services)
        [(message, *_)] = handler(OWNER, OWNER)
    assert 'class="note bad"' in message
    assert "Traceback" not in message


def test_nothing_to_do_is_said(services: Services) -> None:
    [(message, *_)] = models.run_retraining(services, OWNER)
    assert message == html.note("Nothing to do: there is no accepted correction.")


def test_every_polarity_has_a_sign_and_every_score_is_shown() -> None:
    assert set(cards.POLARITY_SIGNS) == set(POLARITIES)
    assert tuple(name for name, *_ in cards.SCORES_SHOWN) == SCORES == tuple(editor.ENDS)
