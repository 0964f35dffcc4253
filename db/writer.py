"""How a process's threads write to one SQLite file: in turn, those that wait for the disk together in one transaction."""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, get_ident

from sqlalchemy import Engine
from sqlalchemy.orm import Session


class Turns:
    """A lock that is had in the order in which it was asked for: no thread starves, and none overtakes."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._owner: int | None = None
        self._waiting: deque[tuple[int, Lock]] = deque()

    def __enter__(self) -> None:
        me, gate = get_ident(), Lock()
        with self._lock:
            if self._owner is None:
                self._owner = me
                return
            if self._owner == me:
                raise RuntimeError("a write was begun inside another one of the same thread")
            gate.acquire()
            self._waiting.append((me, gate))
        try:
            gate.acquire()
        except BaseException:
            self._give_up(me, gate)
            raise

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._owner, gate = self._waiting.popleft() if self._waiting else (None, None)
            if gate:
                gate.release()

    def _give_up(self, me: int, gate: Lock) -> None:
        with self._lock:
            if (me, gate) in self._waiting:
                self._waiting.remove((me, gate))
                return
        self.__exit__()


class Batch:
    """A transaction in which several writes stand side by side: one that fails takes no other along."""

    def __init__(self, engine: Engine) -> None:
        self._connection = engine.connect()
        try:
            self._transaction = self._connection.begin()
        except BaseException:
            self._connection.close()
            raise
        self.error: BaseException | None = None

    @contextmanager
    def part(self) -> Iterator[Session]:
        """A write of its own."""
        cause: BaseException | None = None
        try:
            with Session(self._connection, join_transaction_mode="create_savepoint") as session, session.begin():
                session.connection()
                try:
                    yield session
                    session.flush()
                except BaseException as error:
                    cause = error
                    raise
        except BaseException as error:
            if self._is_open():
                raise
            self.error = cause or error  # on a full disk, among others, SQLite takes the whole transaction back
            raise self.error from None

    def end(self) -> None:
        """Make all of it durable, or note why not."""
        try:
            if self.error is None:
                self._transaction.commit()
        except BaseException as error:
            self.error = error
        finally:
            self._connection.close()

    def _is_open(self) -> bool:
        return bool(self._connection.connection.driver_connection.in_transaction)  # type: ignore[union-attr]


class Writer:
    """Whoever writes while others wait leaves the commit to the last of them: a disk takes as long for many as for one."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._turns = Turns()
        self._batch: Batch | None = None

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A session that is durable once the context has exited. Raises what writing or committing raised."""
        batch = None
        try:
            with self._turns:
                batch = self._open()
                with batch.part() as session:
                    yield session
        finally:
            if batch:
                with self._turns:  # behind those who wait already, and who join until then
                    self._end(batch)
        if batch.error:
            raise batch.error

    def _open(self) -> Batch:
        if self._batch and self._batch.error:
            self._end(self._batch)
        self._batch = self._batch or Batch(self._engine)
        return self._batch

    def _end(self, batch: Batch) -> None:
        if self._batch is batch:
            self._batch = None
            batch.end()
