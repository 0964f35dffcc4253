"""Texts made out of others for a teacher to answer."""

import numpy as np
import pytest
import torch

from model.tokens import TextTokenizer
from model.variants import SIMILAR, Variants
from tests.samples import write_encoder

TEXTS = ["We won the cup, and nobody had told them!", "The boat sank.", "ok"]


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> TextTokenizer:
    return TextTokenizer(write_encoder(tmp_path_factory.mktemp("tiny")) / "tokenizer.json", 32)


@pytest.fixture(scope="module")
def variants(tokenizer: TextTokenizer) -> Variants:
    rng = np.random.default_rng(0)
    table = rng.normal(size=(tokenizer.tokenizer.get_vocab_size(), 8)).astype(np.float32)
    return Variants(tokenizer, torch.from_numpy(table))


def test_every_text_has_its_variants_in_order_and_the_same_seed_makes_the_same(variants: Variants) -> None:
    made = variants.of(TEXTS, 40, np.random.default_rng(3))
    assert made == variants.of(TEXTS, 40, np.random.default_rng(3)) != variants.of(TEXTS, 40, np.random.default_rng(4))
    assert len(made) == 120
    assert all(made)
    assert len(set(made[:40])) > 20
    assert "ok" in made[80:]


def test_a_word_is_swapped_for_one_of_the_nearest_and_keeps_its_shape(variants: Variants) -> None:
    similar = {variants.words[n] for n in variants.similar[variants.place["won"]]}
    assert len(similar) == SIMILAR
    assert "won" not in similar
    swapped = {variants._swapped('"Won,', np.random.default_rng(n)) for n in range(60)}
    assert swapped <= {f'"{word.capitalize()},' for word in similar}
    assert variants._swapped("1999?", np.random.default_rng(0)) == "1999?"


def test_the_nearest_words_are_those_whose_embeddings_point_the_same_way(tokenizer: TextTokenizer) -> None:
    rng = np.random.default_rng(1)
    table = rng.normal(size=(tokenizer.tokenizer.get_vocab_size(), 64)).astype(np.float32)
    known = tokenizer.tokenizer.get_vocab()
    alike = ["cup", "boat", "won", "told", "had", "sank", "nobody", "them", "good", "bad", "film", "house", "river"]
    assert len(alike) == SIMILAR + 1
    for word in alike:
        table[known[word]] = rng.uniform(1, 9) * (1 + rng.normal(scale=0.1, size=64))
    variants = Variants(tokenizer, torch.from_numpy(table))
    assert {variants.words[n] for n in variants.similar[variants.place["boat"]]} == {*alike} - {"boat"}


def test_a_stretch_is_cut_out_and_ends_are_exchanged(variants: Variants, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("model.variants.SWAPPED", 0.0)
    made = variants.of(TEXTS[:2], 200, np.random.default_rng(5))
    whole = TEXTS[0]
    assert any(text != whole and text in whole for text in made[:200])
    assert any(text.endswith("boat sank.") and text.startswith("We won") for text in made[:200])
    assert made.count(whole) > 60
