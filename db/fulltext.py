"""The index of texts' words and facts: FTS5 on SQLite, tsvector and GIN on PostgreSQL.

It is derived. Nothing but the database itself writes it, by triggers or a generated column, so that whatever stores, erases
or restores texts keeps it right. Words count whole, in any case, accents as they are; what is no letter and no digit parts them.
"""

import re
import unicodedata
from collections.abc import Sequence

from sqlalchemy import (
    TEXT,
    ColumnElement,
    Connection,
    and_,
    cast,
    column,
    func,
    inspect,
    literal_column,
    not_,
    or_,
    table,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY

from db.errors import StoreError

NAME = "text_search"
FTS = table(NAME, column("rowid"), column(NAME))
COMPACT = f"INSERT INTO {NAME}({NAME}) VALUES ('optimize')"  # what was deleted leaves the index, too
LONGEST = 100_000  # characters; PostgreSQL's tsvector takes no more than a megabyte
SHORTEST = 3  # letters before a star: with fewer, half of all words would have to be looked up
MOST = 30  # words and phrases of one search
PARTS = re.compile(r'"([^"]*)"|(\S+)')
QUOTE = '"'
PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~‘’“”„«»‹›–—…¡¿·•"
PARTED = str.maketrans(PUNCTUATION, " " * len(PUNCTUATION))

SQLITE = {
    NAME: f"""CREATE VIRTUAL TABLE {NAME} USING fts5(content, facts, content='text', content_rowid='id', columnsize=0,
        tokenize='unicode61 remove_diacritics 0')""",
    f"{NAME}_insert": f"""CREATE TRIGGER {NAME}_insert AFTER INSERT ON text BEGIN
        INSERT INTO {NAME}(rowid, content, facts) VALUES (new.id, new.content, new.facts); END""",
    f"{NAME}_delete": f"""CREATE TRIGGER {NAME}_delete AFTER DELETE ON text BEGIN
        INSERT INTO {NAME}({NAME}, rowid, content, facts) VALUES ('delete', old.id, old.content, old.facts); END""",
    f"{NAME}_update": f"""CREATE TRIGGER {NAME}_update AFTER UPDATE OF content, facts ON text BEGIN
        INSERT INTO {NAME}({NAME}, rowid, content, facts) VALUES ('delete', old.id, old.content, old.facts);
        INSERT INTO {NAME}(rowid, content, facts) VALUES (new.id, new.content, new.facts); END""",
}
WORDS: ColumnElement[str] = literal_column("text.words")
FACTS: ColumnElement[str] = literal_column("string_to_array(text.facts, ' ')")


def install(connection: Connection) -> None:
    """Make what is missing of the index and fill it. Does nothing before the migration that it needs."""
    if "facts" not in {found["name"] for found in inspect(connection).get_columns("text")}:
        return
    if connection.dialect.name == "sqlite":
        known = set(connection.exec_driver_sql("SELECT name FROM sqlite_master").scalars())
        missing = [statement for name, statement in SQLITE.items() if name not in known]
        for statement in missing:
            connection.exec_driver_sql(statement)
        if missing:
            connection.exec_driver_sql(f"INSERT INTO {NAME}({NAME}) VALUES ('rebuild')")
        return
    marks = PUNCTUATION.replace("'", "''").replace("%", "%%")
    parted = f"translate(left(content, {LONGEST}), '{marks}', repeat(' ', {len(PUNCTUATION)}))"
    for statement in (
        f"ALTER TABLE text ADD COLUMN IF NOT EXISTS words tsvector GENERATED ALWAYS AS (to_tsvector('simple', {parted})) STORED",
        "CREATE INDEX IF NOT EXISTS ix_text_words ON text USING gin (words)",
        "CREATE INDEX IF NOT EXISTS ix_text_facts ON text USING gin (string_to_array(facts, ' '))",
    ):
        connection.exec_driver_sql(statement)


def parsed(text: str) -> list[tuple[str, bool]]:
    """(word or phrase, whether only how it begins was given) of what was typed: words, "phrases", beginn*.

    Raises StoreError where there is nothing to look for, or too much.
    """
    found = []
    for phrase, word in PARTS.findall(text.replace("\0", " ")):
        given = phrase or word
        letters = re.sub(r"[\W_]", "", given)
        begins = given.endswith("*")
        if begins and len(letters) < SHORTEST:
            raise StoreError("Give at least {n} letters before the star, as in 'abc*'.", n=SHORTEST)
        if letters:
            found.append((given.rstrip("*"), begins))
    if len(found) > MOST:
        raise StoreError("Look for at most {n} words and phrases at once.", n=MOST)
    if text.strip() and not found:
        raise StoreError("There is no word to look for; type letters or digits.")
    return found


def match(
    words: Sequence[tuple[str, bool]], groups: Sequence[Sequence[str]], without: Sequence[str]
) -> ColumnElement[bool]:
    """SQLite: every word, one term at least of each group, none of ``without``; some word or group is needed."""
    parts = [
        " OR ".join(f'content : "{form.replace(QUOTE, "")}"{" *" if begins else ""}' for form in _forms(word))
        for word, begins in words
    ]
    parts += [f"facts : ({' OR '.join(group)})" for group in groups]
    wanted = " AND ".join(f"({part})" for part in parts)
    query = f"({wanted}) NOT facts : ({' OR '.join(without)})" if without else wanted
    return FTS.c[NAME].op("MATCH", is_comparison=True)(query)


def condition(
    words: Sequence[tuple[str, bool]], groups: Sequence[Sequence[str]], without: Sequence[str]
) -> ColumnElement[bool]:
    """The same on PostgreSQL."""
    parts: list[ColumnElement[bool]] = [
        or_(*(_has_words(form, begins) for form in _forms(word))) for word, begins in words
    ]
    parts += [_has_fact(group) for group in groups]
    return and_(*parts, *([not_(_has_fact(without))] if without else ()))


def _forms(word: str) -> list[str]:
    """As an é is one character or two, whichever the text was stored with."""
    return list(dict.fromkeys(unicodedata.normalize(form, word) for form in ("NFC", "NFD")))


def _has_words(word: str, begins: bool) -> ColumnElement[bool]:
    simple: ColumnElement[str] = literal_column("'simple'::regconfig")
    query: ColumnElement[str] = func.phraseto_tsquery(simple, word.translate(PARTED))
    if begins:
        query = cast(cast(query, TEXT).concat(":*"), TSQUERY)
    return WORDS.op("@@", is_comparison=True)(query)


def _has_fact(terms: Sequence[str]) -> ColumnElement[bool]:
    return FACTS.op("&&", is_comparison=True)(cast(list(terms), ARRAY(TEXT)))
