"""Who answers known texts at random trains nothing; who is merely often wrong does, and whoever improves comes back."""

from math import log

import numpy as np
import pytest

from db import adjudications, annotators, labels, texts
from db.records import AcceptedLabel, Verdict
from emodemo import annotation, chance, retraining
from emodemo.access import Person
from emodemo.chance import ODDS, likelihood, set_aside, without_chance
from emodemo.services import Services
from emodemo.tabs.people import show_people
from model.labels import EMOTIONS
from tests.unit.emodemo.asking import OWNER

TRUTH = [EMOTIONS[n % 7] for n in range(40)]
OTHER = [EMOTIONS[(n * 3 + 1) % 7] for n in range(40)]  # right as often as by chance


def save(services: Services, name: str, number: int, emotion: str, again: str = "") -> None:
    annotation.save(
        services, Person(name, "annotator"), client_id=f"{name} {number} {again}", content=f"Letter {number} came.",
        verdict=Verdict((emotion,), None, {}), visible=False, release=None, seconds=None,
    )  # fmt: skip


def accepted(services: Services) -> list[AcceptedLabel]:
    with services.database.read() as session:
        return labels.accepted(session)


@pytest.fixture
def shared(services: Services) -> Services:
    """Two agree on thirty texts, a third one answers them by dice, and ten more that nobody else saw."""
    for number in range(30):
        save(services, "ada", number, TRUTH[number])
        save(services, "ben", number, TRUTH[number])
    for number in range(40):
        save(services, "dice", number, OTHER[number])
    return services


def test_who_answers_by_dice_is_set_aside_and_all_that_they_said_left_out(shared: Services) -> None:
    [aside] = set_aside(shared.database)
    assert (aside.annotator, aside.known) == ("dice", 30)
    assert aside.right < 0.2
    before = accepted(shared)
    kept, found = without_chance(shared.database, before)
    assert found == [aside]
    assert len(before) == 40
    assert [label.labels for label in kept] == [{TRUTH[number]: 1.0} for number in range(30)]
    assert all(len(label.corrections) == 2 for label in kept)


def test_a_retraining_says_who_is_set_aside_and_learns_nothing_from_them(shared: Services) -> None:
    outcome = retraining.retrain(shared, dry_run=True)
    assert outcome.corrections == 30
    [aside] = outcome.report()["set_aside"]
    sentence = aside["reason"]
    assert sentence.startswith("dice is set aside: of 30 answers on known texts ")
    assert sentence in retraining.describe(outcome)
    assert "dice is set aside" in show_people(shared, OWNER)[1]


def test_who_answers_well_afterwards_comes_back(shared: Services) -> None:
    for number in range(30):
        save(shared, "dice", number, TRUTH[number], "again")
    assert set_aside(shared.database) == []
    assert len(without_chance(shared.database, accepted(shared))[0]) == 40


def test_where_two_contradict_one_another_nobody_is_known_to_be_right(services: Services) -> None:
    for number in range(40):
        save(services, "ada", number, TRUTH[number])
        save(services, "dice", number, OTHER[number])
    assert set_aside(services.database) == []


def test_what_a_reviewer_decided_is_known_and_stays(services: Services) -> None:
    for number in range(chance.KNOWN):
        save(services, "dice", number, OTHER[number])
    before = accepted(services)
    assert set_aside(services.database) == []
    with services.database.write() as session:
        reviewer = annotators.ensure(session, name="rita", role="reviewer")
        for number, label in enumerate(before):
            adjudications.save(
                session, client_id=f"r{number}", text_id=label.text_id, annotator_id=reviewer.id, kind="disagreement",
                action="accept", verdict=Verdict((TRUTH[number],), None, {}), seen=max(label.corrections), after=0,
                comment=None,
            )  # fmt: skip
        assert texts.pool_size(session)[0] == 0
    [aside] = set_aside(services.database)
    assert aside.annotator == "dice"
    kept, _ = without_chance(services.database, accepted(services))
    assert [label.labels for label in kept] == [{TRUTH[number]: 1.0} for number in range(chance.KNOWN)]


def test_who_is_right_half_of_the_time_is_hardly_ever_taken_for_dice_and_dice_nearly_always_is() -> None:
    rng = np.random.default_rng(4)
    count, by_chance = 40, 1 / 7
    decided = {
        right: float(
            np.mean([likelihood(count, hits, by_chance) > log(ODDS) for hits in rng.binomial(count, right, 2000)])
        )
        for right in (by_chance, 0.5, 0.7)
    }
    assert decided[by_chance] > 0.9
    assert decided[0.5] < 0.01
    assert decided[0.7] == 0
