"""What a new label needs, on one hidden label of the small release's own replay set and hold-out."""

import numpy as np
import pytest

from emodemo import new_labels
from emodemo.new_labels import Hidden
from emodemo.rowfit import DECAY
from model.release import SMALL_WEIGHTS, ReleaseFolder


@pytest.fixture(scope="module")
def gratitude() -> Hidden:
    release = ReleaseFolder.open(SMALL_WEIGHTS)
    found = {label.name: label for label in Hidden.all(release.replay(), release.holdout())}
    assert "neutral" not in found
    assert all(label.carried.sum() >= max(new_labels.COUNTS) for label in found.values())
    return found["gratitude"]


def test_texts_are_drawn_by_whether_they_carry_it_and_the_rest_counts_as_without(gratitude: Hidden) -> None:
    with_it, without = gratitude.drawn(0)
    assert gratitude.carried[with_it].all()
    assert not gratitude.carried[without].any()
    assert set(gratitude.replay.corpus[without]) == {new_labels.CORPUS}
    assert not np.array_equal(with_it, gratitude.drawn(1)[0])
    rows, shares = new_labels._mixed(with_it[:10], without[:20], 0)
    np.testing.assert_array_equal(shares == 1, gratitude.carried[rows])
    tried, evidence = gratitude.taught(rows, shares)
    assert evidence.measured.sum() == 6
    assert (tried.texts == -1).sum() == len(gratitude.replay.corpus) - 30


def test_examples_are_answered_and_labels_at_random_are_not(gratitude: Hidden, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(new_labels, "COUNTS", (50,))
    monkeypatch.setattr(new_labels, "DECAYS", (DECAY,))
    said: list[str] = []
    right, random = new_labels.needed([gratitude], 1, said.append)
    assert (right["labels"], random["labels"]) == ("as they are", "at random")
    assert (right["answered"], random["answered"]) == (1, 0)
    assert right["f1"] > 0.6 > 0.3 > random["f1"]
    assert said == ["gratitude was taught from its first examples on."]


def test_each_rule_is_tried_on_each_kind_of_new_examples(gratitude: Hidden) -> None:
    found = {(row["new examples"], row["replaces"]): row for row in new_labels.grown([gratitude], 1, lambda _: None)}
    assert found.keys() == {(kind, rule) for kind in new_labels.KINDS for rule in new_labels.RULES}
    for kind in new_labels.KINDS:
        replaced = [found[kind, rule]["replaced"] for rule in new_labels.RULES]
        assert replaced == sorted(replaced), "each rule is laxer than the one before it"
        assert found[kind, "never"]["replaced"] == found[kind, "never"]["lost"] == 0
    text = new_labels.as_text({"grown": list(found.values())})
    assert "if its F1 is not below" in text
