"""The queue as the product orders it: what the recommended strategy chooses stands first, and each claim says why."""

from random import Random

import numpy as np
import pytest

from db import corrections, queue, suggestions, texts
from db.records import Verdict
from emodemo import annotation, ordering
from emodemo.access import OWNER
from emodemo.services import Services
from emodemo.settings import Settings
from model.labels import WIDTH
from model.strategies import STRATEGIES, Pool, choose

COUNT = 90


def fill(services: Services, count: int = COUNT) -> list[int]:
    """A pool with made-up features, so that nothing is encoded."""
    encoder = services.live.predictor.encoder
    rows = np.random.default_rng(0).normal(size=(count, encoder.width)).astype(np.float16).astype(np.float32)
    with services.database.write() as session:
        ids = texts.add(session, contents=[f"Line {n}." for n in range(count)], source="test", pooled=True)
        texts.store_features(session, encoder_id=encoder.encoder_id, features=dict(zip(ids, rows, strict=True)))
    return ids


def asked(services: Services, **shares: float) -> Services:
    changed = {"random_share": 0.0, "conflict_share": 0.0, "blind_share": 0.0, **shares}
    return Services(
        services.settings.model_copy(update=changed), services.database, services.shipped, services.live, services.pool
    )


def answer(services: Services, text_id: int) -> None:
    annotation.answer(
        services, OWNER, client_id=f"a{text_id}", text_id=text_id, action="label", verdict=Verdict(("joy",), None, {})
    )


def recommended(services: Services, ids: list[int], seen: list[int]) -> list[int]:
    """What the strategy asks of the pool, by hand."""
    live = services.live.predictor
    with services.database.read() as session:
        features = texts.features(session, encoder_id=live.encoder.encoder_id, text_ids=ids + seen)
        outputs = [suggestions.get(session, release=live.release, text_id=text_id) for text_id in ids]
    known = np.stack([features[text_id] for text_id in seen]) if seen else np.empty((0, live.encoder.width), np.float32)
    rows = np.stack([features[text_id] for text_id in ids])
    pool = Pool(np.array(ids), np.stack(outputs)[:, :WIDTH], rows, known, live.heads.apply(known))  # type: ignore[arg-type]
    return [ids[n] for n in choose(STRATEGIES["recommended"], pool, ordering.FRONT, seed=len(seen))]


def test_the_queue_asks_for_what_the_recommended_strategy_chooses_and_chooses_anew_when_it_runs_low(
    services: Services,
) -> None:
    at, ids = asked(services), fill(services)
    annotation.refresh_pool(at)
    first = recommended(at, ids, [])
    done: list[int] = []
    for expected in first[: ordering.FRONT - ordering.LOW]:
        [item] = annotation.take(at, OWNER).claims
        assert item.text.id == expected
        answer(at, expected)
        done.append(expected)
    assert not ordering.refresh(at)
    [item] = annotation.take(at, OWNER).claims
    answer(at, item.text.id)
    done.append(item.text.id)
    assert ordering.refresh(at)
    [item] = annotation.take(at, OWNER).claims
    waiting = [text_id for text_id in ids if text_id not in done]
    assert item.text.id == recommended(at, waiting, sorted(done))[0]
    with services.database.read() as session:
        assert {row.chosen for row in corrections.history(session, limit=COUNT)} == {"strategy"}


def test_a_promotion_orders_the_pool_anew_and_what_comes_later_joins_it(services: Services) -> None:
    at = asked(services)
    ids = fill(services, 12)
    annotation.refresh_pool(at, blocks=1)
    release = services.live.predictor.release
    with services.database.read() as session:
        assert queue.left(session, release=release) == {"strategy": 12}
    assert not ordering.refresh(at), "all that there is stands in it"
    more = fill(services, 14)[12:]
    annotation.refresh_pool(at, blocks=1)
    with services.database.read() as session:
        assert queue.left(session, release=release) == {"strategy": len(ids) + len(more)}
        assert queue.left(session, release="another") == {}


def test_a_text_on_which_the_heads_contradict_one_another_is_the_conflict_parts_first(services: Services) -> None:
    at = asked(services, conflict_share=1.0)
    ids = fill(services, 20)
    annotation.refresh_pool(at)
    live = services.live.predictor
    torn = live.outputs(np.zeros((1, live.encoder.width), np.float32))[0]
    torn[:7], torn[7:10], torn[-4] = np.eye(7)[3], [0.02, 0.02, 0.96], 1.0  # joy and positive, with the lowest valence
    with services.database.write() as session:
        suggestions.store(session, release=live.release, rows=[(ids[7], torn, 0.0)])
    at.pool.fronted = None
    assert ordering.refresh(at)
    [item] = annotation.take(at, OWNER).claims
    assert item.text.id == ids[7]
    answer(at, ids[7])
    with services.database.read() as session:
        assert [row.chosen for row in corrections.history(session)] == ["conflict"]


def test_the_parts_are_drawn_by_their_shares() -> None:
    settings = Settings().model_copy(
        update={"random_share": 0.2, "conflict_share": 0.1, "uncertain_share": 0.3, "overlap": 0.25}
    )
    chance = Random(0)
    drawn = [ordering.drawn(settings, chance.random()) for _ in range(20_000)]
    shares = {part: drawn.count(part) / len(drawn) for part in set(drawn)}
    assert shares == pytest.approx(
        {"second": 0.2, "random": 0.16, "conflict": 0.08, "uncertain": 0.24, "strategy": 0.32}, abs=0.02
    )


def test_between_two_requests_the_front_is_looked_at_now_and_then_and_for_every_release(services: Services) -> None:
    fill(services, 12)
    release = services.live.predictor.release
    assert services.pool.is_front_due(release)
    annotation.keep_up(services)
    assert not services.pool.is_front_due(release)
    assert services.pool.is_front_due("another")
    services.pool.forget()
    assert services.pool.is_front_due(release)
