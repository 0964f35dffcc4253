"""Every strategy keeps the same promises; each by itself prefers what it is named for."""

from dataclasses import replace

import numpy as np
import pytest

from model.heads import Heads
from model.labels import EMOTIONS, FINE_LABELS, POLARITIES, TASKS, WIDTH
from model.strategies import STRATEGIES, Pool, choose, entropy, priority
from model.strategies.pool import draws
from model.strategies.uncertainty import conflict, disagreement, gradient_length, least_confidence, margin

ALL_TASKS = ("emotion7", "sentiment3", "labels28", "valence", "arousal")
named = pytest.mark.parametrize("name", STRATEGIES)


def pool(rows: int, seed: int = 0, width: int = 12, seen: int = 6, tasks: tuple[str, ...] = ALL_TASKS) -> Pool:
    """Texts with random features under random heads, a few of them labelled, and a committee of three."""
    rng = np.random.default_rng(seed)
    heads = [replace(Heads.zeros(width), weight=rng.normal(size=(width, WIDTH)).astype(np.float32)) for _ in range(4)]
    features, labelled = (rng.normal(size=(count, width)).astype(np.float32) for count in (rows, seen))
    keys = rng.permutation(10 * rows)[:rows]
    committee = np.stack([head.apply(features) for head in heads[1:]])
    outputs = heads[0].apply(features)
    return Pool(keys, outputs, features, labelled, heads[0].apply(labelled), tasks, committee)


@named
def test_the_batch_is_as_large_as_asked_and_has_no_text_twice(name: str) -> None:
    chosen = choose(STRATEGIES[name], pool(80), 25, seed=3)
    assert len(chosen) == len(set(chosen.tolist())) == 25
    assert set(chosen.tolist()) <= set(range(80))


@named
def test_the_same_seed_chooses_the_same_texts_in_whatever_order_they_come(name: str) -> None:
    texts = pool(60)
    order = np.random.default_rng(9).permutation(60)
    chosen = choose(STRATEGIES[name], texts, 10, seed=1)
    shuffled = choose(STRATEGIES[name], texts.take(order), 10, seed=1)
    assert chosen.tolist() == choose(STRATEGIES[name], texts, 10, seed=1).tolist()
    assert chosen.tolist() == order[shuffled].tolist()


@named
@pytest.mark.parametrize("rows", [1, 4])
def test_a_pool_smaller_than_the_batch_is_taken_whole(name: str, rows: int) -> None:
    assert sorted(choose(STRATEGIES[name], pool(rows), 25, seed=0).tolist()) == [*range(rows)]


@named
def test_texts_that_are_all_alike_are_chosen_by_the_seed(name: str) -> None:
    texts = pool(50, seen=0).take(np.zeros(50, int))
    alike = replace(texts, keys=np.arange(50))
    one, other = (choose(STRATEGIES[name], alike, 10, seed=seed) for seed in (1, 2))
    assert len(set(one.tolist())) == len(set(other.tolist())) == 10
    assert set(one.tolist()) != set(other.tolist())


@named
def test_nothing_labelled_and_scores_alone_are_no_obstacle(name: str) -> None:
    chosen = choose(STRATEGIES[name], pool(40, seen=0, tasks=("valence",)), 10, seed=0)
    assert len(set(chosen.tolist())) == 10


def test_strategies_of_classes_have_nothing_to_say_of_scores() -> None:
    silent = {name for name, strategy in STRATEGIES.items() if not strategy.speaks_of(("valence", "arousal"))}
    assert silent == {"least-confidence", "margin", "entropy", "gradient-length", "conflict", "density"}


def test_draws_differ_between_keys_and_between_seeds() -> None:
    keys = np.arange(10_000)
    first, second = draws(keys, 0), draws(keys, 1)
    assert len(np.unique(first)) == 10_000
    ranks = np.argsort(first).argsort(), np.argsort(second).argsort()
    assert abs(np.corrcoef(*ranks)[0, 1]) < 0.05
    assert abs(np.corrcoef(keys, ranks[0])[0, 1]) < 0.05


def outputs(**answers: dict[str, float]) -> np.ndarray:
    """One row of outputs: named classes, the rest of each distribution spread evenly; valence by its number."""
    row = Heads.zeros(2).apply(np.zeros((1, 2), np.float32))
    for task, named_classes in answers.items():
        names = {"emotion7": EMOTIONS, "sentiment3": POLARITIES, "labels28": FINE_LABELS, "valence": ("valence",)}[task]
        rest = (1 - sum(named_classes.values())) / max(len(names) - len(named_classes), 1)
        row[0, TASKS[task].columns] = [named_classes.get(name, rest) for name in names]
    return row


