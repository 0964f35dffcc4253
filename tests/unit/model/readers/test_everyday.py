from collections import Counter
from pathlib import Path

import numpy as np

from model import readers
from model.labels import EMOTIONS
from model.readers import everyday
from tests.samples import write_corpora


def test_splits_share_no_text_and_every_emotion_is_in_each() -> None:
    splits = {split: everyday.read(Path("none"), split) for split in readers.SPLITS}
    texts = [example.text for examples in splits.values() for example in examples]
    assert len(texts) == 24795
    alone = [{e.text.casefold() for e in examples if not e.context} for examples in splits.values()]
    assert not alone[0] & alone[2]
    assert not alone[1] & alone[2]
    for examples in splits.values():
        known = [e.targets["emotion7"] for e in examples if "emotion7" in e.targets]
        assert set(Counter(EMOTIONS[int(np.argmax(target))] for target in known)) == set(EMOTIONS)


def test_scenes_are_whole_and_their_lines_know_what_was_said_before() -> None:
    by_split = [everyday.read(Path("none"), split) for split in readers.SPLITS]
    spoken = [{turn.text for e in examples for turn in e.context if len(turn.text) > 40} for examples in by_split]
    assert all(spoken)
    assert not (spoken[0] & spoken[1]) | (spoken[0] & spoken[2]) | (spoken[1] & spoken[2])


def test_scores_are_in_their_range_and_every_row_says_something() -> None:
    for example in everyday.read(Path("none"), "train"):
        assert example.targets
        assert all(1 <= float(example.targets.get(name, 3)) <= 5 for name in ("valence", "arousal", "dominance"))


def test_it_comes_with_the_project_but_does_not_make_an_empty_folder_a_data_folder(tmp_path: Path) -> None:
    assert readers.present(tmp_path) == []
    assert readers.present(write_corpora(tmp_path))[-1] == "everyday"
    assert len(readers.read_training(tmp_path, "everyday")) == 23517
