"""Threads that write to one SQLite file at once share a transaction; none of them suffers for another."""

import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Event
from typing import Any

import pytest
from sqlalchemy import event

from db import texts
from db.engine import Database
from db.errors import StoreError
from db.writer import Turns
from tests.waiting import PATIENCE, until


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database.open(f"sqlite:///{tmp_path / 'emodemo.sqlite'}", snapshots=tmp_path)


def add(database: Database, content: str) -> None:
    with database.write() as session:
        texts.add(session, contents=[content], source="test", pooled=True)


def stored(database: Database) -> int:
    with database.read() as session:
        return texts.pool_size(session)[0]


def commits(database: Database) -> list[Any]:
    """What is appended to at every commit."""
    seen: list[Any] = []
    event.listen(database._engine, "commit", seen.append)
    return seen


def while_one_writes(database: Database, deeds: list[Callable[[], None]]) -> list[BaseException | None]:
    """What comes of deeds that are all begun while a write is under way."""
    inside, go_on = Event(), Event()

    def first() -> None:
        with database.write() as session:
            inside.set()
            go_on.wait(PATIENCE)
            texts.add(session, contents=["The first."], source="test", pooled=True)

    with ThreadPoolExecutor(len(deeds) + 1) as pool:
        runs = [pool.submit(first)]
        inside.wait(PATIENCE)
        runs += [pool.submit(deed) for deed in deeds]
        writer = database._writer
        assert writer
        until(lambda: len(writer._turns._waiting) == len(deeds))
        go_on.set()
        return [run.exception(PATIENCE) for run in runs]


def test_those_who_wait_share_one_commit(database: Database) -> None:
    seen = commits(database)
    came = while_one_writes(database, [lambda n=n: add(database, f"Line {n}.") for n in range(8)])  # type: ignore[misc]
    assert came == [None] * 9
    assert stored(database) == 9
    assert len(seen) == 1


def test_one_that_fails_takes_no_other_along(database: Database) -> None:
    def fail() -> None:
        with database.write() as session:
            texts.add(session, contents=["Never."], source="test", pooled=True)
            raise ValueError("changed my mind")

    came = while_one_writes(database, [lambda: add(database, "Before."), fail, lambda: add(database, "After.")])
    assert [type(error) for error in came] == [type(None), type(None), ValueError, type(None)]
    assert stored(database) == 3


def test_a_transaction_that_is_lost_is_confirmed_to_nobody(database: Database) -> None:
    def lose() -> None:
        with database.write() as session:
            connection = session.connection().connection.driver_connection
            connection.execute("ROLLBACK")  # type: ignore[union-attr]  # as SQLite does by itself on a full disk
            raise sqlite3.OperationalError("disk I/O error")

    came = while_one_writes(database, [lose, lambda: add(database, "After.")])
    assert [type(error) for error in came] == [StoreError, StoreError, type(None)]
    assert stored(database) == 1


def test_a_write_inside_another_is_a_mistake_and_not_an_endless_wait(database: Database) -> None:
    with database.write(), pytest.raises(RuntimeError, match="inside another"), database.write():
        pass
    add(database, "We danced.")
    assert stored(database) == 1


def test_turns_are_had_in_the_order_in_which_they_were_asked_for() -> None:
    turns, had, started = Turns(), list[int](), Barrier(2)

    def ask(number: int) -> None:
        started.wait(PATIENCE)
        with turns:
            had.append(number)

    with ThreadPoolExecutor(20) as pool:
        with turns:
            for number in range(20):
                pool.submit(ask, number)
                started.wait(PATIENCE)
                until(lambda number=number: len(turns._waiting) > number)  # type: ignore[misc]
        pool.shutdown()
    assert had == list(range(20))
