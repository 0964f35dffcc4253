"""Every baseline on made-up corpora: each is trained for real and measured by the release's own report."""

from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from model import baselines, readers
from model.evaluation import PLAIN, evaluate
from model.labels import POLARITIES, TASKS
from model.readers import Example
from tests.samples import write_corpora

POLARITY = TASKS["sentiment3"].columns

pytestmark = pytest.mark.usefixtures("few_everyday")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_corpora(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def train(data: Path) -> list[Example]:
    return [e for corpus in ("meld", "goemotions", "sst", "emobank") for e in readers.read_training(data, corpus)]


def texts(*contents: str) -> list[Example]:
    return [Example("x", "test", str(n), content, {}) for n, content in enumerate(contents)]


def polarities(outputs: np.ndarray) -> list[str]:
    return [POLARITIES[n] for n in outputs[:, POLARITY].argmax(1)]


def test_the_lexicon_knows_words_and_answers_only_what_it_can() -> None:
    outputs = baselines.lexicon().answers(texts("What a wonderful day!", "I hate this.", "It is a table."))[PLAIN]
    assert polarities(outputs) == ["positive", "negative", "neutral"]
    assert outputs[0, TASKS["valence"].start] > 3 > outputs[1, TASKS["valence"].start]
    assert np.isnan(outputs[:, TASKS["emotion7"].columns]).all()


@pytest.mark.parametrize("kind", [baselines.Cnn, baselines.Lstm])
def test_networks_on_word_embeddings_learn_their_rows(
    kind: type, train: list[Example], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(baselines, "EPOCHS", 60)
    model = baselines.neural(kind, train)
    outputs = model.answers(
        texts("I love this garden. (3)", "They cancelled the feast. (4)", "Turn left at the bridge.")
    )
    assert polarities(outputs[PLAIN]) == ["positive", "negative", "neutral"]


def test_tfidf_learns_its_rows_and_is_cross_fitted_where_a_corpus_has_no_splits(
    train: list[Example], data: Path
) -> None:
    sarcasm = readers.read_training(data, "isarcasm")
    model = baselines.tfidf([*train, *sarcasm])
    assert polarities(model.answers(texts("I love this garden.", "They cancelled the feast."))[PLAIN]) == [
        "positive", "negative",
    ]  # fmt: skip
    rows = evaluate(model, data, ["mustard"])
    assert {row["task"] for row in rows} == {"sarcasm"}
    assert {row["split"] for row in rows} == {"folds"}


def test_regressions_answer_the_same_of_rotated_rows() -> None:
    rng = np.random.default_rng(3)
    rows = csr_matrix(rng.random((60, 400)) * (rng.random((60, 400)) < 0.1))
    truth = rng.random(60) < 0.5
    turned = baselines.rotated(rows)
    assert turned.shape == (60, 60)
    fitted = [
        LogisticRegression(tol=1e-8).fit(x[:40], truth[:40]).predict_proba(x[40:]) for x in (rows.toarray(), turned)
    ]
    np.testing.assert_allclose(*fitted, atol=1e-5)


def test_all_without_a_pretrained_encoder_are_named_in_one_report(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(baselines, "EPOCHS", 1)
    said: list[str] = []
    rows = baselines.compare(data, ["meld", "sst"], None, said.append)
    names = ["lexicon", "tfidf+linear", "embeddings+cnn", "embeddings+lstm"]
    assert list(dict.fromkeys(row["model"] for row in rows)) == names
    assert said == [f"Training and measuring {name} …" for name in names]
    assert {row["task"] for row in rows if row["model"] == "lexicon" and row["corpus"] == "meld"} == {
        "sentiment3", "polarity",
    }  # fmt: skip


def test_words_are_lowered_and_contractions_kept() -> None:
    assert baselines.words("Don’t STOP, it's 5!") == ["don't", "stop", ",", "it's", "5", "!"]
