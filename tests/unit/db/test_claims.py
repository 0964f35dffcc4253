"""Texts in somebody's hands."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest

from db import annotators, claims, corrections, queue, suggestions, texts, turns
from db.engine import Database
from db.records import Annotator, Choice, Claim, Verdict

JOY = Verdict(("joy",), None, {})


@pytest.fixture
def bob(database: Database) -> Annotator:
    with database.write() as session:
        return annotators.ensure(session, name="bob", role="annotator")


def take(database: Database, person: Annotator, *exclude: int, minutes: float = 5, **how: object) -> Claim | None:
    until = datetime.now(UTC) + timedelta(minutes=minutes)
    with database.write() as session:
        given = {"visible": True, **how}
        return claims.take(session, annotator_id=person.id, release="r1", until=until, exclude=exclude, **given)  # type: ignore[arg-type]


def taken(database: Database, person: Annotator, *exclude: int, **how: object) -> int | None:
    claim = take(database, person, *exclude, **how)  # type: ignore[arg-type]
    return claim.text.id if claim else None


def say(database: Database, person: Annotator, text_id: int, action: str = "label") -> None:
    with database.write() as session:
        claims.end(session, annotator_id=person.id, text_id=text_id)
        verdict = JOY if action == "label" else corrections.NOTHING
        corrections.save(
            session, client_id=f"{person.id} {text_id} {action}", text_id=text_id, annotator_id=person.id,
            action=action, verdict=verdict, visible=True,
        )  # type: ignore[arg-type]  # fmt: skip


def test_two_people_get_different_texts_until_none_is_left(
    database: Database, ada: Annotator, bob: Annotator, text_ids: list[int]
) -> None:
    a, b, c = text_ids
    assert [taken(database, ada), taken(database, bob), taken(database, ada, a)] == [a, b, c]
    assert taken(database, bob, b) is None
    say(database, ada, a)
    assert taken(database, bob, b) is None


@pytest.mark.usefixtures("text_ids")
def test_what_is_in_hand_is_given_again_as_it_was(database: Database, ada: Annotator) -> None:
    first = take(database, ada, visible=False, wanted="random", at=0.5)
    again = take(database, ada, visible=True)
    assert first == again
    assert (first.chosen, first.visible) == ("random", False)  # type: ignore[union-attr]
    with database.write() as session:
        ended = claims.end(session, annotator_id=ada.id, text_id=first.text.id)  # type: ignore[union-attr]
        assert ended == Choice("random", False, "r1")
        assert claims.end(session, annotator_id=ada.id, text_id=first.text.id) is None  # type: ignore[union-attr]


def test_a_claim_that_ran_out_goes_to_whoever_asks_first(
    database: Database, ada: Annotator, bob: Annotator, text_ids: list[int]
) -> None:
    a, b, _ = text_ids
    assert taken(database, ada, minutes=-1) == a
    assert taken(database, bob) == a
    assert taken(database, ada) == b


def test_a_skip_leaves_the_text_to_others_and_a_flag_does_not(
    database: Database, ada: Annotator, bob: Annotator, text_ids: list[int]
) -> None:
    a, b, c = text_ids
    say(database, ada, a, "skip")
    say(database, ada, b, "flag")
    assert [taken(database, ada), taken(database, bob)] == [c, a]


def test_a_visitors_proposal_leaves_the_text_in_the_queue(
    database: Database, ada: Annotator, visitor: Annotator, text_ids: list[int]
) -> None:
    say(database, visitor, text_ids[0])
    assert taken(database, ada) == text_ids[0]


def test_with_overlap_two_people_are_asked_and_no_third(
    database: Database, ada: Annotator, bob: Annotator, text_ids: list[int]
) -> None:
    a, b, c = text_ids
    with database.write() as session:
        cem = annotators.ensure(session, name="cem", role="annotator")
    say(database, ada, a)
    assert [taken(database, bob, overlap=1.0), taken(database, cem, overlap=1.0)] == [a, b]
    assert taken(database, ada, overlap=1.0) == b
    assert taken(database, bob, a, overlap=1.0) == c


def test_an_overlap_is_that_share_of_the_pool(database: Database, ada: Annotator, bob: Annotator) -> None:
    with database.write() as session:
        ids = texts.add(session, contents=[f"Line {n}." for n in range(100)], source="test", pooled=True)
    for text_id in ids:
        say(database, ada, text_id)
    second = 0
    while (text_id := taken(database, bob, overlap=0.2)) is not None:
        say(database, bob, text_id)
        second += 1
    assert second == pytest.approx(20, abs=1)


def test_a_random_text_comes_from_its_place_and_the_strategys_from_its_order(
    database: Database, ada: Annotator, text_ids: list[int]
) -> None:
    a, b, c = text_ids
    with database.write() as session:
        suggestions.store(session, release="r1", rows=[(b, [0.0], 0.9), (a, [0.0], 0.1), (c, [0.0], 0.5)])  # type: ignore[list-item]
    anywhere = {"wanted": "random", "at": 0.99}
    assert [taken(database, ada, **anywhere), taken(database, ada, c), taken(database, ada, b, c, **anywhere)] == [
        c,
        b,
        a,
    ]


def test_each_part_of_the_queue_gives_its_own_and_then_the_strategys_and_then_the_most_doubtful(
    database: Database, ada: Annotator, text_ids: list[int]
) -> None:
    a, b, c = text_ids
    with database.write() as session:
        suggestions.store(session, release="r1", rows=[(a, [0.0], 0.9), (b, [0.0], 0.1), (c, [0.0], 0.5)])  # type: ignore[list-item]
        queue.store(session, release="r1", parts={"strategy": [c], "conflict": [b]})
    found = []
    for _ in text_ids:
        claim = take(database, ada, *(text_id for text_id, _ in found), wanted="conflict")
        assert claim
        found.append((claim.text.id, claim.chosen))
    assert found == [(b, "conflict"), (c, "strategy"), (a, "uncertain")]


def test_a_second_opinion_is_asked_of_what_one_person_answered_and_says_so(
    database: Database, ada: Annotator, bob: Annotator, text_ids: list[int]
) -> None:
    say(database, ada, text_ids[2])
    claim = take(database, bob, wanted="second", overlap=1.0)
    assert claim
    assert (claim.text.id, claim.chosen) == (text_ids[2], "second")
    alone = take(database, ada, wanted="second", overlap=1.0)
    assert alone
    assert (alone.text.id, alone.chosen) == (text_ids[0], "uncertain")


def test_turns_are_what_was_said_around_a_text(database: Database, text_ids: list[int]) -> None:
    a, b, c = text_ids
    with database.write() as session:
        turns.store(session, rows=[("talk", 7, c), ("talk", 1, a), ("talk", 4, b)])
        assert turns.around(session, text_id=b, width=2) == (["The kite flew."], ["We sang."])
        assert turns.around(session, text_id=c, width=1) == (["It rained."], [])
        [loose] = texts.add(session, contents=["Alone."], source="test", pooled=True)
        assert turns.around(session, text_id=loose, width=2) == ([], [])


def test_people_who_ask_at_the_same_moment_get_different_texts(database: Database) -> None:
    with database.write() as session:
        texts.add(session, contents=[f"Line {n}." for n in range(40)], source="test", pooled=True)
        people = [annotators.ensure(session, name=f"p{n}", role="annotator") for n in range(8)]
    barrier = Barrier(len(people))

    def ask(person: Annotator) -> list[int]:
        barrier.wait()
        held: list[int] = []
        for _ in range(5):
            held.append(taken(database, person, *held) or 0)
        return held

    with ThreadPoolExecutor(len(people)) as pool:
        found = [text_id for held in pool.map(ask, people) for text_id in held]
    assert sorted(found) == sorted(set(found))
    assert len(found) == 40
