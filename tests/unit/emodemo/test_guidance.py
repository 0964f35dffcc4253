"""Guidelines that reviewers edit, and the texts that are pinned to emotions that annotators confuse."""

from uuid import uuid4

import pytest

from db import events
from emodemo import guidance
from emodemo.access import Person
from emodemo.docket import Asked, Docket, Looked, Revised
from emodemo.errors import UserError
from emodemo.guidance import Pin
from emodemo.services import Services
from emodemo.workspace import Desk
from model.labels import EMOTIONS
from tests.unit.emodemo.test_agreement import judged
from tests.unit.emodemo.test_review import decided

ROSA = Person("rosa", "reviewer", signed_in=True)
ANN = Person("ann", "annotator", signed_in=True)


def revised(services: Services, definition: str, *examples: str) -> dict[str, object]:
    asked = Revised(label="joy", definition=definition, examples=list(examples))
    return Docket(services, ROSA).revise(asked)


def test_the_file_is_version_0_of_every_emotion(services: Services) -> None:
    current = guidance.current(services.database)
    assert tuple(current) == EMOTIONS
    assert {guide.version for guide in current.values()} == {0}
    assert all(guide.definition and guide.examples for guide in current.values())


def test_a_new_version_is_shown_to_annotators_escaped_and_every_one_can_be_brought_back(services: Services) -> None:
    first = guidance.current(services.database)["joy"]
    told = revised(services, " Glad,  <b>or</b> fond. ", "We sang.", "", "She <i>smiled</i>.")
    assert (told["definition"], told["examples"], told["version"]) == (
        "Glad, <b>or</b> fond.",
        ("We sang.", "She <i>smiled</i>."),
        1,
    )
    shown = Desk(services, ANN).guidelines(Asked())["html"]
    assert "Glad, &lt;b&gt;or&lt;/b&gt; fond. <q lang='en'>We sang.</q>" in shown.replace('"', "'")
    assert "She &lt;i&gt;smiled&lt;/i&gt;." in shown
    back = Docket(services, ROSA).revise(Revised(label="joy", version=0))
    assert (back["definition"], back["version"]) == (first.definition, 2)
    history = guidance.history(services.database, "joy")
    assert [(guide.version, guide.author) for guide in history] == [(2, "rosa"), (1, "rosa"), (0, "")]
    with services.database.read() as session:
        assert [(e.actor, e.subject) for e in events.recent(session, kind="guideline")] == [("rosa", "joy")] * 2


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"label": "glee"}, "There are no guidelines for 'glee'; choose one of: anger, "),
        ({"label": "joy", "definition": " "}, "What joy means needs a sentence; write one."),
        ({"label": "joy", "definition": "x" * 1001}, "At most 1,000 characters define an emotion"),
        ({"label": "joy", "definition": "x", "examples": ["y" * 301]}, "and 300 make an example."),
        ({"label": "joy", "definition": "x", "examples": list("abcdef")}, "At most 5 examples"),
        ({"label": "joy", "version": 7}, "There is no version 7 of joy"),
        ({"label": "joy", "version": 0}, "That is what it says already; nothing was changed."),
    ],
)
def test_what_cannot_be_a_version_gets_a_sentence(services: Services, asked: dict[str, object], sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        Docket(services, ROSA).revise(Revised.model_validate(asked))
    assert Docket(services, ROSA).guideline(Looked(label="joy"))["version"] == 0


def test_texts_on_which_a_reviewer_decided_are_pinned_to_both_emotions_of_a_confused_pair(services: Services) -> None:
    judged(services, {"ada": ["joy", "joy", "fear"], "ben": ["surprise", "surprise", "anger"]})
    assert guidance.pins(services.database) == {}
    docket = Docket(services, ROSA)
    for item in docket.more(Asked())["items"]:
        assert docket.decide(decided(item, "accept", labels=["joy"]))
        item["client_id"] = uuid4().hex
    pin = Pin("Boat 0 1.", "joy", "surprise")
    found = guidance.pins(services.database)
    assert found["joy"] == found["surprise"] == [pin, Pin("Boat 0 0.", "joy", "surprise")]
    assert {*found} == {"joy", "surprise"}  # fear and anger were confused but once
    shown = Desk(services, ANN).guidelines(Asked())["html"]
    assert shown.count('<q lang="en">Boat 0 1.</q> joy, not surprise: a reviewer decided.') == 2
