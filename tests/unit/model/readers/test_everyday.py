from collections import Counter
from pathlib import Path

from model import readers
from model.labels import EMOTIONS
from model.readers import everyday
from tests.samples import write_corpora


def test_splits_share_no_text_and_every_emotion_is_in_each() -> None:
    splits = {split: everyday.read(Path("none"), split) for split in readers.SPLITS}
    texts = [example.text for examples in splits.values() for example in examples]
    assert len(texts) == len(set(texts)) == 550
    for examples in splits.values():
        counts = Counter(EMOTIONS[int(example.targets["emotion7"].argmax())] for example in examples)  # type: ignore[union-attr]
        assert set(counts) == set(EMOTIONS)


def test_only_surprise_may_be_without_a_polarity() -> None:
    for example in everyday.read(Path("none"), "train"):
        assert set(example.targets) <= {"emotion7", "sentiment3"}
        if "sentiment3" not in example.targets:
            assert EMOTIONS[int(example.targets["emotion7"].argmax())] == "surprise"  # type: ignore[union-attr]


def test_it_comes_with_the_project_but_does_not_make_an_empty_folder_a_data_folder(tmp_path: Path) -> None:
    assert readers.present(tmp_path) == []
    assert readers.present(write_corpora(tmp_path))[-1] == "everyday"
    assert len(readers.read_training(tmp_path, "everyday")) == 366
