"""Callers share the cores: rows of all of them are read in common batches, and they take turns."""

import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np

TOKENS = 256  # in a batch: more is no faster, and lets others wait
NICE = 10  # of those who read, as in nice(1)
FEWEST = 48  # tokens that are worth a batch of their own: below, the time goes into fetching weights

Row = Sequence[int]
Read = Callable[[list[Row]], np.ndarray]


def stand_back() -> None:
    """Let threads with little to do, such as those that save an answer, go before this one. Only Linux knows of it."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)


class _Job:
    """What one caller waits for."""

    def __init__(self, rows: Sequence[Row], width: int) -> None:
        self.rows = rows
        self.waiting = deque(sorted(range(len(rows)), key=lambda n: len(rows[n])))  # like lengths, little padding
        self.unread = len(rows)
        self.features = np.empty((len(rows), width), np.float32)
        self.done: Future[np.ndarray] = Future()


class Batcher:
    """Reads rows of token ids by ``read``, on as many threads as there are workers; itself for any number of callers.

    ``read``: rows → features (rows, width), called by several threads at once.
    """

    def __init__(self, read: Read, width: int, workers: int) -> None:
        self._read, self._width, self._workers = read, width, workers
        self._pool = ThreadPoolExecutor(workers, "encoder", initializer=stand_back)
        self._lock = threading.Lock()
        self._jobs: list[_Job] = []
        self._running = 0  # workers that look for rows or read them
        self._reading = 0

    def features(self, rows: Sequence[Row]) -> np.ndarray:
        """rows → float32 features (rows, width), once all are read. Raises what ``read`` raised."""
        job = _Job(rows, self._width)
        if not rows:
            return job.features
        with self._lock:
            self._jobs.append(job)
            idle = self._workers - self._running
            self._running += idle
        for _ in range(idle):
            self._pool.submit(self._work)
        return job.done.result()

    def _work(self) -> None:
        while batch := self._take():
            try:
                features = self._read([job.rows[n] for job, n in batch])
            except Exception as error:
                self._fail({job for job, _ in batch}, error)
            else:
                self._give(batch, features)

    def _take(self) -> list[tuple[_Job, int]]:
        """The next batch, empty where nothing waits: the first job's rows, then those behind it, up to this worker's share
        of what waits, which all that are free divide among them. Whoever got nothing comes first the next time.
        """
        with self._lock:
            waiting = sum(len(job.rows[n]) for job in self._jobs for n in job.waiting)
            limit = min(TOKENS, max(FEWEST, waiting // (self._workers - self._reading)))
            batch: list[tuple[_Job, int]] = []
            tokens = 0
            for job in self._jobs:
                while job.waiting and tokens < limit:
                    tokens += len(job.rows[job.waiting[0]])
                    if batch and tokens > TOKENS:
                        break
                    batch.append((job, job.waiting.popleft()))
            served = {job for job, _ in batch}
            self._jobs = sorted((job for job in self._jobs if job.waiting), key=served.__contains__)
            self._running -= not batch
            self._reading += bool(batch)
            return batch

    def _give(self, batch: Sequence[tuple[_Job, int]], features: np.ndarray) -> None:
        with self._lock:
            self._reading -= 1
            for (job, n), row in zip(batch, features, strict=True):
                job.features[n] = row
                job.unread -= 1
            read = [job for job in {job for job, _ in batch} if not job.unread]
        for job in read:
            job.done.set_result(job.features)

    def _fail(self, jobs: set[_Job], error: Exception) -> None:
        with self._lock:
            self._reading -= 1
            for job in jobs:
                job.waiting.clear()
        for job in jobs:
            if not job.done.done():
                job.done.set_exception(error)
