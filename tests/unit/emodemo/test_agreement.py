"""Krippendorff's alpha: what the library says, the same formula drawn again, and nothing where little tells."""

import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nltk.metrics.agreement import AnnotationTask
from nltk.metrics.distance import binary_distance, interval_distance, masi_distance

from db import annotators, corrections, texts
from db.records import Verdict
from emodemo import agreement, overlap
from emodemo.services import Services

sets = st.frozensets(st.sampled_from("abc"), min_size=1)
MEASURES = [(sets, masi_distance), (st.sampled_from("abc"), binary_distance), (st.integers(1, 5), interval_distance)]


def judged(services: Services, answers: dict[str, list[str]], *, days: int = 0) -> None:
    """Text n is what each person says of it in place n, ``days`` ago."""
    with services.database.write() as session:
        count = len(next(iter(answers.values())))
        ids = texts.add(session, contents=[f"Boat {days} {n}." for n in range(count)], source="test", pooled=True)
        for name, said in answers.items():
            person = annotators.ensure(session, name=name, role="annotator")
            for text_id, label in zip(ids, said, strict=True):
                corrections.save(
                    session, client_id=f"{name} {text_id}", text_id=text_id, annotator_id=person.id, visible=True,
                    verdict=Verdict((label,), "positive" if label == "joy" else "negative"),
                    created_at=datetime.now(UTC) - timedelta(days=days),
                )  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_what_is_drawn_again_is_the_librarys_alpha(data: st.DataObject) -> None:
    answers, distance = data.draw(st.sampled_from(MEASURES))
    said = data.draw(st.lists(st.lists(answers, min_size=1, max_size=3), min_size=1, max_size=6))
    ratings = [(person, text, answer) for text, given in enumerate(said) for person, answer in enumerate(given)]
    shared = [answer for given in said if len(given) > 1 for answer in given]
    if len(set(shared)) < 2:
        return
    same = np.array([agreement.figure(*agreement.tables(ratings, distance), np.ones((1, len(said))))])
    assert float(same.item()) == pytest.approx(AnnotationTask(data=ratings, distance=distance).alpha())


def test_alpha_by_task_pair_and_week_with_intervals_around_it(services: Services) -> None:
    truth = ["joy", "fear", "sadness"] * 5
    judged(services, {"ada": truth, "ben": truth, "cleo": ["joy", "fear", "fear"] * 5})
    judged(services, {"ada": truth, "ben": ["fear", "fear", "sadness"] * 5}, days=7)
    rows = {(row.task, row.who, row.week): row for row in agreement.measure(services.database)}
    weeks = sorted({week for *_, week in rows if week})
    assert len(weeks) == 2
    assert {who for _, who, _ in rows} == {"everybody", "ada, ben", "ada, cleo", "ben, cleo"}
    assert rows["emotions", "ada, cleo", ""].texts == 15
    assert rows["emotions", "everybody", ""].texts == 30
    by_pair = rows["emotions", "ada, ben", ""]
    assert by_pair.alpha
    assert by_pair.low is not None
    assert by_pair.high is not None
    assert 0.3 < by_pair.low < by_pair.alpha < by_pair.high < 1
    assert rows["valence", "everybody", ""].alpha is None
    assert agreement.few([*rows.values()]) == ""


def test_few_texts_get_a_sentence_instead_of_a_figure(services: Services) -> None:
    assert agreement.few(agreement.measure(services.database)).startswith("Texts judged by two people so far: 0; ")
    judged(services, {"ada": ["joy"] * 9, "ben": ["fear"] * 9})
    rows = agreement.measure(services.database)
    assert {row.alpha for row in rows} == {None}
    assert agreement.few(rows).startswith("Texts judged by two people so far: 9; agreement is told from 10 on.")


def test_where_all_say_the_same_alpha_is_one(services: Services) -> None:
    judged(services, {"ada": ["joy"] * 12, "ben": ["joy"] * 12})
    [row] = [row for row in agreement.measure(services.database) if (row.task, row.week) == ("polarity", "")]
    assert (row.alpha, row.low, row.high) == (1.0, 1.0, 1.0)


def test_visitors_and_what_was_undone_do_not_count(services: Services) -> None:
    judged(services, {"ada": ["joy"]})
    with services.database.write() as session:
        for name, role in (("guest", "visitor"), ("ben", "annotator")):
            person = annotators.ensure(session, name=name, role=role)
            corrections.save(
                session, client_id=name, text_id=1, annotator_id=person.id, verdict=Verdict(("fear",)), visible=True
            )
        corrections.undo(session, client_id="undo", annotator_id=person.id)
    assert overlap.shared(services.database) == []


def test_emotions_that_are_taken_for_each_other_are_counted_once_a_text(services: Services) -> None:
    judged(
        services,
        {"ada": ["joy", "love", "fear"], "ben": ["surprise", "joy", "joy"], "cleo": ["surprise", "joy", "joy"]},
    )
    counted = overlap.confused(overlap.shared(services.database))
    assert counted == {("joy", "surprise"): 1, ("fear", "joy"): 1}


def test_the_command_prints_flat_rows(
    services: Services, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from emodemo.commands import annotators as command

    judged(services, {"ada": ["joy", "fear"] * 6, "ben": ["joy", "fear"] * 6})
    monkeypatch.setenv("EMODEMO_HOME", str(services.settings.home))
    command.agreement(as_json=True)
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert rows[0] == {
        "task": "emotions", "who": "everybody", "week": "", "texts": 12, "alpha": 1.0, "low": 1.0, "high": 1.0,
    }  # fmt: skip
