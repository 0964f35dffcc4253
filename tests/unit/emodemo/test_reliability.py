"""Who agrees with others weighs more; who answers at random hardly counts; disagreement is kept."""

from collections.abc import Sequence

import numpy as np
import pytest

from db import labels
from db.records import Verdict
from emodemo import annotation, vocabulary
from emodemo.access import Person
from emodemo.reliability import LEAST, reliability, weigh
from emodemo.services import Services
from model.labels import EMOTIONS, POLARITIES

RNG = np.random.default_rng(8)
NAMES = ("ada", "ben", "cleo", "dice")


def answered(emotion: str, names: Sequence[str] = EMOTIONS) -> dict[str, float]:
    return {name: float(name == emotion) for name in names}


@pytest.mark.parametrize("names", [EMOTIONS, POLARITIES], ids=["emotions", "polarity"])
def test_who_answers_at_random_weighs_little_and_the_others_much(names: Sequence[str]) -> None:
    asked = []
    for _ in range(300):
        truth = str(RNG.choice(names))
        careful = [truth if RNG.random() < 0.9 else str(RNG.choice(names)) for _ in range(3)]
        votes = [*careful, str(RNG.choice(names))]
        asked.append({person: answered(vote, names) for person, vote in enumerate(votes)})
    weights = reliability(asked)
    assert min(weights[person] for person in range(3)) > 0.7
    assert LEAST <= weights[3] < 0.15


def test_without_enough_overlap_nobodys_weight_is_known() -> None:
    assert reliability([{0: answered("joy"), 1: answered("joy")}] * 9) == {}
    assert reliability([{0: answered("joy")}] * 50) == {}


def save(services: Services, name: str, content: str, *named: str) -> None:
    annotation.save(
        services, Person(name, "annotator"), client_id=f"{name} {content} {named}", content=content,
        verdict=Verdict(named, None, {}), visible=False, release=None, seconds=None,
    )  # fmt: skip


def test_shares_lean_to_those_who_can_be_relied_on(services: Services) -> None:
    for n in range(14):
        for name in NAMES:
            save(services, name, f"The kettle sings {n} times.", EMOTIONS[(n * 3 + 1) % 7] if name == "dice" else "joy")
    with services.database.read() as session:
        plain = labels.accepted(session)
    weighed = weigh(services.database, plain)
    [before] = [label for label in plain if label.content.endswith(" 2 times.")]
    [after] = [label for label in weighed if label.content.endswith(" 2 times.")]
    assert before.labels
    assert after.labels
    assert before.labels["joy"] == pytest.approx(0.75)
    assert 0.9 < after.labels["joy"] < 1
    assert sum(after.labels.values()) == pytest.approx(1)


def test_an_added_label_is_weighed_apart_and_leaves_the_others_as_they_are(services: Services) -> None:
    vocabulary.add(services.database, "nostalgia", emotion="sadness", definition="Longs for what is gone.")
    for n in range(14):
        for name in NAMES:
            said = (EMOTIONS[(n * 3 + 1) % 7], "nostalgia") if name == "dice" else ("joy",)
            save(services, name, f"The kettle sings {n} times.", *said)
    with services.database.read() as session:
        plain = labels.accepted(session)
    assert plain[2].added == {"nostalgia": 0.25}
    weighed = weigh(services.database, plain)[2]
    assert 0 < weighed.added["nostalgia"] < 0.1
    assert weighed.labels
    assert 0.9 < weighed.labels["joy"] < 1


def test_the_newest_word_of_one_annotator_replaces_the_older(services: Services) -> None:
    save(services, "ada", "The kettle sings.", "joy")
    save(services, "ada", "The kettle sings.", "fear")
    with services.database.read() as session:
        accepted = labels.accepted(session)
    assert [label.labels for label in weigh(services.database, accepted)] == [{"fear": 1.0}]
