"""Added labels: rows of their own, which nothing else can feel."""

from dataclasses import replace

import numpy as np
import pytest
from safetensors.numpy import load, save

from model.added import AddedLabels
from model.heads import Heads, fit_row
from model.labels import (
    FINE_LABELS,
    WIDTH,
    LabelError,
    check_emotion,
    check_labels,
    check_new_label,
    without_added,
)
from model.predictor import Predictor
from model.release import ReleaseFolder
from tests.unit.emodemo.conftest import shipped

RNG = np.random.default_rng(5)


def with_rows(heads: Heads, **rows: np.ndarray) -> Heads:
    return replace(heads, added=AddedLabels.of(rows, len(heads.weight)))


def test_every_other_output_is_the_same_to_the_last_bit_and_the_file_keeps_all() -> None:
    heads = ReleaseFolder.open().heads()
    width = len(heads.weight)
    more = with_rows(heads, awe=RNG.normal(size=width + 2), nostalgia=RNG.normal(size=width + 2))
    features, views = (RNG.normal(size=(5, *shape, width)).astype(np.float32) for shape in ((), (3,)))
    again = Heads.from_bytes(more.to_bytes())
    for other in (more, again):
        assert other.apply(features, views).tobytes() == heads.apply(features, views).tobytes()
    assert again.added.names == ("awe", "nostalgia")
    assert again.added.apply(features).tobytes() == more.added.apply(features).tobytes()
    assert Heads.from_bytes(heads.to_bytes()).added.names == ()


def test_what_a_later_version_adds_to_the_file_is_left_alone_and_a_row_that_does_not_fit_is_refused() -> None:
    heads = Heads.zeros(4)
    tensors = load(heads.to_bytes())
    newer = Heads.from_bytes(save(tensors | {"yet.unknown": np.ones(3, np.float32)}))
    assert (newer.weight == heads.weight).all()
    with pytest.raises(ValueError, match=r"^the row of the added label 'awe' does not fit the heads$"):
        Heads.from_bytes(save(tensors | {"added.awe": np.ones(3, np.float32)}))


def test_a_row_learns_what_sets_its_examples_apart() -> None:
    features = RNG.normal(size=(400, 8)).astype(np.float32)
    shares = (features[:, 2] > 1).astype(np.float32)
    row = fit_row(features, shares, decay=0.01)
    guess = features @ row[:-1] + row[-1] > 0
    assert (guess == (shares > 0)).mean() > 0.95
    assert np.abs(row[:-1]).argmax() == 2
    assert np.allclose(fit_row(features, shares, decay=0.01, begin=row), row, atol=1e-3)


def test_a_predictor_names_what_passes_among_the_labels_by_probability() -> None:
    folder, encoder = shipped()
    heads, texts = folder.heads(), ["We danced all night.", "The lid is blue."]
    plain = Predictor(encoder, heads, "r1").predict(texts)
    sure, never = np.zeros(encoder.width + 2), np.zeros(encoder.width + 2)
    sure[-2:], never[-2:] = (30, 0.5), (-30, 0.5)
    answers = Predictor(encoder, with_rows(heads, awe=sure, dread=never), "r1").predict(texts)
    for old, new in zip(plain, answers, strict=True):
        assert new == replace(old, labels=("awe", *old.labels))
    outputs = Predictor(encoder, with_rows(heads, awe=sure), "r1").outputs(encoder.features(texts))
    assert outputs.shape == (2, WIDTH + 1)


@pytest.mark.parametrize(
    ("check", "given", "message"),
    [
        (check_new_label, "joy", r"^There is a label 'joy' already; choose another name\.$"),
        (check_new_label, "a|b", r"^A label is named by letters, at most 30 with spaces and hyphens; 'a\|b' is not\.$"),
        (check_new_label, "n" * 31, r"^A label is named by letters"),
        (check_new_label, " ", r"^A label is named by letters"),
        (check_emotion, "glee", r"^Unknown emotion 'glee'; expected one of: anger, disgust, "),
    ],
)
def test_a_name_or_emotion_that_cannot_be_is_refused(check, given: str, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(LabelError, match=message):
        check(given)


def test_added_names_are_known_where_they_are_passed() -> None:
    assert check_new_label("  Home  sickness ") == "home sickness"
    assert check_labels(["joy", "awe"], {"awe"}) == ("joy", "awe")
    assert without_added(("joy", "awe")) == ("joy",)
    with pytest.raises(LabelError, match=f"^Unknown label 'glee'; expected one of: {', '.join(FINE_LABELS)}, awe\\.$"):
        check_labels(["glee"], {"awe"})
