"""Replays on texts of our own invention: features that tell the classes apart, with noise around them."""

from dataclasses import replace

import numpy as np
import pytest

from model import peers
from model.basis import Basis
from model.curves import Curve, summary
from model.heads import Heads, fit
from model.labelled import LabelledFeatures
from model.labels import WIDTH, one_hot, target_row
from model.simulation import Plan, Scenario, Step, answered, learn, replay
from model.strategies import STRATEGIES, Strategy

CLASSES = ("joy", "anger", "neutral")


def texts(rows: int, seed: int, width: int = 10) -> LabelledFeatures:
    """Three emotions and a valence, each read off a direction of the features."""
    rng = np.random.default_rng(seed)
    kinds = rng.integers(0, 3, rows)
    features = rng.normal(size=(rows, width)).astype(np.float32)
    features[np.arange(rows), kinds] += 3
    features *= 4  # about as long as the shipped encoder's
    targets = [
        target_row({"emotion7": one_hot("emotion7", CLASSES[kind]), "valence": 3 + 0.05 * row[0]})
        for kind, row in zip(kinds, features, strict=True)
    ]
    return LabelledFeatures(features, np.stack(targets), np.full(rows, "ours"))


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return Scenario("ours", texts(120, 0), texts(200, 1), Heads.zeros(10))


def test_a_scenario_asks_for_what_its_texts_are_labelled_with(scenario: Scenario) -> None:
    assert scenario.tasks == ("emotion7", "valence")
    assert set(scenario.measure(scenario.start)) == {"emotion7", "valence"}


@pytest.mark.parametrize("name", STRATEGIES)
def test_a_replay_asks_in_batches_until_it_may_ask_no_more(scenario: Scenario, name: str) -> None:
    steps = [*replay(scenario, STRATEGIES[name], Plan(batch=20, most=50), seed=0)]
    assert [step.labels for step in steps] == [0, 20, 40, 50]
    assert steps[-1].values["emotion7"] > max(steps[0].values["emotion7"], 0.7)


def test_a_replay_ends_with_the_pool_and_then_knows_what_all_labels_give(scenario: Scenario) -> None:
    steps = [*replay(scenario, STRATEGIES["random"], Plan(batch=50, most=1000), seed=0)]
    assert [step.labels for step in steps] == [0, 50, 100, 120]
    full = scenario.measure(learn(scenario.start, scenario.pool))
    assert steps[-1].values == pytest.approx(full, abs=0.01)


def test_the_same_seed_replays_the_same_and_another_does_not(scenario: Scenario) -> None:
    def values(seed: int) -> list[dict[str, float]]:
        return [step.values for step in replay(scenario, STRATEGIES["badge"], Plan(batch=20, most=40), seed)]

    assert values(1) == values(1) != values(2)


def test_noise_gives_so_large_a_share_of_texts_anothers_answer() -> None:
    pool = texts(2000, 0)
    assert np.array_equal(answered(pool, 0, np.random.default_rng(0)).targets, pool.targets, equal_nan=True)
    noisy = answered(pool, 0.3, np.random.default_rng(0)).targets
    changed = (np.nan_to_num(noisy) != np.nan_to_num(pool.targets)).any(1).mean()
    assert 0.25 < changed < 0.35


def test_an_exhausted_committee_is_not_asked_for_by_other_strategies(scenario: Scenario) -> None:
    seen = []
    spy = Strategy(lambda pool, batch, _rng: seen.append(pool.committee) or np.arange(batch))  # type: ignore[func-returns-value]
    list(replay(scenario, spy, Plan(batch=20, most=40), seed=0))
    list(replay(scenario, replace(spy, committee=True), Plan(batch=20, most=40), seed=0))
    assert [None if votes is None else votes.shape[0] for votes in seen] == [None, None, 1, 5]


@pytest.mark.skipif(not peers.installed(), reason="small-text is not installed")
@pytest.mark.parametrize("name", peers.strategies())
def test_small_texts_strategies_run_in_the_same_replay(scenario: Scenario, name: str) -> None:
    def values() -> list[dict[str, float]]:
        return [step.values for step in replay(scenario, peers.strategies()[name], Plan(batch=20, most=60), seed=0)]

    first = values()
    assert len(first) == 4
    assert first == values()


def test_fitting_from_where_the_last_fit_ended_gives_the_same_heads() -> None:
    rows = texts(200, 3)
    weights = np.ones((200, WIDTH), np.float32)
    start = Heads.zeros(10)
    cold = fit(rows.features, rows.targets, weights=weights, start=start, decay=0.5)
    warm = fit(rows.features, rows.targets, weights=weights, start=start, decay=0.5, begin=cold)
    assert np.allclose(cold.apply(rows.features), warm.apply(rows.features), atol=1e-2)


def test_heads_in_all_components_answer_as_before() -> None:
    rng = np.random.default_rng(0)
    features = (rng.normal(size=(60, 10)) + 5).astype(np.float32)
    heads = replace(Heads.zeros(10), weight=rng.normal(size=(10, WIDTH)).astype(np.float32))
    basis = Basis.of(features)
    assert np.allclose(basis.heads(heads).apply(basis.features(features)), heads.apply(features), atol=1e-3)
    assert np.allclose(basis.features(features).mean(0), 0, atol=1e-4)
    assert basis.features(features).std(0)[0] == pytest.approx(basis.features(features).std(0).max())


def curve(shares: list[float], seed: int = 0, strategy: str = "random") -> Curve:
    steps = [Step(10 * n, {"emotion7": share / 2}, 0.5) for n, share in enumerate(shares)]
    return Curve.of("ours", strategy, seed, steps, {"emotion7": 0.5})


def test_labels_needed_are_read_between_the_steps_of_the_rising_curve() -> None:
    assert curve([0.0, 0.8, 1.0]).needed(90) == pytest.approx(15)
    assert curve([0.95, 1.0]).needed(90) == 0
    assert curve([0.0, 0.5, 0.6]).needed(90) == np.inf
    assert curve([0.0, 1.0, 0.8, 1.0]).needed(95) == pytest.approx(20 + 10 * 0.5)  # a lucky step does not count alone


def test_the_area_is_the_mean_share_over_the_labels() -> None:
    assert curve([0.0, 1.0, 1.0]).area == pytest.approx(0.75)


def test_a_summary_has_means_intervals_and_says_where_a_target_was_not_reached() -> None:
    [row, other] = summary([curve([0, 0.9, 1.0]), curve([0, 0.5, 0.6], seed=1), curve([0, 1.0], strategy="margin")])
    assert (row["scenario"], row["strategy"], row["seeds"]) == ("ours", "random", 2)
    assert row["reached_90"] == 0.5
    assert row["labels_90"] == 15  # ten labels, and the twenty after which the other gave up
    assert row["labels_90_low"] < 15 < row["labels_90_high"]
    assert row["seconds"] == 0.5
    assert other["area"] == 0.5
    assert other["area_low"] is None
