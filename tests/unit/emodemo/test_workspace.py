"""What the annotator's page is told."""

import pytest

from db import corrections, texts
from emodemo import html, personal
from emodemo.access import Person
from emodemo.errors import UserError
from emodemo.services import Services
from emodemo.workspace import AHEAD, Answered, Asked, Desk, TakenBack

ANN = Person("ann", "annotator", signed_in=True)


def desk(services: Services, *contents: str, **settings: float) -> Desk:
    changed = services.settings.model_copy(update={"random_share": 0.0, "blind_share": 0.0, **settings})
    with services.database.write() as session:
        texts.add(session, contents=contents, source="test", pooled=True)
    return Desk(Services(changed, services.database, services.shipped, services.live), ANN)


def answered(item: dict, **said: object) -> Answered:
    values = {"client_id": item["client_id"], "text_id": item["id"], "action": "label", "seconds": 2.5}
    return Answered.model_validate({**values, "labels": ["joy"], **said})


def test_texts_come_ahead_of_time_and_never_twice(services: Services) -> None:
    at = desk(services, *(f"Line {n}." for n in range(AHEAD + 1)))
    items = at.more(Asked())["items"]
    assert len(items) == AHEAD
    assert at.more(Asked(have=[item["id"] for item in items]))["items"] == []
    told = at.answer(answered(items[0], have=[item["id"] for item in items[1:]]))
    assert told["said"] == "Saved: joy."
    assert (len(told["items"]), told["done"], told["total"]) == (1, 1, AHEAD + 1)
    assert told["items"][0]["id"] not in {item["id"] for item in items}


def test_a_hidden_prediction_is_not_sent_and_stored_as_hidden(services: Services) -> None:
    at = desk(services, "We danced.", blind_share=1.0, random_share=1.0)
    [item] = at.more(Asked())["items"]
    assert (item["visible"], item["facts"], item["top"], item["guess"]["labels"]) == (False, "", "", [])
    at.answer(answered(item))
    with services.database.read() as session:
        [stored] = corrections.history(session)
    assert (stored.visible, stored.chosen, stored.seconds) == (False, "random", 2.5)
    assert stored.release == services.live.predictor.release


def test_what_is_taken_back_comes_as_it_was_said_and_stays_as_it_was_chosen(services: Services) -> None:
    at = desk(services, "We danced.", blind_share=1.0)
    [item] = at.more(Asked())["items"]
    at.answer(answered(item, polarity="positive", scores={"valence": 4.5}))
    back = at.undo(TakenBack(client_id="undo one"))["back"]
    assert back["said"] == {"labels": ["joy"], "polarity": "positive", "scores": {"valence": 4.5}}
    assert (back["id"], back["visible"]) == (item["id"], False)
    with pytest.raises(UserError, match=r"^There is nothing to undo\.$"):
        at.undo(TakenBack(client_id="undo two"))


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"labels": []}, "Nothing was chosen"),
        ({"labels": ["glee"]}, "Unknown label 'glee'"),
        ({"action": "flag", "comment": " "}, "A flag needs a reason"),
    ],
)
def test_an_answer_that_cannot_be_stored_leaves_the_text_in_hand(
    services: Services, said: dict[str, object], sentence: str
) -> None:
    at = desk(services, "We danced.")
    [item] = at.more(Asked())["items"]
    with pytest.raises(UserError, match=sentence):
        at.answer(answered(item, **said))
    [again] = at.more(Asked())["items"]
    assert again["id"] == item["id"]


def test_an_answer_sent_twice_is_stored_once(services: Services) -> None:
    at = desk(services, "We danced.")
    [item] = at.more(Asked())["items"]
    for _ in range(2):
        at.answer(answered(item))
    with services.database.read() as session:
        assert len(corrections.history(session)) == 1


def test_another_answer_of_the_same_text_stays_as_chosen_and_as_visible_as_the_first(services: Services) -> None:
    """The page that heard nothing of its first one sends the text again, with what was pressed meanwhile."""
    at = desk(services, "We danced.", blind_share=1.0, random_share=1.0)
    [item] = at.more(Asked())["items"]
    at.answer(answered(item))
    at.answer(answered(item, client_id="another id", labels=["surprise"]))
    with services.database.read() as session:
        newest, first = corrections.history(session)
    assert newest.supersedes == first.id
    assert [(row.chosen, row.visible, row.release) for row in (newest, first)] == [
        ("random", False, services.live.predictor.release)
    ] * 2


def test_the_page_says_what_to_do_when_nothing_is_left(services: Services) -> None:
    at = desk(services)
    assert "The pool is empty. Add texts below" in at.more(Asked())["empty"]
    at = desk(services, "We danced.")
    [item] = at.more(Asked())["items"]
    assert "No text is left for you" in at.answer(answered(item))["empty"]


def test_a_persons_own_page(services: Services) -> None:
    at = desk(services, "We danced.", "The roof <b>leaks</b>.")
    assert "You have not answered a text yet." in at.mine(Asked())["html"]
    first, second = at.more(Asked())["items"]
    at.answer(answered(first))
    at.answer(answered(second, action="flag", comment="markup"))
    page = at.mine(Asked())["html"]
    for part in ("<dd>1</dd><dt>labelled today (UTC)", "<dd>2.5 s</dd>", "flagged: markup", "&lt;b&gt;leaks"):
        assert part in page
    assert "None of your corrections is in" in page


def test_a_retraining_tells_what_came_of_ones_corrections(services: Services) -> None:
    from emodemo import retraining

    at = desk(services, "The mill turns slowly.")
    [item] = at.more(Asked())["items"]
    at.answer(answered(item, labels=["fear"], polarity="negative"))
    outcome = retraining.retrain(services, dry_run=False, say=lambda _: None)
    assert outcome.decision == "promoted", outcome.reason
    services.live.refresh()
    with services.database.read() as session:
        [stored] = corrections.history(session)
    name = services.live.predictor.release
    said = f"1 of your corrections is in {name}. It now gets 1 of them right that {outcome.live} got wrong."
    assert personal.came_of(services, stored.annotator_id) == said
    assert at.news(Asked())["html"] == html.note(said, "good")
    assert at.news(Asked())["html"] == ""
