"""Text to sentences to predictions, in blocks, so that a long text shows progress and never fills the memory."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from emodemo.errors import UserError
from model import sentences
from model.predictor import Prediction, Predictor

BLOCK = 1024  # texts predicted together
DIGITS = 6
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sentence:
    """One analysed piece of a text; ``start`` and ``end`` are character offsets into it."""

    start: int
    end: int
    text: str
    prediction: Prediction

    def row(self) -> dict[str, Any]:
        """The row of ``analyze --format jsonl``."""
        p = self.prediction
        return {
            "text": self.text,
            "start": self.start,
            "end": self.end,
            "emotions": _rounded(p.emotions),
            "labels": list(p.labels),
            "polarity": _rounded(p.polarity),
            "sarcasm": round(p.sarcasm, DIGITS),
            "scores": _rounded(p.scores),
            "release": p.release,
        }


def check_text(text: str | None, max_characters: int) -> str:
    """The text, unpaired surrogates replaced one for one. Raises UserError for a blank or too long one."""
    if not text or not text.strip():
        raise UserError("There is no text to analyse; type or paste some.")
    if len(text) > max_characters:
        raise UserError(
            "The text has {count:,} characters; at most {most:,} can be analysed at once, so split it or use "
            "`python -m emodemo analyze`.",
            count=len(text),
            most=max_characters,
        )
    return encodable(text)


def encodable(text: str) -> str:
    """The text with what UTF-8 or a database cannot hold as question marks; offsets stay."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "?")


def analyze(predictor: Predictor, text: str, *, size: int = BLOCK) -> Iterator[list[Sentence]]:
    """Blocks of ``size`` analysed sentences, in order, each read with those before it.

    Concatenated they cover all of ``text`` but white space.
    """
    said = None
    for spans in blocks(sentences.split(text), size):
        placed = [(start, end, text[start:end]) for start, end in spans]
        predictions, said = predictor.follow([sentence for *_, sentence in placed], said)
        yield _sentences(placed, predictions)


def analyze_lines(predictor: Predictor, lines: Iterable[str]) -> Iterator[Sentence]:
    """One row for each line, blank ones too, each read alone. Offsets count from the first line's start, line ends
    included.
    """
    for block in blocks(_placed(lines), BLOCK):
        yield from _sentences(block, predictor.predict([line for *_, line in block]))


def _placed(lines: Iterable[str]) -> Iterator[tuple[int, int, str]]:
    start = 0
    for line in lines:
        text = line.removesuffix("\n").removesuffix("\r")
        yield start, start + len(text), text
        start += len(line)


def _sentences(placed: list[tuple[int, int, str]], predictions: list[Prediction]) -> list[Sentence]:
    return [Sentence(*place, prediction) for place, prediction in zip(placed, predictions, strict=True)]


def blocks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of ``size`` items, the last one shorter."""
    iterator = iter(items)
    while block := list(islice(iterator, size)):
        yield block


def _rounded(values: dict[str, float]) -> dict[str, float]:
    return {name: round(value, DIGITS) for name, value in values.items()}
