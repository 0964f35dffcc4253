"""Any sequence of saves, skips and undos against a plain model of it: a stack for each person."""

from collections.abc import Iterator
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from db import annotators, corrections, labels, texts
from db.engine import Database
from db.records import Action, Verdict

PEOPLE, TEXTS = range(2), range(3)
fresh = count()
deeds = st.one_of(
    st.tuples(st.just("label"), st.sampled_from(PEOPLE), st.sampled_from(TEXTS), st.sampled_from(["joy", "fear"])),
    st.tuples(st.just("skip"), st.sampled_from(PEOPLE), st.sampled_from(TEXTS), st.none()),
    st.tuples(st.just("undo"), st.sampled_from(PEOPLE), st.none() | st.sampled_from(TEXTS), st.none()),
)
Stack = list[tuple[int, str | None]]  # (text, label, or None for a skip) of one person, oldest first


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    folder = tmp_path_factory.mktemp("store")
    database = Database.open(f"sqlite:///{folder}/store.sqlite", snapshots=folder)
    yield database
    database.close()


def pop(stack: Stack, text: int | None) -> None:
    for i in reversed(range(len(stack))):
        if text is None or stack[i][0] == text:
            del stack[i]
            return


def says(stack: Stack, text: int) -> tuple[int, str | None] | None:
    return next((entry for entry in reversed(stack) if entry[0] == text), None)


def expected_label(stacks: list[Stack], text: int) -> dict[str, float] | None:
    said = [entry[1] for stack in stacks if (entry := says(stack, text)) and entry[1]]
    return {name: said.count(name) / len(said) for name in sorted(set(said))} or None


def act(session: Session, deed: str, person: int, text_id: int | None, name: str | None) -> None:
    client_id = str(next(fresh))
    if deed == "undo":
        corrections.undo(session, client_id=client_id, annotator_id=person, text_id=text_id)
        return
    assert text_id
    verdict = Verdict((name,) if name else None, None, {})
    action: Action = "label" if name else "skip"
    corrections.save(
        session, client_id=client_id, text_id=text_id, annotator_id=person, action=action, verdict=verdict, visible=True
    )


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(deeds, max_size=15))
def test_the_store_agrees_with_a_stack(database: Database, history: list[tuple]) -> None:
    stacks: list[Stack] = [[] for _ in PEOPLE]
    with database.write() as session:
        people = [annotators.ensure(session, name=f"person {next(fresh)}", role="annotator").id for _ in PEOPLE]
        ids = texts.add(session, contents=[f"Text {next(fresh)}." for _ in TEXTS], source="test", pooled=False)
        for deed, person, text, name in history:
            act(session, deed, people[person], None if text is None else ids[text], name)
            if deed == "undo":
                pop(stacks[person], text)
            else:
                stacks[person].append((text, name))
        accepted = {label.text_id: label.labels for label in labels.accepted(session)}
        for text, text_id in zip(TEXTS, ids, strict=True):
            assert accepted.get(text_id) == pytest.approx(expected_label(stacks, text))
            for person, stack in zip(people, stacks, strict=True):
                current = corrections.current(session, annotator_id=person, text_id=text_id)
                entry = says(stack, text)
                assert (current and (current.verdict.labels or (None,))[0]) == (entry and entry[1])
                assert (current is None) == (entry is None)
