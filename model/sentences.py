"""Sentence spans that never lose a character: text[start:end] is the sentence, and only white space lies between spans."""

import re
from collections.abc import Iterator

from sentencex import get_sentence_boundaries

WRAPPED = 60  # a line at least this long that ends without a full stop is taken as wrapped, not as a line of its own
LONGEST = 1000  # characters; a longer sentence is cut at white space

_LINE = re.compile(r"[^\n]*\n?")


def split(text: str) -> list[tuple[int, int]]:
    """(start, end) of each sentence, in order, white space trimmed. Empty for blank text."""
    spans = []
    for boundary in get_sentence_boundaries("en", text):
        for start, end in _lines(text, boundary["start_index"], boundary["end_index"]):
            spans += [piece for piece in map(lambda span: _trim(text, *span), _cut(text, start, end)) if piece]
    return spans


def _lines(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Break at newlines, as chats, verse and lists mean them, but not where prose is wrapped."""
    begin = start
    for match in _LINE.finditer(text, start, end):
        if match.end() == match.start():
            break
        if len(match[0].strip()) < WRAPPED or match.end() == end:
            yield begin, match.end()
            begin = match.end()


def _cut(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while end - start > LONGEST:
        space = max((text.rfind(blank, start, start + LONGEST) for blank in " \n\t"), default=-1)
        middle = space + 1 if space > start else start + LONGEST
        yield start, middle
        start = middle
    yield start, end


def _trim(text: str, start: int, end: int) -> tuple[int, int] | None:
    piece = text[start:end]
    left = len(piece) - len(piece.lstrip())
    right = len(piece.rstrip())
    return (start + left, start + right) if left < right else None
