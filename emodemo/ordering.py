"""The front of the queue: what each of its parts asks for next, chosen together among texts drawn from the pool.

``strategy`` is what docs/active-learning.md recommends. Everything behind the front stands in the order of the release's
doubt, in which texts come into the pool too, until the front is chosen anew: when it runs low or another release is live.
"""

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from db import labels, queue
from db.errors import Busy
from db.records import Chosen, Part
from emodemo.services import Services
from emodemo.settings import Settings
from model.labels import WIDTH
from model.strategies import STRATEGIES, Pool, choose
from model.strategies.choosing import CANDIDATES
from model.strategies.pool import draws
from model.strategies.uncertainty import OPINIONS

FRONT = 60  # texts that a part chooses together
LOW = 30  # left, below which the front is chosen anew
SEEN = 10_000  # texts labelled last that count as known


def drawn(settings: Settings, draw: float) -> Chosen:
    """Which part of the queue is asked, by a ``draw`` from 0 to 1 and the settings' shares; the rest is the strategy's.

    Of a share o of the pool that two people are asked, the second ones are o / (1 + o) of all answers.
    """
    second = settings.overlap / (1 + settings.overlap)
    shares: list[tuple[Chosen, float]] = [("second", second)]
    shares += [(part, (1 - second) * share) for part, share in settings.queue_shares.items()]
    for part, share in shares:
        if draw < share:
            return part
        draw -= share
    return "strategy"


def refresh(services: Services) -> bool:
    """Choose the front anew where it runs low; whether it was chosen. Another server that is at it will do."""
    release, started = services.live.predictor.release, time.monotonic()
    chosen = _refresh(services, release)
    with services.database.read() as session:
        doubt = queue.doubt(session, release=release)
    services.pool.looked(release, time.monotonic() - started, doubt)
    return chosen


def _refresh(services: Services, release: str) -> bool:
    with services.database.read() as session:
        left = queue.left(session, release=release)
        ids = services.pool.ids(session)
    wanted: list[Part] = [part for part in CHOOSERS if part == "strategy" or services.settings.queue_shares.get(part)]
    if not len(ids) or min(left.get(part, 0) for part in wanted) >= LOW or services.pool.fronted == (release, ids[-1]):
        return False
    try:
        with services.database.exclusive("queue"):
            _choose(services, release, wanted, ids)
    except Busy:
        return False
    return True


def _choose(services: Services, release: str, wanted: list[Part], ids: np.ndarray) -> None:
    predictor = services.live.predictor
    encoder_id = predictor.encoder.encoder_id
    with services.database.read() as session:
        seed = labels.count(session)
        sample = ids[np.argsort(draws(ids, seed), kind="stable")[:CANDIDATES]]
        keys, features, outputs = queue.candidates(
            session, release=release, encoder_id=encoder_id, text_ids=sample.tolist()
        )
        seen = queue.labelled(session, encoder_id=encoder_id, limit=SEEN)
    parts: dict[Part, list[int]] = {}
    if len(keys):
        seen = seen.reshape(-1, features.shape[1])
        pool = Pool(keys, outputs[:, :WIDTH], features, seen, predictor.heads.apply(seen))
        parts = {part: keys[CHOOSERS[part](pool, seed)].tolist() for part in wanted}
    with services.database.write() as session:
        queue.store(session, release=release, parts=parts)
    whole = len(ids) <= CANDIDATES and len(keys) <= FRONT
    services.pool.fronted = (release, int(ids[-1])) if whole else None


def _conflicting(pool: Pool, seed: int) -> np.ndarray:
    """By whatever of the heads has an opinion on polarity, valence among them."""
    return choose(STRATEGIES["conflict"], replace(pool, tasks=tuple(OPINIONS)), FRONT, seed)


CHOOSERS: dict[Part, Callable[[Pool, int], np.ndarray]] = {
    "strategy": lambda pool, seed: choose(STRATEGIES["recommended"], pool, FRONT, seed),
    "diverse": lambda pool, seed: choose(STRATEGIES["k-means"], pool, FRONT, seed),
    "conflict": _conflicting,
}