SURE = outputs(emotion7={"joy": 0.94}, sentiment3={"positive": 0.96})
TORN = outputs(emotion7={"joy": 0.48, "anger": 0.47}, sentiment3={"positive": 0.5, "negative": 0.48})


@pytest.mark.parametrize("score", [entropy, least_confidence, margin, gradient_length])
def test_doubt_is_larger_of_a_torn_answer_and_stays_within_its_range(score) -> None:  # type: ignore[no-untyped-def]
    sure, torn = (float(score(row, ("emotion7", "sentiment3"))[0]) for row in (SURE, TORN))
    assert 0 <= sure < torn <= 1.001


def test_priority_is_a_number_from_0_to_1_for_each_text() -> None:
    sure, torn = priority(np.vstack([SURE, TORN]))
    assert 0 <= sure < torn <= 1


def test_several_labels_are_doubted_one_by_one() -> None:
    even = outputs(labels28=dict.fromkeys(FINE_LABELS, 0.5))
    never = outputs(labels28=dict.fromkeys(FINE_LABELS, 0.0))
    assert entropy(even, ("labels28",)) == pytest.approx(1)
    assert entropy(never, ("labels28",)) == pytest.approx(0, abs=1e-6)


def test_conflict_is_between_heads_and_needs_two_of_them() -> None:
    agreed = outputs(emotion7={"joy": 0.97}, sentiment3={"positive": 0.97}, valence={"valence": 4.0})
    opposed = outputs(emotion7={"joy": 0.97}, sentiment3={"negative": 0.97}, valence={"valence": 2.0})
    tasks = ("emotion7", "sentiment3", "valence")
    assert float(conflict(agreed, tasks)[0]) < 0.1 < 0.3 < float(conflict(opposed, tasks)[0]) <= 1
    assert conflict(opposed, ("sentiment3",)).tolist() == [0]


def test_disagreement_is_what_members_differ_in_not_what_all_doubt() -> None:
    joy, anger = outputs(emotion7={"joy": 0.97}), outputs(emotion7={"anger": 0.97})
    unsure = outputs(emotion7={"joy": 0.5, "anger": 0.5})
    texts = replace(
        pool(2, tasks=("emotion7",)), committee=np.stack([np.vstack([joy, unsure]), np.vstack([anger, unsure])])
    )
    split, doubted = disagreement(texts)
    assert doubted == pytest.approx(0, abs=1e-6)
    assert split > 0.2
    with pytest.raises(ValueError, match="committee"):
        disagreement(replace(texts, committee=None))


def groups() -> Pool:
    """Four tight groups of ten texts, one of which has been labelled."""
    rng = np.random.default_rng(0)
    centres = 10 * np.eye(4, 8, dtype=np.float32)
    features = np.repeat(centres, 10, 0) + 0.01 * rng.normal(size=(40, 8)).astype(np.float32)
    texts = Pool.fresh(np.arange(40), Heads.zeros(8).apply(features), features, ("emotion7",))
    return replace(texts, seen=features[:1], seen_outputs=texts.outputs[:1])


@pytest.mark.parametrize(("name", "batch"), [("core-set", 3), ("information", 3), ("k-means", 4), ("badge", 4)])
def test_a_batch_is_spread_over_what_there_is(name: str, batch: int) -> None:
    chosen = choose(STRATEGIES[name], groups(), batch, seed=0) // 10
    assert len(set(chosen.tolist())) == batch
    assert name not in ("core-set", "information") or 0 not in chosen  # one of the first group is labelled


def test_information_prefers_the_doubtful_of_two_alike() -> None:
    features = np.vstack([np.eye(3), np.eye(3)]).astype(np.float32)
    rows = np.vstack([np.repeat(SURE, 3, 0), np.repeat(TORN, 3, 0)])
    texts = Pool.fresh(np.arange(6), rows, features, ("emotion7", "sentiment3"))
    assert set(choose(STRATEGIES["information"], texts, 3, seed=0).tolist()) == {3, 4, 5}


def test_what_is_recommended_begins_typical_and_goes_on_informative() -> None:
    fresh, begun = pool(60, seen=0), pool(60)
    for texts, name in ((fresh, "k-means"), (begun, "information")):
        chosen = choose(STRATEGIES["recommended"], texts, 8, seed=4)
        assert chosen.tolist() == choose(STRATEGIES[name], texts, 8, seed=4).tolist()
