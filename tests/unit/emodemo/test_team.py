"""Everybody's answers for reviewers, and blind answers beside those given with the prediction shown."""

import csv
import io
from uuid import uuid4

import pytest

from db import annotators, corrections, texts
from db.records import CHOICES, Action, Verdict
from emodemo import annotation, blind, exchange, importing, team
from emodemo.services import Services
from model.labels import EMOTIONS

JOY, FEAR, LOVE = Verdict(("joy",)), Verdict(("fear",), "negative"), Verdict(("love", "fear"))


def say(
    services: Services,
    name: str,
    text_id: int,
    verdict: Verdict = corrections.NOTHING,
    *,
    action: Action = "label",
    visible: bool = True,
    chosen: str | None = CHOICES[0],
    seconds: float | None = 4.0,
    comment: str | None = None,
    role: str = "annotator",
) -> None:
    with services.database.write() as session:
        corrections.save(
            session, client_id=uuid4().hex, text_id=text_id, annotator_id=annotators.ensure(session, name=name, role=role).id,
            action=action, verdict=verdict, visible=visible, chosen=chosen, seconds=seconds, comment=comment,
            release=services.live.predictor.release,
        )  # fmt: skip


@pytest.fixture
def ids(services: Services) -> list[int]:
    with services.database.write() as session:
        ids = texts.add(session, contents=[f"=The cart number {n}." for n in range(12)], source="t", pooled=True)
    annotation.refresh_pool(services)
    return ids


def test_everybody_is_counted_and_compared_with_others(services: Services, ids: list[int]) -> None:
    say(services, "ann", ids[0], JOY)
    say(services, "ann", ids[1], LOVE, seconds=8.0)
    say(services, "ann", ids[2], action="skip")
    say(services, "bob", ids[0], JOY)
    say(services, "bob", ids[1], FEAR, seconds=1000.0)
    say(services, "visitor", ids[0], FEAR, role="visitor")
    ann, bob = team.overview(services.database)
    assert list(ann) == list(team.COLUMNS)
    assert [ann[name] for name in team.COLUMNS[:-1]] == ["ann", "annotator", 2, 3, 1, 0, 6.0, 0.75, 2]
    assert [bob[name] for name in team.COLUMNS[:-1]] == ["bob", "annotator", 2, 2, 0, 0, 4.0, 0.75, 2]


def test_people_who_named_no_emotion_in_a_text_are_not_compared_there(services: Services, ids: list[int]) -> None:
    for name in ("ann", "bob"):
        say(services, name, ids[0], Verdict(("nostalgia",)))
        say(services, name, ids[1], JOY)
    assert [row["beside others"] for row in team.overview(services.database)] == [1, 1]


def test_the_history_is_whole_exact_and_safe_in_a_spreadsheet(services: Services, ids: list[int]) -> None:
    say(services, "=ann", ids[0], Verdict(("joy", "love"), "positive", {"valence": 4.5}))
    say(services, "=ann", ids[1], action="flag", comment="@sense", chosen=None)
    with services.database.write() as session:
        corrections.undo(session, client_id="u", annotator_id=annotators.get(session, name="=ann").id)
    say(services, "bob", ids[1], FEAR)
    undo, flag, label = team.history(services.database, annotator="=ann")
    assert (undo["action"], undo["undoes"], flag["comment"], "chosen" in flag) == ("undo", flag["id"], "@sense", False)
    assert (label["labels"], label["scores"], label["chosen"]) == (["joy", "love"], {"valence": 4.5}, CHOICES[0])
    stream = io.StringIO(newline="")
    team.write_csv(team.history(services.database, annotator=None), stream)
    rows = list(csv.DictReader(io.StringIO(stream.getvalue(), newline="")))
    assert [row["annotator"] for row in rows] == ["bob", "'=ann", "'=ann", "'=ann"]
    assert (rows[3]["labels"], rows[3]["scores"], rows[2]["comment"]) == ("joy|love", "valence 4.5", "'@sense")
    assert {row["text"][:2] for row in rows} == {"'="}


def test_blind_answers_are_compared_with_those_given_in_sight(services: Services, ids: list[int]) -> None:
    """In sight everybody repeats the model, blind half of them."""
    for n, text_id in enumerate(ids):
        [found] = services.live.predictor.predict([f"=The cart number {n}."])
        other = next(emotion for emotion in EMOTIONS if emotion != found.emotion)
        named = found.emotion if n < 6 or n % 2 else other
        say(services, "ann", text_id, Verdict((named,)), visible=n < 6, seconds=2.0 if n < 6 else 5.0)
    say(services, "bob", ids[0], JOY, visible=False, chosen=None)  # not of the queue
    emotion, polarity, people, time = blind.report(services)
    assert emotion.counts == (6, 6)
    assert emotion.shown == blind.Figure(1.0, 1.0, 1.0)
    assert emotion.blind is not None
    assert emotion.difference is not None
    assert (emotion.blind.value, emotion.difference.value) == (0.5, -0.5)
    assert emotion.blind.low is not None
    assert emotion.blind.high is not None
    assert 0 < emotion.blind.low < 0.5 < emotion.blind.high < 1
    assert (polarity.blind, polarity.shown, polarity.counts) == (None, None, (0, 0))
    assert people.counts == (0, 1)
    assert people.difference is None
    assert time.difference == blind.Figure(3.0, 3.0, 3.0)


def test_how_a_text_was_chosen_goes_out_and_comes_back(
    services: Services, ids: list[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("export")
    for text_id, chosen in zip(ids, (*CHOICES, None), strict=False):
        say(services, "ann", text_id, JOY, chosen=chosen)
    before = list(exchange.exported(services.database))
    assert [row.get("chosen") for row in before] == [*CHOICES, None]
    exchange.export(services.database, "jsonl", folder / "out.jsonl")
    exchange.export(services.database, "csv", folder / "out.csv")
    with services.database.write() as session:
        for each in corrections.history(session):
            corrections.undo(session, client_id=f"u{each.id}", annotator_id=each.annotator_id)
    rows = list(csv.DictReader((folder / "out.csv").open(newline="")))
    assert [row["chosen"] for row in rows] == [*CHOICES, ""]
    exported = (folder / "out.jsonl").read_text().replace('"id": "', '"id": "again ')
    (folder / "in.jsonl").write_text(exported)
    importing.import_labels(services.database, folder / "in.jsonl")
    after = list(exchange.exported(services.database))
    assert [{**row, "id": row["id"].removeprefix("again ")} for row in after] == before
