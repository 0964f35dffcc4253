"""Texts to measure with: MELD's test utterances where they are, and made-up ones of the same lengths."""

import random
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from model.readers import meld

COUNT = 2610  # MELD's test utterances
LENGTHS = (1, 1, 1, 2, 3, 4, 4, 5, 5, 6, 7, 7, 8, 9, 10, 11, 13, 15, 18, 23)  # their words, in twentieths
WORDS = (Path(__file__).parent / "words.txt").read_text(encoding="utf-8").split()
ENDS = (".", ".", ".", "!", "?", " …")


def bulk_texts(data: Path) -> tuple[list[str], str]:
    """The texts of the bulk rows and what they are; made-up ones where ``data`` has no MELD."""
    if (data / "meld" / "test_sent_emo.csv").is_file():
        return [example.text for example in meld.read(data / "meld", "test")], "MELD's test utterances"
    return list(islice(sentences(), COUNT)), f"{COUNT:,} made-up sentences as long as MELD's test utterances"


def sentences(seed: int = 0) -> Iterator[str]:
    """Endless made-up sentences, no two the same, as long as lines of television dialogue."""
    source, known = random.Random(seed), set[str]()
    while True:
        words = source.choices(WORDS, k=source.choice(LENGTHS))
        sentence = (" ".join(words) + source.choice(ENDS)).capitalize()
        if sentence not in known:
            known.add(sentence)
            yield sentence


def paragraphs(size: int, seed: int = 0) -> Iterator[str]:
    """Endless paragraphs of ``size`` sentences, which the splitter finds again."""
    source = (sentence.replace(" …", ".") for sentence in sentences(seed))
    while True:
        yield " ".join(islice(source, size))


def turned(texts: Sequence[str], by: int) -> list[str]:
    """The texts with their words moved round: as long as before, but new to any cache."""
    return [" ".join(words[by % len(words) :] + words[: by % len(words)]) for text in texts if (words := text.split())]
