"""The shipped release as it is served."""

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file
from threadpoolctl import threadpool_info

from model.building import PROBE
from model.evaluation import PRIMARY
from model.export import cosines
from model.labelled import LabelledFeatures
from model.predictor import Predictor
from model.release import SMALL_WEIGHTS, WEIGHTS, ReleaseFolder


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    release = ReleaseFolder.open()
    return Predictor(release.encoder(), release.heads(), release.name)


def test_the_served_encoder_says_what_the_float_network_said(predictor: Predictor) -> None:
    expected = load_file(WEIGHTS / "probe.safetensors")["features"]
    served = predictor.encoder.features(PROBE.read_text(encoding="utf-8").splitlines())
    assert cosines(expected, served).min() > 0.995
    assert np.abs(predictor.heads.apply(expected) - predictor.heads.apply(served))[:, :7].mean() < 0.01


def test_order_and_company_change_no_answer(predictor: Predictor) -> None:
    texts = ["I love it.", "The boat sank and we never saw it again.", "ok"]
    forward, backward = predictor.predict(texts), predictor.predict(texts[::-1])[::-1]
    for one, other in zip(forward, backward, strict=True):
        assert one.emotions == pytest.approx(other.emotions, abs=1e-4)


def test_numpys_threads_leave_the_cores_to_the_encoder(predictor: Predictor) -> None:
    predictor.predict(["Good morning."])
    assert {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"} == {1}


def test_no_text_predicts_nothing(predictor: Predictor) -> None:
    assert predictor.predict([]) == []


def test_replay_and_holdout_hold_features_and_labels_but_no_text() -> None:
    release = ReleaseFolder.open()
    replay, holdout = release.replay(), release.holdout()
    assert len(replay.features) == 10200
    assert set(holdout.corpus) == {"meld", "goemotions", "sst", "emobank", "everyday", "vader"}
    for rows in (replay, holdout):
        assert rows.features.shape[1] == release.encoder().width
        assert (~np.isnan(rows.targets)).any(1).all()


def test_labelled_features_come_back_as_they_were(tmp_path: Path) -> None:
    rows = LabelledFeatures(
        np.eye(3, 4, dtype=np.float32), np.array([[0.5, np.nan]] * 3, np.float32), np.array(["a", "b", "a"])
    )
    rows.save(tmp_path / "rows.safetensors")
    again = LabelledFeatures.load(tmp_path / "rows.safetensors")
    assert (again.features == rows.features).all()
    assert np.array_equal(again.targets, rows.targets, equal_nan=True)
    assert (again.corpus == rows.corpus).all()


def test_the_small_release_answers_much_as_the_large_one_that_taught_it(predictor: Predictor) -> None:
    small = ReleaseFolder.open(SMALL_WEIGHTS)
    assert small.encoder_id != ReleaseFolder.open().encoder_id
    texts = PROBE.read_text(encoding="utf-8").splitlines()
    answers = Predictor(small.encoder(), small.heads(), small.name).predict(texts)
    pairs = [*zip(answers, predictor.predict(texts), strict=True)]
    assert sum(one.emotion == other.emotion for one, other in pairs) >= 0.7 * len(pairs)
    assert np.mean([abs(one.scores["valence"] - other.scores["valence"]) for one, other in pairs]) < 0.25


def test_the_small_release_gives_up_little_where_emotions_are_named_and_more_on_reviews_and_scores() -> None:
    def figures(folder: Path) -> dict[tuple[str, str, str, str], float]:
        rows = ReleaseFolder.open(folder).metrics()
        chosen = [row for row in rows if PRIMARY.get(row["task"]) == row["metric"]]
        return {(row["corpus"], row["task"], row["metric"], row["variant"]): 100 * row["value"] for row in chosen}

    large, small = figures(WEIGHTS), figures(SMALL_WEIGHTS)
    assert large.keys() == small.keys()
    for key in small:
        most = 2.1 if key[0] in ("meld", "goemotions") and "unseen" not in key[3] else 7.0
        assert large[key] - small[key] <= most, key
