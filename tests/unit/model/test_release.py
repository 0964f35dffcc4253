"""The shipped release as it is served."""

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from model.building import PROBE
from model.export import cosines
from model.labelled import LabelledFeatures
from model.predictor import Predictor
from model.release import WEIGHTS, ReleaseFolder


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    release = ReleaseFolder.open()
    return Predictor(release.encoder(), release.heads(), release.name)


def test_the_served_encoder_says_what_the_float_network_said(predictor: Predictor) -> None:
    expected = load_file(WEIGHTS / "probe.safetensors")["features"]
    served = predictor.encoder.features(PROBE.read_text(encoding="utf-8").splitlines())
    assert cosines(expected, served).min() > 0.985
    assert np.abs(predictor.heads.apply(expected) - predictor.heads.apply(served))[:, :7].mean() < 0.02


def test_order_and_company_change_no_answer(predictor: Predictor) -> None:
    texts = ["I love it.", "The boat sank and we never saw it again.", "ok"]
    forward, backward = predictor.predict(texts), predictor.predict(texts[::-1])[::-1]
    for one, other in zip(forward, backward, strict=True):
        assert one.emotions == pytest.approx(other.emotions, abs=1e-4)


def test_no_text_predicts_nothing(predictor: Predictor) -> None:
    assert predictor.predict([]) == []


def test_replay_and_holdout_hold_features_and_labels_but_no_text() -> None:
    release = ReleaseFolder.open()
    replay, holdout = release.replay(), release.holdout()
    assert len(replay.features) == 8566
    assert set(holdout.corpus) == {"meld", "goemotions", "sst", "emobank"}
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
