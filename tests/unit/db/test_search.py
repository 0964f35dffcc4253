"""Finding texts by their words and by what people said of them, on either database."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from db import annotators, corrections, erasure, facts, portable, search, texts
from db.engine import Database, StoreError
from db.records import Annotator, Verdict
from db.search import Query
from db.upgrade import Revisions

SAID = (
    "The soup was cold again.",
    "Cold rain, and no umbrella!",
    "She didn't mind the rain.",
    "A well-known song; the RAINY one.",
    "It’s café weather.",
)
Find = Callable[..., list[str]]


@pytest.fixture
def ids(database: Database) -> dict[str, int]:
    with database.write() as session:
        return dict(zip(SAID, texts.add(session, contents=SAID, source="test", pooled=True), strict=True))


@pytest.fixture
def find(database: Database, ids: dict[str, int]) -> Find:
    """The texts that a query finds, oldest first, after ``count`` was seen to agree."""
    assert ids

    def found(words: str = "", **fields: object) -> list[str]:
        query = Query(words, **fields)  # type: ignore[arg-type]
        with database.read() as session:
            page = search.find(session, query)
            assert search.count(session, query) == len(page.texts)
        return [each.content for each in reversed(page.texts)]

    return found


@pytest.fixture
def bob(database: Database) -> Annotator:
    with database.write() as session:
        return annotators.ensure(session, name="bob", role="annotator")


def say(
    database: Database,
    person: Annotator,
    text_id: int,
    verdict: Verdict = corrections.NOTHING,
    *,
    action: str = "label",
    release: str | None = None,
    day: date = date(2026, 3, 31),
) -> None:
    with database.write() as session:
        corrections.save(
            session, client_id=f"{person.name} {text_id} {action} {verdict}", text_id=text_id, annotator_id=person.id,
            action=action, verdict=verdict, visible=True, release=release,  # type: ignore[arg-type]
            created_at=datetime(day.year, day.month, day.day, 23, 59, tzinfo=UTC),
        )  # fmt: skip


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("rain", (1, 2)),
        ("COLD", (0, 1)),
        ("rain cold", (1,)),
        ('"cold rain"', (1,)),
        ('"rain cold"', ()),
        ("rain*", (1, 2, 3)),
        ("didn't", (2,)),
        ("well-known", (3,)),
        ("known the", (3,)),
        ("café", (4,)),
        ("it's", (4,)),
        ("untouched", ()),
        ("", (0, 1, 2, 3, 4)),
        ('soup" OR "rain', ()),
        ("content:soup", ()),
        ("so\0up cold", ()),
        (" ".join(["cold"] * 30), (0, 1)),
    ],
)
def test_words_phrases_and_beginnings(find: Find, words: str, found: tuple[int, ...]) -> None:
    assert find(words) == [SAID[n] for n in found]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("ra*", "Give at least 3 letters before the star, as in 'abc*'."),
        ("!? -", "There is no word to look for; type letters or digits."),
        ("a b " * 16, "Look for at most 30 words and phrases at once."),
    ],
)
def test_what_cannot_be_looked_for(find: Find, words: str, message: str) -> None:
    with pytest.raises(StoreError) as refused:
        find(words)
    assert str(refused.value) == message


def test_what_people_said(find: Find, database: Database, ids: dict[str, int], ada: Annotator, bob: Annotator) -> None:
    soup, umbrella, mind, song, cafe = SAID
    joy, fear = Verdict(("joy", "relief"), "positive"), Verdict(("fear",))
    say(database, ada, ids[soup], joy, release="2026.11.2-r1")
    say(database, bob, ids[soup], fear, release="2026.11.2-r2", day=date(2026, 4, 1))
    say(database, bob, ids[umbrella], fear)
    say(database, ada, ids[mind], action="skip")
    say(database, ada, ids[song], action="flag", day=date(2025, 12, 31))
    assert find(label="joy") == find(polarity="positive") == find(state="disagreement") == [soup]
    assert find(label="fear") == find(state="labelled") == [soup, umbrella]
    assert find(label="fear", annotator=ada.id) == []
    assert find(annotator=ada.id) == [soup, mind, song]
    assert find(annotator=ada.id, state="labelled") == [soup]
    assert find(annotator=ada.id, state="unlabelled") == [umbrella, cafe]
    assert find("rain", annotator=ada.id, state="unlabelled") == [umbrella]
    assert find(state="unlabelled") == [mind, song, cafe]
    assert (find(state="skipped"), find(state="flagged")) == ([mind], [song])
    assert (find(release="2026.11.2-r1"), find(release="2026.11.2")) == ([soup], [])
    assert find(since=date(2026, 4, 1)) == [soup]
    assert find(until=date(2025, 12, 31)) == [song]
    assert find(since=date(2026, 1, 1), until=date(2026, 3, 31)) == [soup, umbrella, mind]
    assert find("cold", label="fear", since=date(2026, 3, 31)) == [soup, umbrella]
    assert find(since=date(1, 1, 2), until=date(9999, 12, 30)) == [soup, umbrella, mind, song]
    assert find(since=date(2026, 4, 1), until=date(2026, 3, 31)) == []


def test_an_undone_answer_is_found_no_more(find: Find, database: Database, ids: dict[str, int], ada: Annotator) -> None:
    say(database, ada, ids[SAID[0]], Verdict(("joy",)))
    with database.write() as session:
        corrections.undo(session, client_id="u", annotator_id=ada.id)
    assert find(label="joy") == []
    assert find(state="unlabelled") == [*SAID]


def test_a_visitors_proposal_is_no_label(
    find: Find, database: Database, ids: dict[str, int], visitor: Annotator
) -> None:
    say(database, visitor, ids[SAID[0]], Verdict(("joy",)))
    assert find(label="joy") == []
    assert find(state="proposed") == find(annotator=visitor.id, label="joy") == [SAID[0]]
    assert find(state="unlabelled") == [*SAID]


def test_what_is_not_in_the_pool_is_for_those_who_answered_it(
    find: Find, database: Database, ada: Annotator, bob: Annotator
) -> None:
    with database.write() as session:
        [own] = texts.add(session, contents=["A diary."], source="page", pooled=False)
    say(database, ada, own, Verdict(("joy",)))
    assert find("diary") == find("diary", only_for=ada.id) == ["A diary."]
    assert find("diary", only_for=bob.id) == []
    assert find(only_for=bob.id) == [*SAID]


def test_pages_follow_each_other_and_counting_ends(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "COUNTED", 5)
    with database.write() as session:
        texts.add(session, contents=[f"Row {n} of it." for n in range(7)], source="test", pooled=True)
    for query in (Query(), Query("row"), Query(state="unlabelled")):
        seen: list[str] = []
        after = None
        with database.read() as session:
            for _ in range(4):
                page = search.find(session, query, after=after, limit=3)
                seen += [each.content for each in page.texts]
                if (after := page.after) is None:
                    break
            assert seen == [f"Row {n} of it." for n in reversed(range(7))]
            assert search.count(session, query) == 6


def test_what_is_erased_is_found_no_more(
    find: Find, database: Database, ids: dict[str, int], ada: Annotator, bob: Annotator
) -> None:
    say(database, ada, ids[SAID[0]], Verdict(("joy",)))
    say(database, bob, ids[SAID[0]], Verdict(("fear",)))
    with database.write() as session:
        erasure.erase_annotator(session, name="ada")
        erasure.erase_text(session, hash=texts.fingerprint(SAID[1]))
    assert find(label="joy") == find("umbrella") == []
    assert find(label="fear", state="labelled") == [SAID[0]]


def test_no_word_of_an_erased_text_stays_in_the_file(sqlite_database: Database, file: Path) -> None:
    with sqlite_database.write() as session:
        texts.add(session, contents=["Nobody knows Xanthippe.", "Another."], source="test", pooled=True)
        erasure.erase_text(session, hash=texts.fingerprint("Nobody knows Xanthippe."))
    sqlite_database.compact()
    assert not any(b"anthippe" in path.read_bytes() for path in file.parent.glob(f"{file.name}*"))


def test_a_restored_database_finds_what_is_in_it(
    find: Find, database: Database, ids: dict[str, int], ada: Annotator, tmp_path: Path
) -> None:
    say(database, ada, ids[SAID[0]], Verdict(("joy",)))
    portable.export(database, tmp_path / "copy.sqlite")
    with database.write() as session:
        texts.add(session, contents=["Rain, later."], source="test", pooled=True)
    portable.load(database, tmp_path / "copy.sqlite")
    assert find("rain") == [SAID[1], SAID[2]]
    assert find("soup", label="joy", annotator=ada.id) == [SAID[0]]


def test_answers_from_before_the_index_are_found(
    url: str, find: Find, database: Database, ids: dict[str, int], ada: Annotator, tmp_path: Path
) -> None:
    """The migration describes texts as saving does, and the index comes back whole where something of it is missing."""
    say(database, ada, ids[SAID[0]], Verdict(("joy",)), release="r1")
    say(database, ada, ids[SAID[0]], Verdict(("fear",), "negative"), release="r1")
    with database.write() as session:
        corrections.undo(session, client_id="u", annotator_id=ada.id)
    say(database, ada, ids[SAID[1]], action="flag")
    with database.write() as session:
        before = session.execute(text("SELECT id, facts FROM text ORDER BY id")).all()
        lots = session.execute(text("SELECT text_id, lot FROM label")).all()
        for statement in (
            *(["DROP TRIGGER text_search_update", "DROP TABLE text_search"] if database.file else []),
            *(f"DROP TRIGGER text_search_{deed}" for deed in ("insert", "delete") if database.file),
            *([] if database.file else ["ALTER TABLE text DROP COLUMN words"]),
            "DROP INDEX ix_text_touched",
            "DROP INDEX IF EXISTS ix_text_facts",
            "ALTER TABLE text DROP COLUMN facts",
            "DROP TABLE added_label",  # of the migration after
            "DROP TABLE queued",
            "ALTER TABLE label DROP COLUMN added",
            "DROP INDEX ix_label_lot",
            "ALTER TABLE label DROP COLUMN lot",
            f"UPDATE alembic_version SET version_num = '{BEFORE}'",
        ):
            session.execute(text(statement))
    upgraded = Database.open(url, snapshots=tmp_path)
    with upgraded.read() as session:
        assert session.execute(text("SELECT id, facts FROM text ORDER BY id")).all() == before
        assert session.execute(text("SELECT text_id, lot FROM label")).all() == lots
    assert [lot is None for _, lot in lots] == [False]
    upgraded.close()
    assert find("soup", label="joy", release="r1") == [SAID[0]]
    assert find(label="fear") == []
    assert find("rain", state="flagged") == [SAID[1]]


BEFORE = "0004"


def test_time_is_cut_into_few_pieces() -> None:
    assert [*facts.days(date(2025, 12, 30), date(2026, 2, 1))] == ["2025-12-30", "2025-12-31", "2026-01", "2026-02-01"]
    assert [*facts.days(date(2024, 1, 1), date(2025, 12, 31))] == ["2024", "2025"]
    assert [*facts.days(date(2026, 2, 2), date(2026, 2, 1))] == []


def test_the_index_survives_a_migration_that_makes_the_table_anew(sqlite_database: Database) -> None:
    with sqlite_database.write() as session:
        texts.add(session, contents=["One."], source="test", pooled=True)
        connection = session.connection()
        for deed in ("insert", "delete", "update"):
            session.execute(text(f"DROP TRIGGER text_search_{deed}"))
        session.execute(
            text(
                "INSERT INTO text (hash, content, source, pooled, created_at) VALUES ('h', 'Two.', 't', 1, '2026-01-01')"
            )
        )
        Revisions().upgrade(connection)
    with sqlite_database.write() as session:
        texts.add(session, contents=["Two three."], source="test", pooled=True)
        assert [each.content for each in search.find(session, Query("two")).texts] == ["Two three.", "Two."]


def test_an_accent_is_found_however_it_is_written(database: Database, find: Find) -> None:
    apart = "Un cafe\u0301 noir."
    with database.write() as session:
        texts.add(session, contents=[apart], source="test", pooled=True)
    for typed in ("café", "cafe\u0301", "caf\u00e9*"):
        assert find(typed) == ["It’s café weather.", apart]
    assert find("cafe") == []
    assert find('"café noir"') == [apart]
