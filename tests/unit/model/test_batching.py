import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np
import pytest

from model.batching import FEWEST, TOKENS, Batcher, Row
from tests.waiting import PATIENCE, until


class Reader:
    """A row's feature is its first token; keeps what was read together, and waits while ``gate`` is shut."""

    def __init__(self) -> None:
        self.batches: list[list[Row]] = []
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Event()

    def __call__(self, rows: list[Row]) -> np.ndarray:
        self.entered.set()
        self.gate.wait(PATIENCE)
        self.batches.append(rows)
        if any(row[0] < 0 for row in rows):
            raise ValueError("a negative token")
        return np.array([[row[0]] for row in rows], np.float32)


def rows(first: int, lengths: list[int]) -> list[list[int]]:
    return [[first + n] * length for n, length in enumerate(lengths)]


@contextmanager
def queued(
    reader: Reader, batcher: Batcher, *others: list[Row]
) -> Iterator[tuple[Future[np.ndarray], list[Future[np.ndarray]]]]:
    """A long job under way and others that came after it, let go together once all wait."""
    reader.gate.clear()
    with ThreadPoolExecutor(1 + len(others)) as pool:
        long = pool.submit(batcher.features, rows(0, [100] * 50))
        assert reader.entered.wait(PATIENCE)  # sooner, what comes now could be in the first batch, and never wait
        waiting = [pool.submit(batcher.features, other) for other in others]
        until(lambda: len(batcher._jobs) == 1 + len(others))
        reader.gate.set()
        yield long, waiting


def test_every_row_gets_its_own_feature_in_order() -> None:
    reader = Reader()
    lengths = [int(n) for n in np.random.default_rng(5).integers(2, 90, 200)]
    features = Batcher(reader, 1, workers=2).features(rows(0, lengths))
    assert features.ravel().tolist() == list(range(200))
    assert all(sum(map(len, batch)) <= TOKENS for batch in reader.batches)
    assert Batcher(reader, 1, workers=2).features([]).shape == (0, 1)


def test_few_texts_of_one_caller_are_spread_over_the_workers_but_not_thinner_than_pays() -> None:
    reader = Reader()
    Batcher(reader, 1, workers=2).features(rows(0, [20] * 20))
    assert sorted(sum(map(len, batch)) for batch in reader.batches)[-1] <= 200
    reader.batches.clear()
    Batcher(reader, 1, workers=2).features(rows(0, [FEWEST // 4] * 4))
    assert len(reader.batches) == 1


def test_callers_share_batches_and_a_short_one_does_not_wait_for_a_long_one() -> None:
    reader = Reader()
    with queued(reader, Batcher(reader, 1, workers=1), rows(1000, [6]), rows(2000, [6])) as (long, short):
        assert [future.result()[0, 0] for future in short] == [1000, 2000]
        assert len(long.result()) == 50
    together = next(n for n, batch in enumerate(reader.batches) if any(row[0] == 1000 for row in batch))
    assert together <= 2
    assert any(row[0] == 2000 for row in reader.batches[together])


def test_a_text_that_does_not_fit_beside_a_long_job_comes_before_it_the_next_time() -> None:
    reader = Reader()
    with queued(reader, Batcher(reader, 1, workers=1), rows(1000, [110])) as (long, [other]):
        assert other.result()[0, 0] == 1000
        long.result()
    assert any(batch[0][0] == 1000 for batch in reader.batches[1:3])


def test_what_goes_wrong_reaches_its_caller_and_the_next_one_is_served() -> None:
    batcher = Batcher(Reader(), 1, workers=2)
    with pytest.raises(ValueError, match="a negative token"):
        batcher.features(rows(-2000, [60] * 30))
    assert batcher.features(rows(7, [3]))[0, 0] == 7
