from db import annotators, corrections, labels, schema, texts
from db.engine import Database
from db.labels import MEASURED_AFTER, MEASURED_ONE_IN
from db.records import AcceptedLabel, Annotator, Verdict

JOY = Verdict(("joy",), None, {})


def test_disagreement_is_kept(database: Database, text_ids: list[int]) -> None:
    text_id = text_ids[0]
    said = [
        Verdict(("joy",), "positive", {"valence": 4.0, "arousal": 2.0}),
        Verdict(("joy", "love"), "neutral", {"valence": 5.0}),
        Verdict(None, "positive", {}),
        Verdict(None, "positive", {}),
    ]
    ids = []
    with database.write() as session:
        for i, verdict in enumerate(said):
            person = annotators.ensure(session, name=f"person {i}", role="annotator")
            ids.append(
                corrections.save(
                    session, client_id=str(i), text_id=text_id, annotator_id=person.id, verdict=verdict, visible=True
                ).id
            )
        (label,) = labels.accepted(session)
    assert label == AcceptedLabel(
        text_id=text_id,
        content="The kite flew.",
        labels={"joy": 0.75, "love": 0.25},
        polarity={"neutral": 0.25, "positive": 0.75},
        scores={"arousal": 2.0, "valence": 4.5},
        measured=False,
        corrections=tuple(ids),
    )


def test_parts_that_nobody_judged_are_none(database: Database, ada: Annotator, text_ids: list[int]) -> None:
    with database.write() as session:
        assert labels.newest(session) is None
        for text_id, verdict in zip(text_ids, (JOY, Verdict(None, None, {"review": 0.5})), strict=False):
            corrections.save(
                session, client_id=str(text_id), text_id=text_id, annotator_id=ada.id, verdict=verdict, visible=True
            )
        first, second = labels.accepted(session)
    assert (first.labels, first.polarity, first.scores) == ({"joy": 1.0}, None, {})
    assert (second.labels, second.polarity, second.scores) == (None, None, {"review": 0.5})


def test_newest_is_when_a_label_last_changed(database: Database, ada: Annotator, text_ids: list[int]) -> None:
    before = schema.now()
    with database.write() as session:
        for text_id in text_ids[:2]:
            long_ago = schema.now().replace(year=2001)
            corrections.save(
                session,
                client_id=str(text_id),
                text_id=text_id,
                annotator_id=ada.id,
                verdict=JOY,
                visible=True,
                created_at=long_ago,
            )
    with database.read() as session:
        newest = labels.newest(session)
        assert labels.count(session) == 2
        assert newest is not None
        assert [labels.count_since(session, since=moment) for moment in (before, newest)] == [2, 0]
    assert before <= newest <= schema.now()


def test_every_fifth_text_measures_once_there_are_ten_and_that_never_changes(
    database: Database, ada: Annotator
) -> None:
    contents = [f"invented line {i}" for i in range(30)]
    fifth = [int(texts.fingerprint(content), 16) % MEASURED_ONE_IN == 0 for content in contents]
    assert any(fifth[:MEASURED_AFTER])
    assert any(fifth[MEASURED_AFTER:])

    def label_all(prefix: str) -> None:
        for text_id in ids:
            corrections.save(
                session,
                client_id=f"{prefix} {text_id}",
                text_id=text_id,
                annotator_id=ada.id,
                verdict=JOY,
                visible=True,
            )

    with database.write() as session:
        ids = texts.add(session, contents=contents, source="test", pooled=True)
        label_all("first")
        measured = [label.measured for label in labels.accepted(session)]
        assert measured == [False] * MEASURED_AFTER + fifth[MEASURED_AFTER:]
        for i in ids:
            corrections.undo(session, client_id=f"undo {i}", annotator_id=ada.id)
        assert labels.count(session) == 0
        ids.reverse()
        label_all("again")
        assert [label.measured for label in labels.accepted(session)] == measured
